"""How far back does a network remember? Three tasks whose answer stands at the start, and a small network for them.

Sources: adding — S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997 (experiment 4), and Q. Le, N. Jaitly
and G. Hinton, "A simple way to initialize recurrent networks of rectified linear units", 2015; gate biases that make
the memory span the distance — F. Gers, J. Schmidhuber and F. Cummins, "Learning to forget", 2000, and C. Tallec and
Y. Ollivier, "Can recurrent neural networks warp time?", 2018.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from engine import memory_kernels as kernels
from engine.cell import Cell
from engine.errors import InputError
from engine.gru import GRUCell
from engine.lstm import LSTMCell, PeepholeCell
from engine.memory_transformer import TransformerReader
from engine.memory_transformer import draw as draw_transformer
from engine.rnn import LinearCell, TanhCell

CELLS: dict[str, type[Cell]] = {cell.name: cell for cell in (LinearCell, TanhCell, GRUCell, LSTMCell, PeepholeCell)}
TRANSFORMER = TransformerReader.name
NETWORKS = (*CELLS, TRANSFORMER)  # what can learn a task
DISTANCES = (20, 100, 500, 1000)
LETTERS, DISTRACTORS = tuple("abcdefgh"), tuple("1234")
N_COPIED = 3  # letters that are to be repeated
CLOSE = 0.08  # error of a sum (0 … 2) that counts as right: 0.04 where the target runs from 0 to 1, as in 1997
BASELINE = 1 / 6  # variance of the sum of two uniform numbers: the mean squared error of always answering 1
QUIET = 0.1  # what the recurrent weights of cells with gates are multiplied by, lest they stir the gates
SHORTEST, LONGEST, MOST_HIDDEN = 4, 1000, 32


class Task(NamedTuple):
    """What a sequence looks like. signs: what the inputs stand for. outputs: what the answers do. n_answers: how many
    answers there are, at the last places. extra: places beside the distance. chance: share right without memory.
    """

    signs: tuple[str, ...]
    outputs: tuple[str, ...]
    n_answers: int
    extra: int
    chance: float


TASKS = {
    "recall": Task((*LETTERS, *DISTRACTORS, "?"), LETTERS, 1, 2, 1 / len(LETTERS)),
    "adding": Task(("number", "mark"), ("sum",), 1, 0, 2 * CLOSE - CLOSE**2),
    "copy": Task((*LETTERS, "·", "?"), LETTERS, N_COPIED, 2 * N_COPIED, 1 / len(LETTERS)),
}


class Batch(NamedTuple):
    """Sequences; the last column of `x` is the padding flag, always 0. target: letters as numbers, or the sum."""

    x: Float[Tensor, "n time input+1"]
    target: Tensor  # [n, answer]


@dataclass(frozen=True)
class MemoryParams:
    """A point: which network learns what over which distance, in at most so many steps and, if given, seconds.

    cell: one of NETWORKS. lr: None is 0.02 for cells with gates, 0.01 for the others, which larger steps throw off.
    """

    cell: str = "lstm"
    task: str = "recall"
    distance: int = 100
    n_hidden: int = 16
    batch: int = 32
    lr: float | None = None
    steps: int = 1000
    seconds: float | None = None
    seed: int = 0

    def checked(self) -> "MemoryParams":
        """The same; raises InputError if a field is out of range."""
        if self.cell not in NETWORKS or self.task not in TASKS:
            raise InputError("There is no task {task} for the cell {cell}.", task=self.task, cell=self.cell)
        whole = {
            "distance": (SHORTEST, LONGEST),
            "n_hidden": (1, MOST_HIDDEN),
            "batch": (1, 256),
            "steps": (1, 100_000),
        }
        for name, (low, high) in whole.items():
            if not low <= getattr(self, name) <= high:
                raise InputError("{name} must lie between {low} and {high}.", name=name, low=low, high=high)
        return self

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self.lr or (0.01 if self.cell in (LinearCell.name, TanhCell.name, TRANSFORMER) else 0.02)


def length(task: str, distance: int) -> int:
    """Places of a sequence."""
    return distance + TASKS[task].extra


def draw(task: str, distance: int, n: int, generator: torch.Generator) -> Batch:
    """n sequences.

    recall: a letter, `distance` digits, a question mark; the answer is the letter. copy: three letters, `distance`
    blanks, three question marks; the answers are the letters in their order. adding: `distance` numbers from 0 to 1,
    two in the first half marked, the rest is noise; the answer is the sum of the two.
    """
    if task == "adding":
        return _adding(distance, n, generator)
    signs = TASKS[task].signs
    k = TASKS[task].n_answers
    letters = torch.randint(len(LETTERS), (n, k), generator=generator)
    if task == "recall":
        between = len(LETTERS) + torch.randint(len(DISTRACTORS), (n, distance), generator=generator)
    else:
        between = torch.full((n, distance), signs.index("·"))
    ask = torch.full((n, k), signs.index("?"))
    return Batch(torch.eye(len(signs), len(signs) + 1)[torch.cat([letters, between, ask], 1)], letters)


def _adding(distance: int, n: int, generator: torch.Generator) -> Batch:
    numbers = torch.rand(n, distance, generator=generator)
    places = torch.rand(n, distance // 2, generator=generator).argsort(1)[:, :2]
    marks = torch.zeros(n, distance).scatter_(1, places, 1.0)
    return Batch(torch.stack([numbers, marks, torch.zeros(n, distance)], 2), (numbers * marks).sum(1, keepdim=True))


class MemoryNet(nn.Module):
    """A cell, or the Transformer in its place, and a linear read-out of what it offers at the last places."""

    def __init__(self, params: MemoryParams):
        super().__init__()
        task = TASKS[params.task]
        self.task, self.n_answers = params.task, task.n_answers
        kind = TransformerReader if params.cell == TRANSFORMER else CELLS[params.cell]
        self.cell = kind(len(task.signs), params.n_hidden)
        self.h2o = nn.Linear(self.cell.n_readable, len(task.outputs))

    def forward(self, x: Float[Tensor, "n time input+1"]) -> Float[Tensor, "n answer output"]:
        """Scores of the letters, or the sum."""
        k = self.n_answers
        if isinstance(self.cell, TransformerReader):
            return self.h2o(self.cell.leave(self.cell.enter(x[..., :-1]), k))
        return self.h2o(self.cell.readable(x[..., :-1], scan(self.cell, x))[:, -k:])


def scan(cell: Cell, x: Float[Tensor, "n time input+1"]) -> Float[Tensor, "n time unit"]:
    """`cell.scan` of sequences without padding: torch's kernel for the LSTM, ours for the others."""
    if cell.name == "lstm":
        return cell.scan(x)
    a = cell.inputs(x[..., :-1]).transpose(0, 1)
    if isinstance(cell, GRUCell):
        y = kernels.GRU.apply(a, cell.R, cell.b_u)
    elif isinstance(cell, PeepholeCell):
        y = kernels.Peephole.apply(a, cell.R, cell.p)
    else:
        y = kernels.Plain.apply(a, cell.R, cell.name == TanhCell.name)
    return y.transpose(0, 1)


