"""From counts to probabilities: the transitions of a tagger, smoothed by interpolation, and the states of a word."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from engine.lexicon_kernels import entries, state_probabilities
from engine.suffix import RARE, SuffixModel, keys
from engine.tagger_counts import Counts
from engine.tagger_kernels import fill

NEVER = 0.1  # times that every state is taken to have been seen beyond its count
BIGRAM, LEXICAL, TRIGRAM = 10.0, 5.0, 10.0  # weight of what is backed off to, for each state seen to follow
MOST_CELLS = 2**24  # of a table with all successors


class Transitions(NamedTuple):
    """P(c | class of a, b), S states and a boundary: `trigram[slot]` where the hash table `keys` has
    (class·(S+1) + b)·(S+1) + c, else backoff[class, b] · bigram[b, c].
    """

    class_of: Integer[np.ndarray, "state"]
    bigram: Float[np.ndarray, "state next_state"]
    backoff: Float[np.ndarray, "class state"]
    keys: Integer[np.ndarray, "slot"]
    trigram: Float[np.ndarray, "slot"]


def interpolate(times: np.ndarray, lower: np.ndarray, weight: float) -> np.ndarray:
    """(times + w lower) / (n + w) by rows, w = weight × how many different states follow; `lower` where none does."""
    w = weight * (times > 0).sum(-1, keepdims=True)
    total = times.sum(-1, keepdims=True) + w
    return np.where(total > 0, (times + w * lower) / np.where(total > 0, total, 1), lower)


def unigrams(counts: Counts) -> Float[np.ndarray, "state"]:
    """How often each state was seen, the boundary (as the end of a sentence) last."""
    *_, c, n = counts.trigrams.T
    return np.bincount(c, n, len(counts.states) + 1)


def transitions(counts: Counts) -> Transitions:
    """Smoothed: a trigram by its bigram, the bigram of a lexicalised state by that of its class, that by the state."""
    size, class_of = len(counts.states) + 1, counts.class_of
    a, b, c, n = counts.trigrams.T
    pairs = np.bincount(b * size + c, n, size * size).reshape(size, size)
    by_class = np.zeros((class_of[-1] + 1, size))
    np.add.at(by_class, class_of, pairs)
    alone = unigrams(counts) + NEVER
    backed = interpolate(by_class, alone / alone.sum(), BIGRAM)[class_of]
    shared = np.bincount(class_of)[class_of] > 1
    bigram = np.ascontiguousarray(np.where(shared[:, None], interpolate(pairs, backed, LEXICAL), backed))
    row = a * size + b
    n_rows = len(by_class) * size
    total, different = np.bincount(row, n, n_rows), np.bincount(row, minlength=n_rows)
    w = TRIGRAM * different
    backoff = np.where(total > 0, w / np.maximum(total + w, 1), 1.0)
    values = n / (total + w)[row] + backoff[row] * bigram[b, c]
    keys, which = fill(row * size + c, 1 << (2 * len(n)).bit_length())
    return Transitions(class_of, bigram, backoff.reshape(-1, size), keys, values[which])


class Successors(NamedTuple):
    """The same probabilities written out: P(c | class of a, b) is p[row[class, b], c]."""

    class_of: Integer[np.ndarray, "state"]
    row: Integer[np.ndarray, "class state"]
    p: Float[np.ndarray, "row state"]


def successors(tables: Transitions) -> Successors | None:
    """A row for each (class of a, b) that something follows, behind those of the bigrams; None if this is too much."""
    size = len(tables.class_of)
    context, c = np.divmod(tables.keys[tables.keys >= 0], size)
    contexts, at = np.unique(context, return_inverse=True)
    if (size + len(contexts)) * size > MOST_CELLS:
        return None
    row = np.tile(np.arange(size, dtype=np.int32), (len(tables.backoff), 1))
    row.flat[contexts] = size + np.arange(len(contexts))
    b = contexts % size
    p = np.concatenate([tables.bigram, tables.backoff.flat[contexts][:, None] * tables.bigram[b]], dtype=np.float32)
    p[size + at, c] = tables.trigram[tables.keys >= 0]
    return Successors(tables.class_of, row, p)


class WordTables(NamedTuple):
    """How often each word was seen in each state (the row of word w begins at start[w]), in all, and each state."""

    start: Integer[np.ndarray, "edge"]
    state: Integer[np.ndarray, "entry"]
    times: Float[np.ndarray, "entry"]
    total: Float[np.ndarray, "word"]
    of_state: Float[np.ndarray, "state"]


class Entries(NamedTuple):
    """The likeliest states of words, and P(word | state) of each; the row of word w begins at first[w]."""

    first: Integer[np.ndarray, "edge"]
    states: Integer[np.ndarray, "candidate"]
    emission: Float[np.ndarray, "candidate"]


class Lexicon:
    """P(state | word) and P(word | state), by counts, suffix and the form in small letters."""

    def __init__(self, counts: Counts):
        self.place = {word: at for at, word in enumerate(counts.words)}
        word, state, times = counts.lexicon.T
        total = np.bincount(word, times, len(counts.words))
        start = np.searchsorted(word, np.arange(len(counts.words) + 1))
        self.words = WordTables(start, np.ascontiguousarray(state), times.astype(np.float64), total,
                                unigrams(counts)[:-1])  # fmt: skip
        rare = np.flatnonzero(total <= RARE)
        row = np.full(len(total), -1)
        row[rare] = np.arange(len(rare))
        chosen = row[word] >= 0
        table = np.zeros((len(rare), len(counts.states)), np.float32)
        table[row[word[chosen]], state[chosen]] = times[chosen]
        self.suffixes = SuffixModel([counts.words[at] for at in rare], table)

    def lower(self, word: str, first: bool) -> str:
        """The form in small letters where it says something about the word: an unknown one, or a sentence's first."""
        small = word.lower()
        return small if small != word and small in self.place and (first or word not in self.place) else ""

    def _numbers(self, words: Sequence[str], first: Sequence[bool]) -> Integer[np.ndarray, "4 word"]:
        """The key of each word, its letters, its row in `words` and that of its form in small letters, or -1."""
        place, lower = self.place, [word.lower() for word in words]
        rows = [place.get(word, -1) for word in words]
        rows_lower = [
            place.get(small, -1) if small != word and (begins or row < 0) else -1
            for word, small, row, begins in zip(words, lower, rows, first, strict=True)
        ]
        return np.stack([*keys(words, lower), np.array(rows, np.int64), np.array(rows_lower, np.int64)])

    def frequency(self, word: str) -> float:
        """P(word): its share of the training text; a word that was never seen is taken for one seen once."""
        at = self.place.get(word)
        return (1 if at is None else self.words.total[at]) / self.words.of_state.sum()

    def probabilities(self, word: str, first: bool = False) -> Float[np.ndarray, "state"]:
        """P(state | word), `first` in its sentence or not: what was counted, one occurrence shared out as the suffix
        says, and one and a half as the form in small letters has it.
        """
        return state_probabilities(*self._numbers([word], [first])[:, 0], self.words, self.suffixes.tables)

    def entries(self, words: Sequence[tuple[str, bool]]) -> Entries:
        """P(word | state) = P(state | word) P(word) / P(state) for the states that are likely, given (word, first)."""
        names, first = zip(*words, strict=True) if words else ((), ())
        numbers = self._numbers(names, first)
        return Entries(*entries(*numbers, np.argsort(numbers[0]), self.words, self.suffixes.tables))
