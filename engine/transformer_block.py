"""A layer of the Transformer: attention and a feed-forward network, each added to a residual stream.

Sources: A. Vaswani et al., "Attention is all you need", 2017 (normalised after each sum); R. Xiong et al., "On layer
normalization in the Transformer architecture", 2020 (normalised before each part, and once at the end).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from engine.attention import Keys, Looked, MultiHead, Turn
from engine.errors import InputError

ACTIVATIONS = {"relu": relu, "gelu": gelu}
NORMS = ("before", "after")
PARTS = ("attention", "cross", "ffn", "residual")  # of a layer, that can be taken out
Thin = Callable[[Tensor], Tensor]  # dropout, or nothing


@dataclass(frozen=True)
class StackParams:
    """Sizes and shape of a stack; the defaults are those of the shipped networks."""

    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 2
    d_ff: int = 256
    norm: str = "before"  # of each part's input, or after the sum
    activation: str = "relu"
    crossed: bool = False  # whether a layer looks at another stack's outputs too
    eps: float = 1e-5  # of the variance, in LayerNorm

    def __post_init__(self):
        """Raise InputError on sizes that make no network."""
        fair = {
            "d_model": 1 <= self.d_model <= 1024,
            "n_heads": 1 <= self.n_heads <= 32 and not self.d_model % self.n_heads,
            "n_layers": 1 <= self.n_layers <= 24, "d_ff": 1 <= self.d_ff <= 4096, "norm": self.norm in NORMS,
            "activation": self.activation in ACTIVATIONS,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)


@dataclass(frozen=True)
class Off:
    """What is taken out of a stack: heads as (kind, layer, head), kind "self" or "cross"; parts as (part, layer), a
    part of PARTS. Without "residual" a layer's sums lose their first term.
    """

    heads: tuple[tuple[str, int, int], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()

    def is_off(self, part: str, layer: int) -> bool:
        """Whether a part of a layer is taken out."""
        return (part, layer) in self.parts

    def head_mask(self, kind: str, layer: int, n: int) -> Tensor | None:
        """1 for each head of a layer that is kept, else 0; None where all are kept."""
        out = [head for of, at, head in self.heads if (of, at) == (kind, layer)]
        return torch.tensor([float(head not in out) for head in range(n)]) if out else None


NOTHING_OFF = Off()


class Surroundings(NamedTuple):
    """What a stack sees beside its own stream: mask [batch 1 query key] of its own places, turn for rotary positions,
    memory [batch source unit] of another stack with its mask [batch 1 1 source].
    """

    mask: Bool[Tensor, "batch 1 query key"] | None = None
    turn: Turn | None = None
    memory: Float[Tensor, "batch source unit"] | None = None
    memory_mask: Bool[Tensor, "batch 1 1 source"] | None = None


ALONE = Surroundings()


class BlockLook(NamedTuple):
    """Every inner value of a layer; what a part reads (`…normed`), what it adds, and the stream after each sum.

    looked, looked_c: self- and cross-attention; hidden_in, hidden [batch query hidden]: before and after the
    activation.
    """

    normed: Tensor
    looked: Looked
    sum: Tensor
    X_attended: Tensor
    normed_c: Tensor | None
    looked_c: Looked | None
    sum_c: Tensor | None
    X_crossed: Tensor | None
    ffn_normed: Tensor
    hidden_in: Tensor
    hidden: Tensor
    ffn: Tensor
    sum_ffn: Tensor
    X_out: Tensor


def keep(x: Tensor) -> Tensor:
    """No dropout."""
    return x


class Block(nn.Module):
    """One layer: X ← X + Attention(X); with `crossed` X ← X + Attention(X, memory); X ← X + FFN(X)."""

    def __init__(self, params: StackParams):
        super().__init__()
        self.params = params
        d = params.d_model
        self.attention, self.norm_attention = MultiHead(d, params.n_heads), nn.LayerNorm(d, params.eps)
        if params.crossed:
            self.cross, self.norm_cross = MultiHead(d, params.n_heads), nn.LayerNorm(d, params.eps)
        self.W_1, self.W_2, self.norm_ffn = (
            nn.Linear(d, params.d_ff),
            nn.Linear(params.d_ff, d),
            nn.LayerNorm(d, params.eps),
        )

    @cached_property
    def _is_first(self) -> bool:
        return self.params.norm == "before"

    def read(self, norm: nn.LayerNorm, X: Tensor) -> Tensor:
        """What a part of the layer reads from the stream."""
        return norm(X) if self._is_first else X

    def add(self, norm: nn.LayerNorm, X: Tensor, part: Tensor, residual: bool = True) -> tuple[Tensor, Tensor]:
        """The sum of the stream and what a part adds to it, and the stream after it."""
        total = X + part if residual else part
        return total, total if self._is_first else norm(total)

    def hidden(self, x: Float[Tensor, "... unit"]) -> tuple[Tensor, Tensor]:
        """The feed-forward network's inner layer before and after its activation."""
        inner = self.W_1(x)
        return inner, ACTIVATIONS[self.params.activation](inner)

    def run(
        self, X: Float[Tensor, "batch query unit"], around: Surroundings = ALONE, past: Keys | None = None,
        memory: Keys | None = None, thin: Thin = keep, off: Off = NOTHING_OFF, layer: int = 0,
    ) -> tuple[Float[Tensor, "batch query unit"], Keys]:  # fmt: skip
        """The stream after the layer, and the keys of its places, those of `past` before them.

        memory: keys of the other stack where they are known already.
        """
        n, residual = self.params.n_heads, not off.is_off("residual", layer)
        normed = self.read(self.norm_attention, X)
        keys = self.attention.keys(normed, around.turn)
        if past:
            keys = Keys(*(torch.cat(both, 2) for both in zip(past, keys, strict=True)))
        part = self._part("attention", layer, off, X, lambda: self.attention(
            normed, keys, around.mask, off.head_mask("self", layer, n), around.turn))  # fmt: skip
        _, X = self.add(self.norm_attention, X, thin(part), residual)
        if self.params.crossed:
            normed = self.read(self.norm_cross, X)
            memory = memory or self.cross.keys(around.memory)
            part = self._part("cross", layer, off, X, lambda: self.cross(
                normed, memory, around.memory_mask, off.head_mask("cross", layer, n)))  # fmt: skip
            _, X = self.add(self.norm_cross, X, thin(part), residual)
        part = self._part("ffn", layer, off, X, lambda: self.W_2(self.hidden(self.read(self.norm_ffn, X))[1]))
        return self.add(self.norm_ffn, X, thin(part), residual)[1], keys

    @staticmethod
    def _part(part: str, layer: int, off: Off, X: Tensor, compute: Callable[[], Tensor]) -> Tensor:
        return torch.zeros_like(X) if off.is_off(part, layer) else compute()

    def look(
        self, X: Float[Tensor, "batch query unit"], around: Surroundings = ALONE, off: Off = NOTHING_OFF,
        layer: int = 0,
    ) -> BlockLook:  # fmt: skip
        """The layer with every inner value."""
        n, residual, none = self.params.n_heads, not off.is_off("residual", layer), (None,) * 4
        normed = self.read(self.norm_attention, X)
        looked = self.attention.look(normed, normed, around.mask, off.head_mask("self", layer, n), around.turn)
        total, attended = self.add(self.norm_attention, X, self._off("attention", layer, off, looked.out), residual)
        crossed = none
        X = attended
        if self.params.crossed:
            normed_c = self.read(self.norm_cross, X)
            looked_c = self.cross.look(
                normed_c, around.memory, around.memory_mask, off.head_mask("cross", layer, n)
            )  # fmt: skip
            part = self._off("cross", layer, off, looked_c.out)
            crossed = (normed_c, looked_c, *self.add(self.norm_cross, X, part, residual))
            X = crossed[-1]
        ffn_normed = self.read(self.norm_ffn, X)
        inner, hidden = self.hidden(ffn_normed)
        ffn = self.W_2(hidden)
        sums = self.add(self.norm_ffn, X, self._off("ffn", layer, off, ffn), residual)
        return BlockLook(normed, looked, total, attended, *crossed, ffn_normed, inner, hidden, ffn, *sums)

    @staticmethod
    def _off(part: str, layer: int, off: Off, value: Tensor) -> Tensor:
        return torch.zeros_like(value) if off.is_off(part, layer) else value
