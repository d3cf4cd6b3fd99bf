"""What every training has in common: steps until the run is done, records in between, checks where they are due."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from torch import Tensor

RECORD_EVERY = 0.4  # seconds


class Resume(NamedTuple):
    """All that a run needs to go on: place, hash of its data, tensors (`net.…`, `best.…`, those of the optimizer).

    `best` holds step, score and held-out figures of the best network so far.
    """

    step: int
    seconds: float
    best: dict
    data: str
    tensors: dict[str, Tensor]


class Record(Protocol):
    """News of a run; `check` is None where nothing was looked at."""

    check: object | None


News = TypeVar("News", bound=Record, covariant=True)


class Run(Protocol[News]):
    """at: steps taken; progress: how much of the run is done, 0…1."""

    at: int

    @property
    def progress(self) -> float: ...  # noqa: D102
    def step(self) -> None: ...  # noqa: D102
    def due(self) -> bool: ...  # noqa: D102
    def record(self, check: bool) -> News: ...  # noqa: D102


def drive(run: Run[News], stop: Callable[[], bool] = lambda: False) -> Iterator[News]:
    """The records of a run that is set up: the first holds the network as it was, the last the result (or where `stop`
    became true, asked before every step). An untrained network gets one step whatever time is left.
    """
    yield run.record(check=True)
    checked, told = run.at, time.perf_counter()
    while (run.progress < 1 or not run.at) and not stop():
        run.step()
        if run.progress < 1 and (run.due() or time.perf_counter() - told > RECORD_EVERY):
            record = run.record(check=run.due())
            checked = run.at if record.check else checked
            yield record
            told = time.perf_counter()
    if checked != run.at:
        yield run.record(check=True)
