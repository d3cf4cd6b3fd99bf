"""Training of a model of letters as a generator of records: a run can be watched, stopped, resumed.

The same names, parameters (with a number of steps) and seed give the same weights, in one go or resumed.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator

from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.adam import Adam
from engine.driver import Resume, drive
from engine.errors import InputError
from engine.letter_model import initial
from engine.letter_model_files import empty
from engine.letter_model_names import invent
from engine.lm import judging
from engine.lm.data import NOTHING, Order, code
from engine.lm.records import Check, LmParams, Record
from engine.names import Names, fingerprint, split
from engine.sampling import stream
from engine.translation.training import Thinner

WARM_UP = 0.05  # share of the run over which the learning rate grows
CLIP = 1.0  # of the gradient's norm (R. Pascanu, T. Mikolov and Y. Bengio, 2013)
PARTS = ("net", "best", "m", "v")  # of a checkpoint
INVENTED = 3  # names that a check writes


class Run:
    """One run: names as numbers, network, optimizer and counters. `train` drives it."""

    def __init__(self, names: Names, params: LmParams, resume: Resume | None = None, started: float | None = None):
        self.params, self.data = params, fingerprint(names)
        self.part, held = split(names, params.split_seed, params.held_out)
        self.held, self.n_held = held if held.texts else self.part, len(held.texts)
        self.order = Order(code(self.part.texts, self.part.labels), params.batch, params.seed)
        self.network = params.network(names.languages)
        empty(self.network)
        self.net = initial(self.network, params.seed)
        self.adam = Adam(dict(self.net.named_parameters()), clip=CLIP)
        self.seconds = resume.seconds if resume else 0.0
        self.at, self.best, self.best_net = 0, {"score": -math.inf}, self.net.state_dict()
        self.losses, self.n_words, self.told, self.reserve = [], 0, self.seconds, 0.0
        if resume:
            self._restore(resume)
        self.last = time.perf_counter()
        self.seconds += self.last - started if started else 0.0
        self.checked = self._place()

    def _restore(self, resume: Resume) -> None:
        if resume.data != self.data:
            raise InputError("The checkpoint belongs to a training on other names.")
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
        logits = self.net(batch.words, Thinner(self.params.dropout, stream(self.params.seed, 1, self.at)))
        loss = cross_entropy(logits.flatten(0, 1), batch.answers.flatten(), ignore_index=NOTHING)
        loss.backward()
        value = loss.item()
        if not math.isfinite(value):
            raise InputError("The training diverged at step {step}: take a smaller learning rate.", step=self.at + 1)
        done = self.progress if self.progress < 1 else WARM_UP  # of one step that is taken without any time left
        rate = self.params.lr * min(1.0, (done + 1e-3) / WARM_UP) * (1 - done)
        self.at += 1
        self.adam.step(self.at, rate)
        self.losses.append(value)
        self.n_words += int((batch.answers != NOTHING).sum())
        self.tick()

    def due(self) -> bool:
        """Whether a check is due."""
        return self._place() > self.checked

    def check(self) -> Check:
        """Look at the network now."""
        started, self.checked = time.perf_counter(), self._place()
        found = judging.judge(self.net, self.held)
        if best := -found.bits >= self.best["score"]:
            self.best = {"step": self.at, "score": -found.bits, "bits": found.bits, "perplexity": found.perplexity}
            self.best_net = _copy(self.net.state_dict())
        net = copy.deepcopy(self.net).requires_grad_(False)
        check = Check(found.bits, found.perplexity, self._invented(), net, best, self.snapshot())
        self.reserve = max(self.reserve, 1.5 * (time.perf_counter() - started) + 0.1)
        return check

    def _invented(self) -> tuple[tuple[str, str], ...]:
        known = self.network.languages
        languages = [known[k * len(known) // INVENTED] for k in range(min(INVENTED, len(known)))]
        found = invent(self.net, [(language, self.params.seed) for language in languages])
        return tuple((language, each.text) for language, each in zip(languages, found, strict=True))

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


def train(
    names: Names, params: LmParams, resume: Resume | None = None, started: float | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:  # fmt: skip
    """Train on the names that are not held out; the first record holds the untrained network, the last the result (or
    where `stop` became true, asked after every step).

    A budget in seconds counts from `started` (perf_counter) and includes the checks. Raises InputError if a
    checkpoint does not fit or the training diverges.
    """
    yield from drive(Run(names, params.settled(), resume, started), stop)


def _copy(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: t.detach().clone() for name, t in tensors.items()}
