"""Dropout: values left out at random while a network learns, from a generator of its own.

Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Thin = Callable[[Tensor], Tensor]  # dropout, or nothing
LEVELS = 256  # of the share that `ByteThinner` leaves out


def keep(x: Tensor) -> Tensor:
    """No dropout."""
    return x


class Thinner:
    """Dropout from a generator of its own."""

    def __init__(self, share: float, generator: torch.Generator):
        self.share, self.generator = share, generator

    def __call__(self, x: Tensor) -> Tensor:
        """x with a share of its values at 0, the others larger by as much."""
        if not self.share:
            return x
        return x * torch.empty_like(x).bernoulli_(1 - self.share, generator=self.generator).div_(1 - self.share)


class ByteThinner:
    """The same from one random byte a value, several times as fast; the share is rounded to a 256th."""

    def __init__(self, share: float, seed: int, *place: int):
        self.level, self.generator = round(share * LEVELS), np.random.Generator(np.random.SFC64([seed, *place]))

    def __call__(self, x: Tensor) -> Tensor:
        """x with a share of its values at 0, the others larger by as much."""
        if not self.level:
            return x
        bytes_ = torch.from_numpy(self.generator.integers(0, LEVELS, x.shape, np.uint8))
        return x * (bytes_ >= self.level).to(x.dtype).mul_(LEVELS / (LEVELS - self.level))
