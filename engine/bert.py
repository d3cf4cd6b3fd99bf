"""BERT's encoder: sums of three embeddings, normalised, through layers that normalise after each sum.

Sources: J. Devlin et al., "BERT: pre-training of deep bidirectional transformers for language understanding", 2019;
D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn

from engine.errors import InputError
from engine.transformer_block import NOTHING_OFF, BlockLook, Off, StackParams, Surroundings
from engine.transformer_stack import Stack

ACTIVATIONS = ("gelu", "relu")  # as a config.json says; gelu is the one with erf
MOST_WORDS, MOST_POSITIONS, MOST_TYPES = 1_000_000, 8_192, 16


@dataclass(frozen=True)
class BertParams:
    """Sizes; the defaults are those of all-MiniLM-L6-v2."""

    n_words: int = 30_522  # pieces of words, the special ones included
    n_positions: int = 512
    n_types: int = 2  # of a token: of the first or the second sentence; here all are of the first
    d_model: int = 384
    n_heads: int = 12
    n_layers: int = 6
    d_ff: int = 1536
    activation: str = "gelu"
    eps: float = 1e-12  # of the variance, in LayerNorm

    def __post_init__(self):
        """Raise InputError on sizes that make no network, or one beyond all bounds."""
        _ = self.stack
        fair = {
            "vocab_size": 1 <= self.n_words <= MOST_WORDS,
            "max_position_embeddings": 1 <= self.n_positions <= MOST_POSITIONS,
            "type_vocab_size": 1 <= self.n_types <= MOST_TYPES, "layer_norm_eps": 0 < self.eps < 1,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)

    @property
    def stack(self) -> StackParams:
        """The sizes of the layers."""
        return StackParams(
            self.d_model, self.n_heads, self.n_layers, self.d_ff, "after", self.activation, eps=self.eps
        )  # fmt: skip


class Encoder(nn.Module):
    """E, P and T hold a row a word, a place and a type of token."""

    def __init__(self, params: BertParams):
        super().__init__()
        self.params, d = params, params.d_model
        sizes = (params.n_words, params.n_positions, params.n_types)
        # without first numbers: they come from a file
        self.E, self.P, self.T = (nn.Embedding.from_pretrained(torch.empty(n, d)) for n in sizes)
        self.norm = nn.LayerNorm(d, params.eps)
        self.encoder = Stack(params.stack)

    def embed(self, words: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch time unit"]:
        """What enters the first layer."""
        return self.norm(self.E(words) + self.P.weight[: words.shape[1]] + self.T.weight[0])

    def forward(
        self, words: Integer[Tensor, "batch time"], mask: Bool[Tensor, "batch time"] | None = None,
        off: Off = NOTHING_OFF,
    ) -> Float[Tensor, "batch time unit"]:  # fmt: skip
        """The outputs at all places; mask: False where a shorter sentence is filled up behind its end."""
        around = Surroundings(None if mask is None else mask[:, None, None])
        return self.encoder(self.embed(words), around, off=off)

    def attentions(self, words: Integer[Tensor, "batch time"]) -> list[Float[Tensor, "batch head query key"]]:
        """The weights of all heads, layer by layer, in one pass; no other inner value is kept."""
        X, found = self.embed(words), []
        for block in self.encoder.blocks:
            looked = block.attention.look(X, X)
            found.append(looked.weights)
            _, X = block.add(block.norm_attention, X, looked.out)
            _, X = block.add(block.norm_ffn, X, block.W_2(block.hidden(X)[1]))
        return found

    def look(
        self, words: Integer[Tensor, "batch time"], off: Off = NOTHING_OFF
    ) -> tuple[list[BlockLook], Float[Tensor, "batch time unit"]]:
        """Every inner value of every layer in one pass, and the outputs."""
        return self.encoder.look(self.embed(words), off=off)


_PARTS = {
    "attention.W_Q": "attention.self.query", "attention.W_K": "attention.self.key",
    "attention.W_V": "attention.self.value", "attention.W_O": "attention.output.dense",
    "norm_attention": "attention.output.LayerNorm", "W_1": "intermediate.dense", "W_2": "output.dense",
    "norm_ffn": "output.LayerNorm",
}  # fmt: skip
_EMBEDDINGS = {"E": "word_embeddings", "P": "position_embeddings", "T": "token_type_embeddings"}


def tensor_names(params: BertParams) -> Mapping[str, str]:
    """What each of the network's tensors is called in the files of the field."""
    names = {f"{ours}.weight": f"embeddings.{theirs}.weight" for ours, theirs in _EMBEDDINGS.items()}
    pairs = {"norm": "embeddings.LayerNorm"}
    for layer in range(params.n_layers):
        pairs |= {
            f"encoder.blocks.{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in _PARTS.items()
        }
    both = ("weight", "bias")
    return names | {f"{ours}.{kind}": f"{theirs}.{kind}" for ours, theirs in pairs.items() for kind in both}
