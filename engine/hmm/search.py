"""Look for an observed sequence on which greedy, posterior and Viterbi decoding disagree."""

from typing import NamedTuple

import numpy as np
import torch

from engine.hmm import kernels
from engine.hmm.model import HMM

LENGTHS = (3, 4, 5, 6, 8, 10, 12, 16, 20, 24)
TRIES = 5000
MOST_STATES = 32
CLEARLY = 1e-9  # by how much the better path must be better: a tie is no disagreement


class Found(NamedTuple):
    """Observations as positions in V, how many sequences were tried, and how many different paths the three give."""

    observations: tuple[int, ...]
    tried: int
    n_paths: int


def disagreement(model: HMM, seed: int, tries: int = TRIES, besides: tuple[int, ...] = ()) -> Found | None:
    """The first generated sequence on which all three decoders give another path, else the first with two paths.

    Short sequences come first, `tries` in all, the same number of each length; `besides` is passed over;
    None where all of them agree.
    Raises ValueError for more than MOST_STATES states.
    """
    if len(model.S) > MOST_STATES:
        raise ValueError(f"{len(model.S)} states are too many for this search")
    rng, each, second = np.random.default_rng(seed), tries // len(LENGTHS), None
    for n, T in enumerate(LENGTHS):
        O = sequences(model, each, T, rng)
        n_paths = different(model, O)
        if len(besides) == T:
            n_paths[np.equal(O, besides).all(1)] = 1
        best = int(n_paths.argmax())  # the first of those with most paths
        found = Found(tuple(O[best].tolist()), n * each + best + 1, int(n_paths[best]))
        if found.n_paths == 3:
            return found
        second = second or (found if found.n_paths == 2 else None)
    return second and second._replace(tried=each * len(LENGTHS))


def sequences(model: HMM, n: int, T: int, rng: np.random.Generator) -> np.ndarray:
    """n sequences of T observations drawn from the model, [sequence, time]."""
    starts, moves, speaks = (table.numpy().cumsum(-1) for table in (model.pi, model.A, model.B))
    u, O = rng.random((2, n, T)), np.empty((n, T), dtype=int)
    for t in range(T):
        ends = moves[states] if t else starts[None]
        states = (ends <= u[0, :, t, None] * ends[:, -1:]).sum(1)
        for state in np.unique(states):
            here, row = states == state, speaks[state]
            O[here, t] = np.searchsorted(row, u[1, here, t] * row[-1], side="right")
    return O


def different(model: HMM, O: np.ndarray) -> np.ndarray:
    """How many different paths (1, 2 or 3) the three decoders give for each of many sequences; ties count as one."""
    with np.errstate(divide="ignore"):
        pi, A, B = (np.log(table.numpy()) for table in (model.pi, model.A, model.B))
    b = B.T[O]
    states, _ = kernels.paths(model, list(torch.from_numpy(O)))
    best, greedy, gamma = states.reshape(O.shape), greedily(pi, A, b), posteriors(model, b)
    likeliest = gamma.argmax(2)
    worse = joints(pi, A, b, best) - np.stack([joints(pi, A, b, path) for path in (greedy, likeliest)]) > CLEARLY
    right = [np.take_along_axis(gamma, path[..., None], 2).sum((1, 2)) for path in (likeliest, best)]
    worse[1] &= right[0] - right[1] > CLEARLY
    apart = worse.all(0) & (greedy != likeliest).any(1)
    return 1 + worse.any(0) + apart


def greedily(pi: np.ndarray, A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The paths of the best next state, [sequence, time], from logarithms; b [sequence, time, state]."""
    path = [(pi + b[:, 0]).argmax(1)]
    for t in range(1, b.shape[1]):
        path.append((A[path[-1]] + b[:, t]).argmax(1))
    return np.stack(path, 1)


def posteriors(model: HMM, b: np.ndarray) -> np.ndarray:
    """gamma [sequence, time, state], from the scaled recursions."""
    A, p = model.A.numpy(), np.exp(b)
    alpha, beta = [model.pi.numpy() * p[:, 0]], [np.ones_like(p[:, 0])]
    for t in range(1, p.shape[1]):
        alpha.append((alpha[-1] / alpha[-1].sum(1, keepdims=True)) @ A * p[:, t])
    for t in range(p.shape[1] - 1, 0, -1):
        x = (p[:, t] * beta[-1]) @ A.T
        beta.append(x / x.sum(1, keepdims=True))
    gamma = np.stack(alpha, 1) * np.stack(beta[::-1], 1)
    return gamma / gamma.sum(2, keepdims=True)


def joints(pi: np.ndarray, A: np.ndarray, b: np.ndarray, path: np.ndarray) -> np.ndarray:
    """log P(X, O) of one path for each sequence."""
    said = np.take_along_axis(b, path[..., None], 2).sum((1, 2))
    return pi[path[:, 0]] + A[path[:, :-1], path[:, 1:]].sum(1) + said
