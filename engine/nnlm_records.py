"""What a training of a neural language model is told (`TrainingParams`) and what it tells (`Record`, `Check`)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from engine.driver import Resume
from engine.errors import InputError
from engine.nnlm import MODELS, Network, NnlmParams
from engine.vocabulary import UNITS

STEPS = 2_000
MOST_WORDS = 5_000  # of a vocabulary, SPECIALS not counted


@dataclass(frozen=True)
class TrainingParams:
    """How to train a neural language model on texts of a unit."""

    model: str = "window"
    cell: str = "gru"  # of the recurrent model
    unit: str = "character"
    window: int = 5  # of the window model, as is `direct`
    direct: bool = True
    n_embedding: int = 16
    n_hidden: int = 96
    dropout: float = 0.1
    lr: float = 5e-3
    tokens: int = 1024  # of a step, about
    seed: int = 0
    steps: int | None = None  # length of the run, in steps …
    seconds: float | None = None  # … or in time
    checks: int = 12

    def __post_init__(self):
        """Raise InputError on a value out of range."""
        fair = {
            "model": self.model in MODELS, "unit": self.unit in UNITS, "dropout": 0 <= self.dropout < 1,
            "lr": 0 < self.lr <= 1, "tokens": 1 <= self.tokens <= 65_536, "seed": 0 <= self.seed < 2**31,
            "checks": 1 <= self.checks <= 1000, "steps": self.steps is None or 1 <= self.steps <= 10**8,
            "seconds": self.seconds is None or 1 <= self.seconds <= 10**6,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)
        self.network(3)

    def settled(self) -> "TrainingParams":
        """With a length."""
        return self if self.steps or self.seconds else replace(self, steps=STEPS)

    def network(self, n_words: int) -> NnlmParams:
        """The sizes of the network."""
        return NnlmParams(
            self.model, n_words, self.n_embedding, self.n_hidden, self.window, self.direct, self.cell
        )  # fmt: skip


class Check(NamedTuple):
    """A look at the network: bits a token and perplexity of the held-out texts, and texts it writes now."""

    bits: float
    perplexity: float
    written: tuple[str, ...]
    net: Network
    best: bool
    resume: Resume


class Record(NamedTuple):
    """Where a run stands: mean loss a token since the last record (nats), tokens a second."""

    step: int
    progress: float
    seconds: float
    loss: float
    speed: float
    check: Check | None


def log_line(record: Record, unit: str) -> str:
    """A line of a check: `1200 30% (0m 12s) loss 1.713 · held out: 2.701 bits a character · Anna, Bob *`; the star
    marks the best so far.
    """
    minutes, seconds = divmod(int(record.seconds), 60)
    line = f"{record.step} {record.progress:.0%} ({minutes}m {seconds}s) loss {record.loss:.3f}"
    if c := record.check:
        texts = " | ".join(text[:60] for text in c.written)
        line += f" · held out: {c.bits:.3f} bits a {unit} · {texts}" + " *" * c.best
    return line


def told(record: Record, index: int) -> dict:
    """A record as the page gets it; `index` counts the checks."""
    news = record._asdict() | {"check": None}
    if check := record.check:
        kept = {name: getattr(check, name) for name in ("bits", "perplexity", "written", "best")}
        news["check"] = {"index": index, **kept}
    return news
