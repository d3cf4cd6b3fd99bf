"""What the ending and the shape of a word say about its state: the suffix model for words that were never seen.

P(state | suffix) is estimated from the rare words of the training text, which is what unknown words are like, for
each shape apart; a suffix is smoothed by the one a letter shorter. Source: T. Brants, "TnT: a statistical
part-of-speech tagger", 2000, with a weight that depends on how many states a suffix has been seen with
(I. Witten and T. Bell, 1991) in place of one constant.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from engine.errors import N_

RARE = 10  # a word that was seen at most so often
LONGEST = 10  # letters of a suffix
BITS = 6  # of a letter's code in a key
SHAPES = (N_("has a digit"), N_("no letters"), N_("all capitals"), N_("capitalised"), N_("small letters"))

_KNOWN_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-'./:,@_&$%+*#!?()’éèáíóúüöäñç"[: 2**BITS - 2]
_CODES = np.full(max(map(ord, _KNOWN_LETTERS)) + 2, 2**BITS - 1)  # by code point; the last is that of any other letter
_CODES[[ord(letter) for letter in _KNOWN_LETTERS]] = range(1, len(_KNOWN_LETTERS) + 1)
_SHIFTS = BITS * np.arange(LONGEST - 1, -1, -1)


class Suffix(NamedTuple):
    """The longest ending of a word that rare words have: its text, the shape, how often each state was seen with it."""

    text: str
    shape: str
    times: Float[np.ndarray, "state"]


class SuffixTables(NamedTuple):
    """Rare words sorted by shape and ending, running sums of counts: a suffix is a range, its counts a difference.

    Only the states in `columns` occur; `root` is P(state) over all rare words.
    """

    keys: Integer[np.ndarray, "word"]
    sums: Float[np.ndarray, "edge column"]
    columns: Integer[np.ndarray, "column"]
    root: Float[np.ndarray, "column"]


def shape(word: str) -> int:
    """Which of SHAPES a word has."""
    if not word.isalpha():  # no letter is a digit
        if any(map(str.isdigit, word)):
            return 0
        if not any(map(str.isalpha, word)):
            return 1
    elif word.islower():
        return 4
    if len(word) > 1 and word.isupper():
        return 2
    return 3 if word[0].isupper() else 4


def keys(words: Sequence[str], lower: Sequence[str]) -> tuple[Integer[np.ndarray, "word"], Integer[np.ndarray, "word"]]:
    """(shape and last letters as a number, a longer suffix going on to the right; how many letters these are).

    lower: the words in small letters.
    """
    endings = [small[-LONGEST:] for small in lower]
    letters = np.array([len(ending) for ending in endings], np.int64)
    points = np.frombuffer("".join(endings).encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = np.append(_CODES[np.minimum(points, len(_CODES) - 1)], 0)
    back = np.arange(LONGEST)
    places = np.where(back < letters[:, None], letters.cumsum()[:, None] - 1 - back, -1)
    shapes = np.array([shape(word) for word in words], np.int64)
    return (shapes << BITS * LONGEST) + (codes[places] << _SHIFTS).sum(1), letters


def key(word: str) -> tuple[int, int]:
    """What `keys` says of one word."""
    number, letters = keys([word], [word.lower()])
    return int(number[0]), int(letters[0])


class SuffixModel:
    """The rare words and their counts; `tables` is what the kernels read.

    words: [word], times: [word, state] how often each was seen in each state. A word counts with the root of its
    frequency, so that ten occurrences of one do not outweigh three different words.
    """

    def __init__(self, words: Sequence[str], times: Float[np.ndarray, "word state"]):
        numbers, _ = keys(words, [word.lower() for word in words])
        order, columns = np.argsort(numbers, kind="stable"), np.flatnonzero(times.any(0))
        columns = columns if len(columns) else np.arange(times.shape[1])
        times = np.ascontiguousarray(times[order][:, columns], np.float64)
        weights = times / np.sqrt(times.sum(1, keepdims=True))
        total = weights.sum(0) if len(words) else np.ones(len(columns))
        sums = np.concatenate([np.zeros((1, len(columns))), weights.cumsum(0)])
        self.tables = SuffixTables(numbers[order], sums, columns, total / total.sum())
        self._times = times.astype(np.float32)

    def longest(self, word: str, n_states: int) -> Suffix:
        """The longest ending that a rare word of this shape has, and with which states."""
        whole, letters = key(word)
        while True:
            shift = BITS * (LONGEST - letters)
            low, high = np.searchsorted(self.tables.keys, [whole >> shift << shift, ((whole >> shift) + 1) << shift])
            if low < high or not letters:
                break
            letters -= 1
        times = np.zeros(n_states)
        times[self.tables.columns] = self._times[low:high].sum(0)
        small = word.lower()
        return Suffix(small[len(small) - letters :], SHAPES[shape(word)], times)
