"""Sources that break an assumption: their likelihood by enumeration, and what an HMM loses on them."""

from itertools import product

import numpy as np
import pytest
import torch
from hmm_models import random_model

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM
from engine.hmm.assumptions import SOURCES, broken, compare, log_likelihood, plain, sample, sweep

KINDS = tuple(SOURCES)


def weather():
    return HMM(("Rainy", "Sunny"), ("walk", "shop", "clean"), [0.6, 0.4], [[0.7, 0.3], [0.4, 0.6]],
               [[0.1, 0.4, 0.5], [0.6, 0.3, 0.1]])  # fmt: skip


def enumerated(model, kind, s, O):
    """log P(O) as the sum over all paths, each by the words of the definition."""
    pi, A, B = model.pi.numpy(), model.A.numpy(), model.B.numpy()
    N, T, total = len(pi), len(O), 0.0
    for X in product(range(N), repeat=T):
        p = pi[X[0]] * B[X[0], O[0]]
        for t in range(1, T):
            a, b = A[X[t - 1], X[t]], B[X[t], O[t]]
            if kind == "second_order" and t > 1:
                a = (1 - s) * a + s * (X[t] == X[t - 2])
            if kind == "drifting":
                share = s * (t - 1) / (T - 2)
                a = (1 - share) * a + share * A[X[t - 1], (X[t] - 1) % N]
            if kind == "output_dependent":
                b = (1 - s) * b + s * (O[t] == O[t - 1])
            p *= a * b
        total += p
    return np.log(total)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("N", "T", "s"), [(1, 4, 0.5), (2, 5, 0.0), (2, 5, 0.3), (3, 6, 0.8), (2, 3, 1.0)])
def test_likelihood_equals_enumeration(kind, N, T, s):
    model = random_model(N, 3, 7 * N + T)
    source = SOURCES[kind](model, s, T)
    _, O = sample(source, 6, T, 1)
    found = log_likelihood(source, O).sum(1)
    np.testing.assert_allclose(found, [enumerated(model, kind, s, row) for row in O], atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_of_all_sequences_sum_to_one(kind):
    source = SOURCES[kind](random_model(2, 3, 4), 0.6, 5)
    every = np.array(list(product(range(3), repeat=5)))
    assert np.exp(log_likelihood(source, every).sum(1)).sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_without_strength_it_is_the_model_itself(kind):
    model = random_model(3, 4, 2)
    _, O = sample(SOURCES[kind](model, 0.0, 30), 3, 30, 5)
    expected = [hmm.log_likelihood(model, torch.tensor(row)) for row in O]
    for source in (SOURCES[kind](model, 0.0, 30), plain(model)):
        np.testing.assert_allclose(log_likelihood(source, O).sum(1), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_without_strength_and_more_with_more(kind):
    sticky = HMM(("a", "b"), ("x", "y", "z"), [0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]], [[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]])
    data = sweep(sticky, kind, [0.0, 0.5, 1.0], seed=1)
    loss, noise = data["loss"].values, data["noise"].values
    assert abs(loss[0]) < 4 * noise[0] + 3e-4
    assert loss[0] + 3 * noise[1] < loss[1] < loss[2]
    np.testing.assert_allclose(data["loss_bits"], loss / np.log(2))
    np.testing.assert_allclose(data["log_source"] - data["log_hmm"], loss, atol=1e-12)


def test_the_shares_show_the_break():
    model, s = weather(), 0.5
    second = broken(model, "second_order", s, T=300)["conditional"].values
    A = model.A.numpy()
    np.testing.assert_allclose(second, (1 - s) * A + s * np.eye(2)[:, None, :], atol=0.02)
    drift = broken(model, "drifting", 1.0, T=300)["conditional"].values  # the thirds' middles: 1/6 and 5/6 of the way
    for part, way in enumerate((1 / 6, 5 / 6)):
        np.testing.assert_allclose(drift[part], (1 - way) * A + way * np.roll(A, 1, 1), atol=0.02)
    echo = broken(model, "output_dependent", s, T=300)["conditional"].values
    np.testing.assert_allclose(echo, (1 - s) * model.B.numpy() + s * np.eye(3)[:, None, :], atol=0.02)


def test_a_run_as_a_trace():
    data = broken(weather(), "output_dependent", 0.5, seed=3, T=50)
    assert dict(data.sizes) == {"time": 50, "context": 3, "state": 2, "outcome": 3}
    assert float(data["loss_so_far"][-1]) == pytest.approx(float(data["loss"]))
    np.testing.assert_allclose(data["conditional"].sum("outcome"), 1)
    again = broken(weather(), "output_dependent", 0.5, seed=3, T=50)
    assert data.identical(again)
    found = compare(weather(), "drifting", 0.2, 0, 20, n_sequences=4)
    assert {part.shape for part in found} == {(4, 20)}


def test_zeros_and_many_symbols():
    zeros = HMM(("a", "b"), ("x", "y"), [1, 0], [[0, 1], [1, 0]], [[1, 0], [0, 1]])
    for kind in KINDS:
        assert np.isfinite(broken(zeros, kind, 0.5, T=20)["loss"])
    assert broken(random_model(2, 80), "output_dependent", 0.5, T=20).sizes["context"] == 20


@pytest.mark.parametrize(("kind", "s", "T"), [("none", 0.5, 9), ("drifting", 1.5, 9), ("drifting", 0.5, 2),
                                              ("drifting", float("nan"), 9)])  # fmt: skip
def test_what_cannot_be_broken_is_said(kind, s, T):
    with pytest.raises(InputError):
        broken(weather(), kind, s, T=T)
