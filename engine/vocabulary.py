"""The symbols of a language model: characters, or words and marks, as indices; `<s>`, `</s>` and `<unk>` come first.

`<s>` stands before a text and is never predicted; `</s>` ends it; `<unk>` stands for all that was not counted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from jaxtyping import Integer

SPECIALS = ("<s>", "</s>", "<unk>")
BOS, EOS, UNK = range(len(SPECIALS))
UNITS = ("character", "word")
WORD = re.compile(r"\w+|[^\w\s]")


class Coded:
    """Texts as one row of indices: text i is ids[starts[i]:starts[i + 1]], `</s>` its last, `<s>` not among them."""

    __slots__ = ("ids", "starts")

    def __init__(self, ids: Integer[np.ndarray, "token"], starts: Integer[np.ndarray, "text_and_1"]):
        self.ids, self.starts = ids, starts


def _words(texts: Sequence[str]) -> list[list[str]]:
    """Words and marks: runs of letters, digits and `_`, and every other visible character by itself."""
    return [WORD.findall(text) for text in texts]


def cut(texts: Sequence[str], unit: str) -> list[list[str]]:
    """The characters of each text, or its words and marks."""
    return [list(text) for text in texts] if unit == "character" else _words(texts)


@dataclass(frozen=True)
class Vocabulary:
    """What can stand in a text; `words` begins with SPECIALS. unit: "character" | "word"."""

    words: tuple[str, ...]
    unit: str = "character"

    @property
    def n(self) -> int:
        """How many symbols there are, SPECIALS among them."""
        return len(self.words)

    @property
    def n_next(self) -> int:
        """How many can come next: all but `<s>`."""
        return self.n - 1

    @cached_property
    def index(self) -> dict[str, int]:
        """Where each symbol stands."""
        return {word: place for place, word in enumerate(self.words)}

    def cut(self, text: str) -> list[str]:
        """The tokens of one text, as they are written."""
        return cut([text], self.unit)[0]

    def encode(self, tokens: Iterable[str]) -> Integer[np.ndarray, "token"]:
        """Indices; that of `<unk>` for a token outside. The words `<s>` and `</s>` in a text are unknown too."""
        found = [self.index.get(token, UNK) for token in tokens]
        return np.array([UNK if place < len(SPECIALS) else place for place in found], np.int64)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The symbols of indices."""
        return [self.words[place] for place in ids]

    def join(self, tokens: Sequence[str]) -> str:
        """Tokens as a text: characters side by side, words with blanks but none before a mark that closes."""
        if self.unit == "character":
            return "".join(tokens)
        text = ""
        for token in tokens:
            text += token if not text or token in set(".,;:!?)]}%") or text[-1] in "([{" else f" {token}"
        return text

    def code(self, texts: Sequence[str]) -> Coded:
        """All texts at once."""
        if self.unit == "character":
            return self._characters(texts)
        tokens = _words(texts)
        lengths = np.array([len(each) + 1 for each in tokens], np.int64)
        flat = [word for each in tokens for word in (*each, SPECIALS[EOS])]
        codes, different = pd.factorize(np.array(flat, dtype=object))
        ids = self.encode(different)[codes] if len(flat) else np.zeros(0, np.int64)
        starts = np.concatenate([[0], lengths.cumsum()])
        ids[starts[1:] - 1] = EOS
        return Coded(ids, starts)

    def _characters(self, texts: Sequence[str]) -> Coded:
        points = np.frombuffer("\0".join((*texts, "")).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        starts = np.concatenate([[0], lengths.cumsum()])
        table = np.full(max(0x110000, int(points.max(initial=0)) + 1), UNK, np.int32)
        for word, place in self.index.items():
            if place >= len(SPECIALS):
                table[ord(word)] = place
        ids = table[points].astype(np.int64)
        ids[starts[1:] - 1] = EOS
        return Coded(ids, starts)


def vocabulary(texts: Sequence[str], unit: str = "character", least: int = 1, most: int | None = None) -> Vocabulary:
    """The symbols seen at least `least` times, the most frequent first (equals by alphabet), `most` of them."""
    if unit == "character":
        seen = Counter()
        for start in range(0, len(texts), 10_000):
            seen.update("".join(texts[start : start + 10_000]))
    else:
        seen = Counter(word for tokens in _words(texts) for word in tokens)
    known = sorted((word for word, n in seen.items() if n >= least and word not in SPECIALS),
                   key=lambda word: (-seen[word], word))  # fmt: skip
    return Vocabulary((*SPECIALS, *known[:most]), unit)
