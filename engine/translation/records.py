"""What a training of a translator is told (`TranslationParams`) and what it tells (`Record`, `Check`)."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from engine.driver import Resume
from engine.errors import InputError
from engine.positional import KINDS
from engine.seq2seq import Seq2SeqParams
from engine.transformer import TransformerParams
from engine.transformer_block import NORMS
from engine.translation.kinds import Net, Params

MODELS = ("rnn", "attention", "transformer")
REAL_TEXT = {  # what serves for sentences of people, where nothing else is asked for
    "n_embedding": 256, "n_hidden": 384, "dropout": 0.3, "smoothing": 0.1, "lr": 2e-3,
    "batch": 96, "tied": True,
}  # fmt: skip
GRAMMAR = {
    "n_embedding": 64, "n_hidden": 96, "dropout": 0.0, "smoothing": 0.0, "lr": 8e-3,
    "batch": 64, "tied": False,
}  # fmt: skip
TRANSFORMER = {  # the same of the Transformer, where True stands for the grammar
    True: {"n_hidden": 64, "n_layers": 2, "n_ff": 256, "dropout": 0.0, "smoothing": 0.0, "lr": 3e-3, "batch": 64,
           "tied": False},
    False: {"n_hidden": 192, "n_layers": 3, "n_ff": 768, "dropout": 0.1, "smoothing": 0.1, "lr": 2e-3,
            "batch_tokens": 1_000, "tied": True},
}  # fmt: skip
SHAPES = {"n_heads": 4, "positions": "sinusoidal", "norm": "before"}
OF_TRANSFORMER = ("n_layers", "n_heads", "n_ff", "positions", "norm")
OF_RECURRENT = ("cell", "score", "bidirectional", "reversed", "n_embedding")


@dataclass(frozen=True)
class TranslationParams:
    """How to train; None: what suits the model and the data (see `settled`)."""

    model: str = "attention"  # rnn: one vector; attention; transformer
    cell: str | None = None  # of a recurrent one: gru | lstm
    score: str | None = None  # of its attention: additive | dot
    bidirectional: bool | None = None  # None: with attention
    reversed: bool | None = None  # None: where the encoder has one direction
    n_embedding: int | None = None
    n_hidden: int | None = None  # units of a state; of the Transformer's stream
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
    n_layers: int | None = None  # of the Transformer: of encoder and decoder each
    n_heads: int | None = None
    n_ff: int | None = None  # hidden units between the two matrices of a layer
    positions: str | None = None  # sinusoidal | learned | rotary | none
    norm: str | None = None  # before | after
    batch_tokens: int | None = None  # tokens of a batch, in place of sentences

    def __post_init__(self):
        """Raise InputError on a value out of range, or one that means nothing for the model."""
        for name, is_fair in (self._fair() | self._fair_shape()).items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)
        for name in OF_RECURRENT if self.is_transformer else OF_TRANSFORMER:
            if getattr(self, name) is not None:
                raise InputError(
                    "“{name}” means nothing for the model “{model}”.", name=name.removeprefix("n_"), model=self.model
                )
        if self.is_transformer and self.teacher_forcing < 1:
            raise InputError("The Transformer learns all words of a sentence at once, each after the true ones: its "
                             "teacher forcing is always 1.")  # fmt: skip

    @property
    def is_transformer(self) -> bool:
        """Whether there is no recurrent cell in it."""
        return self.model == "transformer"

    def _fair(self) -> dict[str, bool]:
        return {
            "model": self.model in MODELS, "cell": self.cell in (None, "gru", "lstm"),
            "score": self.score in (None, "additive", "dot"),
            "embedding": _within(self.n_embedding, 1, 1024), "hidden": _within(self.n_hidden, 2, 1024),
            "tokens": self.tokens in (None, "words", "bpe"), "pieces": 100 <= self.n_pieces <= 30_000,
            "least": 1 <= self.least <= 1000, "teacher forcing": 0 <= self.teacher_forcing <= 1,
            "dropout": self.dropout is None or 0 <= self.dropout < 1,
            "smoothing": self.smoothing is None or 0 <= self.smoothing < 1,
            "lr": self.lr is None or 0 < self.lr <= 1, "batch": _within(self.batch, 1, 1024),
            "seed": 0 <= self.seed < 2**31, "steps": _within(self.steps, 1, 10**8),
            "seconds": self.seconds is None or 1 <= self.seconds <= 10**6, "held-out": 0 < self.held_out <= 0.5,
            "checks": 1 <= self.checks <= 1000,
        }  # fmt: skip

    def _fair_shape(self) -> dict[str, bool]:
        return {
            "layers": _within(self.n_layers, 1, 24), "heads": _within(self.n_heads, 1, 32),
            "ff": _within(self.n_ff, 1, 4096), "positions": self.positions in (None, *KINDS),
            "norm": self.norm in (None, *NORMS), "batch-tokens": _within(self.batch_tokens, 100, 100_000),
        }  # fmt: skip

    def settled(self, grammar: bool) -> "TranslationParams":
        """With what suits the grammar's sentences, or those of people, where nothing is given."""
        own = {"tokens": "words" if grammar else "bpe", "lower": not grammar}
        own |= SHAPES | TRANSFORMER[grammar] if self.is_transformer else self._recurrent(grammar)
        if self.batch or self.batch_tokens:
            own = {name: value for name, value in own.items() if not name.startswith("batch")}
        found = replace(self, **{name: value for name, value in own.items() if getattr(self, name) is None})
        steps = self.steps if self.steps or self.seconds else 4_000
        if self.is_transformer:
            return replace(found, steps=steps)
        return replace(
            found, tied=found.tied and self.model == "attention", steps=steps,
            reversed=not found.bidirectional if self.reversed is None else self.reversed,
        )  # fmt: skip

    def _recurrent(self, grammar: bool) -> dict:
        attends = self.model == "attention"
        return (GRAMMAR if grammar else REAL_TEXT) | {
            "cell": "gru", "bidirectional": attends, "score": "dot" if grammar and attends else "additive",
        }  # fmt: skip

    def network(self, n_source: int, n_target: int) -> Params:
        """The sizes of the network; of settled parameters."""
        shared = self.tokens == "bpe"
        if self.is_transformer:
            return TransformerParams(
                n_source, n_target, self.n_hidden, self.n_heads, self.n_layers, self.n_ff, self.positions, self.norm,
                self.tied, shared,
            )  # fmt: skip
        return Seq2SeqParams(
            self.score if self.model == "attention" else "none", self.cell, n_source, n_target, self.n_embedding,
            self.n_hidden, self.bidirectional, self.reversed, self.tied, shared,
        )  # fmt: skip


def _within(value: int | None, low: int, high: int) -> bool:
    return value is None or low <= value <= high


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
    net: Net
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
