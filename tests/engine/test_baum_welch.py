"""Baum–Welch against hmmlearn's fit and enumeration; its options; matching of states."""

from itertools import pairwise, permutations

import numpy as np
import pytest
import torch
from hmmlearn.hmm import CategoricalHMM

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM, Expected, baum_welch, expect, match, permuted, random_start, reestimate, restarts

TABLES = (("pi", "startprob_"), ("A", "transmat_"), ("B", "emissionprob_"))


def sequences(M, *lengths, seed=0):
    draw = np.random.default_rng(seed)
    return [torch.from_numpy(draw.integers(M, size=T)) for T in lengths]


def log_p(iterations):
    return [one.log_likelihood for one in iterations]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("N", "M", "lengths"), [(2, 2, (60,)), (3, 5, (1, 40, 2, 80)), (9, 4, (50, 50)), (1, 3, (9,))])
@pytest.mark.parametrize("learn", [("pi", "A", "B"), ("A",), ("B", "pi")])
def test_hmmlearns_fit_from_the_same_start(N, M, lengths, learn):
    start, observed = random_start(range(N), range(M), 3), sequences(M, *lengths)
    params = "".join({"pi": "s", "A": "t", "B": "e"}[name] for name in learn)
    theirs = CategoricalHMM(N, init_params="", params=params, n_iter=8, tol=-np.inf, implementation="log")
    theirs.n_features = M
    for ours, name in TABLES:
        setattr(theirs, name, getattr(start, ours).numpy().copy())
    theirs.fit(torch.cat(observed).numpy()[:, None], list(lengths))
    found = list(baum_welch(start, observed, learn=learn, tolerance=-np.inf, iterations=8))
    assert len(found) == 9
    np.testing.assert_allclose(log_p(found)[:8], list(theirs.monitor_.history), rtol=1e-8)
    for ours, name in TABLES:
        np.testing.assert_allclose(getattr(found[-1].model, ours), getattr(theirs, name), atol=1e-8)
        if ours not in learn:
            assert torch.equal(getattr(found[-1].model, ours), getattr(start, ours))


def test_expected_counts_are_sums_of_the_posterior():
    model, observed = random_start("xyz", "abcd", 1), sequences(4, 30, 1, 300)
    observed[0][5:8] = hmm.MISSING
    counts, total = expect(model, observed)
    found = [hmm.posterior(model, O) for O in observed]
    assert total == pytest.approx(sum(one.log_likelihood for one in found), rel=1e-12)
    np.testing.assert_allclose(counts.first, sum(one.gamma[0] for one in found), atol=1e-12)
    np.testing.assert_allclose(counts.transitions, sum(one.xi.sum(0) for one in found), atol=1e-10)
    gamma, O = torch.cat([one.gamma for one in found]), torch.cat(observed)
    by_symbol = torch.stack([gamma[k == O].sum(0) for k in range(4)], 1)
    np.testing.assert_allclose(counts.emissions, by_symbol, atol=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_log_p_never_falls(seed):
    observed = sequences(3, 40, 3, 90, seed=seed)
    observed[0][::7] = hmm.MISSING
    start = random_start("xyz", "abc", seed)
    if seed % 2:
        start = HMM(start.S, start.V, start.pi, [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]], start.B)
    found = log_p(baum_welch(start, observed, tolerance=-np.inf, iterations=60))
    assert (np.diff(found) > -1e-9).all()


def test_zeros_stay_zero_and_smoothing_fills_them():
    start = HMM("xy", "ab", [1, 0], [[0.5, 0.5], [0, 1]], [[0.6, 0.4], [0.3, 0.7]])
    *_, last = baum_welch(start, sequences(2, 50))
    assert last.model.A[1].tolist() == [0, 1]
    assert last.model.pi.tolist() == [1, 0]
    *_, last = baum_welch(start, sequences(2, 50), smoothing=0.5)
    assert (last.model.A > 0).all()
    assert (last.model.pi > 0).all()


def test_reestimation_is_shares_of_counts():
    model = random_start("xy", "abc", 0)
    first, transitions, emissions = [1.0, 3.0], [[2.0, 6.0], [0.0, 0.0]], [[1.0, 0.0, 0.0], [1.0, 2.0, 1.0]]
    counts = Expected(*(torch.tensor(table).double() for table in (first, transitions, emissions)))
    new = reestimate(model, counts)
    assert new.pi.tolist() == [0.25, 0.75]
    assert new.A[0].tolist() == [0.25, 0.75]
    assert torch.equal(new.A[1], model.A[1])
    assert new.B.tolist() == [[1, 0, 0], [0.25, 0.5, 0.25]]
    smooth = reestimate(model, counts, learn=("A",), smoothing=1)
    assert smooth.A.tolist() == [[0.3, 0.7], [0.5, 0.5]]
    assert torch.equal(smooth.B, model.B)


