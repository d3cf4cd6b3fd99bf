"""How well an alignment of words agrees with the true one: precision, recall, alignment error rate.

AER = 1 − (|A∩S| + |A∩P|) / (|A| + |S|) for links A found, S sure and P possible, S ⊆ P (Och and Ney 2003). Where all
true links are sure, it is 1 − F₁.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

Links = Collection[tuple[int, int]]  # (source position, target position), from 0


class Agreement(NamedTuple):
    """Of some sentences: links found, sure, found that are sure, found that are possible."""

    found: int
    sure: int
    hit: int
    possible: int

    @property
    def precision(self) -> float:
        """Share of the links found that are possible; 1 if none was found."""
        return self.possible / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the sure links that were found; 1 if there are none."""
        return self.hit / self.sure if self.sure else 1.0

    @property
    def aer(self) -> float:
        """Alignment error rate, 0 where everything agrees."""
        either = self.found + self.sure
        return 1 - (self.hit + self.possible) / either if either else 0.0


def links(weights: np.ndarray, threshold: float | None = None) -> set[tuple[int, int]]:
    """The links that attention weights [target, source] stand for.

    Without a threshold each target word is linked with its largest weight (the first of equal ones), with one to all
    source words of at least that weight. Raises ValueError for another number of axes.
    """
    weights = np.asarray(weights)
    if weights.ndim != 2:
        raise ValueError(f"weights have shape {weights.shape}, not [target, source]")
    if not weights.size:
        return set()
    if threshold is None:
        return {(int(source), target) for target, source in enumerate(weights.argmax(1))}
    return {(int(source), int(target)) for target, source in np.argwhere(weights >= threshold)}


def agreement(found: Links, sure: Links, possible: Links | None = None) -> Agreement:
    """The links found of one sentence against the true ones; sure links are possible too."""
    found, sure = set(found), set(sure)
    allowed = sure | set(sure if possible is None else possible)
    return Agreement(len(found), len(sure), len(found & sure), len(found & allowed))


def total(each: Iterable[Agreement]) -> Agreement:
    """Sentences added up: counts first, then shares."""
    return Agreement(*(sum(counts) for counts in zip(Agreement(0, 0, 0, 0), *each, strict=True)))
