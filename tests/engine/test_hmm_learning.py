"""Baum–Welch as a trace: every cell proved, the fractions those of the next iteration, posteriors by enumeration."""

import json

import numpy as np
import pytest
import torch
from hmm_models import random_model, sequence
from proofs import check_code, check_terms, explained

from engine.errors import InputError
from engine.explain import explain
from engine.hmm import MISSING, baum_welch, permuted, posterior
from engine.hmm.learning_explain import EXPLAIN
from engine.hmm.learning_trace import SCHEMA, TRUTH
from engine.hmm.trace import learning_trace


def learned(N, M, lengths, seed=0, truth=None, gaps=(), **options):
    source, start = random_model(N, M, seed), random_model(N, M, seed + 50)
    sequences = [sequence(source, T, seed + n) for n, T in enumerate(lengths)]
    sequences = [tuple(MISSING if (n, t) in gaps else o for t, o in enumerate(O)) for n, O in enumerate(sequences)]
    iterations = list(baum_welch(start, [torch.tensor(x) for x in sequences], iterations=4, **options))
    kept = {name: options[name] for name in ("learn", "smoothing") if name in options}
    return learning_trace(iterations, sequences, len(lengths) - 1, truth and source, **kept), iterations, sequences


@pytest.fixture(scope="module")
def traces():
    return [
        learned(2, 3, (12,))[0], learned(1, 2, (1, 5))[0], learned(3, 4, (5, 5, 9, 1, 7), 3, truth=True)[0],
        learned(2, 3, (6, 8), 5, smoothing=0.5)[0], learned(2, 3, (6, 8), 6, learn=("A",))[0],
        learned(2, 80, (30, 9), 7, smoothing=0.1)[0], learned(2, 3, (6, 8), 8, gaps={(0, 0), (1, 3), (1, 7)})[0],
    ]  # fmt: skip


@pytest.fixture(scope="module")
def long_trace():
    return learned(3, 4, (200, 70, 350), 9)[0]


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA | TRUTH)


@pytest.fixture(scope="module")
def cases(traces):
    return explained(traces, draws=1)


@pytest.fixture(scope="module")
def long_cases(long_trace):
    return explained([long_trace], draws=0)


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, rel=1e-9, abs=1e-12)


def test_code_of_many_observations_reads_them_from_the_file(long_trace, long_cases, tmp_path):
    (tmp_path / long_trace.attrs["sequences_file"]).write_text(json.dumps(long_trace.attrs["sequences"]))
    check_code(long_cases, tmp_path, rel=1e-9, abs=1e-12)


def test_terms_give_the_value(cases, long_cases):
    check_terms(cases + long_cases, rel=1e-9, abs=1e-12)


def test_equations_are_whole(cases, long_cases):
    for where, _, found in cases + long_cases:
        assert found.equation.count("{") == found.equation.count("}"), where
        assert found.equation.count("(") == found.equation.count(")"), where


def test_what_a_count_becomes_is_the_next_model(traces):
    for data in traces:
        for name in ("pi", "A", "B"):
            np.testing.assert_allclose(data[f"{name}_new"][:-1], data[name][1:], atol=1e-14)


def test_posteriors_are_those_of_the_readable_functions():
    data, iterations, sequences = learned(3, 4, (5, 70), 2)
    for n, iteration in enumerate(iterations):
        found = posterior(iteration.model, torch.tensor(sequences[1]))
        np.testing.assert_allclose(data["gamma"][n], found.gamma[:60], atol=1e-11)
        np.testing.assert_allclose(data["xi"][n], found.xi[:59], atol=1e-11)


def test_the_fraction_is_written_with_both_numbers():
    data, *_ = learned(2, 3, (12,))
    found = explain(data, "A_new", iteration=0, state=0, next_state=1)
    assert found.value == pytest.approx(float(data["n_transition"][0, 0, 1] / data["n_from"][0, 0]))
    assert rf"\frac{{{data['n_transition'][0, 0, 1]:.4g}}}{{{data['n_from'][0, 0]:.4g}}}" in found.equation
    t = int(data["xi"].values[0, :, 0, 1].argmax())
    assert found.terms.iloc[0].to_dict() == pytest.approx({
        "term": f"t = {t + 1}", "weight": float(data["xi"][0, t, 0, 1]), "value": 1 / float(data["n_from"][0, 0]),
        "product": float(data["xi"][0, t, 0, 1] / data["n_from"][0, 0]),
    })  # fmt: skip


def test_states_are_put_in_the_order_of_the_truth():
    truth = random_model(3, 4, 1)
    sequences = [torch.tensor(sequence(truth, 400, n)) for n in range(3)]
    iterations = list(baum_welch(permuted(truth, [2, 0, 1]), sequences, iterations=2))
    data = learning_trace(iterations, sequences, truth=truth)
    assert data["state_label"].values.tolist() == list(truth.S)
    np.testing.assert_allclose(data["A"][0], truth.A, atol=1e-14)
    np.testing.assert_allclose(data["A_true"], truth.A)
    np.testing.assert_allclose(data["n_from"], data["n_transition"].sum("next_state"), rtol=1e-12)
    np.testing.assert_allclose(data["A_new"][0], data["A"][1], atol=1e-14)


def test_nothing_to_show_is_said():
    with pytest.raises(InputError, match="Nothing was learned"):
        learning_trace([], [])