def test_iterations_carry_their_own_counts_and_stop():
    observed = sequences(3, 80)
    found = list(baum_welch(random_start("xy", "abc", 0), observed, tolerance=1e-3, iterations=500))
    gains = np.diff(log_p(found))
    assert (gains[:-1] >= 1e-3).all()
    assert gains[-1] < 1e-3
    assert [one.iteration for one in found] == list(range(len(found)))
    for one, following in pairwise(found):
        counts, total = expect(one.model, observed)
        assert total == one.log_likelihood
        assert torch.equal(counts.transitions, one.expected.transitions)
        assert torch.equal(reestimate(one.model, one.expected).A, following.model.A)
    assert len(list(baum_welch(found[0].model, observed, iterations=0))) == 1


def test_long_training_with_vanishing_probabilities_goes_on():
    """Entries fall far below what a scaled recursion could multiply, and the likelihood still never falls."""
    observed = sequences(12, 60, 60)
    found = log_p(baum_welch(random_start(range(8), range(12), 0), observed, tolerance=-np.inf, iterations=300))
    assert np.isfinite(found).all()
    assert (np.diff(found) > -1e-9).all()


def test_the_source_is_found_again():
    truth = HMM("xy", "abc", [0.5, 0.5], [[0.95, 0.05], [0.1, 0.9]], [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    O = hmm.generate(truth, 20_000, seed=0).observations
    runs = dict(restarts([O], truth.S, truth.V, range(3), iterations=60))
    assert list(runs) == [0, 1, 2]
    best = max((iterations[-1] for iterations in runs.values()), key=lambda one: one.log_likelihood)
    found = permuted(best.model, match(best.model, truth))
    np.testing.assert_allclose(found.A, truth.A, atol=0.02)
    np.testing.assert_allclose(found.B, truth.B, atol=0.02)
    assert best.log_likelihood > hmm.log_likelihood(truth, O)


def test_a_million_observations_are_one_step():
    found = list(baum_welch(random_start("xy", "ab", 0), sequences(2, 1_000_000), iterations=1))
    assert found[1].log_likelihood > found[0].log_likelihood


def test_random_start_is_its_seed():
    same, other = random_start("xyz", "ab", 4), random_start("xyz", "ab", 5)
    assert torch.equal(same.A, random_start("xyz", "ab", 4).A)
    assert not torch.equal(same.A, other.A)
    assert (same.B > 0).all()


@pytest.mark.parametrize("N", [1, 2, 3, 5, 8])
def test_match_undoes_a_permutation(N):
    model = random_start(range(N), range(4), N)
    order = np.random.default_rng(N).permutation(N).tolist()
    mixed = permuted(model, order)
    assert tuple(model.S[k] for k in order) == mixed.S
    assert mixed.A[0, -1] == model.A[order[0], order[-1]]
    assert permuted(mixed, match(mixed, model)).S == model.S


def test_match_is_the_least_distance():
    model, truth = random_start("wxyz", "ab", 0), random_start("wxyz", "ab", 1)

    def distance(order):
        one = permuted(model, order)
        return sum(((getattr(one, name) - getattr(truth, name)) ** 2).sum().item() for name in ("pi", "A", "B"))

    assert match(model, truth) == min(permutations(range(4)), key=distance)


def test_match_beyond_eight_states_pairs_by_symbols():
    truth = HMM(range(10), range(10), [0.1] * 10, [[0.1] * 10] * 10, torch.eye(10))
    order = torch.randperm(10, generator=torch.Generator().manual_seed(0)).tolist()
    mixed = permuted(truth, order)
    assert permuted(mixed, match(mixed, truth)).S == truth.S
    with pytest.raises(InputError, match="same numbers of states and symbols"):
        match(truth, random_start("xy", "ab", 0))


def test_what_cannot_be_learned_is_said():
    model, observed = random_start("xy", "ab", 0), sequences(2, 9)
    with pytest.raises(InputError, match="C cannot be learned"):
        list(baum_welch(model, observed, learn=("A", "C")))
    for smoothing in (-1, np.nan, np.inf):
        with pytest.raises(InputError, match="Smoothing by"):
            list(baum_welch(model, observed, smoothing=smoothing))
    with pytest.raises(InputError, match="There is no sequence"):
        list(baum_welch(model, []))
