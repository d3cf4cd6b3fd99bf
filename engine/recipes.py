"""How a step of training goes: the lecture's, literally, and a fast one in batches. Both resume at any step."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor
from torch.nn.functional import cross_entropy, embedding, log_softmax, nll_loss

from engine.names import Names
from engine.rnn import Cell
from engine.text import N_LETTERS, PAD, pad_left

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


def stream(seed: int, *place: int) -> torch.Generator:
    """A generator that depends only on the seed and the place in the run, so that nothing of it must be stored."""
    words = np.random.SeedSequence([seed, *place]).generate_state(2)
    return torch.Generator().manual_seed(int(words[0]) << 31 | int(words[1]) >> 1)


class Sampler:
    """Draws training names: by name (every name alike), or by language (first a language, then one of its names)."""

    def __init__(self, names: Names, sampling: str):
        self.sampling, self.n = sampling, len(names.texts)
        labels = torch.from_numpy(names.labels)
        self.order = labels.argsort(stable=True)
        _, self.counts = labels.unique(return_counts=True)
        self.start = self.counts.cumsum(0) - self.counts

    def draw(self, n: int, generator: torch.Generator) -> Integer[Tensor, "n"]:
        """Positions of n names, with repetition."""
        if self.sampling == "name":
            return torch.randint(self.n, (n,), generator=generator)
        language = torch.randint(len(self.counts), (n,), generator=generator)
        place = torch.rand(n, generator=generator, dtype=torch.float64) * self.counts[language]
        return self.order[self.start[language] + place.long()]

    def epoch(self, generator: torch.Generator) -> Integer[Tensor, "n"]:
        """As many names as there are: each once by name, drawn by language."""
        if self.sampling == "name":
            return torch.randperm(self.n, generator=generator)
        return self.draw(self.n, generator)


class Literal:
    """The lecture's `train()`: one name, letter by letter as one-hot vectors, NLL of the last output, p -= lr ∇p."""

    default_lr: ClassVar[float] = 0.005

    def __init__(self, net: Cell, names: Names, lr: float, batch: int, seed: int, sampling: str):
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
        h = torch.zeros(1, self.net.n_hidden)
        for x in self.one_hot[self.lines[at]].split(1):
            _, h, output = self.net.step(x, h)
        loss = nll_loss(log_softmax(output, 1), self.labels[at : at + 1])
        self.net.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in self.net.parameters():
                p.add_(p.grad, alpha=-self.lr)
        return Outcome(loss.item(), 1, at, output.detach()[0])

    def tensors(self) -> dict[str, Tensor]:
        """Nothing: the draw follows from seed and step."""
        return {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Nothing to take back."""


class Adam:
    """Adam (Kingma and Ba, 2015) with the gradient's norm clipped; torch's own takes 1.6 s to import."""

    def __init__(self, parameters: Mapping[str, Tensor], betas: tuple[float, float] = (0.9, 0.999), clip: float = 1.0):
        self.parameters, self.betas, self.clip = dict(parameters), betas, clip
        self.m = {name: torch.zeros_like(p) for name, p in self.parameters.items()}
        self.v = {name: torch.zeros_like(p) for name, p in self.parameters.items()}

    @torch.no_grad()
    def step(self, t: int, lr: float) -> None:
        """Step number t (from 1): m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², p ← p - lr m̂ / (√v̂ + ε)."""
        b1, b2 = self.betas
        grads = [p.grad for p in self.parameters.values()]
        norm = torch.stack([g.norm() for g in grads]).norm()
        scale = min(1.0, self.clip / (norm.item() + 1e-6))
        for p, g, m, v in zip(self.parameters.values(), grads, self.m.values(), self.v.values(), strict=True):
            g = g * scale
            m.lerp_(g, 1 - b1)
            v.mul_(b2).addcmul_(g, g, value=1 - b2)
            p.addcdiv_(m, (v / (1 - b2**t)).sqrt_().add_(1e-8), value=-lr / (1 - b1**t))
            p.grad = None


def thinned_scores(
    net: Cell, letters: Integer[Tensor, "batch time"], masks: tuple[Tensor, Tensor]
) -> Float[Tensor, "batch language"]:
    """`net.forward` with the state that goes round, and the one read out, multiplied by a mask [batch, unit]."""
    look_up, W_h = net.table(net.i2h)
    h_prev = h = look_up.new_zeros(len(letters), net.n_hidden)
    for t, inputs in enumerate(embedding(letters.T, look_up).unbind(0)):
        h_prev, h = h, net.activate(torch.addmm(inputs, h * masks[0], W_h) if t else inputs)
    if net.name == "elman":
        return net.h2o(h * masks[1])
    look_up, W_h = net.table(net.i2o)
    return torch.addmm(embedding(letters[:, -1], look_up), h_prev * masks[1], W_h)


class Fast:
    """Left-padded batches of names of like length, Adam with a warm-up and a cosine decay, dropout while training.

    One mask a name for all its letters, as in Gal and Ghahramani, "A theoretically grounded application of dropout in
    recurrent neural networks", 2016. The network itself stays the slide's.
    """

    default_lr: ClassVar[float] = 0.004
    window: ClassVar[int] = 40  # batches that are sorted by length together
    warm_up: ClassVar[float] = 0.05
    dropped: ClassVar[tuple[float, float]] = (0.3, 0.4)  # share of units taken from the state, from the read-out

    def __init__(self, net: Cell, names: Names, lr: float, batch: int, seed: int, sampling: str):
        self.net, self.lr, self.batch, self.seed = net, lr, batch, seed
        self.sampler = Sampler(names, sampling)
        self.letters = torch.from_numpy(pad_left(names.texts).astype(np.int64))
        self.lengths = (self.letters != PAD).sum(1)
        self.labels = torch.from_numpy(names.labels)
        self.adam = Adam(dict(net.named_parameters()))
        self.drawn: tuple[int, list[Tensor]] = (-1, [])

    def _pick(self, step: int) -> Tensor:
        epoch, place = divmod(step, -(-self.sampler.n // self.batch))
        if self.drawn[0] != epoch:
            self.drawn = epoch, self._batches(stream(self.seed, epoch))
        return self.drawn[1][place]

    def _batches(self, generator: torch.Generator) -> list[Tensor]:
        names = self.sampler.epoch(generator)
        batches = []
        for window in names.split(self.batch * self.window):
            batches += window[self.lengths[window].argsort(stable=True)].split(self.batch)
        return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]

    def _masks(self, n: int, step: int) -> tuple[Tensor, Tensor]:
        generator, size = stream(self.seed, step, 1), (n, self.net.n_hidden)
        return tuple(torch.empty(size).bernoulli_(1 - p, generator=generator).div_(1 - p) for p in self.dropped)

    def rate(self, progress: float) -> float:
        """Learning rate: up in a line, down on a cosine to zero at progress 1."""
        return self.lr * min(1.0, progress / self.warm_up) * (0.5 + 0.5 * np.cos(np.pi * min(progress, 1.0)))

    def step(self, step: int, progress: float) -> Outcome:
        """One batch."""
        at = self._pick(step)
        letters = self.letters[at, -int(self.lengths[at].max()) :]
        scores = thinned_scores(self.net, letters, self._masks(len(at), step))
        loss = cross_entropy(scores, self.labels[at])
        loss.backward()
        self.adam.step(step + 1, self.rate(progress))
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
        return ("m", self.adam.m), ("v", self.adam.v)


RECIPES: dict[str, type[Literal] | type[Fast]] = {"lecture": Literal, "fast": Fast}
