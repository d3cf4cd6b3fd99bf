"""The compiled recursions: equal to the readable ones, finite at any length, and never fooled by underflow."""

import math

import numpy as np
import pytest
import torch
from numba.core.registry import CPUDispatcher

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM, bulk, expect, kernels_log, kernels_paths, kernels_scaled, random_start
from engine.hmm import kernels as hmm_kernels

LONG = 1_000_000
CHAINS = HMM("xy", "ab", [0.5, 0.5], torch.eye(2), [[0.999, 0.001], [0.001, 0.999]])  # two sources, never mixed
LEFT_RIGHT = HMM("xyz", "ab", [1, 0, 0], [[0.9, 0.1, 0], [0, 0.9, 0.1], [0, 0, 1]], [[0.7, 0.3], [0.3, 0.7], [1, 0]])
CYCLE = HMM("xyz", "abc", [1, 0, 0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], torch.eye(3))
NO_C = HMM("xy", "abc", [1, 0], [[0.5, 0.5], [0, 1]], [[0.5, 0.5, 0]] * 2)
MINUTE = HMM("xy", "ab", [1, 0], [[1 - 1e-300, 1e-300], [0, 1]], [[1, 0], [1e-300, 1 - 1e-300]])


def numbers(*parts):
    return torch.tensor([k for k, times in parts for _ in range(times)])


def random_numbers(T, M, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).integers(M, size=T))


def readable(model, O):
    """log α, log δ, log β by the recursion written out."""
    tables = model.pi.log(), model.A.log(), hmm.emissions(model, O)
    log_alpha, log_delta = (hmm.recursion(*tables, plus) for plus in (torch.logsumexp, torch.amax))
    log_beta = [torch.zeros(len(model.S)).double()]
    for b in tables[2][1:].flip(0):
        log_beta.append(torch.logsumexp(tables[1] + b + log_beta[-1], 1))
    return log_alpha, log_delta, torch.stack(log_beta[::-1])


CASES = {
    "random": (random_start("xyz", "abcd", 0), random_numbers(700, 4)),
    "missing": (random_start("xyz", "abcd", 1), random_numbers(700, 5) - 1),
    "many states": (random_start(range(19), range(7), 2), random_numbers(250, 7)),
    "more symbols than observations": (random_start(range(3), range(900), 3), random_numbers(300, 901) - 1),
    "all missing": (random_start("xy", "ab", 4), numbers((-1, 250))),
    "left to right": (LEFT_RIGHT, torch.cat([random_numbers(1500, 2), numbers((0, 500))])),
    "left to right, end forced": (LEFT_RIGHT, torch.cat([random_numbers(300, 2), numbers((0, 1200))])),
    "cycle": (CYCLE, torch.arange(3000) % 3),
    "chains": (CHAINS, numbers((0, 200), (1, 300))),
    "chains, the lost one wins late": (CHAINS, numbers((0, 1000), (1, 1001))),
    "minute": (MINUTE, numbers((0, 300), (1, 10))),
    "minute, short": (MINUTE, numbers((0, 2), (1, 1))),
}


