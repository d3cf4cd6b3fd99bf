"""Texts as a neural language model learns from them: batches of about as many tokens, rare ones hidden now and then."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from engine.sampling import stream
from engine.vocabulary import BOS, UNK, Coded

NOTHING = -100  # an answer that does not count, as torch's cross-entropy takes it
POOL = 16  # batches that are sorted by length together, so that texts of one batch are about as long
HIDDEN = 0.2  # share of the tokens seen only once that are read and predicted as `<unk>`


class Batch(NamedTuple):
    """Texts padded on the right: words fed (`<s>` first) and the answers (`</s>` last)."""

    words: Integer[Tensor, "text time"]
    answers: Integer[Tensor, "text time"]


def batch(coded: Coded, rows: Integer[np.ndarray, "row"], ids: np.ndarray | None = None) -> Batch:
    """Some of the texts; `ids` instead of those of `coded`."""
    ids, starts = coded.ids if ids is None else ids, coded.starts
    lengths = starts[rows + 1] - starts[rows]
    inside = np.arange(lengths.max(initial=0)) < lengths[:, None]
    places = (starts[rows][:, None] + np.arange(inside.shape[1]))[inside]
    answers = np.full(inside.shape, NOTHING, np.int64)
    answers[inside] = ids[places]
    words = np.full(inside.shape, BOS, np.int64)
    words[:, 1:] = np.where(inside[:, 1:], answers[:, :-1], BOS)
    return Batch(torch.from_numpy(words), torch.from_numpy(answers))


def parts(coded: Coded, n_tokens: int = 8192) -> Iterator[tuple[Integer[np.ndarray, "row"], Batch]]:
    """All texts, shortest first, in batches of about so many tokens; with their rows."""
    lengths = np.diff(coded.starts)
    order = np.argsort(lengths, kind="stable")
    owner = lengths[order].cumsum() // n_tokens
    for rows in np.split(order, np.flatnonzero(np.diff(owner)) + 1):
        if len(rows):
            yield rows, batch(coded, rows)


class Order:
    """Batches in an order that follows from the seed and the place in the run alone."""

    def __init__(self, coded: Coded, n_tokens: int, seed: int):
        self.coded, self.seed, self.lengths = coded, seed, np.diff(coded.starts)
        self.size = max(1, round(n_tokens / max(self.lengths.mean(), 1)))
        self.n = -(-len(self.lengths) // self.size)
        self.rare = np.flatnonzero(np.bincount(coded.ids)[coded.ids] == 1)
        self.epoch, self.rows, self.ids = -1, [], coded.ids

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""
        epoch, place = divmod(step, self.n)
        if epoch != self.epoch:
            self.epoch, self.rows, self.ids = epoch, self._shuffled(epoch), self._hidden(epoch)
        return batch(self.coded, self.rows[place], self.ids)

    def _hidden(self, epoch: int) -> np.ndarray:
        """The tokens of an epoch, some of the rare ones as `<unk>`."""
        chosen = torch.rand(len(self.rare), generator=stream(self.seed, 3, epoch)).numpy() < HIDDEN
        ids = self.coded.ids.copy()
        ids[self.rare[chosen]] = UNK
        return ids

    def _shuffled(self, epoch: int) -> list[np.ndarray]:
        generator = stream(self.seed, 2, epoch)
        order = torch.randperm(len(self.lengths), generator=generator).numpy()
        rows = []
        for start in range(0, len(order), self.size * POOL):
            pool = order[start : start + self.size * POOL]
            pool = pool[np.argsort(self.lengths[pool], kind="stable")]
            rows += [pool[k : k + self.size] for k in range(0, len(pool), self.size)]
        return [rows[k] for k in torch.randperm(len(rows), generator=generator).tolist()]
