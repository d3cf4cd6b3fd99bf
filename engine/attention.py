"""Attention of many heads: how much each place looks at each other one, and what it takes from there.

Source: A. Vaswani et al., "Attention is all you need", 2017, sections 3.2.1 and 3.2.2.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

Turn = Callable[[Tensor], Tensor]  # rotates queries and keys [batch head time feature] by their positions


class Attended(NamedTuple):
    """scores: Q Kᵀ / √d_k before the mask, and weights, each [… head query key]; Z [… head query feature]."""

    scores: Tensor
    weights: Tensor
    Z: Tensor


class Keys(NamedTuple):
    """What can be looked at, K and V, each [batch head key feature]."""

    K: Tensor
    V: Tensor


class Looked(NamedTuple):
    """Attention with every inner value.

    Q_plain, K_plain: before rotary positions turn them, None without; Q, K, V, scores, weights, Z a head; concat: the
    heads side by side, out: concat W_O + b, each [batch query unit].
    """

    Q_plain: Tensor | None
    K_plain: Tensor | None
    Q: Tensor
    K: Tensor
    V: Tensor
    scores: Tensor
    weights: Tensor
    Z: Tensor
    concat: Tensor
    out: Tensor


def attend(
    Q: Float[Tensor, "... head query feature"], K: Float[Tensor, "... head key feature"],
    V: Float[Tensor, "... head key feature"], mask: Bool[Tensor, "... query key"] | None = None,
    head_mask: Float[Tensor, "head"] | None = None,
) -> Attended:  # fmt: skip
    """softmax(Q Kᵀ / √d_k) V; mask: what may be looked at; head_mask: a factor on each head's Z, 0 takes it out."""
    scores = (Q * Q.shape[-1] ** -0.5) @ K.transpose(-2, -1)
    seen = scores if mask is None else scores.masked_fill(~mask, -torch.inf)
    weights = seen.softmax(-1)
    return Attended(scores, weights, _kept(weights @ V, head_mask))


def attend_fast(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, head_mask: Tensor | None = None
) -> Float[Tensor, "... head query feature"]:
    """The Z of `attend`, by torch's fused kernel that keeps no weights."""
    return _kept(scaled_dot_product_attention(Q, K, V, attn_mask=mask), head_mask)


def _kept(Z: Tensor, head_mask: Tensor | None) -> Tensor:
    return Z if head_mask is None else Z * head_mask[:, None, None].to(Z.dtype)


class MultiHead(nn.Module):
    """Heads side by side: head i asks, answers and gives with its own d_model / n_heads rows of W_Q, W_K, W_V."""

    def __init__(self, d_model: int, n_heads: int):
        super().__init__()
        self.n_heads = n_heads
        self.W_Q, self.W_K, self.W_V, self.W_O = (nn.Linear(d_model, d_model) for _ in range(4))

    def heads(self, x: Float[Tensor, "batch time unit"]) -> Float[Tensor, "batch head time feature"]:
        """The units cut into heads."""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

    def keys(self, x: Float[Tensor, "batch key unit"], turn: Turn | None = None) -> Keys:
        """What the places x offer to those who look."""
        K = self.heads(self.W_K(x))
        return Keys(turn(K) if turn else K, self.heads(self.W_V(x)))

    def forward(
        self, x: Float[Tensor, "batch query unit"], keys: Keys, mask: Bool[Tensor, "batch 1 query key"] | None = None,
        head_mask: Float[Tensor, "head"] | None = None, turn: Turn | None = None,
    ) -> Float[Tensor, "batch query unit"]:  # fmt: skip
        """What the places x take from `keys`; no weights are kept."""
        Q = self.heads(self.W_Q(x))
        Z = attend_fast(turn(Q) if turn else Q, *keys, mask, head_mask)
        return self.W_O(Z.transpose(1, 2).flatten(2))

    def look(
        self, x: Float[Tensor, "batch query unit"], memory: Float[Tensor, "batch key unit"],
        mask: Bool[Tensor, "batch 1 query key"] | None = None, head_mask: Float[Tensor, "head"] | None = None,
        turn: Turn | None = None,
    ) -> Looked:  # fmt: skip
        """The same with every inner value; memory: the places that are looked at, x itself in self-attention."""
        Q, K, V = self.heads(self.W_Q(x)), self.heads(self.W_K(memory)), self.heads(self.W_V(memory))
        plain = (Q, K) if turn else (None, None)
        if turn:
            Q, K = turn(Q), turn(K)
        found = attend(Q, K, V, mask, head_mask)
        concat = found.Z.transpose(1, 2).flatten(2)
        return Looked(*plain, Q, K, V, *found, concat, self.W_O(concat))
