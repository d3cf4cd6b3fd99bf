"""A measurement of layers in the server's queue, as its page sees it."""

from dataclasses import dataclass, field
from typing import ClassVar

from engine.complexity_measure import Point
from ui.job import Job


@dataclass(eq=False)
class MeasureJob(Job):
    """A run of `engine.complexity_measure`; `params` are fields of MeasureParams. about: what is said of the machine.
    points: what has been measured so far.
    """

    kind: ClassVar[str] = "measure"
    about: dict = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)

    def _start(self, message: dict) -> None:
        self.params, self.about = dict(message["params"]), dict(message["about"])

    def _record(self, message: dict) -> None:
        self.progress, self.seconds = float(message["progress"]), float(message["seconds"])
        times = float(message["forward"]), float(message["both"])
        self.points.append(Point(str(message["layer"]), int(message["n"]), *times, int(message["saved"])))
        self.step = len(self.points)
