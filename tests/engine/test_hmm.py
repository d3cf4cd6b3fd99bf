"""The HMM's recursions against enumeration of all paths, autograd, and hmmlearn."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from hmmlearn.hmm import CategoricalHMM

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM, bulk

SIZES = [(N, M, T) for N in (1, 2, 3) for M in (1, 3) for T in (1, 2, 6)]


def rows(draw, *shape, zeros=0.0):
    table = draw.random(shape) * (draw.random(shape) >= zeros)
    table[..., 0] += table.sum(-1) == 0
    return table / table.sum(-1, keepdims=True)


def random_model(N, M, seed=0, zeros=0.0):
    draw = np.random.default_rng(seed)
    return HMM(range(N), range(M), rows(draw, N, zeros=zeros), rows(draw, N, N, zeros=zeros), rows(draw, N, M))


def tied_model(N, M, seed):
    """Few different values, so that many paths are equally likely."""
    draw = np.random.default_rng(seed)
    tables = (draw.choice([1.0, 1.0, 2.0], shape) for shape in ((N,), (N, N), (N, M)))
    return HMM(range(N), range(M), *(table / table.sum(-1, keepdims=True) for table in tables))


def symbols(T, M, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(M, size=T))


def every_path(model, O):
    """{path: P(X, O)} in plain Python."""
    pi, A, B = model.pi.tolist(), model.A.tolist(), model.B.tolist()
    found = {}
    for path in product(range(len(pi)), repeat=len(O)):
        p = pi[path[0]]
        for t, (x, o) in enumerate(zip(path, O.tolist(), strict=True)):
            p *= (A[path[t - 1]][x] if t else 1) * (1 if o == hmm.MISSING else B[x][o])
        found[path] = p
    return found


def log(p):
    return math.log(p) if p else -math.inf


def peer(model):
    theirs = CategoricalHMM(len(model.S), init_params="", implementation="log")
    theirs.startprob_, theirs.transmat_, theirs.emissionprob_ = model.pi.numpy(), model.A.numpy(), model.B.numpy()
    theirs.n_features = len(model.V)
    return theirs


@pytest.mark.parametrize(("N", "M", "T"), SIZES)
@pytest.mark.parametrize("zeros", [0.0, 0.4])
@pytest.mark.parametrize("missing", [False, True])
def test_all_algorithms_equal_enumeration(N, M, T, zeros, missing):
    for seed in range(3):
        model, O = random_model(N, M, seed, zeros), symbols(T, M, seed)
        if missing:
            O[T // 2] = hmm.MISSING
        paths = every_path(model, O)
        p, best = math.fsum(paths.values()), max(paths.values())
        assert hmm.log_likelihood(model, O) == pytest.approx(log(p), rel=1e-12)
        assert hmm.forward(model, O)[-1].logsumexp(0).item() == pytest.approx(log(p), rel=1e-12)
        start = hmm.backward(model, O)[0] + model.pi.log() + hmm.emissions(model, O)[0]
        assert start.logsumexp(0).item() == pytest.approx(log(p), rel=1e-12)
        log_p, path = hmm.brute_force(model, O)
        assert (log_p, path.log_joint) == pytest.approx((log(p), log(best)), rel=1e-12)
        decoded = hmm.viterbi(model, O)
        assert decoded.log_joint == pytest.approx(log(best), rel=1e-12)
        assert paths[tuple(decoded.states.tolist())] == pytest.approx(best, rel=1e-12)
        assert hmm.forward(model, O, torch.amax)[-1].max().item() == pytest.approx(log(best), rel=1e-12)
        if p:
            compare_posterior(hmm.posterior(model, O), paths, N, T, p)


def compare_posterior(found, paths, N, T, p):
    gamma, xi = np.zeros((T, N)), np.zeros((T - 1, N, N))
    for path, joint in paths.items():
        gamma[range(T), path] += joint / p
        xi[range(T - 1), path[:-1], path[1:]] += joint / p
    np.testing.assert_allclose(found.gamma, gamma, atol=1e-12)
    np.testing.assert_allclose(found.xi, xi, atol=1e-12)
    assert found.log_likelihood == pytest.approx(math.log(p), rel=1e-12)


@pytest.mark.parametrize(("N", "M", "T"), [(1, 4, 20), (2, 3, 500), (5, 8, 300), (9, 4, 200), (20, 30, 100)])
def test_hmmlearn_agrees(N, M, T):
    for seed in range(3):
        model, O = random_model(N, M, seed, 0.0), symbols(T, M, seed)
        theirs, X = peer(model), O.numpy()[:, None]
        assert hmm.log_likelihood(model, O) == pytest.approx(theirs.score(X), rel=1e-8)
        np.testing.assert_allclose(hmm.posterior(model, O).gamma, theirs.predict_proba(X), atol=1e-8)
        path = hmm.viterbi(model, O)
        log_joint, states = theirs.decode(X)
        np.testing.assert_array_equal(path.states, states)
        assert path.log_joint == pytest.approx(log_joint, rel=1e-8)
        assert hmm.joint(model, path.states, O) == pytest.approx(log_joint, rel=1e-8)


@pytest.mark.parametrize("N", [2, 3, 4, 7, 8, 9, 11, 17])
def test_ties_go_where_hmmlearns_go(N):
    for seed in range(20):
        model = tied_model(N, 3, seed)
        sequences = [symbols(T, 3, T + seed) for T in (1, 2, 5, 40)]
        for O, path in zip(sequences, bulk.viterbi(model, sequences), strict=True):
            np.testing.assert_array_equal(path.states, peer(model).decode(O.numpy()[:, None])[1])
    uniform = HMM(range(N), "ab", [1 / N] * N, [[1 / N] * N] * N, [[0.5, 0.5]] * N)
    assert hmm.viterbi(uniform, symbols(5, 2)).states.tolist() == [N - 1] * 4 + [0]


def test_gradient_of_log_p_is_gamma_and_xi():
    model, O = random_model(4, 5), symbols(12, 5)
    log_b = hmm.emissions(model, O).requires_grad_()
    log_A = model.A.log().expand(11, 4, 4).clone().requires_grad_()
    x = model.pi.log() + log_b[0]
    for t in range(11):
        x = hmm.recursion(x, log_A[t], torch.stack([torch.zeros(4).double(), log_b[t + 1]]), later)[-1]
    x.logsumexp(0).backward()
    found = hmm.posterior(model, O)
    np.testing.assert_allclose(found.gamma, log_b.grad, atol=1e-12)
    np.testing.assert_allclose(found.xi, log_A.grad, atol=1e-12)
    whole = hmm.emissions(model, O).requires_grad_()
    hmm.recursion(model.pi.log(), model.A.log(), whole, torch.logsumexp)[-1].logsumexp(0).backward()
    np.testing.assert_allclose(found.gamma, whole.grad, atol=1e-12)


def later(x, dim):
    return torch.logsumexp(x, dim)


def drawn(p, u):
    """The first outcome whose cumulated probability lies above u."""
    ends = np.cumsum(p.numpy())
    return next(k for k, end in enumerate(ends) if end > u.item() * ends[-1])


def test_generate_is_the_draws_one_by_one():
    model = random_model(4, 30, 1, 0.3)
    sample, p = hmm.generate(model, 500, seed=7), model.pi
    for t in range(500):
        assert sample.states[t] == drawn(p, sample.u_state[t])
        assert sample.observations[t] == drawn(model.B[sample.states[t]], sample.u_symbol[t])
        p = model.A[sample.states[t]]


def test_generate_same_seed_same_sequence_and_a_longer_one_begins_with_it():
    model = random_model(3, 4, 2)
    long = hmm.generate(model, 3000, seed=5)
    for T in (1, 2, 15, 16, 17, 1000, 3000):
        for short, whole in zip(hmm.generate(model, T, seed=5), long, strict=True):
            assert torch.equal(short, whole[:T])
    assert not torch.equal(hmm.generate(model, 3000, seed=6).states, long.states)
    generator = torch.Generator().manual_seed(5)
    assert torch.equal(hmm.generate(model, 3000, generator).observations, long.observations)


def test_generate_follows_the_model():
    model = random_model(3, 4, 2)
    sample = hmm.generate(model, 200_000, seed=1)
    shares = torch.bincount(sample.states, minlength=3) / 200_000
    np.testing.assert_allclose(shares, hmm.stationary(model), atol=0.01)
    for i in range(3):
        seen = sample.observations[sample.states == i]
        np.testing.assert_allclose(torch.bincount(seen, minlength=4) / len(seen), model.B[i], atol=0.01)
    np.testing.assert_allclose(hmm.stationary(model) @ model.A, hmm.stationary(model), atol=1e-12)


def test_greedy_looks_at_one_step_only():
    model, O = random_model(5, 4, 3), symbols(300, 4)
    O[10] = hmm.MISSING
    path, log_b = [], hmm.emissions(model, O)
    for b in log_b:
        path.append(int(((model.A.log()[path[-1]] if path else model.pi.log()) + b).argmax()))
    assert hmm.greedy_decode(model, O).states.tolist() == path


BAD = [
    ({"A": [[0.58, 0.5], [0.5, 0.5]]}, "The row A[x] sums to 1.08, not to 1."),
    ({"A": [[0.5, 0.5], [0.5, 0.4]]}, "The row A[y] sums to 0.9, not to 1."),
    ({"pi": [0.5, 0.6]}, "The row pi sums to 1.1, not to 1."),
    ({"pi": [0.5, 0.50001]}, "The row pi sums to 1.00001, not to 1."),
    ({"B": [[1.5, -0.5], [0.5, 0.5]]}, "The row B[x] holds -0.5, which is no probability."),
    ({"B": [[0.5, 0.5], [math.nan, 1]]}, "The row B[y] holds nan, which is no probability."),
    ({"B": [[0.5, 0.5], [math.inf, 1]]}, "The row B[y] holds inf, which is no probability."),
    ({"B": [[0.5, 0.5], [math.inf, -math.inf]]}, "The row B[y] holds inf, which is no probability."),
    ({"A": [[1e308, 1e308], [0.5, 0.5]]}, "The row A[x] sums to inf, not to 1."),
    ({"A": [[0.0, 0.0], [0.5, 0.5]]}, "The row A[x] sums to 0, not to 1."),
    ({"A": [[1.0], [0.5, 0.5]]}, "A is not a table of numbers with rows of one length."),
    ({"A": "ab"}, "A is not a table of numbers with rows of one length."),
    ({"A": [[1.0, 0.0]]}, "A has shape (1, 2); its names need (2, 2)."),
    ({"pi": [1.0]}, "pi has shape (1,); its names need (2,)."),
    ({"S": ("x", "x")}, "S has x twice."),
    ({"V": ("a", "a")}, "V has a twice."),
    ({"S": ()}, "S is empty: an HMM needs at least one of them."),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_no_model_is_named(change, message):
    good = {"S": "xy", "V": "ab", "pi": [0.5, 0.5], "A": [[0.5, 0.5]] * 2, "B": [[0.5, 0.5]] * 2}
    HMM(**good)
    with pytest.raises(InputError) as caught:
        HMM(**good | change)
    assert str(caught.value) == message


def test_a_model_keeps_its_own_numbers():
    A = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    model = HMM("xy", "ab", [0.5, 0.5], A, A.T.double().softmax(1))
    A[0] = 7
    assert model.A.dtype == torch.float64
    assert model.A[0, 0].item() == pytest.approx(0.9)
    assert model.B.is_contiguous()


def test_observe_names_what_is_unknown():
    model = random_model(2, 3)
    assert hmm.observe(model, ["2", "0"]).tolist() == [2, 0]
    with pytest.raises(InputError, match="Observation 2, snow, is not in V"):
        hmm.observe(model, ["1", "snow"])


@pytest.mark.parametrize("O", [[], [5], [-2], [0.5]])
@pytest.mark.parametrize(
    "ask",
    [hmm.forward, hmm.backward, hmm.log_likelihood, hmm.posterior, hmm.viterbi, hmm.posterior_decode,
     hmm.greedy_decode, hmm.brute_force],
)  # fmt: skip
def test_observations_that_are_none_are_refused(ask, O):
    with pytest.raises(InputError):
        ask(random_model(2, 3), torch.tensor(O, dtype=None if O else torch.long))


def test_brute_force_has_a_limit():
    with pytest.raises(InputError, match="2097152 paths are too many"):
        hmm.brute_force(random_model(2, 2), symbols(21, 2))
