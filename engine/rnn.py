"""Recurrent cells without gates, the lecture's exactly and Elman's, and the name classifiers made of one of them.

Sources: the lecture's `class RNN` (slides "RNN in PyTorch"); J. L. Elman, "Finding structure in time", 1990.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.cell import Cell, State
from engine.text import N_LETTERS

Masks = tuple[Tensor, ...]  # factors [batch, size] of dropout, one a place of `thinned`


class Step(NamedTuple):
    """Inner values of one letter, each [batch, …]."""

    a: Float[Tensor, "batch unit"]
    h: Float[Tensor, "batch unit"]
    logits: Float[Tensor, "batch language"]


class LinearCell(Cell):
    """h_t = W x_t + R h_{t-1} + b: the lecture's hidden layer, without an activation function."""

    name = "lecture"

    def __init__(self, n_inputs: int, n_hidden: int):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.i2h = nn.Linear(n_inputs + n_hidden, n_hidden)

    W = property(lambda self: self.i2h.weight[:, : self.n_inputs])
    R = property(lambda self: self.i2h.weight[:, self.n_inputs :])
    b = property(lambda self: self.i2h.bias)

    def activate(self, a: Tensor) -> Tensor:
        """The identity."""
        return a

    def advance(self, inputs: Float[Tensor, "batch row"], state: State, recurrent: Tensor | None = None) -> State:
        """(h_t,) from W x + b."""
        sums = torch.addmm(inputs, state[0], self.R.T) if recurrent is None else inputs + recurrent
        return (self.activate(sums),)

    def padding(self) -> Float[Tensor, "row"]:
        """Padding takes the bias away."""
        return -self.b

    def readable(
        self, x: Float[Tensor, "batch time input"], y: Float[Tensor, "batch time unit"]
    ) -> Float[Tensor, "batch time feature"]:
        """x_t and the *previous* state, as in the lecture's class."""
        return torch.cat([x, nn.functional.pad(y, (0, 0, 1, 0))[:, :-1]], 2)

    @property
    def n_readable(self) -> int:
        """Columns of `readable`."""
        return self.n_inputs + self.n_hidden


class TanhCell(LinearCell):
    """h_t = tanh(W x_t + R h_{t-1} + b): Elman's network."""

    name = "elman"
    readable, n_readable = Cell.readable, Cell.n_readable

    def activate(self, a: Tensor) -> Tensor:
        """The hyperbolic tangent."""
        return torch.tanh(a)


class Plain:
    """What both plain classifiers share beside their cell: passes over left-padded letters, W x + b looked up."""

    def table(self, layer: nn.Linear) -> tuple[Float[Tensor, "letter out"], Float[Tensor, "unit out"]]:
        """One-hot × matrix as a look-up: rows W_x + b a letter, zeros for padding; and the transposed W_h."""
        look_up = torch.cat([layer.weight[:, :N_LETTERS].T + layer.bias, layer.bias.new_zeros(1, layer.out_features)])
        return look_up, layer.weight[:, N_LETTERS:].T

    def states(self, letters: Integer[Tensor, "batch time"], mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The last two hidden states (h_{T-1}, h_T), each [batch, unit]; padding on the left keeps h at 0.

        `mask` [batch, unit] multiplies the state that goes round.
        """
        look_up, W_h = self.table(self.i2h)
        h = h_prev = look_up.new_zeros(len(letters), self.n_hidden)
        for t, inputs in enumerate(nn.functional.embedding(letters.T, look_up).unbind(0)):
            round_ = h if mask is None else h * mask
            h_prev, h = h, self.activate(torch.addmm(inputs, round_, W_h) if t else inputs)
        return h_prev, h

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The hidden state after every letter, from one-hot letters with a column for padding."""
        return self.scan(x)

    @property
    def thinned(self) -> tuple[int, ...]:
        """Sizes of the masks of dropout: the state that goes round, the one read out."""
        return self.n_hidden, self.n_hidden


class LectureRNN(Plain, LinearCell):
    """The lecture's class: h_t = W_ih [x_t, h_{t-1}] + b without tanh, o_t from x_t and the *previous* h."""

    def __init__(self, n_hidden: int = 128, n_languages: int = 18):
        super().__init__(N_LETTERS, n_hidden)
        self.n_languages = n_languages
        self.i2o = nn.Linear(N_LETTERS + n_hidden, n_languages)

    def step(self, x: Float[Tensor, "batch 57"], h: Float[Tensor, "batch unit"]) -> Step:
        """One letter."""
        combined = torch.cat([x, h], 1)
        a = self.i2h(combined)
        return Step(a, a, self.i2o(combined))

    def forward(
        self, letters: Integer[Tensor, "batch time"], masks: Masks | None = None
    ) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        h_prev, _ = self.states(letters, masks[0] if masks else None)
        look_up, W_h = self.table(self.i2o)
        out = nn.functional.embedding(letters[:, -1], look_up)
        return torch.addmm(out, h_prev * masks[1] if masks else h_prev, W_h)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters."""
        return self.i2o(self.readable(x[..., :-1], self.scan(x))[:, -1])

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the bias alone."""
        return self.i2o.bias


class ElmanRNN(Plain, TanhCell):
    """Elman's network: h_t = tanh(W_ih [x_t, h_{t-1}] + b), o_t = W_ho h_t + b from the *new* h."""

    def __init__(self, n_hidden: int = 128, n_languages: int = 18):
        super().__init__(N_LETTERS, n_hidden)
        self.n_languages = n_languages
        self.h2o = nn.Linear(n_hidden, n_languages)

    def step(self, x: Float[Tensor, "batch 57"], h: Float[Tensor, "batch unit"]) -> Step:
        """One letter."""
        a = self.i2h(torch.cat([x, h], 1))
        h = torch.tanh(a)
        return Step(a, h, self.h2o(h))

    def forward(
        self, letters: Integer[Tensor, "batch time"], masks: Masks | None = None
    ) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        _, h = self.states(letters, masks[0] if masks else None)
        return self.h2o(h * masks[1] if masks else h)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters."""
        return self.h2o(self.scan(x)[:, -1])

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the bias alone."""
        return self.h2o.bias


PLAIN: dict[str, type[LectureRNN] | type[ElmanRNN]] = {cell.name: cell for cell in (LectureRNN, ElmanRNN)}
