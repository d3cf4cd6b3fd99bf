"""A training of a neural language model in the server's queue, as its page sees it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ui.job import POINTS, Job

FIGURES = ("bits", "perplexity")


@dataclass(eq=False)
class NeuralJob(Job):
    """A run of the kind "nnlm"; `params` are fields of engine.nnlm_records.TrainingParams, and when it is made "asked":
    what its page calls the text, {"key", "unit", "own"}.

    checks: {"step", "seconds", "bits", "perplexity", "written", "best"} each.
    """

    kind: ClassVar[str] = "nnlm"
    asked: dict = field(default_factory=dict)
    speed: float = 0.0

    def __post_init__(self):
        self.asked = self.params.pop("asked", {})

    @property
    def usable(self) -> Path | None:
        """The weights file of its best network so far; None before the first step that was looked at."""
        return self.best if len(self.checks) > 1 and self.best.is_file() else None

    def _start(self, message: dict) -> None:
        self.start = {key: int(message[key]) for key in ("n_train", "n_held_out", "n_words")}
        self.params = dict(message["params"])

    def _record(self, message: dict) -> None:
        step, progress, seconds = int(message["step"]), float(message["progress"]), float(message["seconds"])
        if message["loss"] is not None:
            self.losses.append((step, seconds, float(message["loss"])))
            del self.losses[:-POINTS]
        self.speed = float(message["speed"]) or self.speed
        if check := message["check"]:
            if self.checks and self.checks[-1]["step"] == step:  # a run that goes on looks again where it stopped
                self.checks.pop()
            figures = {key: float(check[key]) for key in FIGURES} | {"best": bool(check["best"])}
            self.checks.append(
                {"step": step, "seconds": seconds, **figures, "written": list(map(str, check["written"]))}
            )
        self.step, self.progress, self.seconds = step, progress, seconds
