"""The Transformer as a translator: an encoder that sees the whole sentence, a decoder that sees what it has written.

Source: A. Vaswani et al., "Attention is all you need", 2017; positions as engine.positional has them.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn

from engine.attention import Keys, Turn
from engine.errors import InputError
from engine.positional import KINDS, sinusoidal, turn
from engine.tokens import PAD
from engine.transformer_block import NOTHING_OFF, Off, StackParams, Surroundings, Thin, keep
from engine.transformer_stack import Stack, causal, draw

MOST_POSITIONS = 4_096


@dataclass(frozen=True)
class TransformerParams:
    """Sizes and kinds; the defaults are those of the shipped network."""

    n_source: int = 0  # words of the source vocabulary, the four special ones included
    n_target: int = 0
    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 2  # of the encoder and of the decoder
    d_ff: int = 256
    positions: str = "sinusoidal"
    norm: str = "before"
    tied: bool = False  # whether the words' scores are dot products with their embeddings
    shared: bool = False  # whether both languages have the same vocabulary and embeddings
    n_positions: int = 256  # that are learned; places beyond share the last one
    kind: ClassVar[str] = "transformer"
    attends: ClassVar[bool] = True  # whether words look at words
    has_vector: ClassVar[bool] = False  # whether one vector is all that passes from encoder to decoder
    editable: ClassVar[bool] = False  # whether other weights can take attention's place

    def __post_init__(self):
        """Raise InputError on a combination that is none."""
        self.stack(False)
        fair = {
            "positions": self.positions in KINDS, "shared": not self.shared or self.n_source == self.n_target,
            "n_positions": 1 <= self.n_positions <= MOST_POSITIONS,
            "rotary": self.positions != "rotary" or (self.d_model // self.n_heads) % 2 == 0,
            "sinusoidal": self.positions != "sinusoidal" or self.d_model % 2 == 0,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)

    def stack(self, crossed: bool) -> StackParams:
        """The sizes of the encoder, or of the decoder."""
        return StackParams(self.d_model, self.n_heads, self.n_layers, self.d_ff, self.norm, crossed=crossed)


class Memory(NamedTuple):
    """Sentences read: h [batch source unit], the encoder's outputs; mask [batch source], padding is False."""

    h: Tensor
    mask: Tensor


class Transformer(nn.Module):
    """E_source and E_target hold a row a word, P_source and P_target (learned positions) a row a place."""

    def __init__(self, params: TransformerParams):
        super().__init__()
        self.params = params
        self.E_source = nn.Embedding(params.n_source, params.d_model)
        self.E_target = nn.Embedding(params.n_target, params.d_model)
        if params.positions == "learned":
            self.P_source, self.P_target = (nn.Embedding(params.n_positions, params.d_model) for _ in range(2))
        self.encoder, self.decoder = Stack(params.stack(False)), Stack(params.stack(True))
        self.out = nn.Linear(params.d_model, params.n_target)
        if params.shared:
            self.E_source.weight = self.E_target.weight
        if params.tied:
            self.out.weight = self.E_target.weight

    def code(self, positions: Integer[Tensor, "batch time"], side: str) -> Tensor | None:
        """What is added to the embeddings at these places, [batch time unit]; None where nothing is."""
        if self.params.positions == "sinusoidal":
            table = sinusoidal(int(positions.max()) + 1, self.params.d_model).to(self.out.weight.dtype)
            return table[positions]
        if self.params.positions == "learned":
            table = self.P_source if side == "source" else self.P_target
            return table(positions.clamp(max=self.params.n_positions - 1))
        return None

    def turn(self, positions: Integer[Tensor, "batch time"]) -> Turn | None:
        """How rotary positions turn queries and keys; None with other kinds."""
        if self.params.positions != "rotary":
            return None
        return lambda x: turn(x, positions[:, None])

    def embed(
        self, words: Integer[Tensor, "batch time"], positions: Integer[Tensor, "batch time"], side: str
    ) -> Float[Tensor, "batch time unit"]:
        """What enters the first layer: √d_model times the embedding, and the code of its place."""
        x = (self.E_source if side == "source" else self.E_target)(words) * self.params.d_model**0.5
        code = self.code(positions, side)
        return x if code is None else x + code

    def encode(self, source: Integer[Tensor, "batch source"], thin: Thin = keep, off: Off = NOTHING_OFF) -> Memory:
        """Read sentences that are padded on the left; places count from the first word."""
        mask, positions = source != PAD, placed(source)
        around = Surroundings(mask[:, None, None], self.turn(positions))
        return Memory(self.encoder(thin(self.embed(source, positions, "source")), around, thin, off), mask)

    def forward(
        self, source: Integer[Tensor, "batch source"], words: Integer[Tensor, "batch target"], thin: Thin = keep,
        off: tuple[Off, Off] = (NOTHING_OFF, NOTHING_OFF),
    ) -> Float[Tensor, "batch target word"]:  # fmt: skip
        """Scores of the word after each of `words` (`<sos>` first), all at once; off: of encoder and decoder."""
        memory = self.encode(source, thin, off[0])
        positions = torch.arange(words.shape[1]).expand_as(words)
        around = Surroundings(causal(words.shape[1]), self.turn(positions), memory.h, memory.mask[:, None, None])
        return self.out(self.decoder(thin(self.embed(words, positions, "target")), around, thin, off[1]))

    def step(
        self, words: Integer[Tensor, "row"], place: Integer[Tensor, "row"], past: list[Keys | None],
        memory: list[Keys], mask: Bool[Tensor, "row source"], off: Off = NOTHING_OFF,
    ) -> tuple[Float[Tensor, "row word"], list[Keys]]:  # fmt: skip
        """Scores of the next word after the word at `place`, from the keys before it; and the keys with its own.

        memory: `decoder.memory` of the sentences read.
        """
        positions = place[:, None]
        around = Surroundings(None, self.turn(positions), None, mask[:, None, None])
        x, keys = self.decoder.advance(self.embed(words[:, None], positions, "target"), past, around, memory, off)
        return self.out(x[:, 0]), keys


def placed(source: Integer[Tensor, "batch source"]) -> Integer[Tensor, "batch source"]:
    """The place of each word, from 0; padding stands on the left, at place 0."""
    return ((source != PAD).cumsum(1) - 1).clamp(min=0)


def initial(params: TransformerParams, seed: int) -> Transformer:
    """An untrained network, drawn by seed; a matrix that is embeddings and output at once as embeddings are."""
    generator, net = torch.Generator().manual_seed(seed), Transformer(params)
    draw(net, generator)
    if params.tied:
        nn.init.normal_(net.E_target.weight, std=params.d_model**-0.5, generator=generator)
    return net
