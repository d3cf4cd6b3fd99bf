"""How often each n-gram stands in texts: tables of all orders in one pass, by hashing and sorting whole arrays.

A k-gram is known by its row in the table of order k. Its context (all but the last word) and its suffix (all but the
first) are rows of the table of order k − 1, so that a table holds two numbers a k-gram, however long it is. Before a
text stands `<s>`, as often as an n-gram asks for.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Integer

from engine.vocabulary import BOS, Coded, Vocabulary

SPARSE = 64  # keys asked for, of so many that there could be, from which on a look-up is faster than a search


class Table(NamedTuple):
    """All k-grams, sorted by key = context · (size of the vocabulary) + word.

    context, suffix: rows in the table of order k − 1 (0 for k = 1). count: 0 for a k-gram of `<s>` only, which is a
    context but is never predicted. first: the k-grams of context c are the rows first[c]:first[c + 1].
    """

    key: Integer[np.ndarray, "gram"]
    context: Integer[np.ndarray, "gram"]
    word: Integer[np.ndarray, "gram"]
    count: Integer[np.ndarray, "gram"]
    suffix: Integer[np.ndarray, "gram"]
    first: Integer[np.ndarray, "context_and_1"]


class Counts(NamedTuple):
    """The tables of orders 1…n, and how many tokens (each text's `</s>` among them) and texts were counted."""

    vocabulary: Vocabulary
    tables: tuple[Table, ...]
    n_tokens: int
    n_texts: int

    @property
    def order(self) -> int:
        """The longest n-grams."""
        return len(self.tables)


def count(texts: list[str], vocabulary: Vocabulary, order: int) -> Counts:
    """Count the n-grams of orders 1…order of each text, `<s>` before it and `</s>` after it."""
    return count_coded(vocabulary.code(texts), vocabulary, order)


def count_coded(coded: Coded, vocabulary: Vocabulary, order: int) -> Counts:
    """The same of texts that are indices already."""
    words, begins = _laid(coded)
    real = np.ones(len(words), bool)
    real[begins] = False
    tables, gram = [], np.zeros(len(words), np.int64)  # gram: the row of the (k-1)-gram that ends here
    for _ in range(order):
        table, gram = _table(_before(gram, begins), words, real, vocabulary.n, tables)
        tables.append(table)
    return Counts(vocabulary, tuple(tables), len(coded.ids), len(begins))


def _laid(coded: Coded) -> tuple[np.ndarray, np.ndarray]:
    """All texts in a row, `<s>` before each, and where these stand."""
    n_texts = len(coded.starts) - 1
    return np.insert(coded.ids, coded.starts[:-1], BOS), coded.starts[:-1] + np.arange(n_texts)


def _before(gram: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The row of the gram that ends one place earlier; before `<s>` stands `<s>`."""
    earlier = np.empty_like(gram)
    earlier[1:] = gram[:-1]
    earlier[begins] = gram[begins]
    return earlier


def _table(
    context: np.ndarray, words: np.ndarray, real: np.ndarray, n_words: int, shorter: list[Table]
) -> tuple[Table, np.ndarray]:
    """The table of one order, and the row in it of the gram that ends at each place."""
    n_contexts = len(shorter[-1].word) if shorter else 1
    keys = context * n_words + words
    different, rows = _numbered(keys, n_contexts * n_words)
    counted = np.bincount(rows[real], minlength=len(different))
    owner, word = different // n_words, different % n_words
    suffix = np.zeros(len(word), np.int64)
    if shorter:
        suffix = find(shorter[-1], n_words, shorter[-1].suffix[owner], word)
    return Table(different, owner, word, counted, suffix, np.searchsorted(owner, np.arange(n_contexts + 1))), rows


def _numbered(keys: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The different keys in order, and for each key its place among them; keys are below `size`."""
    if size <= max(1 << 16, 2 * len(keys)):  # small numbers: no hashing
        seen = np.zeros(size, bool)
        seen[keys] = True
        return np.flatnonzero(seen), (np.cumsum(seen) - 1)[keys]
    codes, found = pd.factorize(keys)
    order = np.argsort(found)
    places = np.empty(len(found), np.int64)
    places[order] = np.arange(len(found))
    return found[order], places[codes]


def find(table: Table, n_words: int, context: np.ndarray, word: np.ndarray) -> Integer[np.ndarray, "asked"]:
    """Rows of grams in a table; −1 where the context is (−1) or the gram was not counted."""
    asked = context * n_words + word
    if not len(table.key):
        return np.full(asked.shape, -1)
    size = (len(table.first) - 1) * n_words
    if SPARSE * asked.size > size:  # many are asked for: a look-up, its last n_words places for the context −1
        rows = np.full(size + n_words, -1, np.int32)
        rows[table.key] = np.arange(len(table.key), dtype=np.int32)
        return rows[asked].astype(np.int64)
    at = np.searchsorted(table.key, asked).clip(max=len(table.key) - 1)
    return np.where((context >= 0) & (table.key[at] == asked), at, -1)


def locate(counts: Counts, coded: Coded, order: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """For each token of texts and each order 1…order: (row of its context, row of the gram itself); −1 where unseen.

    The context of a k-gram is a row of the table of order k − 1, so that of a unigram is 0.
    """
    words, begins = _laid(coded)
    real = np.ones(len(words), bool)
    real[begins] = False
    contexts, grams, gram = [], [], np.zeros(len(words), np.int64)
    for table in counts.tables[:order]:
        context = _before(gram, begins)
        gram = find(table, counts.vocabulary.n, context, words)
        contexts.append(context[real])
        grams.append(gram[real])
    return contexts, grams
