r"""BLEU: how many n-grams of a translation stand in a reference, and whether it is long enough (Papineni et al. 2002).

BLEU = BP · exp(Σ_n w_n log p_n) with w_n = 1/N; p_n = clipped matches / n-grams of the candidate;
BP = exp(1 − r/c) for c ≤ r, else 1. Counts are added up over a corpus before anything is divided.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

ORDER = 4
SMOOTHING = {"none": 0.0, "floor": 0.1, "add-k": 1.0, "exp": 0.0}  # and the value each takes by default
Words = Sequence[str]


class Statistics(NamedTuple):
    """All that BLEU needs of each line: correct (clipped matches) and total (n-grams of the candidate), both
    [line, order]; c, the candidate's length, and r, the length of the reference closest to it, both [line].
    """

    correct: np.ndarray
    total: np.ndarray
    c: np.ndarray
    r: np.ndarray

    def summed(self) -> "Statistics":
        """The corpus as one line."""
        return Statistics(*(part.sum(0, keepdims=True) for part in self))


class Bleu(NamedTuple):
    """BLEU of each line and its factors, all 0…1: bleu [line], precisions [line, order] as smoothed, bp [line].

    n: the orders that count, [line]; N, or with an effective order those that the candidate has.
    """

    bleu: np.ndarray
    precisions: np.ndarray
    bp: np.ndarray
    n: np.ndarray


def statistics(candidates: Sequence[Words], references: Sequence[Sequence[Words]], order: int = ORDER) -> Statistics:
    """Clipped counts of each line; candidates: words of [line], references: words of [reference][line].

    An n-gram counts at most as often as in the one reference that has it most often. Of two references that are
    equally close in length the shorter one gives r. Raises ValueError without a reference or for unequal numbers of
    lines.
    """
    if order < 1 or not references or {len(candidates)} != set(map(len, references)):
        raise ValueError(f"{len(candidates)} candidates, references of {[len(each) for each in references]} lines")
    n_lines = len(candidates)
    lengths = np.array([[len(words) for words in text] for text in (candidates, *references)], np.int64)
    lengths = lengths.reshape(1 + len(references), n_lines)
    c = lengths[0]
    away = np.abs(lengths[1:] - c) * (lengths.max(initial=0) + 1) + lengths[1:]
    r = np.take_along_axis(lengths[1:], away.argmin(0)[None], 0)[0]
    correct = np.zeros((n_lines, order), np.int64)
    for n, grams in enumerate(_grams((candidates, *references), lengths, order)):
        correct[:, n] = np.bincount(*_clipped(grams), minlength=n_lines)
    return Statistics(correct, np.maximum(c[:, None] - np.arange(order), 0), c, r)


Grams = tuple[list[np.ndarray], int]  # of each text line · G + number of the n-gram, and G


def _grams(texts: Sequence[Sequence[Words]], lengths: np.ndarray, order: int) -> "list[Grams]":
    """For each n the n-grams of every text as whole numbers: an n-gram is numbered as (its first n−1 words, last)."""
    numbers = {}
    flat = [numbers.setdefault(word, len(numbers)) for text in texts for words in text for word in words]
    words, ends = np.array(flat, np.int64), lengths.reshape(-1).cumsum()
    left = np.repeat(ends, lengths.reshape(-1)) - np.arange(len(words))  # words to the end of the line, this one too
    line = np.tile(np.arange(lengths.shape[1]), len(lengths))
    line, splits = np.repeat(line, lengths.reshape(-1)), lengths.sum(1).cumsum()[:-1]
    at, gram, size, found = np.arange(len(words)), words, len(numbers), []
    for n in range(order):
        if n:
            at = at[keep := left[at] > n]
            _, gram = np.unique(gram[keep] * len(numbers) + words[at + n], return_inverse=True)
            size = int(gram.max(initial=-1)) + 1
        size = max(size, 1)
        found.append((np.split(line[at] * size + gram, np.searchsorted(at, splits)), size))
    return found


def _clipped(grams: Grams) -> tuple[np.ndarray, np.ndarray]:
    """(line, clipped count) of every n-gram of the candidates."""
    (candidate, *references), size = grams
    keys, times = np.unique(candidate, return_counts=True)
    most = np.zeros_like(times)
    for reference in references:
        there, counts = np.unique(reference, return_counts=True)
        if len(there):
            place = np.minimum(np.searchsorted(there, keys), len(there) - 1)
            most = np.maximum(most, np.where(there[place] == keys, counts[place], 0))
    return keys // size, np.minimum(times, most)


def bleu(found: Statistics, smoothing: str = "none", value: float | None = None, effective: bool = False) -> Bleu:
    """BLEU of each line of statistics; of a corpus: `bleu(found.summed())`.

    smoothing of orders without a match, as numbered by Chen and Cherry (2014): "floor", their 1, puts `value` (0.1)
    in place of 0 matches; "add-k", their 2, adds `value` (1) to matches and totals of all orders but the first;
    "exp", their 3, halves once more for each order without a match: 1/2, 1/4 … matches (NIST). "none": as it is, and
    one order without a match makes BLEU 0. A line without any match has BLEU 0 whatever the smoothing.
    effective: only orders of which the candidate has n-grams count. Raises ValueError for another smoothing.
    """
    if smoothing not in SMOOTHING:
        raise ValueError(f"smoothing {smoothing!r} is none of {tuple(SMOOTHING)}")
    value = SMOOTHING[smoothing] if value is None else value
    correct, total = found.correct.astype(np.float64), found.total.astype(np.float64)
    c, r, order = found.c, found.r, correct.shape[1]
    bp = np.where(c < r, np.exp(1 - r / np.maximum(c, 1)), 1.0) * (c > 0) + (r == 0) * (c == 0)
    any_match = correct.any(1)
    if smoothing == "add-k":
        correct[:, 1:] += value
        total[:, 1:] += value
    exists, nothing = np.logical_and.accumulate(total > 0, axis=1), correct == 0
    if smoothing == "floor":
        correct = np.where(nothing, value, correct)
    if smoothing == "exp":
        correct = np.where(nothing, 0.5 ** (nothing & exists).cumsum(1), correct)
    precisions = np.where(exists & any_match[:, None], correct / np.where(exists, total, 1), 0.0)
    n = np.maximum(exists.sum(1), 1) if effective else np.full(len(c), order)
    counts = np.arange(order) < n[:, None]
    with np.errstate(divide="ignore"):
        logs = np.where(counts, np.log(precisions), 0.0).sum(1)
    return Bleu(bp * np.exp(logs / n) * any_match, precisions, bp, n)


def sentence(
    candidate: Words, references: Sequence[Words], order: int = ORDER, smoothing: str = "exp", effective: bool = True
) -> float:
    """BLEU of one sentence (its words), 0…1; smoothed and with the effective order, as is usual for sentences."""
    return float(
        bleu(statistics([candidate], [[each] for each in references], order), smoothing, None, effective).bleu[0]
    )


def corpus(
    candidates: Sequence[Words], references: Sequence[Sequence[Words]], order: int = ORDER, smoothing: str = "none"
) -> float:
    """BLEU of a corpus, 0…1; candidates: words of [line], references: words of [reference][line]."""
    return float(bleu(statistics(candidates, references, order).summed(), smoothing).bleu[0])
