"""A linear-chain conditional random field: each path of tags has a score, its share of all paths is its probability.

score(X) = pi[X_1] + Σ_t b_t[X_t] + Σ_t A[X_t, X_{t+1}] + omega[X_T], and P(X | text) = exp(score(X)) / Z.
Source: J. Lafferty, A. McCallum, F. Pereira, "Conditional random fields", 2001.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

Plus = Callable[..., Tensor]  # torch.logsumexp: over all paths; torch.amax: the best one


class CRF(NamedTuple):
    """Scores, positive or negative, of a first tag, of a tag after a tag, of a last tag."""

    pi: Float[Tensor, "state"]
    A: Float[Tensor, "state next_state"]
    omega: Float[Tensor, "state"]


def forward(crf: CRF, b: Float[Tensor, "time state"], plus: Plus = torch.logsumexp) -> Float[Tensor, "time state"]:
    """Score of all paths (of the best one, with amax) that end in a tag; the last row has no omega."""
    rows = [crf.pi + b[0]]
    for b_t in b[1:]:
        rows.append(plus(rows[-1][:, None] + crf.A, 0) + b_t)
    return torch.stack(rows)


def backward(crf: CRF, b: Float[Tensor, "time state"]) -> Float[Tensor, "time state"]:
    """Score of all that can follow a tag; the last row is omega."""
    rows = [crf.omega]
    for b_t in b[1:].flip(0):
        rows.append(torch.logsumexp(crf.A + b_t + rows[-1], 1))
    return torch.stack(rows[::-1])


def marginals(log_alpha: Tensor, log_beta: Tensor) -> Float[Tensor, "time state"]:
    """Probability of a tag given the whole text."""
    return torch.softmax(log_alpha + log_beta, 1)


def viterbi(crf: CRF, b: Float[Tensor, "time batch state"], active: list[int]) -> Integer[Tensor, "time batch"]:
    """The best paths of sequences sorted by falling length, `active` of them at each time; of equal ones the first.

    After the end of a sequence its path is 0.
    """
    T, n, _ = b.shape
    delta, psi = crf.pi + b[0], []
    for t in range(1, T):
        best, where = (delta[: active[t], :, None] + crf.A).max(1)
        psi.append(where)
        delta[: active[t]] = best + b[t, : active[t]]
    last = (delta + crf.omega).argmax(1)
    path = last.new_zeros(T, n)
    for t in range(T - 1, -1, -1):
        path[t, : active[t]] = last[: active[t]]
        if t:
            last[: active[t]] = psi[t - 1].gather(1, last[: active[t], None])[:, 0]
    return path
