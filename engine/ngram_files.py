"""n-gram models as safetensors files: the tables of counts and the vocabulary as tensors, the parameters, a card.

Of a k-gram the file holds context, word and count; what else the tables have is worked out again when it is read.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import weights
from engine.errors import N_, InputError
from engine.ngram import NGram, NGramParams, fit
from engine.ngram_counts import Counts, Table, find
from engine.vocabulary import SPECIALS, UNITS, Vocabulary

KEY = "n-gram model"  # of the metadata
MOST_WORDS, LONGEST_WORD, MOST_GRAMS, MOST_TIMES = 200_000, 100_000, 50_000_000, 2**40
COLUMNS = ("context", "word", "count")
UNREADABLE = N_("The file does not say which n-gram model it holds (no readable `n-gram model`).")
WRONG = N_("The tables in the file are not those of n-grams.")


class Loaded(NamedTuple):
    """A model, and what is known of its training."""

    model: NGram
    card: dict


def dumps(model: NGram, card: dict) -> bytes:
    """The bytes of a file; the same model gives the same bytes. Only the orders of the model are kept."""
    tensors = {"words": np.frombuffer(json.dumps(model.vocabulary.words).encode(), np.uint8)}
    for k, table in enumerate(model.counts.tables[: model.params.order], 1):
        for column in COLUMNS:
            values = getattr(table, column)
            small = values.max(initial=0) < 2**31
            tensors[f"{column}.{k}"] = np.ascontiguousarray(values, np.int32 if small else np.int64)
    sizes = {"unit": model.vocabulary.unit, "n_tokens": model.counts.n_tokens, "n_texts": model.counts.n_texts}
    entries = {KEY: json.dumps(asdict(model.params) | sizes), "card": json.dumps(card, ensure_ascii=False)}
    return weights.in_order(save(tensors, entries))


def is_one(blob: bytes) -> bool:
    """Whether these are the bytes of an n-gram model."""
    try:
        return KEY in weights.metadata(blob)
    except InputError:
        return False


def loads(blob: bytes) -> Loaded:
    """A model from the bytes of a file, every table checked. Raises InputError for what is none."""
    meta = weights.metadata(blob)
    params, unit, n_tokens, n_texts = _sizes(meta)
    try:
        tensors = load(blob)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise InputError(WRONG) from error
    if set(tensors) != {"words", *(f"{column}.{k}" for column in COLUMNS for k in range(1, params.order + 1))}:
        raise InputError(WRONG)
    if sum(len(each) for each in tensors.values() if each.ndim) > 3 * MOST_GRAMS:
        raise InputError(N_("The model has more n-grams than can be read."))
    vocabulary, tables = _vocabulary(tensors["words"], unit), []
    for k in range(1, params.order + 1):
        columns = [tensors[f"{column}.{k}"] for column in COLUMNS]
        tables.append(_table(*map(_integers, columns), vocabulary.n, tables))
    return Loaded(fit(Counts(vocabulary, tuple(tables), n_tokens, n_texts), params), weights.read_card(meta))


def load_file(path: Path | str) -> Loaded:
    """A model from a file."""
    return loads(weights.read_file(path))


def _sizes(meta: dict) -> tuple[NGramParams, str, int, int]:
    try:
        raw = json.loads(meta[KEY])
        unit, n_tokens, n_texts = (raw.pop(name) for name in ("unit", "n_tokens", "n_texts"))
        if type(raw["order"]) is not int or type(raw["method"]) is not str or type(raw["floor"]) is not bool:
            raise ValueError("parameters that are none")
        if not all(type(raw[name]) in (int, float) for name in ("k",)) or type(raw["discount"]) is str:
            raise ValueError("parameters that are none")
        if unit not in UNITS or not all(type(n) is int and 0 <= n < MOST_TIMES for n in (n_tokens, n_texts)):
            raise ValueError("sizes that are none")
        return NGramParams(**raw), unit, n_tokens, n_texts
    except InputError as error:
        raise InputError(N_("The sizes in the weights file are out of range.")) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(UNREADABLE) from error


def _vocabulary(tensor: np.ndarray, unit: str) -> Vocabulary:
    try:
        if tensor.dtype != np.uint8 or tensor.ndim != 1:
            raise ValueError("no bytes")
        words = json.loads(tensor.tobytes())
        if type(words) is not list or not all(type(word) is str and 1 <= len(word) <= LONGEST_WORD for word in words):
            raise ValueError("words that are none")
        if tuple(words[: len(SPECIALS)]) != SPECIALS or len(set(words)) != len(words) or len(words) > MOST_WORDS:
            raise ValueError("no vocabulary")
        if unit == "character" and not all(len(word) == 1 for word in words[len(SPECIALS) :]):
            raise ValueError("characters that are none")
    except (ValueError, RecursionError) as error:
        raise InputError(N_("The file holds no vocabulary that can be read.")) from error
    return Vocabulary(tuple(words), unit)


def _integers(column: np.ndarray) -> np.ndarray:
    if column.ndim != 1 or column.dtype not in (np.int32, np.int64):
        raise InputError(WRONG)
    return column.astype(np.int64)


def _table(context: np.ndarray, word: np.ndarray, count: np.ndarray, n_words: int, shorter: list[Table]) -> Table:
    """The table of these columns. Raises InputError where they refer to what is not there, or are out of order."""
    n_contexts = len(shorter[-1].word) if shorter else 1
    fits = len(context) == len(word) == len(count) > 0
    for column, most in ((context, n_contexts), (word, n_words), (count, MOST_TIMES)):
        fits = fits and bool(column.min() >= 0) and bool(column.max() < most)
    if not fits:
        raise InputError(WRONG)
    key = context * n_words + word
    if (np.diff(key) <= 0).any():
        raise InputError(WRONG)
    suffix = np.zeros(len(word), np.int64)
    if shorter:
        suffix = find(shorter[-1], n_words, shorter[-1].suffix[context], word)
        if (suffix < 0).any():
            raise InputError(WRONG)
    return Table(key, context, word, count, suffix, np.searchsorted(context, np.arange(n_contexts + 1)))
