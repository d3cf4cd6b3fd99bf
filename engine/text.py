"""Names as the lecture reads them: folded to ASCII letters and ` .,:;`, then one index a character."""

import string
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

ALPHABET = string.ascii_letters + " .,:;"
N_LETTERS = len(ALPHABET)  # 57
PAD = N_LETTERS  # index of left padding in a batch

_CODES = np.full(128, 255, np.uint8)
_CODES[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(N_LETTERS, dtype=np.uint8)


class Folded(NamedTuple):
    """A folded name and what the fold changed: `kept` maps to `text`; `dropped` are (index, character) of `raw`."""

    raw: str
    text: str
    dropped: tuple[tuple[int, str], ...]


def fold(raw: str) -> Folded:
    """Canonical decomposition, marks off, then only letters of the alphabet: `Ślusàrski` → `Slusarski`.

    A combining mark is not counted as dropped; a character outside of the alphabet (ł, ', 李) is.
    """
    if raw.isascii() and not raw.translate(_DELETE):
        return Folded(raw, raw, ())
    kept, dropped = [], []
    for index, char in enumerate(raw):
        base = "".join(c for c in unicodedata.normalize("NFD", char) if unicodedata.category(c) != "Mn")
        inside = "".join(c for c in base if c in ALPHABET)
        kept.append(inside)
        if base and not inside:
            dropped.append((index, char))
    return Folded(raw, "".join(kept), tuple(dropped))


_DELETE = {ord(c): None for c in ALPHABET}


def encode(text: str) -> np.ndarray:
    """Indices 0…56 of a folded text, int64 [time]; raises ValueError on a character outside of the alphabet."""
    codes = _CODES[np.frombuffer(text.encode("ascii", "replace"), np.uint8) & 127]
    if (codes == 255).any():
        raise ValueError(f"not in the alphabet: {text[int((codes == 255).argmax())]!r}")
    return codes.astype(np.int64)


def encode_many(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """All letters of folded texts in one run: (uint8 indices [total], int64 lengths [n])."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return _CODES[np.frombuffer("".join(texts).encode("ascii"), np.uint8)], lengths


def pad_left(texts: Sequence[str]) -> np.ndarray:
    """One row a text, right-aligned, `PAD` on the left: uint8 [n, longest]."""
    letters, lengths = encode_many(texts)
    width = int(lengths.max(initial=0))
    batch = np.full((len(texts), width), PAD, np.uint8)
    batch[np.arange(width) >= (width - lengths)[:, None]] = letters
    return batch
