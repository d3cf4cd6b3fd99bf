"""Neural language models: the feed-forward one with a window of words, and a recurrent one with any cell of the app.

Source: Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, "A neural probabilistic language model", 2003; T. Mikolov et
al., "Recurrent neural network based language model", 2010.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.cell import Cell, State
from engine.classifier import CELLS
from engine.dropout import Thin, keep
from engine.errors import InputError
from engine.vocabulary import BOS

MODELS = ("window", "rnn")
MOST_WINDOW, MOST_EMBEDDING, MOST_HIDDEN = 20, 512, 1024


@dataclass(frozen=True)
class NnlmParams:
    """Kind and sizes of a network; n_words: of the vocabulary, SPECIALS among them.

    window, direct (whether the scores also read the embeddings without the hidden layer): of the window model only;
    cell, a key of CELLS: of the recurrent one only.
    """

    model: str = "window"
    n_words: int = 3
    n_embedding: int = 16
    n_hidden: int = 96
    window: int = 5
    direct: bool = True
    cell: str = "gru"

    def __post_init__(self):
        """Raise InputError on sizes that make no network."""
        fair = {
            "model": self.model in MODELS, "cell": self.cell in CELLS, "direct": type(self.direct) is bool,
            "n_words": 3 <= self.n_words <= 10**6, "window": 1 <= self.window <= MOST_WINDOW,
            "n_embedding": 1 <= self.n_embedding <= MOST_EMBEDDING, "n_hidden": 1 <= self.n_hidden <= MOST_HIDDEN,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)


class WindowStep(NamedTuple):
    """Inner values of the window model, each [batch, …]: x_t by distance, the hidden layer, the scores."""

    embedded: Float[Tensor, "batch distance feature"]
    hidden: Float[Tensor, "batch unit"]
    logits: Float[Tensor, "batch word"]


def masked(logits: Float[Tensor, "... word"]) -> Float[Tensor, "... word"]:
    """The scores with `<s>` at −∞: it is never predicted."""
    first = torch.arange(logits.shape[-1]) == BOS
    return logits.masked_fill(first, -torch.inf)


class WindowModel(nn.Module):
    """y = b + W x + U tanh(d + H x) with x = (C(w_{t-1}); …; C(w_{t-k})); without `direct` there is no W.

    `U` holds U and b, `H` holds H and d.
    """

    def __init__(self, params: NnlmParams):
        super().__init__()
        self.params, n_inputs = params, params.window * params.n_embedding
        self.C = nn.Embedding(params.n_words, params.n_embedding)
        self.H = nn.Linear(n_inputs, params.n_hidden)
        self.U = nn.Linear(params.n_hidden, params.n_words)
        self.W = nn.Linear(n_inputs, params.n_words, bias=False) if params.direct else None

    def step(self, words: Integer[Tensor, "... distance"], thin: Thin = keep) -> WindowStep:
        """From the k words before, the nearest first."""
        embedded = self.C(words)
        x = thin(embedded.flatten(-2))
        hidden = torch.tanh(self.H(x))
        logits = self.U(thin(hidden))
        logits = logits if self.W is None else logits + self.W(x)
        return WindowStep(embedded, hidden, masked(logits))

    def windows(self, words: Integer[Tensor, "batch time"]) -> Integer[Tensor, "batch time distance"]:
        """The k words up to each place, the nearest first; before the first stands `<s>`."""
        k = self.params.window
        return nn.functional.pad(words, (k - 1, 0), value=BOS).unfold(1, k, 1).flip(2)

    def forward(self, words: Integer[Tensor, "batch time"], thin: Thin = keep) -> Float[Tensor, "batch time word"]:
        """Scores of what follows each of `words`, which begin with `<s>`."""
        return self.step(self.windows(words), thin).logits

    def start(self, n: int) -> State:
        """Before the first word: the words that were read, the nearest first."""
        return (torch.full((n, self.params.window), BOS),)

    def advance(self, words: Integer[Tensor, "batch"], state: State) -> tuple[Float[Tensor, "batch word"], State]:
        """Log-probabilities of what follows `words`, and the words to remember."""
        seen = torch.cat([words[:, None], state[0][:, :-1]], 1)
        return self.step(seen).logits.log_softmax(-1), (seen,)


class RecurrentModel(nn.Module):
    """h_t = cell(C(w_{t-1}), h_{t-1}), y = W h_t + b; the lecture's cell is scored from C(w_{t-1}) and h_{t-1}."""

    cell: Cell

    def __init__(self, params: NnlmParams):
        super().__init__()
        self.params = params
        self.C = nn.Embedding(params.n_words, params.n_embedding)
        self.cell = CELLS[params.cell](params.n_embedding, params.n_hidden)
        self.out = nn.Linear(self.cell.n_readable, params.n_words)

    def forward(self, words: Integer[Tensor, "batch time"], thin: Thin = keep) -> Float[Tensor, "batch time word"]:
        """Scores of what follows each of `words`, which begin with `<s>`."""
        x = thin(self.C(words))
        y = self.cell.scan(nn.functional.pad(x, (0, 1)))  # the last column: nothing is padding
        return masked(self.out(thin(self.cell.readable(x, y))))

    def start(self, n: int) -> State:
        """Before the first word: zeros."""
        return self.cell.start(n)

    def read(self, x: Float[Tensor, "batch feature"], before: State, state: State) -> Float[Tensor, "batch readable"]:
        """What the scores are read from, after a step."""
        return torch.cat([x, before[0]], 1) if self.cell.name == "lecture" else state[0]

    def advance(self, words: Integer[Tensor, "batch"], state: State) -> tuple[Float[Tensor, "batch word"], State]:
        """Log-probabilities of what follows `words`, and the state."""
        x = self.C(words)
        after = self.cell.advance(self.cell.inputs(x), state)
        return masked(self.out(self.read(x, state, after))).log_softmax(-1), after


Network = WindowModel | RecurrentModel


def build(params: NnlmParams) -> Network:
    """A network of these sizes; its numbers are to be filled."""
    return WindowModel(params) if params.model == "window" else RecurrentModel(params)


def initial(params: NnlmParams, seed: int) -> Network:
    """An untrained network, drawn by seed: embeddings normal, matrices uniform within ±√(3/inputs), those that act on
    states orthogonal (but for cells without gates), biases 0, an LSTM's forget gates 1, direct connections 0.
    """
    generator, net = torch.Generator().manual_seed(seed), build(params)
    for name, p in net.named_parameters():
        if name == "C.weight":
            nn.init.normal_(p, std=0.3, generator=generator)
        elif p.dim() == 1 or name == "W.weight":
            nn.init.zeros_(p)
        elif name == "cell.R":
            for block in p.data.split(p.shape[1]):
                nn.init.orthogonal_(block, generator=generator)
        else:
            bound = (3 / p.shape[1]) ** 0.5 * (0.5 if name == "cell.i2h.weight" else 1.0)
            nn.init.uniform_(p, -bound, bound, generator=generator)
    if params.model == "rnn" and params.cell.startswith("lstm"):
        net.cell.b.data[2 * params.n_hidden : 3 * params.n_hidden] = 1.0
    return net
