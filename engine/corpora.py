"""The texts that language models learn from: a training part and a held-out part, one sequence a line.

* "names", "names:<Language>": data/names without what every training in this project holds out; characters only.
* "grammar:en", "grammar:de": sentences of the grammar, as the translators know them.
* "pydoc": Python's own documentation of its language, read from the running interpreter.
* "own": a text that is given.
"""

import textwrap
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from engine import weights
from engine.errors import InputError
from engine.names import Names, read_names, split
from engine.vocabulary import UNITS

NAMES = weights.ROOT / "data" / "names"
GRAMMAR_PAIRS = 12_000
EVERY = 10  # one line of so many is held out
PIECE = 400  # characters of a line; a longer one is cut between words, so that each is one sequence


class Corpus(NamedTuple):
    """key, unit ("character" | "word"), and the two parts, each a list of texts."""

    key: str
    unit: str
    train: list[str]
    held: list[str]


def keys() -> tuple[str, ...]:
    """All corpora but "own"."""
    return ("names", *(f"names:{language}" for language in _names()[0].languages), "grammar:en", "grammar:de", "pydoc")


def units(key: str) -> tuple[str, ...]:
    """The units that a corpus can be cut into."""
    return ("character",) if key.split(":")[0] == "names" else UNITS


def corpus(key: str, unit: str, own: str | None = None) -> Corpus:
    """The texts of a key; `own`: the text of the key "own". Raises InputError for an unknown key or too little text."""
    if key == "own" and own is not None:
        return Corpus(key, unit, *_halves(lines(own)))
    if key not in keys():
        raise InputError("There is no text called {key}.", key=key)
    if unit not in units(key):
        raise InputError("Names are read character by character.")
    kind, _, which = key.partition(":")
    make = {"names": _of_names, "grammar": _of_grammar, "pydoc": _of_python}[kind]
    return Corpus(key, unit, *make(which))


def lines(text: str) -> list[str]:
    """The lines of a text that are not blank, white space at both ends off; long ones in pieces."""
    found = []
    for line in text.splitlines():
        if line := line.strip():
            found += [line] if len(line) <= PIECE else textwrap.wrap(line, PIECE)
    return found


def _halves(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every tenth line is held out. Raises InputError for fewer than ten lines."""
    if len(texts) < EVERY:
        raise InputError("At least {n} lines of text are needed, here are {found}.", n=EVERY, found=len(texts))
    held = [text for place, text in enumerate(texts) if place % EVERY == EVERY - 1]
    return [text for place, text in enumerate(texts) if place % EVERY != EVERY - 1], held


@cache
def _names() -> tuple[Names, Names]:
    return split(read_names(NAMES))


def _of_names(language: str) -> tuple[list[str], list[str]]:
    parts = []
    for names in _names():
        kept = names.labels == names.languages.index(language) if language else np.ones(len(names.labels), bool)
        parts.append([text for text, mine in zip(names.texts, kept, strict=True) if mine])
    return parts[0], parts[1]


@cache
def _of_grammar(language: str) -> tuple[list[str], list[str]]:
    from engine.translation.data import from_grammar

    pairs = from_grammar(GRAMMAR_PAIRS)
    return _halves(list(dict.fromkeys(pairs[pairs.languages.index(language)])))


@cache
def _of_python(_: str) -> tuple[list[str], list[str]]:
    from pydoc_data.topics import topics

    return _halves([line for name in sorted(topics) for line in lines(topics[name])])
