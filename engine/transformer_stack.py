"""Layers of the Transformer one after the other: all places at once, or place after place from cached keys."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from engine.attention import Keys
from engine.transformer_block import ALONE, NOTHING_OFF, Block, BlockLook, Off, StackParams, Surroundings, Thin, keep


class Stack(nn.Module):
    """Layers one after the other; `norm` normalises the stream at the end where the layers normalise before."""

    def __init__(self, params: StackParams):
        super().__init__()
        self.params = params
        self.blocks = nn.ModuleList(Block(params) for _ in range(params.n_layers))
        if params.norm == "before":
            self.norm = nn.LayerNorm(params.d_model, params.eps)

    def end(self, X: Float[Tensor, "batch query unit"]) -> Float[Tensor, "batch query unit"]:
        """The outputs, from the stream after the last layer."""
        return self.norm(X) if self.params.norm == "before" else X

    def forward(
        self, X: Float[Tensor, "batch query unit"], around: Surroundings = ALONE, thin: Thin = keep,
        off: Off = NOTHING_OFF,
    ) -> Float[Tensor, "batch query unit"]:  # fmt: skip
        """All places at once; no inner value is kept."""
        for layer, block in enumerate(self.blocks):
            X, _ = block.run(X, around, thin=thin, off=off, layer=layer)
        return self.end(X)

    def memory(self, h: Float[Tensor, "batch source unit"]) -> list[Keys]:
        """What each layer's cross-attention can look at, computed once for all steps."""
        return [block.cross.keys(h) for block in self.blocks]

    def advance(
        self, x: Float[Tensor, "row 1 unit"], past: Sequence[Keys | None], around: Surroundings = ALONE,
        memory: Sequence[Keys | None] = (), off: Off = NOTHING_OFF,
    ) -> tuple[Float[Tensor, "row 1 unit"], list[Keys]]:  # fmt: skip
        """One more place from the cached keys of those before it, and the keys with its own."""
        keys, memory = [], memory or [None] * len(self.blocks)
        for layer, (block, before, looked_at) in enumerate(zip(self.blocks, past, memory, strict=True)):
            x, own = block.run(x, around, before, looked_at, off=off, layer=layer)
            keys.append(own)
        return self.end(x), keys

    def look(
        self, X: Float[Tensor, "batch query unit"], around: Surroundings = ALONE, off: Off = NOTHING_OFF
    ) -> tuple[list[BlockLook], Float[Tensor, "batch query unit"]]:
        """Every inner value of every layer, and the outputs."""
        found = []
        for layer, block in enumerate(self.blocks):
            found.append(block.look(X, around, off, layer))
            X = found[-1].X_out
        return found, self.end(X)


def causal(n: int) -> Bool[Tensor, "1 1 query key"]:
    """What each of n places may look at if none may look ahead."""
    return torch.ones(1, 1, n, n, dtype=torch.bool).tril()


def draw(net: nn.Module, generator: torch.Generator) -> None:
    """Draw a network's numbers: matrices uniform within ±√(6/(inputs + outputs)) (Glorot and Bengio, 2010), embeddings
    normal with variance 1/units, biases 0; LayerNorm begins as nothing but a normalisation.
    """
    for part in net.modules():
        if isinstance(part, nn.Linear):
            bound = (6 / sum(part.weight.shape)) ** 0.5
            nn.init.uniform_(part.weight, -bound, bound, generator=generator)
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=part.embedding_dim**-0.5, generator=generator)
