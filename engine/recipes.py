"""How a step of training goes: the lecture's, literally, and a fast one in batches. Both resume at any step."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, nll_loss

from engine.adam import Adam
from engine.classifier import Classifier
from engine.names import Names
from engine.rnn import Masks, Plain
from engine.sampling import Sampler, stream
from engine.text import N_LETTERS, PAD, pad_left
from engine.transformer_names import NameTransformer
from engine.trigram import held_out_beliefs

BLOCK = 1000  # names that the lecture's recipe draws at once


class Outcome(NamedTuple):
    """What a step did: mean loss of its names, how many, and one of them (position in training, scores)."""

    loss: float
    n_names: int
    example: int
    scores: Float[Tensor, "language"]


class Recipe(Protocol):
    """A way to train: `step` changes the network, `tensors` is all it must remember beside the weights."""

    def step(self, step: int, progress: float) -> Outcome: ...  # noqa: D102
    def tensors(self) -> dict[str, Tensor]: ...  # noqa: D102
    def restore(self, tensors: Mapping[str, Tensor]) -> None: ...  # noqa: D102


BANK = 6  # batches of dropout masks that are drawn for an epoch


class Literal:
    """The lecture's `train()`: one name, letter by letter as one-hot vectors, NLL of the last output, p -= lr ∇p."""

    default_lr: ClassVar[float] = 0.005

    def __init__(
        self, net: Classifier, names: Names, lr: float, batch: int, seed: int, sampling: str,
        dropout: float | None = None,
    ):  # fmt: skip
        self.net, self.lr, self.seed = net, lr, seed
        self.sampler = Sampler(names, sampling)
        rows = pad_left(names.texts).astype(np.int64)
        self.lines = [torch.from_numpy(row[row != PAD]) for row in rows]
        self.labels = torch.from_numpy(names.labels)
        self.one_hot = torch.eye(N_LETTERS)
        self.drawn: tuple[int, list[int]] = (-1, [])

    def _pick(self, step: int) -> int:
        block, place = divmod(step, BLOCK)
        if self.drawn[0] != block:
            self.drawn = block, self.sampler.draw(BLOCK, stream(self.seed, block)).tolist()
        return self.drawn[1][place]

    def step(self, step: int, progress: float) -> Outcome:
        """One name."""
        at = self._pick(step)
        output = self._output(self.lines[at])
        loss = nll_loss(log_softmax(output, 1), self.labels[at : at + 1])
        self.net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in self.net.parameters():
                p.add_(p.grad, alpha=-self.lr)
        return Outcome(loss.item(), 1, at, output.detach()[0])

    def _output(self, letters: Integer[Tensor, "time"]) -> Float[Tensor, "1 language"]:
        """The scores after the last letter; the networks that have the lecture's `step` read letter by letter."""
        if not hasattr(self.net, "step"):
            return self.net(letters[None])
        h = torch.zeros(1, self.net.n_hidden)
        for x in self.one_hot[letters].split(1):
            _, h, output = self.net.step(x, h)
        return output

    def tensors(self) -> dict[str, Tensor]:
        """Nothing: the draw follows from seed and step."""
        return {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""


def reads_both_ends(net: Classifier) -> bool:
    """Whether a network, or one of its members, reads names backwards too."""
    return any(getattr(part, "bidirectional", False) for part in (net, *getattr(net, "members", ())))


class Fast:
    """Left-padded batches of names of like length, Adam with warm-up and cosine decay; the network stays the slide's.

    Three helps for languages of few names: dropout with one mask a name for all its letters (Gal and Ghahramani, "A
    theoretically grounded application of dropout in recurrent neural networks", 2016); targets that are in part the
    truth, in part what a trigram model that has not seen the name believes (Hinton, Vinyals and Dean, "Distilling the
    knowledge in a neural network", 2015); and names of rare languages drawn more often, with the scores shifted by
    as much in the loss only, so that the network keeps the natural prior (Menon et al., "Long-tail learning via logit
    adjustment", 2021).
    """

    default_lr: ClassVar[float] = 0.004
    window: ClassVar[int] = 40  # batches that are sorted by length together
    warm_up: ClassVar[float] = 0.05
    levelled: ClassVar[float] = 0.3  # names are drawn by count^-levelled; at 1 all languages alike …
    levelled_attending: ClassVar[float] = 0.15  # … and for a Transformer
    taught: ClassVar[float] = 0.6  # share of the trigram teacher in the targets …
    taught_both: ClassVar[float] = 0.45  # … and for networks that read from both ends, which learn more by themselves
    dropped: ClassVar[dict[str, tuple[float, float]]] = {  # share of units taken from the state, from the read-out
        "lecture": (0.0, 0.0),  # a linear cell can hardly learn its names by heart
        "elman": (0.15, 0.2),
    }
    dropped_else: ClassVar[float] = 0.4  # at every place of the other networks …
    dropped_both: ClassVar[float] = 0.5  # … and of those that read from both ends
    dropped_attending: ClassVar[float] = 0.2  # at the many places of a Transformer

    def __init__(
        self, net: Classifier, names: Names, lr: float, batch: int, seed: int, sampling: str,
        dropout: float | None = None,
    ):  # fmt: skip
        self.net, self.lr, self.batch, self.seed = net, lr, batch, seed
        own = self.levelled_attending if isinstance(net, NameTransformer) else self.levelled
        self.levelled = 1.0 if sampling == "language" else own
        self.letters = torch.from_numpy(pad_left(names.texts).astype(np.int64))
        self.lengths = (self.letters != PAD).sum(1)
        self.shift = self._shift(names)
        self.weights = self.shift.double().exp()[names.labels]
        self.shift *= sampling == "name"
        self.targets = self._targets(names, sampling)
        self.members = [part for part in getattr(net, "members", [net]) if list(part.parameters())]  # trained in turn
        self.adams = [Adam(dict(member.named_parameters())) for member in self.members]
        self.shares = [self._shares(member, dropout) for member in self.members]
        self.drawn: tuple[int, list[Tensor]] = (-1, [])
        self.banks: list[list[Tensor]] = []

    def _shares(self, net: Classifier, dropout: float | None) -> list[tuple[int, float]]:
        """(size, share left out) of each place of dropout."""
        usual = self.dropped.get(net.name) if isinstance(net, Plain) else None
        other = self.dropped_both if reads_both_ends(net) else self.dropped_else
        other = self.dropped_attending if isinstance(net, NameTransformer) else other
        shares = usual if dropout is None and usual else [other if dropout is None else dropout] * len(net.thinned)
        return list(zip(net.thinned, shares, strict=True))

    def _pick(self, step: int) -> Tensor:
        """The names of a step; at a new epoch a new order and new masks are drawn."""
        epoch, place = divmod(step, -(-len(self.letters) // self.batch))
        if self.drawn[0] != epoch:
            generator = stream(self.seed, epoch)
            self.drawn = epoch, self._batches(generator)
            self.banks = [[self._bank(*place, generator) for place in places] for places in self.shares]
        return self.drawn[1][place]

    def _epoch(self, generator: torch.Generator) -> Integer[Tensor, "n"]:
        """As many names as there are, each as often as its weight says, up to rounding (systematic sampling)."""
        n = len(self.letters)
        order = torch.randperm(n, generator=generator)
        ends = self.weights[order].cumsum(0)
        marks = (torch.arange(n) + torch.rand(1, generator=generator, dtype=torch.float64)) * (ends[-1] / n)
        drawn = order[torch.searchsorted(ends, marks).clamp_(max=n - 1)]
        return drawn[torch.randperm(n, generator=generator)]

    def _batches(self, generator: torch.Generator) -> list[Tensor]:
        batches = []
        for window in self._epoch(generator).split(self.batch * self.window):
            batches += window[self.lengths[window].argsort(stable=True)].split(self.batch)
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]

    def _shift(self, names: Names) -> Float[Tensor, "language"]:
        """Logarithm of how much more often a name of each language is drawn."""
        counts = torch.from_numpy(np.bincount(names.labels, minlength=len(names.languages))).clamp(min=1)
        return (-self.levelled * (counts / counts.sum()).log()).float()

    def _targets(self, names: Names, sampling: str) -> Float[Tensor, "n language"]:
        n = len(names.languages)
        beliefs = held_out_beliefs(names.texts, names.labels, n, flat=sampling == "language")
        truth = np.eye(n, dtype=np.float32)[names.labels]
        taught = self.taught_both if reads_both_ends(self.net) else self.taught
        targets = torch.from_numpy((1 - taught) * truth + taught * beliefs) * self.shift.exp()
        return targets / targets.sum(1, keepdim=True)

    def _bank(self, size: int, share: float, generator: torch.Generator) -> Tensor:
        return torch.empty(BANK * self.batch, size).bernoulli_(1 - share, generator=generator).div_(1 - share)

    def _masks(self, n: int, step: int, member: int) -> Masks:
        """Masks [n, size] of each place of dropout: rows of the epoch's bank, others for each step."""
        start = step * 97 % ((BANK - 1) * self.batch)
        return tuple(bank[start : start + n] for bank in self.banks[member])

    def rate(self, progress: float) -> float:
        """Learning rate: up in a line, down on a cosine to zero at progress 1."""
        return self.lr * min(1.0, progress / self.warm_up) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1.0)))

    def step(self, step: int, progress: float) -> Outcome:
        """One batch."""
        at = self._pick(step)
        letters = self.letters[at, -int(self.lengths[at].max()) :]
        turn, member = divmod(step, len(self.members))
        scores = self.members[member](letters, self._masks(len(at), step, member))
        loss = cross_entropy(scores + self.shift, self.targets[at])
        loss.backward()
        self.adams[member].step(turn + 1, self.rate(progress))
        return Outcome(loss.item(), len(at), int(at[0]), scores.detach()[0])

    def tensors(self) -> dict[str, Tensor]:
        """The moments of Adam."""
        return {f"{k}.{name}": t for k, table in self._moments() for name, t in table.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the moments back."""
        for k, table in self._moments():
            for name, moment in table.items():
                moment.copy_(tensors[f"{k}.{name}"])

    def _moments(self) -> tuple[tuple[str, dict], ...]:
        if len(self.adams) == 1:
            return ("m", self.adams[0].m), ("v", self.adams[0].v)
        return tuple(
            (f"{k}{n}", part) for n, adam in enumerate(self.adams) for k, part in (("m", adam.m), ("v", adam.v))
        )


RECIPES: dict[str, type[Literal] | type[Fast]] = {"lecture": Literal, "fast": Fast}
