"""A tagger as a safetensors file: counts only, so that whoever reads it makes the same probabilities of them."""

import gzip
import json
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from engine import weights
from engine.errors import InputError
from engine.tagger import Tagger
from engine.tagger_counts import LONGEST_WORD, MAX_TAGS, Counts, State, Token, is_tag, read_tagged

SHIPPED = "tagger-ewt"
MAX_STATES, MAX_WORDS, MAX_ENTRIES, MAX_BYTES, MAX_TIMES = 1000, 1_000_000, 5_000_000, 100_000_000, 2**31 - 1
UNREADABLE = "This weights file does not hold a tagger."
DAMAGED = "The counts in the weights file do not belong together."


class Column(NamedTuple):
    """A tensor of the file: its type and its number of columns, 0 for a vector."""

    kind: type
    width: int


COLUMNS = {
    "words": Column(np.uint8, 0), "lexicon_word": Column(np.int32, 0), "lexicon_state": Column(np.uint16, 0),
    "lexicon_times": Column(np.int32, 0), "trigram_states": Column(np.uint16, 3), "trigram_times": Column(np.int32, 0),
}  # fmt: skip


def train(sentences: Sequence[Sequence[Token]], card: dict | None = None) -> Tagger:
    """A tagger from tagged sentences: (word, UPOS, XPOS or "")."""
    from engine.tagger_counts import count

    return Tagger(count(sentences), card)


def read_file(path: Path | str) -> list[list[Token]]:
    """The sentences of a file word TAB UPOS [TAB XPOS], gzipped or not. Raises InputError with file and line."""
    path = Path(path)
    try:
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            source = gzip.GzipFile(fileobj=raw) if packed else raw
            sentences = list(read_tagged(source, path.name))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError("{file} is damaged and can't be opened. Make it again.", file=path.name) from error
    except OSError as error:
        raise InputError("{path}: {reason}.", path=str(path), reason=error.strerror or str(error)) from error
    if not sentences:
        raise InputError("{file} holds no tagged sentence.", file=path.name)
    return sentences


def dumps(counts: Counts, card: dict) -> bytes:
    """The bytes of a weights file; the same counts give the same bytes."""
    word, state, times = counts.lexicon.T
    tensors = {
        "words": np.frombuffer("\n".join(counts.words).encode("utf-8"), np.uint8),
        "lexicon_word": word, "lexicon_state": state, "lexicon_times": times,
        "trigram_states": counts.trigrams[:, :3], "trigram_times": counts.trigrams[:, 3],
    }  # fmt: skip
    tensors = {name: np.ascontiguousarray(values, COLUMNS[name].kind) for name, values in tensors.items()}
    # one entry only: the library leaves several in a random order
    about = {"kind": "tagger", "states": counts.states, "card": card}
    return save(tensors, {"tagger": json.dumps(about, ensure_ascii=False, sort_keys=True)})


def loads(blob: bytes) -> Tagger:
    """A tagger from the bytes of a weights file. Raises InputError for whatever is none, or is damaged."""
    if len(blob) > MAX_BYTES:
        raise InputError("The weights file has {n:,} bytes, more than {limit:,}.", n=len(blob), limit=MAX_BYTES)
    try:
        about = json.loads(weights.metadata(blob)["tagger"])
        states = tuple(_state(*state) for state in about["states"])
        card = about["card"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(UNREADABLE) from error
    if about.get("kind") != "tagger" or not isinstance(card, dict):
        raise InputError(UNREADABLE)
    n_tags = len({state[0] for state in states})
    if not 0 < len(states) <= MAX_STATES or len(set(states)) != len(states) or n_tags > MAX_TAGS:
        raise InputError("The sizes in the weights file are out of range.")
    counts = _counts(states, _tensors(blob))
    _check(counts)
    return Tagger(counts, card)


def _state(upos: str, xpos: str, word: str) -> State:
    if not is_tag(upos) or not (xpos == "" or is_tag(xpos)) or not isinstance(word, str) or len(word) > LONGEST_WORD:
        raise ValueError
    return upos, xpos, word


def _tensors(blob: bytes) -> dict[str, np.ndarray]:
    try:
        tensors = load(blob)
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(UNREADABLE) from error
    if tensors.keys() != COLUMNS.keys():
        raise InputError(UNREADABLE)
    for name, column in COLUMNS.items():
        table = tensors[name]
        shape = (len(table), column.width) if table.ndim and column.width else (table.size,)
        if table.dtype != column.kind or table.shape != shape:
            raise InputError(UNREADABLE)
    return tensors


def _counts(states: tuple[State, ...], tensors: dict[str, np.ndarray]) -> Counts:
    lexicon = [tensors[f"lexicon_{name}"] for name in ("word", "state", "times")]
    trigrams = [*tensors["trigram_states"].T, tensors["trigram_times"]]
    for columns in (lexicon, trigrams):
        sizes = {len(column) for column in columns}
        if len(sizes) != 1 or not 0 < max(sizes) <= MAX_ENTRIES:
            raise InputError(DAMAGED)
    try:
        words = tuple(tensors["words"].tobytes().decode("utf-8").split("\n"))
    except UnicodeDecodeError as error:
        raise InputError(DAMAGED) from error
    return Counts(states, words, *(np.stack([column.astype(np.int64) for column in part], 1)
                                   for part in (lexicon, trigrams)))  # fmt: skip


def _check(counts: Counts) -> None:
    """Every number in its range, in order, and the two tables agreeing on how often each state was seen."""
    edge, (word, state, times), (a, b, c, n) = len(counts.states), counts.lexicon.T, counts.trigrams.T
    words = counts.words
    fits = len(words) <= MAX_WORDS and len(set(words)) == len(words) and all(0 < len(w) <= LONGEST_WORD for w in words)
    fits = fits and np.array_equal(np.unique(word), np.arange(len(words))) and state.max() < edge
    fits = fits and a.max() <= len(counts.classes) and max(b.max(), c.max()) <= edge
    fits = fits and min(times.min(), n.min()) > 0 and max(times.sum(), n.sum()) <= MAX_TIMES
    for keys in (counts.lexicon[:, :2], counts.trigrams[:, :3]):
        fits = fits and len(np.unique(keys, axis=0)) == len(keys) and bool((np.diff(keys[:, 0]) >= 0).all())
    if fits:
        seen, into = (np.bincount(at, by, edge + 1) for at, by in ((state, times), (c, n)))
        out = np.bincount(b, n, edge + 1)
        fits = np.array_equal(seen[:-1], into[:-1]) and seen[:-1].min() > 0 and into[-1] > 0
        # the first boundary is followed by a word only after the second: so often as sentences end
        fits = fits and np.array_equal(out, into)
    if not fits:
        raise InputError(DAMAGED)


def load_file(path: Path | str) -> Tagger:
    """A tagger from a weights file."""
    path = Path(path)
    if not path.is_file():
        raise InputError("There is no weights file {path}.", path=str(path))
    if path.stat().st_size > MAX_BYTES:
        raise InputError(
            "The weights file has {n:,} bytes, more than {limit:,}.", n=path.stat().st_size, limit=MAX_BYTES
        )
    return loads(path.read_bytes())


@cache
def load_shipped() -> Tagger:
    """The tagger of assets/models, its file checked against the hash on its card; loaded once a process."""
    blob, card, _ = weights.read_shipped(SHIPPED)
    tagger = loads(blob)
    tagger.card = card
    return tagger
