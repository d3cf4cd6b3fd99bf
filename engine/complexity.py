"""What one layer over n words costs: operations, steps that wait for each other, and how far apart two words are.

Sources: A. Vaswani et al., "Attention is all you need", 2017, section 4 and Table 1; convolutions whose kernels spread
by the power of the layer — N. Kalchbrenner et al., "Neural machine translation in linear time", 2016.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from engine.errors import N_, InputError

LIMITS = {"n": (2, 4096), "d": (4, 1024), "k": (3, 31), "r": (3, 255)}


@dataclass(frozen=True)
class Sizes:
    """n words, d numbers a word, k words under a convolution's kernel, r words that restricted attention looks at.

    k and r are odd: a word itself and as many on either side.
    """

    n: int = 12
    d: int = 64
    k: int = 3
    r: int = 5

    def checked(self) -> "Sizes":
        """The same; raises InputError if a size is out of range."""
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise InputError("{name} must lie between {low} and {high}.", name=name, low=low, high=high)
        if self.k % 2 == 0 or self.r % 2 == 0:
            raise InputError("k and r must be odd: a word itself and as many on either side.")
        return self


class Part(NamedTuple):
    """Some of a layer's multiply-adds: what for, and how many."""

    name: str
    count: int


def pairs(n: int, r: int) -> int:
    """Pairs (i, j) of n places with |i - j| ≤ ⌊r/2⌋: what restricted attention weighs."""
    h = min(r // 2, n - 1)
    return n * (2 * h + 1) - h * (h + 1)


def _rows(rows: int) -> Callable[[Sizes], list[Part]]:
    return lambda s: [Part("W x", rows * s.n * s.d**2), Part("R h", rows * s.n * s.d**2)]


def _projected(s: Sizes, looked_at: int) -> list[Part]:
    """Attention over so many pairs of words."""
    return [
        Part("Q, K, V", 3 * s.n * s.d**2), Part("Q Kᵀ", looked_at * s.d), Part("A V", looked_at * s.d),
        Part("Z W_O", s.n * s.d**2),
    ]  # fmt: skip


def _kernel(s: Sizes) -> list[Part]:
    return [Part("W ∗ x", s.k * s.n * s.d**2)]


class Layer(NamedTuple):
    """A layer over words.

    row: its row of Table 1. formula, bound: LaTeX of its operations and its longest path there, and term: the number
    of the formula. parts: multiply-adds of our own layer. waits: whether each word waits for the one before it.
    """

    row: str
    formula: str
    bound: str
    term: Callable[[Sizes], int]
    parts: Callable[[Sizes], list[Part]]
    waits: bool = False


def _recurrent(rows: int) -> Layer:
    return Layer("recurrent", "n d^2", "n", lambda s: s.n * s.d**2, _rows(rows), True)


def _convolution(bound: str) -> Layer:
    return Layer("convolution", "k n d^2", bound, lambda s: s.k * s.n * s.d**2, _kernel)


LAYERS = {
    "attention": Layer("attention", "n^2 d", "1", lambda s: s.n**2 * s.d, lambda s: _projected(s, s.n**2)),
    "rnn": _recurrent(1),
    "gru": _recurrent(3),
    "lstm": _recurrent(4),
    "cnn": _convolution("n/k"),
    "cnn-dilated": _convolution(r"\log_k n"),
    "restricted": Layer(
        "restricted", "r n d", "n/r", lambda s: s.r * s.n * s.d, lambda s: _projected(s, pairs(s.n, s.r))
    ),
}


TITLES = {
    "attention": N_("self-attention"), "rnn": N_("RNN"), "gru": N_("GRU"), "lstm": N_("LSTM"), "cnn": N_("convolution"),
    "cnn-dilated": N_("dilated convolution"), "restricted": N_("restricted self-attention"),
}  # fmt: skip


def operations(layer: str, sizes: Sizes) -> int:
    """Multiply-adds of matrices in one layer of ours; sums, squashing and softmax are not counted."""
    return sum(part.count for part in LAYERS[layer].parts(sizes))


def sequential(layer: str, sizes: Sizes) -> int:
    """Steps of a layer that have to wait for each other."""
    return sizes.n if LAYERS[layer].waits else 1


def crossover(layer: str, other: str, sizes: Sizes) -> int | None:
    """The first length from 2 on at which `layer` needs more multiply-adds than `other`, None up to LIMITS["n"]."""
    for n in range(2, LIMITS["n"][1] + 1):
        at = Sizes(n, sizes.d, sizes.k, sizes.r)
        if operations(layer, at) > operations(other, at):
            return n
    return None


def offsets(layer: str, depth: int, sizes: Sizes) -> Sequence[int]:
    """How far on a word's content gets in step number `depth` (from 0): to its own place and to these."""
    if LAYERS[layer].waits:
        return (0, 1)
    half = {"attention": sizes.n - 1, "restricted": sizes.r // 2}.get(layer, sizes.k // 2)
    spread = (sizes.k // 2 + 1) ** depth if layer == "cnn-dilated" else 1  # k^depth would leave gaps at both ends
    return range(-half * spread, half * spread + 1, spread)


def reach(layer: str, sizes: Sizes, sources: Sequence[int]) -> Float[np.ndarray, "source target"]:
    """Steps from each source to every word by breadth-first search; nan where its content never arrives.

    A step is a layer, or, in a recurrent one, the way from one word to the next.
    """
    n = sizes.n
    there = np.zeros((len(sources), n), bool)
    there[np.arange(len(sources)), list(sources)] = True
    steps, depth = np.where(there, 0.0, np.nan), 0
    while True:
        found = _spread(there, offsets(layer, depth, sizes))
        depth += 1
        new = found & ~there
        if not new.any():
            return steps
        steps[new], there = depth, found


def parents(layer: str, sizes: Sizes, steps: Float[np.ndarray, "target"]) -> list[int | None]:
    """The word from which each word is reached in its last step, the nearest one; None for the source and for words
    that are not reached. steps: a row of `reach`.
    """
    found: list[int | None] = []
    for target, depth in enumerate(steps):
        if not depth > 0:
            found.append(None)
            continue
        hops = sorted(offsets(layer, int(depth) - 1, sizes), key=abs)
        places = (target - hop for hop in hops if 0 <= target - hop < sizes.n)
        found.append(next(place for place in places if steps[place] < depth))
    return found


def _spread(there: np.ndarray, offsets: Sequence[int]) -> np.ndarray:
    n = there.shape[1]
    if len(offsets) >= 2 * n - 1:
        return np.broadcast_to(there.any(1, keepdims=True), there.shape).copy()
    found = there.copy()
    for offset in offsets:
        if 0 < offset < n:
            found[:, offset:] |= there[:, :-offset]
        elif -n < offset < 0:
            found[:, :offset] |= there[:, -offset:]
    return found


def longest(layer: str, sizes: Sizes) -> int:
    """Steps between the two words that are furthest apart, the first and the last."""
    return int(reach(layer, sizes, [0])[0, -1])
