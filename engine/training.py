"""Training of a name classifier as a generator of records: a run can be watched, stopped, resumed and replayed.

The same names, parameters (with a number of steps) and seed give the same weights, in one go or resumed.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from torch import Tensor
from torch.nn.functional import log_softmax

from engine.classifier import ClassifierParams, build, initial
from engine.driver import Resume, drive
from engine.errors import InputError
from engine.evaluate import apply_prior, confusion, log_probs, metrics
from engine.names import Names, counts, fingerprint, split, subset
from engine.recipes import RECIPES, Outcome, Recipe
from engine.records import COMBINED, Check, Example, Record, TrainParams
from engine.trigram import Trigram
from engine.weights import check_size

WINDOW = 1000  # names in a point of the loss curve


class Meter:
    """Mean losses: since the last record, and over windows of 1000 names."""

    def __init__(self):
        self.sum, self.n, self.window_sum, self.window_n = 0.0, 0, 0.0, 0
        self.windows: list[tuple[int, float]] = []

    def add(self, step: int, outcome: Outcome) -> None:
        """Count a step."""
        total, n = outcome.loss * outcome.n_names, outcome.n_names
        self.sum, self.n = self.sum + total, self.n + n
        self.window_sum, self.window_n = self.window_sum + total, self.window_n + n
        if self.window_n >= WINDOW:
            self.windows.append((step, self.window_sum / self.window_n))
            self.window_sum, self.window_n = 0.0, 0

    def take(self) -> tuple[float, tuple[tuple[int, float], ...]]:
        """The means since the last call (nan if there was no step)."""
        mean, windows = self.sum / self.n if self.n else math.nan, tuple(self.windows)
        self.sum, self.n, self.windows = 0.0, 0, []
        return mean, windows


class Clock:
    """Seconds of a run; while the process is suspended the clock stands still."""

    def __init__(self, started: float | None, before: float):
        self.last, self.seconds = started or time.perf_counter(), before

    def tick(self) -> float:
        """The seconds so far."""
        now = time.perf_counter()
        self.seconds += min(now - self.last, 5.0)
        self.last = now
        return self.seconds


class Run:
    """One run: the parts of the data, the network, its recipe and the counters. `train` drives it."""

    def __init__(self, names: Names, params: TrainParams, resume: Resume | None, started: float | None):
        self.params, self.data = params, fingerprint(names)
        self.names, held = split(names, params.split_seed, params.held_out)
        some = np.random.default_rng(0).permutation(len(self.names.texts))[: len(held.texts) or 1000]
        self.sample = subset(self.names, some)
        self.held = held if held.texts else self.sample
        self.rnn = classifier_params(self.names, params)
        check_size(build(self.rnn))
        self.net = initial(self.rnn, params.seed)
        for part in self.net.modules():
            if isinstance(part, Trigram):
                part.fit(self.names.texts, self.names.labels, flat=params.sampling == "language")
        self.recipe: Recipe = RECIPES[params.recipe](
            self.net, self.names, params.lr, params.batch, params.seed, params.sampling, params.dropout
        )
        self.clock, self.meter = Clock(started, resume.seconds if resume else 0.0), Meter()
        self.at, self.best, self.best_net = 0, {"score": -math.inf}, self.net.state_dict()
        self.outcome: Outcome | None = None
        self.reserve = 0.0  # seconds kept for the last check
        if resume:
            self._restore(resume)
        self.checked = self._place()

    def _restore(self, resume: Resume) -> None:
        if resume.data != self.data:
            raise InputError("The checkpoint belongs to a training on other names.")
        parts = {part: _part(resume.tensors, part) for part in ("net", "best", "recipe")}
        try:
            self.net.load_state_dict(parts["net"])
            self.recipe.restore(parts["recipe"])
        except (RuntimeError, KeyError) as error:
            raise InputError("The checkpoint belongs to another network or recipe.") from error
        self.at, self.best, self.best_net = resume.step, resume.best, parts["best"]

    @property
    def progress(self) -> float:
        """How much of the run is done, 0…1."""
        if self.params.steps:
            return min(1.0, self.at / self.params.steps)
        return min(1.0, self.clock.seconds / max(self.params.seconds - self.reserve, 1e-3))

    def _place(self) -> int:
        """Number of the checkpoint that is due; they are closer at the start, where most is learned."""
        return int(self.params.checks * self.progress ** (2 / 3) + 1e-9)

    def step(self) -> None:
        """One step of the recipe; raises InputError if the loss is not a number any more."""
        self.outcome = self.recipe.step(self.at, self.progress)
        self.at += 1
        self.clock.tick()
        self.meter.add(self.at, self.outcome)
        if not math.isfinite(self.outcome.loss):
            raise InputError("The training diverged at step {step}: take a smaller learning rate.", step=self.at)

    def due(self) -> bool:
        """Whether a checkpoint is due."""
        return self._place() > self.checked

    def check(self) -> Check:
        """Look at the network now."""
        started, self.checked = time.perf_counter(), self._place()
        self.net.eval()
        scores, own = log_probs(self.net, self.held.texts), log_probs(self.net, self.sample.texts)
        natural, uniform = (metrics(apply_prior(scores, self.rnn, p), self.held.labels) for p in ("natural", "uniform"))
        train = metrics(apply_prior(own, self.rnn, "natural"), self.sample.labels)
        score = -(natural["nll"] + uniform["nll"]) / 2
        if best := score >= self.best["score"]:
            self.best = {"step": self.at, "score": score, "natural": natural, "uniform": uniform}
            self.best_net = _copy(self.net.state_dict())
        check = Check(
            natural, uniform, train, confusion(scores, self.held.labels),
            copy.deepcopy(self.net).requires_grad_(False), score, best, self.snapshot(),
        )  # fmt: skip
        self.reserve = max(self.reserve, 2 * (time.perf_counter() - started) + 0.2)
        return check

    def snapshot(self) -> Resume:
        """All that is needed to go on from here."""
        parts = {"net": self.net.state_dict(), "best": self.best_net, "recipe": self.recipe.tensors()}
        tensors = {f"{part}.{name}": t for part, table in parts.items() for name, t in _copy(table).items()}
        return Resume(self.at, self.clock.seconds, self.best, self.data, tensors)

    def record(self, check: bool) -> Record:
        """News since the last record."""
        look = self.check() if check else None
        loss, windows = self.meter.take()
        return Record(self.at, self.progress, self.clock.tick(), loss, windows, self._example(), look)

    def _example(self) -> Example | None:
        if self.outcome is None:
            return None
        scores, languages = self.outcome.scores, self.names.languages
        truth, guess = int(self.names.labels[self.outcome.example]), int(scores.argmax())
        loss = -log_softmax(scores, 0)[truth].item()
        return Example(self.names.texts[self.outcome.example], languages[guess], languages[truth], guess == truth, loss)


def train(
    names: Names,
    params: TrainParams,
    resume: Resume | None = None,
    started: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:
    """Train on the part of `names` that is not held out; the first record holds the untrained network, the last the
    result (or where `stop` became true, asked after every step).

    A budget in seconds counts from `started` (perf_counter) and includes the checks; with `resume` it goes on
    counting. Raises InputError if a checkpoint does not fit or the training diverges.
    """
    yield from drive(Run(names, params.settled(), resume, started), stop)


def classifier_params(names: Names, params: TrainParams) -> ClassifierParams:
    """Sizes and training counts of the network that these names and parameters give."""
    params = params.settled()
    common = {"languages": names.languages, "counts": tuple(counts(names).tolist()), "sampling": params.sampling}
    if params.model == "combined":
        members = tuple(replace(member, **common) for member in COMBINED)
        return ClassifierParams("combined", sum(each.n_hidden for each in members), **common, members=members)
    return ClassifierParams(
        params.model, params.n_hidden, **common, n_layers=params.n_layers, bidirectional=params.bidirectional,
        pool=params.pool, window=params.window,
    )  # fmt: skip


def _copy(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.detach().clone() for name, t in tensors.items()}


def _part(tensors: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}."): t for name, t in tensors.items() if name.startswith(f"{part}.")}