@pytest.mark.parametrize(("model", "O"), CASES.values(), ids=CASES)
def test_kernels_equal_the_readable_recursion(model, O):
    log_alpha, log_delta, log_beta = readable(model, O)
    log_p = log_alpha[-1].logsumexp(0).item()
    assert log_p > -math.inf
    assert hmm.log_likelihood(model, O) == pytest.approx(log_p, rel=1e-11)
    for name, expected in (("alpha", log_alpha), ("delta", log_delta), ("beta", log_beta)):
        np.testing.assert_allclose(hmm_kernels.log_columns(model, O, name), expected, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(hmm.forward(model, O), log_alpha, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(hmm.backward(model, O), log_beta, rtol=1e-11, atol=1e-11)
    found = hmm.posterior(model, O)
    np.testing.assert_allclose(found.gamma, (log_alpha + log_beta - log_p).exp(), atol=1e-9)
    arriving = (hmm.emissions(model, O) + log_beta)[1:, None, :]
    xi = (log_alpha[:-1, :, None] + model.A.log() + arriving - log_p).exp()
    np.testing.assert_allclose(found.xi, xi, atol=1e-9)
    path = hmm.viterbi(model, O)
    assert path.log_joint == pytest.approx(log_delta[-1].max().item(), rel=1e-11)
    assert hmm.joint(model, path.states, O) == pytest.approx(path.log_joint, rel=1e-11)
    check_counts(model, O, found)


def check_counts(model, O, found):
    counts, log_p = expect(model, [O, O])
    assert log_p == pytest.approx(2 * found.log_likelihood, rel=1e-11)
    np.testing.assert_allclose(counts.first, 2 * found.gamma[0], atol=1e-9)
    np.testing.assert_allclose(counts.transitions, 2 * found.xi.sum(0), atol=1e-7)
    emissions = torch.stack([2 * found.gamma[k == O].sum(0) for k in range(len(model.V))], 1)
    np.testing.assert_allclose(counts.emissions, emissions, atol=1e-7)


def test_what_only_logarithms_can_answer_is_found_and_the_rest_is_fast():
    hard = {"chains", "chains, the lost one wins late", "minute", "minute, short"}
    for name, (model, O) in CASES.items():
        assert (hmm_kernels.posterior(model, O) is None) == (name in hard), name


IMPOSSIBLE = {
    "symbol": (CYCLE, numbers((0, 2))),
    "first symbol": (CYCLE, numbers((1, 1))),
    "long": (NO_C, torch.cat([random_numbers(900, 2), numbers((2, 1))])),
    "minute": (HMM("xy", "ab", [1, 0], [[1 - 1e-200, 1e-200], [0, 1]], [[1, 0], [1, 0]]), numbers((0, 400), (1, 1))),
}


@pytest.mark.parametrize(("model", "O"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_sequence_has_log_p_minus_infinity(model, O):
    assert hmm.log_likelihood(model, O) == -math.inf
    assert hmm.viterbi(model, O).log_joint == -math.inf
    assert not hmm.forward(model, O).isnan().any()
    assert not hmm.backward(model, O).isnan().any()
    with pytest.raises(InputError, match="its probability is 0"):
        hmm.posterior(model, O)
    with pytest.raises(InputError, match="cannot produce sequence 2"):
        expect(model, [torch.tensor([0]), O])


def test_log_p_of_chains_is_the_sum_over_chains():
    log_p = hmm.log_likelihood(CHAINS, numbers((0, 1000), (1, 1001)))
    y = math.log(0.5) + 1001 * math.log(0.999) + 1000 * math.log(0.001)
    assert log_p == pytest.approx(y + math.log1p(0.001 / 0.999), rel=1e-12)


def test_a_million_observations():
    model, O = random_start("xy", "abc", 0), random_numbers(LONG, 3)
    log_p = hmm.log_likelihood(model, O)
    assert -2e6 < log_p < -1e6
    assert hmm.forward(model, O)[-1].logsumexp(0).item() == pytest.approx(log_p, rel=1e-9)
    assert hmm.backward(model, O).isfinite().all()
    found = hmm.posterior(model, O)
    np.testing.assert_allclose(found.gamma.sum(1), 1, atol=1e-9)
    path = hmm.viterbi(model, O)
    assert hmm.joint(model, path.states, O) == pytest.approx(path.log_joint, rel=1e-9)
    assert path.log_joint < log_p
    counts, same = expect(model, [O])
    assert same == pytest.approx(log_p, rel=1e-12)
    np.testing.assert_allclose([counts.emissions.sum(), counts.transitions.sum()], [LONG, LONG - 1], rtol=1e-9)
    for decode in (hmm.greedy_decode, hmm.posterior_decode):
        assert len(decode(model, O).states) == LONG
    assert len(hmm.generate(model, LONG).states) == LONG


def test_a_long_sequence_where_everything_is_lost_on_the_way():
    half = LONG // 10
    O = numbers((0, half), (1, half))
    assert hmm.log_likelihood(CHAINS, O) == pytest.approx(half * (math.log(0.999) + math.log(0.001)), rel=1e-9)
    np.testing.assert_allclose(hmm.posterior(CHAINS, O).gamma, 0.5, atol=1e-3)


def test_bulk_is_one_by_one():
    model = random_start(range(6), range(9), 0)
    sequences = [random_numbers(T, 10, T) - 1 for T in (1, 2, 3, 500, 7, 1, 60)]
    for n, log_p in enumerate(bulk.log_likelihoods(model, sequences).tolist()):
        assert log_p == hmm.log_likelihood(model, sequences[n])
    for O, path in zip(sequences, bulk.viterbi(model, sequences), strict=True):
        alone = hmm.viterbi(model, O)
        assert path.log_joint == alone.log_joint
        assert torch.equal(path.states, alone.states)
    assert bulk.viterbi(model, []) == []
    assert bulk.log_likelihoods(model, []).shape == (0,)


def test_hard_and_easy_sequences_in_one_batch():
    easy, hard = numbers((0, 3)), numbers((0, 200), (1, 300))
    together = bulk.log_likelihoods(CHAINS, [easy, hard, easy]).tolist()
    assert together == [hmm.log_likelihood(CHAINS, O) for O in (easy, hard, easy)]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_any_whole_numbers_in_any_layout(dtype):
    model, O = random_start("xy", "abc", 0), random_numbers(50, 3)
    table = torch.stack([O, O], 1).to(dtype)
    assert hmm.log_likelihood(model, table[:, 0]) == hmm.log_likelihood(model, O)


BAD = [
    ([], "There is no sequence."),
    ([torch.tensor([0]), torch.zeros(0, dtype=torch.int64)], "Sequence 2 is empty."),
    ([torch.zeros(0)], "The observations are not rows of whole numbers."),
    ([torch.tensor([0.0])], "The observations are not rows of whole numbers."),
    ([torch.tensor([True])], "The observations are not rows of whole numbers."),
    ([torch.tensor(1)], "The observations are not rows of whole numbers."),
    ([torch.tensor([[0, 1]])], "The observations are not rows of whole numbers."),
    ([torch.tensor([[0, 1]]), torch.tensor([0])], "The observations are not rows of whole numbers."),
    ([torch.tensor([0, 1]), torch.tensor([0, 2, 7])], "Observation 3 of sequence 2 is number 7; V has 0 to 2."),
    ([torch.tensor([-2])], "Observation 1 of sequence 1 is number -2; V has 0 to 2."),
]


@pytest.mark.parametrize(("sequences", "message"), BAD)
def test_observations_that_are_none_are_named(sequences, message):
    with pytest.raises(InputError) as caught:
        hmm_kernels.data(sequences, 3)
    assert str(caught.value) == message


def compiled():
    modules = (kernels_log, kernels_paths, kernels_scaled)
    return {name: one for module in modules for name, one in vars(module).items() if isinstance(one, CPUDispatcher)}


def test_warm_leaves_nothing_to_compile_and_every_kernel_has_one_signature():
    hmm_kernels.warm()
    before = {name: list(kernel.signatures) for name, kernel in compiled().items()}
    for model, O in CASES.values():
        HMM(model.S, model.V, model.pi, model.A.T.contiguous().T, model.B)
        for work in (hmm.log_likelihood, hmm.posterior, hmm.viterbi, hmm.forward, hmm.backward):
            work(model, O)
        hmm.generate(model, 5)
        expect(model, [O.int(), O])
    assert {name: list(kernel.signatures) for name, kernel in compiled().items()} == before
    inner = {"arrive", "emit", "largest"}
    assert {name for name, found in before.items() if len(found) != 1 and name[0] != "_"} <= inner


def test_kernels_of_a_module_call_none_of_another():
    """numba's cache looks at one file's age only: a kernel that calls another file's would survive its change."""
    kernels = {id(one) for one in compiled().values()}
    for module in (kernels_log, kernels_paths, kernels_scaled):
        own = {one for one in vars(module).values() if id(one) in kernels}
        assert all(one.py_func.__module__ == module.__name__ for one in own)
