"""Sentence pairs as padded batches of like length, in an order that follows from seed and step alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from engine.tokens import EOS, PAD, SOS, Tokens
from engine.translation.data import Parallel

POOL = 40  # batches that are sorted by length together


class Coded(NamedTuple):
    """Sentences as indices, one array a sentence; a target ends with `<eos>`."""

    source: list[np.ndarray]
    target: list[np.ndarray]


class Batch(NamedTuple):
    """source is padded on the left; words begins with `<sos>`, answers are the words that come next, both padded on
    the right.
    """

    source: Integer[Tensor, "batch source"]
    words: Integer[Tensor, "batch target"]
    answers: Integer[Tensor, "batch target"]


def cut(texts: Sequence[str], tokens: Tokens, is_cut: bool) -> list[list[str]]:
    """Texts as tokens; `is_cut`: words stand between blanks already (pieces are cut from the text as one writes it)."""
    if tokens.kind == "bpe":
        written = Tokens(tokens.language, ())
        return tokens.cut([written.join(text.split()) for text in texts] if is_cut else texts)
    if not is_cut:
        return tokens.cut(texts)
    return [(text.lower() if tokens.lower else text).split() for text in texts]


def code(pairs: Parallel, source: Tokens, target: Tokens) -> Coded:
    """Pairs as indices."""
    return Coded(
        [np.array(source.encode(each), np.int64) for each in cut(pairs.source, source, pairs.cut)],
        [np.array([*target.encode(each), EOS], np.int64) for each in cut(pairs.target, target, pairs.cut)],
    )


def left(sentences: Sequence[np.ndarray]) -> Integer[Tensor, "batch source"]:
    """One row a sentence, padding on the left; at least one column."""
    width = max(1, max(map(len, sentences), default=0))
    batch = np.full((len(sentences), width), PAD, np.int64)
    for row, sentence in zip(batch, sentences, strict=True):
        row[width - len(sentence) :] = sentence
    return torch.from_numpy(batch)


def batch(coded: Coded, places: Sequence[int]) -> Batch:
    """Some of the pairs."""
    targets = [coded.target[place] for place in places]
    width = max(map(len, targets))
    answers = np.full((len(targets), width), PAD, np.int64)
    for row, sentence in zip(answers, targets, strict=True):
        row[: len(sentence)] = sentence
    answers = torch.from_numpy(answers)
    words = torch.cat([torch.full((len(targets), 1), SOS), answers[:, :-1]], 1)
    return Batch(left([coded.source[place] for place in places]), words, answers)


class Order:
    """Which pairs make up a step's batch: so many each, every pair once an epoch, like lengths together."""

    def __init__(self, coded: Coded, size: int, seed: int):
        self.coded, self.size, self.seed = coded, min(size, len(coded.source)), seed
        self.lengths = np.array([(len(t), len(s)) for s, t in zip(*coded, strict=True)])
        self.n = len(coded.source) // self.size  # batches an epoch
        self.epoch, self.batches = -1, []

    def at(self, step: int) -> Batch:
        """The batch of step 0, 1, …"""
        epoch, place = divmod(step, self.n)
        if epoch != self.epoch:
            self.epoch, self.batches = epoch, self._shuffled(np.random.default_rng([self.seed, epoch]))
        return batch(self.coded, self.batches[place])

    def _shuffled(self, rng: np.random.Generator) -> list[np.ndarray]:
        order, batches = rng.permutation(len(self.lengths))[: self.n * self.size], []
        for pool in np.split(order, range(POOL * self.size, len(order), POOL * self.size)):
            by_length = pool[np.lexsort(self.lengths[pool].T[::-1])]
            batches += np.split(by_length, range(self.size, len(by_length), self.size))
        return [batches[place] for place in rng.permutation(len(batches))]


class TokenOrder(Order):
    """The same with batches of at most so many tokens of either side, padding included: short sentences are many."""

    def __init__(self, coded: Coded, tokens: int, seed: int):
        super().__init__(coded, 1, seed)
        order = np.lexsort(self.lengths.T[::-1])
        self.cuts = self._cuts(self.lengths[order].max(1), tokens)
        self.n = len(self.cuts) + 1

    @staticmethod
    def _cuts(lengths: Integer[np.ndarray, "pair"], tokens: int) -> list[int]:
        """Where batches begin, but the first, in the order of lengths; it is the same in each epoch."""
        found, begin, longest = [], 0, 0
        for place, length in enumerate(lengths.tolist()):
            longest = max(longest, length)
            if place > begin and longest * (place + 1 - begin) > tokens:
                found.append(place)
                begin, longest = place, length
        return found

    def _shuffled(self, rng: np.random.Generator) -> list[np.ndarray]:
        order = rng.permutation(len(self.lengths))
        batches = np.split(order[np.lexsort(self.lengths[order].T[::-1])], self.cuts)
        return [batches[place] for place in rng.permutation(len(batches))]
