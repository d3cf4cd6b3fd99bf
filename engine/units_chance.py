"""What chance would give: spans drawn without looking at the units, and n-grams that end where a unit is extreme."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from engine.text import ALPHABET
from engine.units import Corpus

ENOUGH = 30  # matching spans from which a share says something
DRAWS = 1000  # random draws of as many spans
LONGEST = 4  # letters of an n-gram
TYPICAL = 12  # n-grams that are listed
START = "^"  # the beginning of a name, in an n-gram


class Chance(NamedTuple):
    """Of `population` spans `marked` are so; `x` of the `n` that match are; `most` is the most in `DRAWS` random draws
    of n spans; by chance `expected` of them would be, `lift` is x / expected (nan for 0 / 0), `p` is P(X ≥ x).
    """

    population: int
    marked: int
    n: int
    x: int
    expected: float
    lift: float
    p: float
    most: int


def chance(population: int, marked: int, n: int, x: int, seed: tuple[int, ...]) -> Chance:
    """The comparison with n spans drawn without putting back; `seed` draws them."""
    expected = n * marked / population if population else 0.0
    lift = x / expected if expected else np.nan
    most = drawn(population, marked, n, seed).max()
    return Chance(population, marked, n, x, expected, lift, hypergeometric_tail(x, n, marked, population), int(most))


def drawn(population: int, marked: int, n: int, seed: tuple[int, ...]) -> Int[np.ndarray, "draw"]:
    """How many marked ones each of `DRAWS` random draws of n spans holds."""
    return np.random.default_rng(seed).hypergeometric(marked, population - marked, n, DRAWS)


@lru_cache(maxsize=4)
def _log_factorials(n: int) -> np.ndarray:
    """log 0!, …, log n!"""
    return np.concatenate([[0.0], np.log(np.arange(1, n + 1)).cumsum()])


def tail_terms(x: int, n: int, marked: int, population: int) -> tuple[np.ndarray, np.ndarray]:
    """(k, P(X = k)) for every k ≥ x that is possible, X the marked ones among n drawn without putting back."""
    log = _log_factorials(population)
    k = np.arange(max(x, n + marked - population, 0), min(n, marked) + 1)
    chosen = log[marked] - log[k] - log[marked - k]
    rest = log[population - marked] - log[n - k] - log[population - marked - n + k]
    return k, np.exp(chosen + rest - (log[population] - log[n] - log[population - n]))


def hypergeometric_tail(x: int, n: int, marked: int, population: int) -> float:
    """P(X ≥ x)."""
    return float(tail_terms(x, n, marked, population)[1].sum())


def enough(counts: Int[np.ndarray, "least"]) -> int:
    """How many units together make a match: as many as still happen in `ENOUGH` spans; `counts` are those of the spans
    with at least 1, 2, … units. 0 where there are no units.
    """
    found = np.flatnonzero(counts >= ENOUGH)
    return int(found[-1]) + 1 if len(found) else min(1, len(counts))


def at_least(together: Int[np.ndarray, "span"], units: int) -> Int[np.ndarray, "least"]:
    """How many spans have at least 1, 2, …, `units` units together."""
    exactly = np.bincount(together, minlength=units + 1)
    return exactly[:0:-1].cumsum()[::-1]


def grams(found: Corpus, length: int) -> Int[np.ndarray, "position"]:
    """The letters that end at each position, and perhaps the beginning of the name before them, as one number;
    -1 where there are not as many.
    """
    place = np.arange(len(found.letters)) - found.start[found.owner]
    symbols = found.letters.astype(np.int64) + 1  # 0 is the beginning of a name
    out = np.zeros(len(symbols), np.int64)
    for back in range(length):
        there = np.where(place >= back, np.roll(symbols, back), 0)
        out += there * (len(ALPHABET) + 1) ** back
    return np.where(place >= length - 2, out, -1) if length > 1 else out


def spelling(code: int, length: int) -> str:
    """The n-gram behind a number of `grams`."""
    base = len(ALPHABET) + 1
    digits = [code // base**back % base for back in reversed(range(length))]
    return "".join(ALPHABET[digit - 1] if digit else START for digit in digits)


class Gram(NamedTuple):
    """An n-gram: how often it ends at the chosen positions, and anywhere."""

    letters: str
    count: int
    base: int


def typical(found: Corpus, chosen: Int[np.ndarray, "n"]) -> list[Gram]:
    """The n-grams whose share among those ending at the chosen positions is most above that of all positions.

    Ordered by count · log(lift), the gain in log-likelihood; those that end there once are left out.
    """
    rows, n, everywhere = [], len(chosen), len(found.letters)
    for length in range(1, LONGEST + 1):
        codes = grams(found, length)
        seen, counts = np.unique(codes[chosen], return_counts=True)
        ordered = np.sort(codes)
        base = np.searchsorted(ordered, seen, "right") - np.searchsorted(ordered, seen, "left")
        keep = (counts > 1) & (seen >= 0) & (counts * everywhere > base * n)
        gain = counts * np.log(counts * everywhere / (base * n))
        rows += [
            (-gain[i], Gram(spelling(int(seen[i]), length), int(counts[i]), int(base[i]))) for i in keep.nonzero()[0]
        ]
    return [gram for _, gram in sorted(rows)[:TYPICAL]]
