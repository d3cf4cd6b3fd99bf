"""What a training run is told (`TrainParams`) and what it tells (`Record`, with a `Check` at checkpoints)."""

from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.classifier import MODELS, Classifier, ClassifierParams
from engine.driver import Resume
from engine.errors import InputError
from engine.recipes import RECIPES
from engine.transformer_names import N_HEADS
from engine.weights import MAX_HIDDEN, MAX_LAYERS, MAX_WINDOW

STEPS = {"lecture": 100_000, "fast": 16_000}
STEPS_OF = {("transformer", "fast"): 9_000}  # of models that need fewer, longer ones
COMBINED = (  # the members of a combined classifier
    ClassifierParams("gru", 96, bidirectional=True, pool="max"),
    ClassifierParams("lstm", 96, bidirectional=True, pool="last"),
    ClassifierParams("lstm", 96, bidirectional=True, pool="max"),
    ClassifierParams("gru", 96, bidirectional=True, pool="last"),
    ClassifierParams("trigram", 0, weight=2.0),  # counted, not trained
)


@dataclass(frozen=True)
class TrainParams:
    """How to train; None: the recipe's own (lecture: lr 0.005, one name a step, by language; fast: see recipes)."""

    model: str = "lecture"  # one of engine.classifier.MODELS
    recipe: str = "lecture"  # lecture | fast
    n_hidden: int | None = None  # units of a layer and direction
    lr: float | None = None
    batch: int = 64  # of the fast recipe
    seed: int = 0
    steps: int | None = None  # length of the run, in steps …
    seconds: float | None = None  # … or in time
    sampling: str | None = None  # name | language
    held_out: float = 0.1  # share of every language that is never trained on
    split_seed: int = 0  # the same for all runs that are to be compared
    checks: int = 30  # checkpoints in a run, the untrained network not counted
    n_layers: int | None = None  # of cells, or of the Transformer
    bidirectional: bool = False
    pool: str | None = None  # last | max: what the scores are read from
    window: int = 5  # letters that the window network sees
    dropout: float | None = None  # share of units left out in training

    def __post_init__(self):
        """Raise InputError on a value out of range."""
        fair = {
            "model": self.model in MODELS, "recipe": self.recipe in RECIPES,
            "hidden": self.n_hidden is None or 1 <= self.n_hidden <= MAX_HIDDEN,
            "layers": self.n_layers is None or 1 <= self.n_layers <= MAX_LAYERS,
            "pool": self.pool in (None, "last", "max"),
            "window": 1 <= self.window <= MAX_WINDOW, "dropout": self.dropout is None or 0 <= self.dropout < 1,
            "lr": self.lr is None or 0 < self.lr <= 10, "batch": 1 <= self.batch <= 8192, "checks": self.checks >= 1,
            "seed": 0 <= self.seed < 2**31 and 0 <= self.split_seed < 2**31,
            "steps": self.steps is None or 1 <= self.steps <= 10**8,
            "seconds": self.seconds is None or 1 <= self.seconds <= 10**6,
            "sampling": self.sampling in (None, "name", "language"), "held-out": 0 <= self.held_out <= 0.5,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)
        if self._attends() and self.n_hidden and self.n_hidden % N_HEADS:
            raise InputError(
                "The Transformer shares its units among {n} heads: {units} is no multiple of {n}.",
                n=N_HEADS, units=self.n_hidden,
            )  # fmt: skip

    def settled(self) -> "TrainParams":
        """With the recipe's own values where none are given."""
        by_language = self.recipe == "lecture"
        own = STEPS_OF.get((self.model, self.recipe), STEPS[self.recipe])
        steps = self.steps if self.steps or self.seconds else own
        return replace(
            self, steps=steps, lr=self.lr or RECIPES[self.recipe].default_lr,
            sampling=self.sampling or ("language" if by_language else "name"), pool=self.pool or self._pool(),
            n_hidden=self.n_hidden or self._n_hidden(), n_layers=self.n_layers or (2 if self._attends() else 1),
        )  # fmt: skip

    def _attends(self) -> bool:
        return self.model == "transformer"

    def _pool(self) -> str:
        return "max" if self.bidirectional and self.model != "lecture" else "last"

    def _n_hidden(self) -> int:
        gated = self.model not in ("lecture", "elman", "window")
        return 96 if gated and self.bidirectional else 64 if gated else 128


class Example(NamedTuple):
    """A name that was just trained on, as in the lecture's log: the guess, the truth and the loss."""

    name: str
    guess: str
    truth: str
    ok: bool
    loss: float


class Check(NamedTuple):
    """A look at the network: metrics with the natural and the uniform prior, and a copy of the network.

    `confusion` [language, guess] counts the held-out names by the network's own most probable language. `train`
    are metrics of as many training names. `best`: no check had a better `score`, minus the held-out nll (mean over
    both priors). Without held-out names training names take their place.
    """

    natural: dict[str, float]
    uniform: dict[str, float]
    train: dict[str, float]
    confusion: np.ndarray
    net: Classifier
    score: float
    best: bool
    resume: Resume


class Record(NamedTuple):
    """News of a run: step, progress 0…1, seconds, mean loss since the last record, completed windows of 1000 names
    as (step, mean loss), the name of the moment, and at checkpoints a look at the network.
    """

    step: int
    progress: float
    seconds: float
    loss: float
    windows: tuple[tuple[int, float], ...]
    example: Example | None
    check: Check | None


def card(params: TrainParams, figures: dict, data: str) -> dict:
    """What is known of a network: parameters of its training, data, and `figures` as in `Resume.best`."""
    return {**asdict(params.settled()), "data": data, **figures}


def log_line(record: Record) -> str:
    """The lecture's log line: `5000 5% (0m 6s) 2.8874 Farina / Japanese ✗ (Italian)`."""
    minutes, seconds = divmod(int(record.seconds), 60)
    line = f"{record.step} {record.progress:.0%} ({minutes}m {seconds}s)"
    if e := record.example:
        line += f" {e.loss:.4f} {e.name} / {e.guess} {'✓' if e.ok else f'✗ ({e.truth})'}"
    return line
