"""Training of a translator as a generator of records: a run can be watched, stopped, resumed.

The same pairs, parameters (with a number of steps) and seed give the same weights, in one go or resumed.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from engine import tokens
from engine.adam import Adam
from engine.driver import Resume, drive
from engine.dropout import ByteThinner, Thinner
from engine.errors import InputError
from engine.sampling import stream
from engine.tokens import PAD, Tokens
from engine.translation import batches, files, judging, kinds
from engine.translation.bulk import translate
from engine.translation.data import Parallel, fingerprint, split, take
from engine.translation.records import Check, Look, Record, TranslationParams

WARM_UP = {False: 0.05, True: 0.1}  # share of the run over which the learning rate grows; True: of the Transformer
BETAS = {False: (0.9, 0.999), True: (0.9, 0.98)}  # of Adam
CLIP = 1.0  # of the gradient's norm (R. Pascanu, T. Mikolov and Y. Bengio, 2013)
LOOKED_AT = {True: 300, False: 1_014}  # held-out pairs that a check translates: of the grammar, of people
LONGEST = 80  # words of a sentence that is learned from
PARTS = ("net", "best", "m", "v")  # of a checkpoint
MOST_WORDS = 15_000  # of a vocabulary


def vocabularies(pairs: Parallel, params: TranslationParams) -> tuple[Tokens, Tokens]:
    """How both languages are cut, learned from the training pairs; of settled parameters."""
    if params.tokens == "bpe":
        return tuple(tokens.by_pieces([*pairs.source, *pairs.target], pairs.languages, params.n_pieces, params.lower))
    found = []
    for texts, language in zip((pairs.source, pairs.target), pairs.languages, strict=True):
        cut = batches.cut(texts, Tokens(language, tokens.SPECIALS, lower=params.lower), pairs.cut)
        known = tokens.by_words(cut, language, params.least, params.lower)
        found.append(replace(known, vocabulary=known.vocabulary[:MOST_WORDS]))
    return found[0], found[1]


class Run:
    """One run: data as indices, network, optimizer and counters. `train` drives it."""

    def __init__(
        self, pairs: Parallel, params: TranslationParams, resume: Resume | None, started: float | None,
        looked_at: str | None,
    ):  # fmt: skip
        self.params, self.data, self.name = params, fingerprint(pairs), pairs.name
        part, self.held = split(pairs, params.held_out)
        self.source, self.target = vocabularies(part, params)
        coded = batches.code(part, self.source, self.target)
        lengths = [(len(x), len(y)) for x, y in zip(*coded, strict=True)]
        short = [place for place, (n, m) in enumerate(lengths) if 0 < n <= LONGEST and m <= LONGEST]
        self.coded = batches.Coded(*([side[k] for k in short] for side in coded))
        if not short:
            raise InputError("All sentences are longer than {n} words.", n=LONGEST)
        by_tokens = params.batch_tokens
        order, size = (batches.TokenOrder, by_tokens) if by_tokens else (batches.Order, params.batch)
        self.order = order(self.coded, size, params.seed)
        self.network = params.network(len(self.source.vocabulary), len(self.target.vocabulary))
        files.empty(self.network)
        self.net = kinds.initial(self.network, params.seed)
        self.adam = Adam(dict(self.net.named_parameters()), BETAS[params.is_transformer], CLIP)
        self.looked = take(self.held, range(min(LOOKED_AT[self.held.cut], len(self.held.source))))
        self.looked_at = self._cut(looked_at) if looked_at else _telling(self.held)
        self.seconds = resume.seconds if resume else 0.0
        self.at, self.best, self.best_net = 0, {"score": -math.inf}, self.net.state_dict()
        self.losses, self.n_words, self.told = [], 0, self.seconds
        self.reserve = 0.0  # seconds kept for the last check
        if resume:
            self._restore(resume)
        self.last = time.perf_counter()
        self.seconds += self.last - started if started else 0.0
        self._check_time(len(pairs.source))
        self.checked = self._place()

    def _check_time(self, n: int) -> None:
        """Raise InputError if the data has used up the time of a run that is to begin."""
        if not self.at and self.progress == 1:
            raise InputError("Reading {n:,} pairs of sentences took {seconds:.0f} seconds: no time was left to train. "
                             "Give the run more time.", n=n, seconds=self.seconds)  # fmt: skip

    def _cut(self, text: str) -> str:
        """A sentence as the pairs are written."""
        return " ".join(batches.cut([text], self.source, False)[0]) if self.held.cut else text

    def _restore(self, resume: Resume) -> None:
        if resume.data != self.data:
            raise InputError("The checkpoint belongs to a training on other sentences.")
        part = {name: {} for name in PARTS}
        try:
            for name, tensor in resume.tensors.items():
                first, _, rest = name.partition(".")
                part[first][rest] = tensor
            self.net.load_state_dict(part["net"])
            for own, kept in ((self.adam.m, part["m"]), (self.adam.v, part["v"])):
                for name, tensor in own.items():
                    tensor.copy_(kept[name])
        except (RuntimeError, KeyError) as error:
            raise InputError("The checkpoint belongs to another network or recipe.") from error
        self.at, self.best, self.best_net = resume.step, resume.best, part["best"]

    @property
    def progress(self) -> float:
        """How much of the run is done, 0…1."""
        if self.params.steps:
            return min(1.0, self.at / self.params.steps)
        return min(1.0, self.seconds / max(self.params.seconds - self.reserve, 1e-3))

    def _place(self) -> int:
        """Number of the check that is due; they are closer at the start, where most is learned."""
        return int(self.params.checks * self.progress ** (2 / 3) + 1e-9)

    def tick(self, most: float = 5.0) -> None:
        """Let the run's clock go on by as many seconds at most; while the process is suspended it stands still."""
        now = time.perf_counter()
        self.seconds += min(now - self.last, most)
        self.last = now

    def step(self) -> None:
        """One batch; raises InputError if the loss is not a number any more."""
        batch = self.order.at(self.at)
        logits = self._logits(batch)
        loss = cross_entropy(
            logits.flatten(0, 1), batch.answers.flatten(), ignore_index=PAD, label_smoothing=self.params.smoothing
        )
        loss.backward()
        value = loss.item()
        if not math.isfinite(value):
            raise InputError("The training diverged at step {step}: take a smaller learning rate.", step=self.at + 1)
        rate = self._rate()
        self.at += 1
        self.adam.step(self.at, rate)
        self.losses.append(value)
        self.n_words += int((batch.answers != PAD).sum())
        self.tick()

    def _logits(self, batch: batches.Batch) -> Tensor:
        """Scores of the words of a batch, with dropout and, in a recurrent network, the words that it is fed."""
        params, at = self.params, self.at
        if params.is_transformer:
            return self.net(batch.source, batch.words, ByteThinner(params.dropout, params.seed, 1, at))
        generator, forced = stream(params.seed, 1, at), None
        if params.teacher_forcing < 1:
            forced = torch.rand(batch.words.shape[1], generator=generator) < params.teacher_forcing
        return self.net(batch.source, batch.words, Thinner(params.dropout, generator), forced)

    def _rate(self) -> float:
        """The learning rate now: it grows at first, then falls to 0."""
        warm_up = WARM_UP[self.params.is_transformer]
        done = self.progress if self.progress < 1 else warm_up  # of one step that is taken without any time left
        return self.params.lr * min(1.0, (done + 1e-3) / warm_up) * (1 - done)

    def due(self) -> bool:
        """Whether a check is due."""
        return self._place() > self.checked

    def check(self) -> Check:
        """Look at the network now."""
        started, self.checked = time.perf_counter(), self._place()
        found = judging.judge(self.net, self.source, self.target, self.looked)
        score = found.bleu - found.loss
        if best := score >= self.best["score"]:
            self.best = {"step": self.at, "score": score, **found._asdict()}
            self.best_net = _copy(self.net.state_dict())
        net = copy.deepcopy(self.net).requires_grad_(False)
        check = Check(*found, self._look(), net, best, self.snapshot())
        self.reserve = max(self.reserve, 1.5 * (time.perf_counter() - started) + 0.2)
        return check

    def _look(self) -> Look:
        found = translate(self.net, self.source, self.target, [self.looked_at], is_cut=self.held.cut, weights=True)[0]
        return Look(found.source, found.tokens, found.weights)

    def snapshot(self) -> Resume:
        """All that is needed to go on from here."""
        parts = {"net": self.net.state_dict(), "best": self.best_net, "m": self.adam.m, "v": self.adam.v}
        tensors = {f"{part}.{name}": t for part, table in parts.items() for name, t in _copy(table).items()}
        return Resume(self.at, self.seconds, self.best, self.data, tensors)

    def record(self, check: bool) -> Record:
        """News since the last record."""
        look = self.check() if check else None
        self.tick(60.0 if check else 5.0)
        loss = sum(self.losses) / len(self.losses) if self.losses else math.nan
        speed = self.n_words / max(self.seconds - self.told, 1e-6)
        self.losses, self.n_words, self.told = [], 0, self.seconds
        return Record(self.at, self.progress, self.seconds, loss, speed, look)


