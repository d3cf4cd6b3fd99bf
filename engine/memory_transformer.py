"""A small Transformer for the memory tasks: one block of two heads, whose last places look back at all others.

Every place is there at once, so that there is no state to keep; where a place stands is added to it as sines and
cosines (A. Vaswani et al., "Attention is all you need", 2017).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.attention import Keys
from engine.positional import sinusoidal
from engine.transformer_block import StackParams
from engine.transformer_stack import Stack

N_HEADS, FFN = 2, 2  # heads where the units allow them; hidden units of the feed-forward network a unit


class TransformerReader(nn.Module):
    """Reads a sequence and answers at its last places; it stands where a recurrent network has its cell."""

    name = "transformer"

    def __init__(self, n_inputs: int, n_hidden: int):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.E = nn.Linear(n_inputs, n_hidden)
        heads = N_HEADS if n_hidden % N_HEADS == 0 else 1
        self.stack = Stack(StackParams(n_hidden, heads, n_layers=1, d_ff=FFN * n_hidden))

    @property
    def n_readable(self) -> int:
        """Features of an answer."""
        return self.n_hidden

    def enter(self, x: Float[Tensor, "n time input"]) -> Float[Tensor, "n time unit"]:
        """What enters the block at every place: its input's embedding, times √units, and the code of the place."""
        n_codes = self.n_hidden + self.n_hidden % 2
        return self.E(x) * self.n_hidden**0.5 + sinusoidal(x.shape[1], n_codes)[:, : self.n_hidden].to(x)

    def leave(self, X: Float[Tensor, "n time unit"], n_answers: int) -> Float[Tensor, "n answer unit"]:
        """What the block makes of the last places; they look at all, so the others need but keys and values."""
        block = self.stack.blocks[0]
        earlier, last = X[:, :-n_answers], X[:, -n_answers:]
        keys: Keys = block.attention.keys(block.read(block.norm_attention, earlier))
        return self.stack.end(block.run(last, past=keys)[0])


def draw(reader: TransformerReader, generator: torch.Generator) -> None:
    """Matrices uniform within ±√(6/(inputs + outputs)), biases 0 (X. Glorot and Y. Bengio, 2010), norms as they are."""
    for part in reader.modules():
        if isinstance(part, nn.Linear):
            nn.init.xavier_uniform_(part.weight, generator=generator)
            nn.init.zeros_(part.bias)
        elif isinstance(part, nn.LayerNorm):
            nn.init.ones_(part.weight)
            nn.init.zeros_(part.bias)
