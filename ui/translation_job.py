"""One training of a translator as the page sees it: what was asked, what its worker has told so far, its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from ui.job import POINTS, Job

ASKED = ("languages", "size", "data_seed", "looked_at")  # what a worker is told beside the network's parameters


@dataclass(eq=False)
class TranslationJob(Job):
    """A run of the kind "translation"; `params` are fields of TranslationParams and, when it is made, those of ASKED.

    checks: {"step", "seconds", "loss", "bleu", "exact", "error", "best", "look"} each, the look as (source words,
    written words, weights [written words and `<eos>`, source] or None). speed: target words a second.
    """

    kind: ClassVar[str] = "translation"
    asked: dict = field(default_factory=dict)
    speed: float = 0.0

    def __post_init__(self):
        self.asked = {key: self.params.pop(key) for key in ASKED if key in self.params}

    @property
    def whole(self) -> float | None:
        """Seconds of the whole run; None where steps are counted."""
        return self.params.get("seconds")

    def task(self, resume: Path | None = None) -> dict:
        """What its worker is told."""
        return super().task(resume) | self.asked

    def _start(self, message: dict) -> None:
        counts = {key: int(message[key]) for key in ("n_train", "n_held_out", "n_bad", "n_source", "n_target")}
        languages = [str(language) for language in message["languages"]]
        self.start = {"languages": languages, "looked_at": str(message["looked_at"]), **counts}
        self.params = dict(message["params"])

    def _record(self, message: dict) -> None:
        step, progress, seconds = int(message["step"]), float(message["progress"]), float(message["seconds"])
        if message["loss"] is not None:
            self.losses.append((step, seconds, float(message["loss"])))
            del self.losses[:-POINTS]
        self.speed = float(message["speed"]) or self.speed
        if check := message["check"]:
            self._check(check, step, seconds, str(message["line"]))
        self.step, self.progress, self.seconds = step, progress, seconds

    def _check(self, check: dict, step: int, seconds: float, line: str) -> None:
        figures = {key: float(check[key]) for key in ("loss", "bleu", "exact")}
        error = None if check["error"] is None else float(check["error"])
        about = {"error": error, "best": bool(check["best"]), "look": look(check["look"])}
        again = bool(self.checks) and self.checks[-1]["step"] == step  # a run that goes on looks where it stopped
        self.checks[len(self.checks) - again :] = [{"step": step, "seconds": seconds, **figures, **about}]
        self.lines[len(self.lines) - again :] = [line]


def look(told: Mapping) -> tuple[tuple[str, ...], tuple[str, ...], np.ndarray | None]:
    """What a worker told of the followed sentence. Raises ValueError if words and weights do not fit."""
    source, target = (tuple(map(str, told[side])) for side in ("source", "target"))
    if told["weights"] is None:
        return source, target, None
    weights = np.asarray(told["weights"], np.float32).reshape(-1, len(source))
    if len(weights) not in (len(target), len(target) + 1):
        raise ValueError(json.dumps(weights.shape))
    return source, target, weights


def of_stored(name: str, run: dict, best: Path) -> TranslationJob:
    """A stored run, which is over; `run` has what its worker told as `start`, `records`, `end`."""
    job = TranslationJob(name, "", {}, "grammar", "", best.parent, best_file=best)
    job._start(run["start"])
    for record in run["records"]:
        job._record(record)
    job._end(run["end"])
    return job
