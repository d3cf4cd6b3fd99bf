"""Where a word stands, told to a network that sees all words at once: sinusoidal, learned, rotary or not at all.

Sources: A. Vaswani et al., "Attention is all you need", 2017, section 3.5 (sinusoidal); J. Su et al., "RoFormer", 2021
(rotary).
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor

KINDS = ("sinusoidal", "learned", "rotary", "none")
BASE = 10_000.0


def frequencies(d: int, base: float = BASE) -> Float[Tensor, "pair"]:
    """Radians a place by which each pair of units goes round, base^(-2i/d), in float64."""
    return base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)


def sinusoidal(n: int, d_model: int, base: float = BASE) -> Float[Tensor, "position unit"]:
    """sin(p ω_i) in unit 2i and cos(p ω_i) in unit 2i + 1 for each place p and pair i, in float64."""
    angle = torch.arange(n, dtype=torch.float64)[:, None] * frequencies(d_model, base)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


def rotation(k: int, d: int, base: float = BASE) -> Float[Tensor, "unit unit"]:
    """The matrix R with PE(p + k) = R PE(p) for every p, in float64: each pair of units goes round by k ω_i."""
    R = torch.zeros(d, d, dtype=torch.float64)
    for i, angle in enumerate(k * frequencies(d, base)):
        block = torch.tensor([[angle.cos(), angle.sin()], [-angle.sin(), angle.cos()]])
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    return R


def turn(
    x: Float[Tensor, "... position feature"], positions: Integer[Tensor, "... position"], base: float = BASE
) -> Float[Tensor, "... position feature"]:
    """Rotary positions: each pair (2i, 2i + 1) of a query's or key's features goes round by p ω_i."""
    angle = positions[..., None] * frequencies(x.shape[-1], base)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
