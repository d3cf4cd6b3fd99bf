"""The gated recurrent unit: reset gate, update gate, candidate, state.

Source: K. Cho et al., "Learning phrase representations using RNN encoder–decoder", 2014, in the form that torch
computes (the reset gate acts after the product with R_n).
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.cell import SHUT, Cell, State


class GRUStep(NamedTuple):
    """Inner values of one step, each [batch, unit]; `u` is R_n h + b_u, what the reset gate lets through."""

    r_bar: Tensor
    r: Tensor
    z_bar: Tensor
    z: Tensor
    u: Tensor
    n_bar: Tensor
    n: Tensor
    h: Tensor


class GRUCell(Cell):
    """r, z = σ(W x + R h + b); n = tanh(W_n x + b_n + r ⊙ (R_n h + b_u)); h = (1 - z) ⊙ n + z ⊙ h_{t-1}."""

    name = "gru"

    def __init__(self, n_inputs: int, n_hidden: int):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.W = nn.Parameter(torch.empty(3 * n_hidden, n_inputs))
        self.R = nn.Parameter(torch.empty(3 * n_hidden, n_hidden))
        self.b = nn.Parameter(torch.empty(3 * n_hidden))
        self.b_u = nn.Parameter(torch.empty(n_hidden))

    def gates(self, inputs: Float[Tensor, "batch row"], state: State, recurrent: Tensor | None = None) -> GRUStep:
        """One step from W x + b and (h_{t-1},); `recurrent` is R h_{t-1} where it is known already."""
        (h,) = state
        from_x = inputs.chunk(3, 1)
        from_h = (self.recurrent(state) if recurrent is None else recurrent).chunk(3, 1)
        r_bar, z_bar, u = from_x[0] + from_h[0], from_x[1] + from_h[1], from_h[2] + self.b_u
        r, z = torch.sigmoid(r_bar), torch.sigmoid(z_bar)
        n_bar = from_x[2] + r * u
        n = torch.tanh(n_bar)
        return GRUStep(r_bar, r, z_bar, z, u, n_bar, n, (1 - z) * n + z * h)

    def step(self, x: Float[Tensor, "batch input"], state: State) -> GRUStep:
        """One step from x_t and (h_{t-1},)."""
        return self.gates(self.inputs(x), state)

    def advance(self, inputs: Float[Tensor, "batch row"], state: State, recurrent: Tensor | None = None) -> State:
        """(h_t,) from W x + b."""
        return (self.gates(inputs, state, recurrent).h,)

    def padding(self) -> Float[Tensor, "row"]:
        """Padding opens the update gate, whatever its bias: the state is kept."""
        shut, n = torch.zeros_like(self.b), self.n_hidden
        shut[n : 2 * n] = SHUT - self.b[n : 2 * n]
        return shut

    def run(
        self, x: Float[Tensor, "batch time input+1"], start: State | None = None
    ) -> tuple[Float[Tensor, "batch time unit"], State]:
        """The states at every step and the last one, by torch's fused kernel."""
        W = torch.cat([self.W, self.padding()[:, None]], 1)
        b_h = torch.cat([torch.zeros_like(self.b[: 2 * self.n_hidden]), self.b_u])
        h = (start or self.start(len(x)))[0][None].contiguous()
        y, last = torch.gru(x, h, [W, self.R, self.b, b_h], True, 1, 0.0, self.training, False, True)
        return y, (last[0],)