def initial(params: MemoryParams) -> MemoryNet:
    """An untrained network: everything uniform within ±1/√units, then the memory's biases.

    The recurrent weights of cells with gates are made small. The forget gate of an LSTM opens at σ(b_f) = u / (u + 1),
    u drawn from 1 … T-1 for each unit, its input gate as little as it forgets; the update gate of a GRU keeps as much.
    Peepholes begin at 0, the bias of the sum at its mean, 1. Elman's recurrent weights begin orthogonal, so that they
    neither shrink nor stretch a state (A. Saxe, J. McClelland and S. Ganguli, 2014). The Transformer begins as
    `engine.memory_transformer.draw` has it.
    """
    generator = torch.Generator().manual_seed(params.seed)
    net, bound = MemoryNet(params), params.n_hidden**-0.5
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.uniform_(-bound, bound, generator=generator)
        if params.task == "adding":
            net.h2o.bias.fill_(1.0)
        if isinstance(net.cell, TransformerReader):
            draw_transformer(net.cell, generator)
        else:
            span(net.cell, length(params.task, params.distance), generator)
    return net


def span(cell: Cell, time: int, generator: torch.Generator) -> None:
    """Set the biases of the gates that keep a state so that it lasts about as long as a sequence of `time` places."""
    n = cell.n_hidden
    if isinstance(cell, GRUCell | LSTMCell):
        cell.R.mul_(QUIET)
    bias = torch.empty(n).uniform_(1, max(2, time - 1), generator=generator).log()
    if isinstance(cell, GRUCell):
        cell.b[n : 2 * n] = bias
    elif isinstance(cell, TanhCell):
        nn.init.orthogonal_(cell.R, generator=generator)
    elif isinstance(cell, LSTMCell):
        cell.b[n : 2 * n], cell.b[2 * n : 3 * n] = -bias, bias
        if cell.p is not None:
            cell.p.zero_()


def loss(task: str, answers: Float[Tensor, "n answer output"], target: Tensor) -> Float[Tensor, ""]:
    """Cross entropy of the letters, mean squared error of the sum."""
    if task == "adding":
        return (answers[..., 0] - target).square().mean()
    return nn.functional.cross_entropy(answers.flatten(0, 1), target.flatten())


def right(task: str, answers: Float[Tensor, "n answer output"], target: Tensor) -> Bool[Tensor, "n answer"]:
    """Which answers are right: the likeliest letter, a sum closer than `CLOSE`."""
    if task == "adding":
        return (answers[..., 0] - target).abs() < CLOSE
    return answers.argmax(2) == target
