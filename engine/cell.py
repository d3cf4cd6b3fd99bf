"""What every recurrent cell has in common: rows of inputs, a step from state to state, a pass over a padded batch."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

State = tuple[Tensor, ...]  # what goes from one step to the next, each [batch, unit]; the first is the cell's output
SHUT = 40.0  # σ(40) is 1 and σ(-40) is below 1e-17: what padding sends to a gate


class Cell(nn.Module):
    """A layer that reads one input a step.

    `W` [row, input], `R` [row, unit] and `b` [row] hold the rows of all its sums one below the other, in the order of
    its equations. `scan` reads inputs with one more column, 1 where a text is padded on its left: there the state
    stays 0.
    """

    name: ClassVar[str]
    n_states: ClassVar[int] = 1
    n_inputs: int
    n_hidden: int
    W: Tensor
    R: Tensor
    b: Tensor

    def start(self, n: int) -> State:
        """The state before the first input: zeros."""
        return tuple(self.b.new_zeros(n, self.n_hidden) for _ in range(self.n_states))

    def inputs(self, x: Float[Tensor, "batch input"]) -> Float[Tensor, "batch row"]:
        """W x + b."""
        return x @ self.W.T + self.b

    def padding(self) -> Float[Tensor, "row"]:
        """What a padded place adds to the sums, so that a state of 0 stays 0."""
        raise NotImplementedError

    def look_up(self) -> Float[Tensor, "letter row"]:
        """W x + b of every one-hot input, and of padding as the last row."""
        return torch.cat([self.W.T + self.b, (self.padding() + self.b)[None]])

    def recurrent(self, state: State) -> Float[Tensor, "batch row"]:
        """R times the output before."""
        return state[0] @ self.R.T

    def advance(self, inputs: Float[Tensor, "batch row"], state: State, recurrent: Tensor | None = None) -> State:
        """One step, from W x + b and the state before; `recurrent` where it is known already."""
        raise NotImplementedError

    def run(
        self, x: Float[Tensor, "batch time input+1"], start: State | None = None
    ) -> tuple[Float[Tensor, "batch time unit"], State]:
        """The outputs at every step and the last state; the last column of `x` is 1 on padding."""
        state, out = start or self.start(len(x)), []
        for inputs in (x @ torch.cat([self.W, self.padding()[:, None]], 1).T + self.b).unbind(1):
            state = self.advance(inputs, state)
            out.append(state[0])
        return torch.stack(out, 1), state

    def scan(self, x: Float[Tensor, "batch time input+1"]) -> Float[Tensor, "batch time unit"]:
        """The outputs of `run`."""
        return self.run(x)[0]

    def readable(
        self, x: Float[Tensor, "batch time input"], y: Float[Tensor, "batch time unit"]
    ) -> Float[Tensor, "batch time feature"]:
        """What a layer above, or the scores, get from this one: its outputs."""
        return y

    @property
    def n_readable(self) -> int:
        """Columns of `readable`."""
        return self.n_hidden


def reversal(letters: Integer[Tensor, "batch time"], pad: int) -> Integer[Tensor, "batch time"]:
    """Where each place of a left-padded batch lies when the texts are read backwards, padding still on the left."""
    n, width = letters.shape
    place, padding = torch.arange(width).expand(n, width), (letters == pad).sum(1, keepdim=True)
    return torch.where(place >= padding, width - 1 - place + padding, place)


def uniform(shapes: Sequence[tuple[int, ...]], n_inputs: int) -> list[nn.Parameter]:
    """Parameters to be filled: drawn uniformly within ±1/√inputs by whoever trains."""
    bound = n_inputs**-0.5
    return [nn.Parameter(torch.empty(shape).uniform_(-bound, bound)) for shape in shapes]
