"""n-gram language models: counted, scored in bulk, asked what comes next; how p is made of counts is in `ngram_fit`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from engine.ngram_counts import Counts, find, locate
from engine.ngram_fit import LONGEST, METHODS, NGramParams, Order, orders
from engine.vocabulary import BOS, Vocabulary

__all__ = ["LONGEST", "METHODS", "Found", "Judged", "NGram", "NGramParams", "Scored", "fit"]


class Scored(NamedTuple):
    """log p (natural) of every token, each text's `</s>` its last; text i is log_p[starts[i]:starts[i + 1]]."""

    log_p: Float[np.ndarray, "token"]
    starts: np.ndarray


class Judged(NamedTuple):
    """bits: mean of −log₂ p of a token, `</s>` counted as one; perplexity: 2 to the bits; n: tokens."""

    bits: float
    perplexity: float
    n: int


class Found(NamedTuple):
    """Rows of what stands at each token: contexts[k − 1] and grams[k − 1] of order k, −1 where it was never seen."""

    contexts: list[np.ndarray]
    grams: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class NGram:
    """A fitted model."""

    params: NGramParams
    counts: Counts
    orders: tuple[Order, ...]

    @property
    def vocabulary(self) -> Vocabulary:
        """What can stand in a text."""
        return self.counts.vocabulary

    @property
    def uniform(self) -> float:
        """p_0."""
        return 1 / self.vocabulary.n_next

    @property
    def unseen(self) -> float:
        """β of a context that was never seen."""
        return 0.0 if self.params.method == "mle" else 1.0

    def find(self, texts: Sequence[str]) -> Found:
        """Where the tokens of texts stand in the tables."""
        return Found(*locate(self.counts, self.vocabulary.code(texts), self.params.order))

    def passed(self, k: int, contexts: np.ndarray, grams: np.ndarray) -> Float[np.ndarray, "token"]:
        """β at order k: what is passed on at each token."""
        order = self.orders[k - 1]
        beta = np.where(contexts >= 0, order.beta[contexts], self.unseen)
        return np.where(_seen(order, grams), 0.0, beta) if self.params.method == "back-off" else beta

    def own(self, k: int, grams: np.ndarray) -> Float[np.ndarray, "token"]:
        """α at order k of each token."""
        return np.where(grams >= 0, self.orders[k - 1].alpha[grams], 0.0)

    def probabilities(self, found: Found) -> Float[np.ndarray, "token"]:
        """p of each token."""
        p = np.full(len(found.grams[0]), self.uniform)
        for k, (contexts, grams) in enumerate(zip(*found, strict=True), 1):
            p = self.own(k, grams) + self.passed(k, contexts, grams) * p
        return p

    def log_probs(self, texts: Sequence[str]) -> Scored:
        """log p of every token of texts; −inf where p is 0."""
        coded = self.vocabulary.code(texts)
        with np.errstate(divide="ignore"):
            log_p = np.log(self.probabilities(Found(*locate(self.counts, coded, self.params.order))))
        return Scored(log_p, coded.starts)

    def perplexity(self, texts: Sequence[str]) -> Judged:
        """How well texts are foretold."""
        log_p = self.log_probs(texts).log_p
        bits = float(-log_p.mean() / math.log(2)) if len(log_p) else math.nan
        return Judged(bits, 2**bits if bits < 1000 else math.inf, len(log_p))

    @cached_property
    def _begin(self) -> list[int]:
        """The rows of `<s>`, `<s> <s>`, … in the tables of orders 1, 2, …; for order 0 the row 0."""
        rows = [0]
        for table in self.counts.tables[: self.params.order - 1]:
            rows.append(int(find(table, self.vocabulary.n, np.array(rows[-1]), np.array(BOS))))
        return rows

    def contexts(self, tokens: Sequence[str]) -> list[int]:
        """The rows of the contexts of orders 1…n that stand after these tokens of a text; −1 where never seen."""
        rows = self._begin
        for word in self.vocabulary.encode(tokens[-LONGEST:] if len(tokens) > LONGEST else tokens):
            tables = self.counts.tables[: len(rows) - 1]
            rows = [0, *(int(find(table, self.vocabulary.n, np.array(row), word))
                         for table, row in zip(tables, rows, strict=False))]  # fmt: skip
        return rows

    def next(self, tokens: Sequence[str]) -> Float[np.ndarray, "word"]:
        """p of each word of the vocabulary after the first tokens of a text; 0 for `<s>`; sums to 1.

        After a context that was never seen the method mle says nothing: all are 0.
        """
        p = np.full(self.vocabulary.n, self.uniform)
        p[BOS] = 0
        for order, table, row in zip(self.orders, self.counts.tables, self.contexts(tokens), strict=False):
            mine = slice(table.first[row], table.first[row + 1]) if row >= 0 else slice(0, 0)
            beta = order.beta[row] if row >= 0 else self.unseen
            before, p = p, p * beta
            p[table.word[mine]] += order.alpha[mine]
            if self.params.method == "back-off":
                ends = table.word[mine][order.count[mine] > 0]
                p[ends] -= before[ends] * beta
        p[BOS] = 0
        return p


def _seen(order: Order, grams: np.ndarray) -> np.ndarray:
    return (grams >= 0) & (order.count[grams] > 0)


def fit(counts: Counts, params: NGramParams) -> NGram:
    """The model of these counts, which may hold longer n-grams than it needs. Raises InputError if they are shorter."""
    return NGram(params, counts, orders(counts, params))