def about(run: Run) -> dict:
    """What is known of a run before its first step."""
    return {
        "params": asdict(run.params), "languages": [run.source.language, run.target.language],
        "n_train": len(run.coded.source), "n_held_out": len(run.held.source), "looked_at": run.looked_at,
        "n_source": len(run.source.vocabulary), "n_target": len(run.target.vocabulary),
    }  # fmt: skip


def _telling(held: Parallel) -> str:
    """The held-out sentence that is looked at: of middle length."""
    lengths = [len(text) for text in held.source]
    return held.source[int(np.argsort(lengths, kind="stable")[2 * len(lengths) // 3])]


def train(
    pairs: Parallel, params: TranslationParams, resume: Resume | None = None, started: float | None = None,
    stop: Callable[[], bool] = lambda: False, looked_at: str | None = None,
) -> Iterator[Record]:  # fmt: skip
    """Train on the pairs that are not held out; the first record holds the untrained network, the last the result
    (or where `stop` became true, asked after every step).

    A budget in seconds counts from `started` (perf_counter) and includes the checks. looked_at: the sentence whose
    alignment is followed. Raises InputError if a checkpoint does not fit or the training diverges.
    """
    run = Run(pairs, params.settled(pairs.cut), resume, started, looked_at)
    yield from drive(run, stop)


def _copy(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.detach().clone() for name, t in tensors.items()}
