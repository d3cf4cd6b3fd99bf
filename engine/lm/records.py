"""What a training of a language model is told (`LmParams`) and what it tells (`Record`, `Check`)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from engine.driver import Resume
from engine.errors import InputError
from engine.letter_model import LetterModel, LetterModelParams

MODELS = ("transformer",)
STEPS = 3_000


@dataclass(frozen=True)
class LmParams:
    """How to train a model of letters."""

    model: str = "transformer"
    d_model: int = 64
    n_heads: int = 4
    n_layers: int = 3
    d_ff: int = 256
    norm: str = "before"
    dropout: float = 0.15
    lr: float = 4e-3
    batch: int = 128  # names
    seed: int = 0
    steps: int | None = None  # length of the run, in steps …
    seconds: float | None = None  # … or in time
    held_out: float = 0.1  # share of every language that is never trained on
    split_seed: int = 0  # as in engine.records.TrainParams
    checks: int = 20

    def __post_init__(self):
        """Raise InputError on a value out of range."""
        fair = {
            "model": self.model in MODELS, "dropout": 0 <= self.dropout < 1, "lr": 0 < self.lr <= 1,
            "batch": 1 <= self.batch <= 4096, "checks": 1 <= self.checks <= 1000,
            "seed": 0 <= self.seed < 2**31 and 0 <= self.split_seed < 2**31,
            "steps": self.steps is None or 1 <= self.steps <= 10**8,
            "seconds": self.seconds is None or 1 <= self.seconds <= 10**6, "held-out": 0 < self.held_out <= 0.5,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)
        self.network(())

    def settled(self) -> "LmParams":
        """With a length."""
        return self if self.steps or self.seconds else replace(self, steps=STEPS)

    def network(self, languages: tuple[str, ...]) -> LetterModelParams:
        """The sizes of the network."""
        return LetterModelParams(languages, self.d_model, self.n_heads, self.n_layers, self.d_ff, self.norm)


class Check(NamedTuple):
    """A look at the network: bits a character and perplexity of the held-out names, and names it invents now, as
    (language, name).
    """

    bits: float
    perplexity: float
    invented: tuple[tuple[str, str], ...]
    net: LetterModel
    best: bool
    resume: Resume


class Record(NamedTuple):
    """Where a run stands: mean loss a character since the last record (nats), characters a second."""

    step: int
    progress: float
    seconds: float
    loss: float
    speed: float
    check: Check | None


def log_line(record: Record) -> str:
    """A line of a check: `1200 30% (0m 12s) loss 1.713 · held out: 2.701 bits a character · Greek: Papadakis *`; the
    star marks the best so far.
    """
    minutes, seconds = divmod(int(record.seconds), 60)
    line = f"{record.step} {record.progress:.0%} ({minutes}m {seconds}s) loss {record.loss:.3f}"
    if c := record.check:
        names = ", ".join(f"{language}: {name}" for language, name in c.invented)
        line += f" · held out: {c.bits:.3f} bits a character · {names}" + " *" * c.best
    return line
