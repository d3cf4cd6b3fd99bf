"""Sentences as vectors of length 1: the mean of an encoder's outputs, so that dot products compare what is said.

Source: N. Reimers and I. Gurevych, "Sentence-BERT: sentence embeddings using siamese BERT-networks", 2019.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from engine import pca
from engine.bert_tokens import Coded
from engine.pretrained import Bert

TOKENS = 2_048  # of a batch, those that fill it up included
BLOCK = 512  # rows of the similarity matrix in memory at a time


class Embedded(NamedTuple):
    """vectors [text unit], float32, each of length 1; n_tokens [text]: pieces of the text; cut [text]: whether it goes
    on behind those that were read.
    """

    vectors: np.ndarray
    n_tokens: np.ndarray
    cut: np.ndarray


class Nearest(NamedTuple):
    """index [text rank] of the texts most alike, the most alike first, and similarity [text rank]."""

    index: np.ndarray
    similarity: np.ndarray


def embed(bert: Bert, texts: Sequence[str], most: int | None = None) -> Embedded:
    """Each text as the normalised mean of the outputs at all its places, [CLS] and [SEP] among them.

    most: places that are read, at most those that the network has; of a longer text the first ones.
    """
    limit = min(most or bert.params.n_positions, bert.params.n_positions)
    coded = bert.pieces.encode(texts, limit)
    vectors = np.zeros((len(coded), bert.params.d_model), np.float32)
    for batch in _batches([len(each.ids) for each in coded]):
        vectors[batch] = _means(bert, [coded[at] for at in batch])
    n_tokens = np.array([each.n for each in coded], np.int64)
    return Embedded(vectors, n_tokens, np.array([each.is_cut for each in coded], bool))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like length, together at most TOKENS when filled up to the longest."""
    batch = []
    for at in np.argsort(lengths, kind="stable").tolist():
        if batch and (len(batch) + 1) * lengths[at] > TOKENS:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


@torch.inference_mode()
def _means(bert: Bert, batch: Sequence[Coded]) -> Float[np.ndarray, "text unit"]:
    longest = max(len(each.ids) for each in batch)
    words = torch.tensor([each.ids + [0] * (longest - len(each.ids)) for each in batch])
    lengths = torch.tensor([len(each.ids) for each in batch])
    mask = torch.arange(longest) < lengths[:, None]
    h = bert.net(words, None if mask.all() else mask)
    mean = (h * mask[..., None]).sum(1) / lengths[:, None]
    return torch.nn.functional.normalize(mean, dim=1).numpy()


def similarity(vectors: Float[np.ndarray, "text unit"], others: Float[np.ndarray, "other unit"]) -> np.ndarray:
    """[text other] the cosine of the angle between the vectors, at most 1."""
    return np.clip(vectors @ others.T, -1.0, 1.0)


def nearest(
    vectors: Float[np.ndarray, "text unit"], k: int, others: Float[np.ndarray, "other unit"] | None = None
) -> Nearest:
    """The k texts most alike to each one, of `others`, or else of the texts themselves without the text itself; fewer
    where there are no k.
    """
    among = vectors if others is None else others
    k = min(k, len(among) - (others is None))
    index = np.zeros((len(vectors), max(k, 0)), np.int64)
    found = np.zeros(index.shape, np.float32)
    if k < 1:
        return Nearest(index, found)
    for begin in range(0, len(vectors), BLOCK):
        alike = similarity(vectors[begin : begin + BLOCK], among)
        rows = np.arange(len(alike))
        if others is None:
            alike[rows, begin + rows] = -np.inf
        best = np.argpartition(alike, -k, 1)[:, -k:]
        values = np.take_along_axis(alike, best, 1)
        order = np.lexsort((best, -values))  # of equal ones the earlier text
        index[begin + rows] = np.take_along_axis(best, order, 1)
        found[begin + rows] = np.take_along_axis(values, order, 1)
    return Nearest(index, found)


def plane(vectors: Float[np.ndarray, "text unit"]) -> tuple[np.ndarray, tuple[float, float]]:
    """The texts in the plane of their largest spread, [text component], and the two shares of it that are kept.

    Raises ValueError for fewer than two texts.
    """
    found = pca.fit(vectors)
    return pca.project(found, vectors), (float(found.explained[0]), float(found.explained[1]))
