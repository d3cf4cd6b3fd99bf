"""Names as a language model reads them: the language, the letters, and after each what comes next."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from engine.letter_model import EOS, WORDS
from engine.names import Names
from engine.sampling import stream
from engine.text import encode_many

NOTHING = -100  # an answer that does not count, as torch's cross-entropy takes it
POOL = 16  # batches that are sorted by length together, so that names of one batch are about as long


class Coded(NamedTuple):
    """Names padded on the right: words fed (language first) and the answers (letters, `<eos>` last)."""

    words: Integer[Tensor, "name time"]
    answers: Integer[Tensor, "name time"]


def code(texts: Sequence[str], labels: Sequence[int] | np.ndarray) -> Coded:
    """Folded names with the numbers of their languages."""
    letters, lengths = encode_many(texts)
    longest = int(lengths.max(initial=0))
    inside = np.arange(longest) < lengths[:, None]
    words = np.full((len(texts), longest + 1), EOS, np.int64)
    words[:, 0] = np.asarray(labels, np.int64) + len(WORDS)
    words[:, 1:][inside] = letters
    answers = np.full_like(words, NOTHING)
    answers[:, :-1][inside] = letters
    answers[np.arange(len(texts)), lengths] = EOS
    return Coded(torch.from_numpy(words), torch.from_numpy(answers))


def cut(coded: Coded, rows: Tensor) -> Coded:
    """Some of the names, as wide as the longest of them."""
    answers = coded.answers[rows]
    width = int((answers != NOTHING).sum(1).max())
    return Coded(coded.words[rows, :width], answers[:, :width])


def parts(names: Names, size: int = 512) -> Iterator[Coded]:
    """All names, shortest first, in batches."""
    order = sorted(range(len(names.texts)), key=lambda k: len(names.texts[k]))
    coded = code(names.texts, names.labels)
    for start in range(0, len(order), size):
        yield cut(coded, torch.tensor(order[start : start + size]))


class Order:
    """Batches in an order that follows from the seed and the place in the run alone."""

    def __init__(self, coded: Coded, batch: int, seed: int):
        self.coded, self.batch, self.seed = coded, batch, seed
        self.lengths = (coded.answers != NOTHING).sum(1)
        self.n = -(-len(self.lengths) // batch)
        self.epoch, self.rows = -1, []

    def at(self, step: int) -> Coded:
        """The batch of a step, counted from 0."""
        epoch, place = divmod(step, self.n)
        if epoch != self.epoch:
            self.epoch, self.rows = epoch, self._shuffled(epoch)
        return cut(self.coded, self.rows[place])

    def _shuffled(self, epoch: int) -> list[Tensor]:
        generator = stream(self.seed, 2, epoch)
        order = torch.randperm(len(self.lengths), generator=generator)
        pools = order.split(self.batch * POOL)
        rows = [batch for pool in pools for batch in pool[self.lengths[pool].argsort(stable=True)].split(self.batch)]
        return [rows[k] for k in torch.randperm(len(rows), generator=generator).tolist()]
