"""How sure a figure is, and a difference of two: bootstrap intervals and McNemar's exact test, on the same names.

Every figure is a sum over names, each of which contributes a fixed part of it. The held-out names were drawn within
each language, so the bootstrap (Efron 1979) draws them again within each language: a figure of a resample is the same
sum with each name taken as often as it was drawn, and one matrix product gives all figures of all resamples.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

MEASURES = ("accuracy", "balanced_accuracy", "top3", "nll")
RESAMPLES, SEED, LEVEL = 2000, 0, 0.95


class Answers(NamedTuple):
    """What a model says of each name under one prior.

    guess: the likeliest language; rank: languages before the true one; surprise, nll: -log p of the guess and of the
    truth, in nats.
    """

    guess: Integer[np.ndarray, "name"]
    rank: Integer[np.ndarray, "name"]
    surprise: Float[np.ndarray, "name"]
    nll: Float[np.ndarray, "name"]


class Interval(NamedTuple):
    """A figure and the bounds between which it falls in 95 % of the resamples."""

    value: float
    low: float
    high: float


class Comparison(NamedTuple):
    """Two models on the same names: figure of A minus figure of B; names that only A, only B has right; McNemar's p."""

    difference: Interval
    only_a: int
    only_b: int
    p: float


def contributions(measure: str, answers: Answers, labels: np.ndarray) -> Float[np.ndarray, "name"]:
    """What each name adds to a figure; their sum is the figure."""
    n = len(labels)
    if measure == "nll":
        return answers.nll / n
    if measure == "top3":
        return (answers.rank < 3) / n
    right = answers.guess == labels
    if measure == "accuracy":
        return right / n
    sizes = np.bincount(labels)
    return right / (sizes[labels] * np.count_nonzero(sizes))


def resamples(labels: np.ndarray, n: int = RESAMPLES, seed: int = SEED) -> Float[np.ndarray, "resample name"]:
    """How often each name is drawn in each resample: with replacement, from each language as many as it has."""
    draw, drawn = np.random.default_rng(seed), np.zeros((n, len(labels)), np.float32)
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        picks = draw.integers(len(mine), size=(n, len(mine))) + len(mine) * np.arange(n)[:, None]
        drawn[:, mine] = np.bincount(picks.ravel(), minlength=n * len(mine)).reshape(n, -1)
    return drawn


def intervals(drawn: np.ndarray, parts: Float[np.ndarray, "name figure"]) -> list[Interval]:
    """Each figure (the sum of a column) with the middle 95 % of its resamples."""
    found = drawn @ parts.astype(np.float32)
    bounds = np.quantile(found.astype(float), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [Interval(*map(float, each)) for each in zip(parts.sum(0, dtype=float), *bounds, strict=True)]


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p of two models being right equally often: a fair coin for each name that one alone has right."""
    n, ways, tail = only_a + only_b, 1, 0  # ways: n over k, in whole numbers
    for k in range(min(only_a, only_b) + 1):
        tail += ways
        ways = ways * (n - k) // (k + 1)
    return min(1.0, 2 * tail / 2**n)


def compare(drawn: np.ndarray, measure: str, a: Answers, b: Answers, labels: np.ndarray) -> Comparison:
    """The difference of two models in a measure, paired: both on the same names of each resample."""
    parts = contributions(measure, a, labels) - contributions(measure, b, labels)
    right_a, right_b = a.guess == labels, b.guess == labels
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(intervals(drawn, parts[:, None])[0], only_a, only_b, mcnemar(only_a, only_b))
