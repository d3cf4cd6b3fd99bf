"""Baum–Welch: expectation and re-estimation in turn, on several sequences, from one start or from many.

Source: L. R. Rabiner, "A tutorial on hidden Markov models", 1989, section III C; several sequences: V B.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import InputError
from engine.hmm import kernels
from engine.hmm.model import HMM

LEARNABLE = ("pi", "A", "B")
EXACT_MATCH = 8  # states up to which `match` tries every permutation
Sequences = Sequence[Integer[Tensor, "time"]]


class Expected(NamedTuple):
    """Expected counts: how often a sequence began in i, went from i to j, and was in j when k was observed."""

    first: Float[Tensor, "state"]
    transitions: Float[Tensor, "state next_state"]
    emissions: Float[Tensor, "state symbol"]


class Iteration(NamedTuple):
    """A model with its log P of all sequences and its expected counts, from which the next model is made."""

    iteration: int
    model: HMM
    log_likelihood: float
    expected: Expected


def expect(model: HMM, sequences: Sequences) -> tuple[Expected, float]:
    """(Expected counts, log P), summed over the sequences: Σγ_1, Σξ, Σγ; a missing observation counts for no symbol.

    Raises InputError for a sequence of probability 0, which has no expectation.
    """
    return _expect(model, kernels.data(sequences, len(model.V)))


def _expect(model: HMM, data: kernels.Data) -> tuple[Expected, float]:
    first, transitions, emissions, log_p = kernels.expected(model, data)
    if (impossible := log_p == -np.inf).any():
        n = int(impossible.argmax()) + 1
        raise InputError("This model cannot produce sequence {n}: its probability is 0.", n=n)
    counts = Expected(*map(torch.from_numpy, (first, transitions, np.ascontiguousarray(emissions.T))))
    return counts, float(log_p.sum())


def reestimate(
    model: HMM, expected: Expected, learn: Collection[str] = LEARNABLE, smoothing: float = 0.0
) -> HMM:  # fmt: skip
    """The model whose rows are the expected counts' shares: π from first, A from transitions, B from emissions.

    `learn` names what changes; `smoothing` is added to every count. A row without any count stays as it was.
    """
    if beyond := set(learn) - set(LEARNABLE):
        raise InputError("{name} cannot be learned; pi, A and B can.", name=", ".join(sorted(map(str, beyond))))
    if not 0 <= smoothing < np.inf:
        raise InputError("Smoothing by {smoothing} is not possible: it adds a number from 0 up.", smoothing=smoothing)
    tables = {name: getattr(model, name) for name in LEARNABLE}
    for (name, old), counts in zip(tables.items(), expected, strict=True):
        if name in learn:
            tables[name] = torch.from_numpy(kernels.shares(counts, old, float(smoothing)))
    return HMM(model.S, model.V, **tables)


def baum_welch(
    start: HMM, sequences: Sequences, *, learn: Collection[str] = LEARNABLE, smoothing: float = 0.0,
    tolerance: float = 1e-6, iterations: int = 100,
) -> Iterator[Iteration]:  # fmt: skip
    """Yield the start, then model after model, at most `iterations`; end with the first that gains less log P than
    `tolerance`. Without smoothing log P never falls. Raises InputError as `expect` and `reestimate` do.
    """
    data = kernels.data(sequences, len(start.V))
    now = Iteration(0, start, *reversed(_expect(start, data)))
    yield now
    for iteration in range(1, iterations + 1):
        model, before = reestimate(now.model, now.expected, learn, smoothing), now.log_likelihood
        expected, log_likelihood = _expect(model, data)
        now = Iteration(iteration, model, log_likelihood, expected)
        yield now
        if log_likelihood - before < tolerance:
            return


def random_start(S: Sequence[str], V: Sequence[str], seed: int) -> HMM:
    """A model whose rows are drawn evenly from all distributions (Dirichlet with all parameters 1)."""
    generator = torch.Generator().manual_seed(seed)

    def rows(*shape: int) -> Tensor:
        u = torch.rand(*shape, generator=generator, dtype=torch.float64)
        x = torch.finfo(torch.float64).tiny - torch.log1p(-u)
        return x / x.sum(-1, keepdim=True)

    return HMM(tuple(S), tuple(V), rows(len(S)), rows(len(S), len(S)), rows(len(S), len(V)))


def restarts(
    sequences: Sequences, S: Sequence[str], V: Sequence[str], seeds: Iterable[int], **options
) -> Iterator[tuple[int, list[Iteration]]]:
    """(seed, all its iterations) for one random start after the other; options as for `baum_welch`."""
    for seed in seeds:
        yield seed, list(baum_welch(random_start(S, V, seed), sequences, **options))


def permuted(model: HMM, order: Sequence[int]) -> HMM:
    """The same model with its states in another order: new state k is old state order[k]."""
    order = list(order)
    return HMM(tuple(model.S[k] for k in order), model.V, model.pi[order], model.A[order][:, order], model.B[order])


def match(model: HMM, truth: HMM) -> tuple[int, ...]:
    """The order for `permuted` that brings the model nearest to the truth: least Σ of squares over π, A and B.

    Exact up to EXACT_MATCH states; beyond, states are paired by their B alone, nearest pair first.
    Raises InputError where the numbers of states or symbols differ.
    """
    if model.B.shape != truth.B.shape:
        raise InputError("Only models with the same numbers of states and symbols can be matched.")
    distance = torch.cdist(model.B, truth.B) ** 2  # [model's state, truth's state]
    N = len(distance)
    if N > EXACT_MATCH:
        return _greedy(distance)
    distance = distance + (model.pi[:, None] - truth.pi) ** 2
    orders = torch.tensor(list(permutations(range(N))))
    cost = distance[orders, torch.arange(N)].sum(1)
    for i in range(N):
        for j in range(N):
            cost += (model.A[orders[:, i], orders[:, j]] - truth.A[i, j]) ** 2
    return tuple(orders[cost.argmin()].tolist())


def _greedy(distance: Tensor) -> tuple[int, ...]:
    distance, order = distance.clone(), [0] * len(distance)
    for _ in order:
        i, j = divmod(int(distance.argmin()), len(order))
        order[j] = i
        distance[i], distance[:, j] = torch.inf, torch.inf
    return tuple(order)
