"""One training run as the page sees it: what was asked, what its process has told so far, where its files lie."""

import json
import math
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from engine.errors import N_
from engine.stored_run import StoredRun

LIVE = ("waiting", "running", "paused", "stopping")
LINES = 20  # log lines of a whole run, as in the lecture
POINTS = 20_000  # of a loss curve; the oldest are dropped

DIED = N_(
    "The training process ended unexpectedly (exit code {code}). What it had reached at its last checkpoint is kept."
)
UNREADABLE = N_("The training process said something that cannot be read, and was ended.")


class Unreadable(ValueError):
    """A line of a worker that is not in its protocol."""


@dataclass(eq=False)
class Job:
    """One run. `params` are fields of TrainParams; `data` a folder or file, `data_name` its name or "".

    state: waiting | running | paused | stopping | done | stopped | failed. losses: (step, seconds, mean loss of
    1000 names). checks: as in the worker's records, with `step` and `seconds`. error and note: an English message
    id with its parameters.
    """

    id: str
    owner: str
    params: dict
    data: str
    data_name: str
    folder: Path
    state: str = "waiting"
    start: dict = field(default_factory=dict)
    step: int = 0
    progress: float = 0.0
    seconds: float = 0.0
    losses: list[tuple[int, float, float]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    now: str = ""
    checks: list[dict] = field(default_factory=list)
    error: tuple[str, dict] | None = None
    note: tuple[str, dict] | None = None
    seen: float = field(default_factory=time.monotonic)
    since: float = 0.0  # when its state began
    until: float = math.inf  # seconds of the run at which its turn ends
    best_file: Path | None = None
    kind: ClassVar[str] = "names"

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.state in LIVE

    @property
    def best(self) -> Path:
        """The weights file of its best network so far."""
        return self.best_file or self.folder / "best.safetensors"

    @property
    def checkpoint(self) -> Path:
        """What a stopped run goes on from."""
        return self.folder / "resume.safetensors"

    @property
    def looks(self) -> list[dict]:
        """The checkpoints whose networks are kept."""
        return [check for check in list(self.checks) if check["file"]]

    def task(self, resume: Path | None = None) -> dict:
        """What its worker is told."""
        return {
            "kind": self.kind, "params": self.params, "data": self.data, "data_name": self.data_name,
            "folder": str(self.folder), "resume": str(resume) if resume else None,
        }  # fmt: skip

    def turn(self, state: str) -> None:
        """Change the state."""
        self.state, self.since = state, time.monotonic()

    def fail(self, message: str, **params: object) -> None:
        """End with a message."""
        self.error = (message, params)
        self.turn("failed")

    def hear(self, line: str) -> None:
        """Take in one line of the worker. Raises Unreadable if it is not in the protocol."""
        try:
            message = json.loads(line)
            getattr(self, _HEARD[message["type"]])(message)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Unreadable(line[:200]) from error

    def _ready(self, message: dict) -> None:
        """It has imported everything."""

    def _start(self, message: dict) -> None:
        self.start = {key: message[key] for key in ("languages", "counts", "n_held_out", "n_bad")}
        self.params = dict(message["params"])

    def _record(self, message: dict) -> None:
        step, progress, seconds = int(message["step"]), float(message["progress"]), float(message["seconds"])
        before = int(LINES * self.progress) if self.step else 0
        self.losses += [(int(at), seconds, float(loss)) for at, loss in message["windows"]]
        del self.losses[:-POINTS]
        self.now = str(message["line"]) if message["example"] else self.now
        if int(LINES * progress) > before and message["example"]:
            self.lines.append(self.now)
        if check := message["check"]:
            self._check(check, step, seconds)
        self.step, self.progress, self.seconds = step, progress, seconds

    def _check(self, check: dict, step: int, seconds: float) -> None:
        if not re.fullmatch(r"check-\d+\.safetensors", check["file"]):
            raise Unreadable(check["file"])
        if self.checks and self.checks[-1]["step"] == step:  # a run that goes on looks again where it stopped
            self.checks.pop()
        kept = ("index", "file", "natural", "uniform", "train", "confusion", "score", "best")
        self.checks.append({"step": step, "seconds": seconds, **{key: check[key] for key in kept}})

    def _end(self, message: dict) -> None:
        self.turn({"done": "done", "stopped": "stopped"}[message["state"]])

    def _error(self, message: dict) -> None:
        self.fail(str(message["template"]), **message["params"])


_HEARD = {kind: f"_{kind}" for kind in ("ready", "start", "record", "end", "error")}


@dataclass(eq=False)
class MemoryJob(Job):
    """A run of a memory task; `params` are fields of MemoryParams. curve: (step, loss, norm of the gradient, share
    right), None where there is none. figures: of the whole run, at its end.
    """

    kind: ClassVar[str] = "memory"
    curve: list[tuple[int, float | None, float | None, float | None]] = field(default_factory=list)
    figures: dict = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The run as `engine.memory_file` reads it, at its end."""
        return self.folder / "run.safetensors"

    def _start(self, message: dict) -> None:
        self.params = dict(message["params"])

    def _record(self, message: dict) -> None:
        self.step, self.progress = int(message["step"]), float(message["progress"])
        self.seconds = float(message["seconds"])
        values = (None if message[key] is None else float(message[key]) for key in ("loss", "gradient", "accuracy"))
        self.curve.append((self.step, *values))

    def _end(self, message: dict) -> None:
        self.figures = dict(message["figures"])
        super()._end(message)


def of_stored(name: str, run: StoredRun, folder: Path, best: Path) -> Job:
    """A stored run, which is over."""
    last = run.checks[-1]
    return Job(
        name, "", run.params, "", "", folder, "done", run.start, last["step"], 1.0, last["seconds"], run.losses,
        run.lines, run.lines[-1], run.checks, best_file=best,
    )  # fmt: skip
