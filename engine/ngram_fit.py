"""n-gram language models: p(w | the n − 1 tokens before it) from counts, in five ways, all normalised.

At each order k a context h passes on what its own counts do not take: p_k(w | h) = α_k(h, w) + β_k(h) p_{k−1}(w | h′),
where h′ is h without its first token and p_0 is uniform over all that can come next.

| method | α | β |
|---|---|---|
| mle | c / N | 0 (and p = 0 after a context that was never seen) |
| add-k (Lidstone) | c / (N + kV), at the order n only | kV / (N + kV), to the uniform distribution |
| witten-bell (1991) | c / (N + T) | T / (N + T) |
| kneser-ney (1995), interpolated | max(c − D, 0) / N | D T / N |
| back-off (Katz 1987; D) | (c − D) / N where w was seen: that is p | what is left, shared out among the unseen |

c: count of h w; N: sum of c over w; T: how many w were seen; V: how many tokens can come next. In Kneser and Ney's
shorter contexts c is the number of different tokens before h w. D = n₁ / (n₁ + 2 n₂), from how many counts are 1 and
2, for each order by itself (Ney, Essen and Kneser, 1994), unless it is given.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from engine.errors import N_, InputError
from engine.ngram_counts import Counts, Table

METHODS = ("mle", "add-k", "witten-bell", "kneser-ney", "back-off")
LONGEST = 6
DISCOUNTS = 0.05, 0.95  # bounds of an estimated D


@dataclass(frozen=True)
class NGramParams:
    """n, the method, and what it needs; `floor`: whether unigrams pass on to the uniform distribution."""

    order: int = 3
    method: str = "kneser-ney"
    k: float = 0.1  # of add-k
    discount: float | None = None  # D; None: estimated
    floor: bool = True

    def __post_init__(self):
        if self.method not in METHODS:
            raise InputError("{method} is none of {methods}.", method=self.method, methods=", ".join(METHODS))
        if not 1 <= self.order <= LONGEST:
            raise InputError(N_("An n-gram has 1 to {most} tokens, not {n}."), most=LONGEST, n=self.order)
        if not 0 < self.k < math.inf:
            raise InputError(N_("k of add-k is a number above 0."))
        if self.discount is not None and not 0 < self.discount < 1:
            raise InputError(N_("A discount lies between 0 and 1."))


class Order(NamedTuple):
    """One order of a fitted model; `gram` rows are those of its table, `context` rows those of the table before it.

    count: c as the method counts; alpha, prob: α and p of each gram; total, kinds, beta: N, T and β of each context.
    """

    count: Float[np.ndarray, "gram"]
    alpha: Float[np.ndarray, "gram"]
    prob: Float[np.ndarray, "gram"]
    total: Float[np.ndarray, "context"]
    kinds: Float[np.ndarray, "context"]
    beta: Float[np.ndarray, "context"]
    discount: float


def orders(counts: Counts, params: NGramParams) -> tuple[Order, ...]:
    """α, β and p of every gram and context of orders 1…n. Raises InputError if the counts hold shorter grams only."""
    if counts.order < params.order:
        raise InputError(
            N_("The counts hold {n}-grams at most, not {order}-grams."), n=counts.order, order=params.order
        )
    found: list[Order] = []
    for k in range(1, params.order + 1):
        found.append(_fitted(counts, params, k, found[-1].prob if found else None))
    return tuple(found)


def _counted(counts: Counts, params: NGramParams, k: int) -> Float[np.ndarray, "gram"]:
    """c of each k-gram: how often it stands there, or after how many different tokens."""
    table = counts.tables[k - 1]
    if params.method != "kneser-ney" or k == params.order:
        return table.count.astype(float)
    longer = counts.tables[k]
    return np.bincount(longer.suffix[longer.count > 0], minlength=len(table.word)).astype(float)


def _fitted(counts: Counts, params: NGramParams, k: int, shorter: np.ndarray | None) -> Order:
    table, c = counts.tables[k - 1], _counted(counts, params, k)
    n_contexts = len(table.first) - 1
    total = np.bincount(table.context, c, n_contexts)
    kinds = np.bincount(table.context, c > 0, n_contexts)
    v = counts.vocabulary.n_next
    before = np.full(len(c), 1 / v) if shorter is None else shorter[table.suffix]
    D = _discount(c) if params.discount is None else params.discount
    if k == 1 and not params.floor and params.method != "add-k":
        alpha, beta, D = _share(c, total[table.context]), np.zeros(n_contexts), 0.0
    else:
        alpha, beta = _split(params, k, table, c, total, kinds, before, D, v)
    prob = alpha + np.where(c > 0, 0, beta[table.context] * before) if params.method == "back-off" else (
        alpha + beta[table.context] * before)  # fmt: skip
    return Order(c, alpha, prob, total, kinds, beta, D)


def _split(
    params: NGramParams, k: int, table: Table, c: np.ndarray, total: np.ndarray, kinds: np.ndarray,
    before: np.ndarray, D: float, v: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """α of each gram and β of each context."""
    N = total[table.context]
    if params.method == "mle":
        return _share(c, N) * (k == params.order), np.where(total > 0, float(k < params.order), 0.0)
    if params.method == "add-k":
        if k < params.order:
            return np.zeros(len(c)), np.ones(len(total))
        return c / (N + params.k * v), params.k * v / (total + params.k * v)
    if params.method == "witten-bell":
        return _share(c, N + kinds[table.context]), _share(kinds, total + kinds, 1.0)
    if params.method == "kneser-ney":
        return _share(np.maximum(c - D, 0), N), _share(D * kinds, total, 1.0)
    return _back_off(table, c, total, kinds, before, D)


def _back_off(table: Table, c: np.ndarray, total: np.ndarray, kinds: np.ndarray, before: np.ndarray, D: float):
    """Where a context has seen all that can come, nothing is taken from its counts."""
    taken = np.bincount(table.context, before * (c > 0), len(total))
    D = np.where(1 - taken > 1e-9, D, 0.0)
    alpha = _share(np.maximum(c - D[table.context], 0), total[table.context])
    return alpha, _share(_share(D * kinds, total, 1.0), np.where(D > 0, 1 - taken, 1.0))


def _share(part: np.ndarray, whole: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), otherwise), where=whole > 0)


def _discount(c: np.ndarray) -> float:
    """D = n₁ / (n₁ + 2 n₂), within bounds."""
    n1, n2 = int((c == 1).sum()), int((c == 2).sum())
    return min(max(n1 / (n1 + 2 * n2), DISCOUNTS[0]), DISCOUNTS[1]) if n1 + n2 else DISCOUNTS[0]
