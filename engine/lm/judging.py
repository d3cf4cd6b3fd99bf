"""How good a model of letters is: bits a character and perplexity on names, beside counted models as yardsticks."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from engine.letter_model import WORDS, LetterModel
from engine.lm.data import NOTHING, code, parts
from engine.names import Names

PRIOR = 4.0  # how many letters the shorter context counts for where the longer one is seldom seen


class Judged(NamedTuple):
    """bits: mean of −log₂ p of a character, `<eos>` counted as one; perplexity: 2 to the bits; n: characters."""

    bits: float
    perplexity: float
    n: int
    by_language: dict[str, float]


def _judged(nats: np.ndarray, n: np.ndarray, names: Names) -> Judged:
    """From the sum of −log p and the number of characters of each language."""
    bits = float(nats.sum() / n.sum() / math.log(2))
    each = {names.languages[k]: float(nats[k] / n[k] / math.log(2)) for k in np.flatnonzero(n)}
    return Judged(bits, 2**bits, int(n.sum()), each)


@torch.inference_mode()
def judge(net: LetterModel, names: Names) -> Judged:
    """What a network makes of names; their labels number its languages."""
    nats, n = np.zeros(len(names.languages)), np.zeros(len(names.languages), np.int64)
    for batch in parts(names):
        loss = cross_entropy(net(batch.words).flatten(0, 1), batch.answers.flatten(), ignore_index=NOTHING,
                             reduction="none").view_as(batch.answers)  # fmt: skip
        labels = (batch.words[:, 0] - len(WORDS)).numpy()
        np.add.at(nats, labels, loss.double().sum(1).numpy())
        np.add.at(n, labels, (batch.answers != NOTHING).sum(1).numpy())
    return _judged(nats, n, names)


def yardsticks(train: Names, held: Names) -> Mapping[str, Judged]:
    """The same figures for letters counted in the training names of each language: alone (unigram), after the letter
    before (bigram), after the two before (trigram).

    p = (count + PRIOR · p of the shorter context) / (total + PRIOR), from uniform on; a language's own counts only
    (Dirichlet smoothing: D. MacKay and L. Bauman Peto, 1995).
    """
    found, shorter = {}, None
    for order, name in enumerate(("unigram", "bigram", "trigram")):
        shorter = _Counted(train, order, shorter)
        found[name] = shorter.judge(held)
    return found


class _Counted:
    """Letters counted after the `order` words before them, the language first."""

    def __init__(self, train: Names, order: int, shorter: "_Counted | None"):
        self.order, self.shorter = order, shorter
        keys, answers, _ = self._contexts(train)
        joined, count = np.unique(keys * len(WORDS) + answers, return_counts=True)
        self.joined, self.count = joined, count
        self.keys, self.total = np.unique(keys, return_counts=True)

    def _contexts(self, names: Names) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(context as one number, character after it, language) of every character."""
        words, answers = (part.numpy() for part in code(names.texts, names.labels))
        key = np.repeat(words[:, :1], words.shape[1], 1)
        before = words.copy()
        before[:, 0] = len(WORDS)  # the beginning, whatever the language
        for _ in range(self.order):
            key = key * (len(WORDS) + 1) + before
            before = np.pad(before, ((0, 0), (1, 0)), constant_values=len(WORDS))[:, :-1]
        real = answers != NOTHING
        return key[real], answers[real], np.repeat(names.labels[:, None], words.shape[1], 1)[real]

    def p(self, names: Names) -> np.ndarray:
        """Probability of every character of the names."""
        keys, answers, _ = self._contexts(names)
        before = self.shorter.p(names) if self.shorter else np.full(len(keys), 1 / len(WORDS))
        return (_counts(self.joined, self.count, keys * len(WORDS) + answers) + PRIOR * before) / (
            _counts(self.keys, self.total, keys) + PRIOR
        )

    def judge(self, names: Names) -> Judged:
        """Bits a character on names."""
        language = self._contexts(names)[2]
        nats = np.bincount(language, -np.log(self.p(names)), len(names.languages))
        return _judged(nats, np.bincount(language, minlength=len(names.languages)), names)


def _counts(known: np.ndarray, count: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """How often each of `asked` was counted; 0 for one that was not."""
    at = np.searchsorted(known, asked).clip(max=len(known) - 1)
    return np.where(known[at] == asked, count[at], 0)
