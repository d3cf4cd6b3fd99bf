"""The n-grams of all languages in one set of tables, each with p and β in every language: one look-up scores them all.

The tables are those of `engine.ngram_counts`, fitted by `engine.ngram_fit` with the counts of one language at a time;
an n-gram that a language has not seen has the count 0 there.
"""

from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.ngram import NGram
from engine.ngram_counts import Counts, Table
from engine.ngram_fit import NGramParams, orders
from engine.text import ALPHABET, PAD, pad_left
from engine.vocabulary import BOS, EOS, SPECIALS, Vocabulary

LETTERS = Vocabulary((*SPECIALS, *ALPHABET), "character")  # of names
_SYMBOL = np.append(np.arange(PAD) + len(SPECIALS), BOS)  # of a letter; padding is what stands before a name
MOST_CELLS = 20_000_000  # n-grams times languages that are kept in the tables


def symbols(letters: Integer[np.ndarray, "name time"]) -> Integer[np.ndarray, "name place"]:
    """Left-padded letters as symbols of LETTERS, each name's end the last; padding is `<s>`."""
    return np.pad(_SYMBOL[letters], ((0, 0), (0, 1)), constant_values=EOS)


def real(places: Integer[np.ndarray, "name place"]) -> np.ndarray:
    """Which places count: no padding, and not the end of a name without a letter."""
    before = np.pad(places[:, :-1], ((0, 0), (1, 0)), constant_values=BOS)
    return (places != BOS) & ((places != EOS) | (before != BOS))


def grams(texts: list[str], labels: np.ndarray, order: int) -> tuple[np.ndarray, np.ndarray]:
    """(language and n-gram, uint8 [row, 1 + order], in order; how often it stands there, int32 [row])."""
    places = symbols(pad_left(texts))
    padded = np.pad(places, ((0, 0), (order - 1, 0)), constant_values=BOS)
    windows = np.lib.stride_tricks.sliding_window_view(padded, order, axis=1)
    kept = real(places)
    owner = np.broadcast_to(labels[:, None], kept.shape)[kept]
    codes = _code(np.column_stack([owner, windows[kept]]))
    found, times = np.unique(codes, return_counts=True)
    digits = found[:, None] // LETTERS.n ** np.arange(order, -1, -1)
    digits[:, 1:] %= LETTERS.n
    return digits.astype(np.uint8), times.astype(np.int32)


def _code(digits: np.ndarray) -> Integer[np.ndarray, "row"]:
    """Rows of symbols as numbers, the first symbol the highest place."""
    return digits.astype(np.int64) @ LETTERS.n ** np.arange(digits.shape[1] - 1, -1, -1)


def _places(sorted_codes: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Where codes stand; raises ValueError if one is missing."""
    at = np.searchsorted(sorted_codes, asked).clip(max=len(sorted_codes) - 1)
    if not np.array_equal(sorted_codes[at], asked):
        raise ValueError("n-grams without their contexts")
    return at


def _tables(digits: Integer[np.ndarray, "row order"]) -> list[tuple[Table, np.ndarray]]:
    """Of each order 1…n: the table of the n-grams' last k symbols (counts 0), and the row in it of each n-gram."""
    n, (m, order) = LETTERS.n, digits.shape
    begin = np.full((1, order), BOS)  # a context only
    whole, before, out = _code(np.concatenate([digits, begin])), np.zeros(1, np.int64), []
    for k in range(1, order + 1):
        codes, rows = np.unique(whole % n**k, return_inverse=True)
        context, suffix = _places(before, codes // n), _places(before, codes % n ** (k - 1))
        word, first = codes % n, np.searchsorted(context, np.arange(len(before) + 1))
        out.append((Table(context * n + word, context, word, np.zeros(len(codes), np.int64), suffix, first), rows[:m]))
        before = codes
    return out


class Tables:
    """All that is looked up; made once from the counted n-grams, never changed, shared by copies of a classifier."""

    def __init__(self, rows: np.ndarray, times: np.ndarray, n_languages: int, params: NGramParams):
        self.rows, self.times, self.n_languages, self.params = rows.astype(np.int64), times, n_languages, params
        self.found = _tables(self.rows[:, 1:])
        cells = sum(len(table.word) for table, _ in self.found) * n_languages
        if cells > MOST_CELLS or any(len(t.first) * LETTERS.n > MOST_CELLS for t, _ in self.found):
            raise ValueError("too many n-grams")
        self.children = [_children(table) for table, _ in self.found]
        self.scores = self._scores()

    def __deepcopy__(self, _: dict) -> "Tables":
        return self

    def counts(self, language: int) -> Counts:
        """What one language has counted, in the tables of all."""
        mine = self.rows[:, 0] == language
        times = self.times[mine]
        tables = [
            table._replace(count=np.bincount(at[mine], times, len(table.word)).astype(np.int64))
            for table, at in self.found
        ]
        return Counts(LETTERS, tuple(tables), int(times.sum()), 0)

    def model(self, language: int) -> NGram:
        """The n-gram model of one language."""
        counted = self.counts(language)
        return NGram(self.params, counted, orders(counted, self.params))

    def _scores(self) -> Float[Tensor, "row language"]:
        """Rows: 0, log p_0, then log p of each order's n-grams, then log β of each order's contexts; float64."""
        models = [self.model(language).orders for language in range(self.n_languages)]
        steps = range(self.params.order)
        parts = [np.stack([model[k].prob for model in models], 1) for k in steps]
        parts += [np.stack([model[k].beta for model in models], 1) for k in steps]
        first = np.array([[1.0], [1 / LETTERS.n_next]]).repeat(self.n_languages, 1)
        starts = np.cumsum([2, *map(len, parts)])
        self.at_p, self.at_beta = starts[: self.params.order], starts[self.params.order : -1]
        with np.errstate(divide="ignore"):
            return torch.from_numpy(np.log(np.concatenate([first, *parts])))

    @cached_property
    def single(self) -> Float[Tensor, "row language"]:
        """The same in float32."""
        return self.scores.float()

    def look_up(self, places: Integer[np.ndarray, "name place"]) -> list[np.ndarray]:
        """Rows of `scores` that sum to log p at each place: the longest n-gram that any language has seen there, then
        β of every longer context; 0 where nothing is added.
        """
        best, passed, gram = np.ones(places.shape, np.int64), [], np.zeros(places.shape, np.int64)
        begin = 0
        for children, at_p, at_beta in zip(self.children, self.at_p, self.at_beta, strict=True):
            context = np.pad(gram[:, :-1], ((0, 0), (1, 0)), constant_values=begin) if passed else gram + 1
            begin = int(children[begin if passed else 1, BOS])
            gram = children[context, places]
            seen = gram > 0
            best = np.where(seen, at_p + gram - 1, best)
            passed = [np.where(seen, 0, each) for each in passed]
            passed.append(np.where(seen | (context == 0), 0, at_beta + context - 1))
        counted = real(places)
        return [np.where(counted, each, 0) for each in (best, *passed)]


def _children(table: Table) -> Integer[np.ndarray, "context_and_1 word"]:
    """1 + the row of context and word, 0 where there is none; contexts count from 1 too."""
    out = np.zeros((len(table.first), LETTERS.n), np.int32)
    out[table.context + 1, table.word] = np.arange(1, len(table.word) + 1)
    return out
