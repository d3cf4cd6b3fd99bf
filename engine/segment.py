"""Chinese word segmentation with the hidden Markov model that jieba ships: states B, M, E, S over 14,631 characters.

Raw log tables segment exactly as `jieba.finalseg.cut`. As a model they differ in three ways from an HMM: jieba's
emission rows sum to 1.15–1.35; its last state must be E or S; a character without an entry gets -3.14e100 from the
state, a number so large that whatever is added to it is lost to rounding. `model` has rows that sum to 1, any last
state, and unknown characters as missing observations, so its best path is now and then another one.
Source of the parameters: jieba 0.42.1 by Sun Junyi and others, MIT.
"""

import re
import warnings
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import InputError
from engine.hmm import HMM, MISSING
from engine.segment_kernels import best_path, log_forward

STATES = ("B", "M", "E", "S")
FIRST, LAST = "\u4e00", "\u9fd5"  # the Han characters that go through the model
IMPOSSIBLE = -3.14e100
REST = "…"  # the symbol that stands for all characters that a reduced model leaves out
_PARTS = re.compile(rf"(?P<han>[{FIRST}-{LAST}]+)|[a-zA-Z0-9]+(?:\.\d+)?%?|[^{FIRST}-{LAST}a-zA-Z0-9]+")


class Tables(NamedTuple):
    """Natural logarithms as jieba has them; the emission rows begin at FIRST."""

    start: Float[np.ndarray, "state"]
    transition: Float[np.ndarray, "state next_state"]
    emission: Float[np.ndarray, "character state"]


class Comparison(NamedTuple):
    """The words of the HMM alone, and of jieba's full cut: its dictionary, the HMM for what is not in it."""

    hmm: list[str]
    jieba: list[str]


class Scored(NamedTuple):
    """Words, log P of the Han characters by the normalised model, how many these are, how many it does not know."""

    words: list[str]
    log_probability: float
    n_characters: int
    n_unknown: int


@cache
def _jieba():
    """The package, imported without the warnings that its age brings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        import jieba.finalseg
    return jieba


def _codes(text: str) -> Integer[np.ndarray, "character"]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64) - ord(FIRST)


@cache
def tables() -> Tables:
    """jieba's numbers, unchanged."""
    given = _jieba().finalseg
    emission = np.full((ord(LAST) - ord(FIRST) + 1, len(STATES)), IMPOSSIBLE)
    for at, state in enumerate(STATES):
        for character, value in given.emit_P[state].items():
            if FIRST <= character <= LAST:
                emission[ord(character) - ord(FIRST), at] = value
    start = np.array([given.start_P[state] for state in STATES])
    rows = [[given.trans_P[state].get(after, IMPOSSIBLE) for after in STATES] for state in STATES]
    return Tables(start, np.array(rows), emission)


@cache
def normalised() -> Tables:
    """The same with every row of probabilities summing to 1, -inf where jieba says impossible."""
    raw = [np.where(table <= IMPOSSIBLE, -np.inf, table) for table in tables()]
    start, transition, emission = raw
    return Tables(
        start - np.log(np.exp(start).sum()), transition - np.log(np.exp(transition).sum(1, keepdims=True)),
        emission - np.log(np.exp(emission).sum(0)),
    )  # fmt: skip


@cache
def _known() -> np.ndarray:
    return (tables().emission > IMPOSSIBLE).any(1)


def tags(text: str) -> str:
    """B, M, E or S for each Han character of the text, its blocks one after the other; each block is decoded alone."""
    return "".join(_tags(match["han"]) for match in _PARTS.finditer(text) if match["han"])


def _tags(block: str) -> str:
    return "".join(STATES[at] for at in best_path(_codes(block), *tables()))


def _words(block: str) -> list[str]:
    """A word ends at E or S, and where a block ends. Nothing but E or S can, so no character is left over."""
    ends = [at + 1 for at, tag in enumerate(_tags(block)) if tag in "ES"]
    return [block[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def segment(text: str) -> list[str]:
    """The words of a text, with all that stands between them; their concatenation is the text.

    Equal to `list(jieba.finalseg.cut(text))`, words that jieba was told to split included.
    """
    split = _jieba().finalseg.Force_Split_Words
    words = []
    for match in _PARTS.finditer(text):
        found = _words(match["han"]) if match["han"] else [match[0]]
        words += [piece for word in found for piece in (word if match["han"] and word in split else (word,))]
    return words


@cache
def _tokenizer():
    """jieba's own segmenter with its dictionary in memory: no cache file, nothing logged, no network."""
    tokenizer = _jieba().Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def compare(text: str) -> Comparison:
    """Both segmentations of a text; the first call reads jieba's dictionary, about a second."""
    return Comparison(segment(text), list(_tokenizer().cut(text, HMM=True)))


def is_known(character: str) -> bool:
    """Whether the model has a probability for a character in any state."""
    return len(character) == 1 and FIRST <= character <= LAST and bool(_known()[ord(character) - ord(FIRST)])


def model(characters: Sequence[str] | None = None) -> HMM:
    """The normalised HMM over all characters, or over the known ones of `characters` and `…` for all others."""
    start, transition, emission = (np.exp(table) for table in normalised())
    if characters is None:
        codes = np.flatnonzero(_known())
        return HMM(STATES, tuple(chr(ord(FIRST) + code) for code in codes), start, transition, emission[codes].T)
    kept = list(dict.fromkeys(filter(is_known, characters)))
    rows = emission[[ord(character) - ord(FIRST) for character in kept]].reshape(-1, len(STATES))
    rest = np.clip(1 - rows.sum(0, keepdims=True), 0, 1)
    return HMM(STATES, (*kept, REST), start, transition, np.concatenate([rows, rest]).T)


def observe(hmm: HMM, characters: Sequence[str]) -> Integer[Tensor, "time"]:
    """Characters as places in V; MISSING for one that is not in it."""
    at = {word: place for place, word in enumerate(hmm.V)}
    return torch.tensor([at.get(character, MISSING) for character in characters], dtype=torch.long)


def blocks(text: str) -> list[str]:
    """The runs of Han characters, each of which is a sequence of its own to the model."""
    return [match["han"] for match in _PARTS.finditer(text) if match["han"]]


def trace(text: str, block: int | None = None) -> xr.Dataset:
    """`engine.hmm.trace.trace` of the normalised model, reduced to its characters, on one block (None: the longest).

    Raises InputError for a text without Han characters.
    """
    from engine.hmm import trace as hmm_trace

    found = blocks(text)
    if not found:
        raise InputError("There is no Chinese character in the text.")
    chosen = max(found, key=len) if block is None else found[min(block, len(found) - 1)]
    reduced = model(chosen)
    return hmm_trace.trace(reduced, observe(reduced, chosen))


def score(text: str) -> Scored:
    """Words and log P(O) of a text by the normalised model: the sum over its blocks, unknown characters MISSING.

    log P is -inf for the rare block that no path can produce, and 0 where there is no Han character.
    """
    found = [_codes(block) for block in blocks(text)]
    total = sum(log_forward(codes, *normalised(), _known()) for codes in found)
    n_unknown = sum(int((~_known()[codes]).sum()) for codes in found)
    return Scored(segment(text), float(total), sum(map(len, found)), n_unknown)
