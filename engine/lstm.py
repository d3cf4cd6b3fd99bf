"""The lecture's LSTM, one step as on its slide: block input, input gate, forget gate, cell, output gate, output.

Sources: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997; F. Gers, N. Schraudolph and J. Schmidhuber,
"Learning precise timing with LSTM recurrent networks" (peepholes), 2002; the slide's letters are those of K. Greff et
al., "LSTM: a search space odyssey", 2017.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.cell import SHUT, Cell, State

GATES = ("z", "i", "f", "o")  # the rows of W, R and b, in the slide's order


class LSTMStep(NamedTuple):
    """Inner values of one step, each [batch, unit]; `_bar` are the sums before the squashing."""

    z_bar: Tensor
    z: Tensor
    i_bar: Tensor
    i: Tensor
    f_bar: Tensor
    f: Tensor
    c: Tensor
    o_bar: Tensor
    o: Tensor
    y: Tensor


class Switches(NamedTuple):
    """Factors on the peepholes, on the forget gate and on the output gate; a gate that is None is taken out (always 1).

    `peepholes` 0 is the LSTM without them; `forget` None is the LSTM of 1997.
    """

    peepholes: float = 1.0
    forget: float | None = 1.0
    output: float | None = 1.0


OPEN = Switches()


def _gate(value: Tensor, scale: float | None, clamp: float | Tensor | None) -> Tensor:
    """A gate as it acts: clamped, taken out, or scaled."""
    if clamp is not None:
        return torch.as_tensor(clamp, dtype=value.dtype).expand_as(value)
    return torch.ones_like(value) if scale is None else value if scale == 1.0 else scale * value


class LSTMCell(Cell):
    """z = g(W_z x + R_z y + b_z); i, f = σ(… + p ⊙ c_{t-1}); c = z⊙i + c_{t-1}⊙f; o = σ(… + p_o ⊙ c); y = h(c)⊙o.

    g and h are tanh. `p` holds p_i, p_f, p_o one after the other; without peepholes it is None.
    """

    name = "lstm"
    n_states = 2

    def __init__(self, n_inputs: int, n_hidden: int, peepholes: bool = False):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.W = nn.Parameter(torch.empty(4 * n_hidden, n_inputs))
        self.R = nn.Parameter(torch.empty(4 * n_hidden, n_hidden))
        self.b = nn.Parameter(torch.empty(4 * n_hidden))
        self.p = nn.Parameter(torch.empty(3 * n_hidden)) if peepholes else None

    def gates(
        self, inputs: Float[Tensor, "batch row"], state: State, switches: Switches = OPEN,
        clamp: Mapping[str, float | Tensor] | None = None, recurrent: Tensor | None = None,
    ) -> LSTMStep:  # fmt: skip
        """One step from W x + b and (y_{t-1}, c_{t-1}); `clamp` fixes gates by letter, {"f": 1.0}; `recurrent` is
        R y_{t-1} where it is known already.
        """
        y, c = state
        clamp = clamp or {}
        sums = torch.addmm(inputs, y, self.R.T) if recurrent is None else inputs + recurrent
        z_bar, i_bar, f_bar, o_bar = sums.chunk(4, 1)
        peeping = self.p is not None and switches.peepholes != 0
        if peeping:
            p_i, p_f, p_o = (switches.peepholes * self.p).chunk(3)
            i_bar, f_bar = i_bar + p_i * c, f_bar + p_f * c
        z = torch.tanh(z_bar)
        i = _gate(torch.sigmoid(i_bar), 1.0, clamp.get("i"))
        f = _gate(torch.sigmoid(f_bar), switches.forget, clamp.get("f"))
        c = z * i + c * f
        o_bar = o_bar + p_o * c if peeping else o_bar
        o = _gate(torch.sigmoid(o_bar), switches.output, clamp.get("o"))
        return LSTMStep(z_bar, z, i_bar, i, f_bar, f, c, o_bar, o, torch.tanh(c) * o)

    def step(
        self, x: Float[Tensor, "batch input"], state: State, switches: Switches = OPEN,
        clamp: Mapping[str, float | Tensor] | None = None,
    ) -> LSTMStep:  # fmt: skip
        """One step from x_t and (y_{t-1}, c_{t-1})."""
        return self.gates(self.inputs(x), state, switches, clamp)

    def advance(self, inputs: Float[Tensor, "batch row"], state: State, recurrent: Tensor | None = None) -> State:
        """(y_t, c_t) from W x + b."""
        step = self.gates(inputs, state, recurrent=recurrent)
        return step.y, step.c

    def padding(self) -> Float[Tensor, "row"]:
        """Padding shuts the input gate, whatever its bias."""
        shut, n = torch.zeros_like(self.b), self.n_hidden
        shut[n : 2 * n] = -SHUT - self.b[n : 2 * n]
        return shut

    def run(
        self, x: Float[Tensor, "batch time input+1"], start: State | None = None
    ) -> tuple[Float[Tensor, "batch time unit"], State]:
        """The outputs at every step and the last state; without peepholes by torch's fused kernel."""
        if self.p is not None:
            return super().run(x, start)
        W, R, b = (self._as_torch(part) for part in (torch.cat([self.W, self.padding()[:, None]], 1), self.R, self.b))
        first = tuple(part[None].contiguous() for part in start or self.start(len(x)))
        y, *last = torch.lstm(x, first, [W, R, b, torch.zeros_like(b)], True, 1, 0.0, self.training, False, True)
        return y, tuple(part[0] for part in last)

    def _as_torch(self, rows: Tensor) -> Tensor:
        """The rows z, i, f, o in torch's order i, f, z, o."""
        n = self.n_hidden
        return torch.cat([rows[n : 3 * n], rows[:n], rows[3 * n :]])


class PeepholeCell(LSTMCell):
    """The LSTM with peepholes, as on the slide."""

    name = "lstm-peephole"

    def __init__(self, n_inputs: int, n_hidden: int):
        super().__init__(n_inputs, n_hidden, peepholes=True)
