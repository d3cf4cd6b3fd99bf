"""What a training of a translator is told (`TranslationParams`) and what it tells (`Record`, `Check`)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.driver import Resume
from engine.errors import InputError
from engine.seq2seq import Seq2Seq, Seq2SeqParams

MODELS = ("rnn", "attention")
REAL_TEXT = {  # what serves for sentences of people, where nothing else is asked for
    "n_embedding": 256, "n_hidden": 384, "dropout": 0.3, "smoothing": 0.1, "lr": 2e-3,
    "batch": 96, "tied": True,
}  # fmt: skip
GRAMMAR = {
    "n_embedding": 64, "n_hidden": 96, "dropout": 0.0, "smoothing": 0.0, "lr": 8e-3,
    "batch": 64, "tied": False,
}  # fmt: skip


@dataclass(frozen=True)
class TranslationParams:
    """How to train; None: what suits the data (see `settled`)."""

    model: str = "attention"  # rnn: one vector; attention
    cell: str = "gru"
    score: str | None = None  # of attention: additive | dot
    bidirectional: bool | None = None  # None: with attention
    reversed: bool | None = None  # None: where the encoder has one direction
    n_embedding: int | None = None
    n_hidden: int | None = None
    tokens: str | None = None  # words | bpe
    n_pieces: int = 4000
    least: int = 1  # how often a word must occur to be known
    lower: bool | None = None
    teacher_forcing: float = 1.0  # share of the steps at which the true word is fed
    dropout: float | None = None
    smoothing: float | None = None  # of the targets (Szegedy et al., 2016)
    tied: bool | None = None
    lr: float | None = None
    batch: int | None = None  # sentences
    seed: int = 0
    steps: int | None = None  # length of the run, in steps …
    seconds: float | None = None  # … or in time
    held_out: float = 0.05
    checks: int = 20

    def __post_init__(self):
        """Raise InputError on a value out of range."""
        fair = {
            "model": self.model in MODELS, "cell": self.cell in ("gru", "lstm"),
            "score": self.score in (None, "additive", "dot"),
            "embedding": self.n_embedding is None or 1 <= self.n_embedding <= 1024,
            "hidden": self.n_hidden is None or 2 <= self.n_hidden <= 1024,
            "tokens": self.tokens in (None, "words", "bpe"), "pieces": 100 <= self.n_pieces <= 30_000,
            "least": 1 <= self.least <= 1000, "teacher forcing": 0 <= self.teacher_forcing <= 1,
            "dropout": self.dropout is None or 0 <= self.dropout < 1,
            "smoothing": self.smoothing is None or 0 <= self.smoothing < 1,
            "lr": self.lr is None or 0 < self.lr <= 1, "batch": self.batch is None or 1 <= self.batch <= 1024,
            "seed": 0 <= self.seed < 2**31, "steps": self.steps is None or 1 <= self.steps <= 10**8,
            "seconds": self.seconds is None or 1 <= self.seconds <= 10**6, "held-out": 0 < self.held_out <= 0.5,
            "checks": 1 <= self.checks <= 1000,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)

    def settled(self, grammar: bool) -> "TranslationParams":
        """With what suits the grammar's sentences, or those of people, where nothing is given."""
        attends = self.model == "attention"
        own = (GRAMMAR if grammar else REAL_TEXT) | {
            "tokens": "words" if grammar else "bpe", "lower": not grammar, "bidirectional": attends,
            "score": "dot" if grammar and attends else "additive",
        }  # fmt: skip
        found = replace(self, **{name: value for name, value in own.items() if getattr(self, name) is None})
        return replace(
            found, tied=found.tied and attends, steps=self.steps if self.steps or self.seconds else 4_000,
            reversed=not found.bidirectional if self.reversed is None else self.reversed,
        )  # fmt: skip

    def network(self, n_source: int, n_target: int) -> Seq2SeqParams:
        """The sizes of the network; of settled parameters."""
        return Seq2SeqParams(
            self.score if self.model == "attention" else "none", self.cell, n_source, n_target, self.n_embedding,
            self.n_hidden, self.bidirectional, self.reversed, self.tied, self.tokens == "bpe",
        )  # fmt: skip


class Look(NamedTuple):
    """The alignment of one fixed sentence as the network is now: its own greedy translation of it.

    weights [target, source] is None without attention.
    """

    source: list[str]
    target: list[str]
    weights: np.ndarray | None


class Check(NamedTuple):
    """A look at the network: loss a token (nats), BLEU (0…100) and share of exact translations of held-out pairs.

    error: alignment error rate, None where truth or attention is missing.
    """

    loss: float
    bleu: float
    exact: float
    error: float | None
    look: Look
    net: Seq2Seq
    best: bool
    resume: Resume


class Record(NamedTuple):
    """Where a run stands: mean loss a target token since the last record (nats), target tokens a second."""

    step: int
    progress: float
    seconds: float
    loss: float
    speed: float
    check: Check | None


def log_line(record: Record) -> str:
    """A line of a check: `1200 30% (0m 12s) loss 0.813 · held out: loss 0.701, BLEU 71.2, exact 0.340, AER 0.210 *`;
    the star marks the best so far.
    """
    minutes, seconds = divmod(int(record.seconds), 60)
    line = f"{record.step} {record.progress:.0%} ({minutes}m {seconds}s) loss {record.loss:.3f}"
    if c := record.check:
        line += f" · held out: loss {c.loss:.3f}, BLEU {c.bleu:.1f}, exact {c.exact:.3f}"
        line += (f", AER {c.error:.3f}" if c.error is not None else "") + " *" * c.best
    return line


def told(record: Record, index: int) -> dict:
    """A record as JSON can hold it, weights to three digits; `check` is None or has `index`, the figures, `best` and
    `look`.
    """
    news = {"step": record.step, "progress": round(record.progress, 4), "seconds": round(record.seconds, 2)}
    loss = round(record.loss, 4) if record.loss == record.loss else None
    news |= {"loss": loss, "speed": round(record.speed), "check": None}
    if check := record.check:
        weights = None if check.look.weights is None else check.look.weights.astype(float).round(3).tolist()
        figures = {"loss": round(check.loss, 4), "bleu": round(check.bleu, 2), "exact": round(check.exact, 4)}
        error = None if check.error is None else round(check.error, 4)
        look = check.look._replace(weights=weights)._asdict()
        news |= {"line": log_line(record), "check": {"index": index, **figures, "error": error, "best": check.best,
                                                     "look": look}}  # fmt: skip
    return news
