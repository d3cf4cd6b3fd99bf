"""Recurrent name classifiers with one interface: the lecture's cell, exactly, and Elman's.

Sources: the lecture's `class RNN` (slides "RNN in PyTorch"); J. L. Elman, "Finding structure in time", 1990.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.text import N_LETTERS


@dataclass(frozen=True)
class RNNParams:
    """Size and training set of a name classifier; `counts` are the training names a language."""

    model: str = "lecture"
    n_hidden: int = 128
    languages: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    sampling: str = "name"  # how training names were drawn: "name" keeps the natural prior, "language" makes it flat


class Step(NamedTuple):
    """Inner values of one letter, each [batch, …]."""

    a: Float[Tensor, "batch unit"]
    h: Float[Tensor, "batch unit"]
    logits: Float[Tensor, "batch language"]


class Cell(nn.Module):
    """What both cells share: `i2h` on [x, h], and the fast pass over left-padded batches."""

    name: ClassVar[str]

    def __init__(self, n_hidden: int = 128, n_languages: int = 18):
        super().__init__()
        self.i2h = nn.Linear(N_LETTERS + n_hidden, n_hidden)
        self.n_hidden, self.n_languages = n_hidden, n_languages

    def table(self, layer: nn.Linear) -> tuple[Float[Tensor, "letter out"], Float[Tensor, "unit out"]]:
        """One-hot × matrix as a look-up: rows W_x + b a letter, zeros for padding; and the transposed W_h."""
        look_up = torch.cat([layer.weight[:, :N_LETTERS].T + layer.bias, layer.bias.new_zeros(1, layer.out_features)])
        return look_up, layer.weight[:, N_LETTERS:].T

    def states(self, letters: Integer[Tensor, "batch time"]) -> tuple[Tensor, Tensor]:
        """The last two hidden states (h_{T-1}, h_T), each [batch, unit]; padding on the left keeps h at 0."""
        look_up, W_h = self.table(self.i2h)
        h = h_prev = look_up.new_zeros(len(letters), self.n_hidden)
        for t, inputs in enumerate(look_up[letters].unbind(1)):
            h_prev, h = h, self.activate(torch.addmm(inputs, h, W_h) if t else inputs)
        return h_prev, h


class LectureRNN(Cell):
    """The lecture's class: h_t = W_ih [x_t, h_{t-1}] + b without tanh, o_t from x_t and the *previous* h."""

    name = "lecture"

    def __init__(self, n_hidden: int = 128, n_languages: int = 18):
        super().__init__(n_hidden, n_languages)
        self.i2o = nn.Linear(N_LETTERS + n_hidden, n_languages)

    def activate(self, a: Tensor) -> Tensor:
        """The identity: the lecture's hidden layer has no activation function."""
        return a

    def step(self, x: Float[Tensor, "batch 57"], h: Float[Tensor, "batch unit"]) -> Step:
        """One letter."""
        combined = torch.cat([x, h], 1)
        a = self.i2h(combined)
        return Step(a, a, self.i2o(combined))

    def forward(self, letters: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        h_prev, _ = self.states(letters)
        look_up, W_h = self.table(self.i2o)
        return torch.addmm(look_up[letters[:, -1]], h_prev, W_h)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the bias alone."""
        return self.i2o.bias


class ElmanRNN(Cell):
    """Elman's network: h_t = tanh(W_ih [x_t, h_{t-1}] + b), o_t = W_ho h_t + b from the *new* h."""

    name = "elman"

    def __init__(self, n_hidden: int = 128, n_languages: int = 18):
        super().__init__(n_hidden, n_languages)
        self.h2o = nn.Linear(n_hidden, n_languages)

    def activate(self, a: Tensor) -> Tensor:
        """The hyperbolic tangent."""
        return torch.tanh(a)

    def step(self, x: Float[Tensor, "batch 57"], h: Float[Tensor, "batch unit"]) -> Step:
        """One letter."""
        a = self.i2h(torch.cat([x, h], 1))
        h = torch.tanh(a)
        return Step(a, h, self.h2o(h))

    def forward(self, letters: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        return self.h2o(self.states(letters)[1])

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the bias alone."""
        return self.h2o.bias


MODELS: dict[str, type[Cell]] = {cell.name: cell for cell in (LectureRNN, ElmanRNN)}


def build(params: RNNParams) -> Cell:
    """An untrained network of these sizes."""
    return MODELS[params.model](params.n_hidden, len(params.languages))


def log_prior(params: RNNParams) -> Float[np.ndarray, "language"]:
    """Logarithm of the share of each language in the training names."""
    counts = np.maximum(np.asarray(params.counts, float), 1e-9)
    return np.log(counts / counts.sum())


def prior_shift(params: RNNParams, prior: str) -> Float[np.ndarray, "language"]:
    """What to add to the log-probabilities (then renormalise) to have them under `prior` natural | uniform.

    The network's own prior is the natural one where it was trained name by name and flat where a language was
    drawn first; the other one follows by Bayes' rule.
    """
    own = "natural" if params.sampling == "name" else "uniform"
    sign = 0.0 if own == prior else 1.0 if prior == "natural" else -1.0
    return sign * log_prior(params)
