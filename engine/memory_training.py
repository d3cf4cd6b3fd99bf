"""Training of a small network on a memory task as a generator of records; the runs that are shipped.

The same parameters (limited by steps) give the same numbers. `python -m engine.memory_training transformer` trains the
points of one network again and keeps all others.
"""

import math
import sys
import time
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from engine import memory_file
from engine.checkpoints import write
from engine.memory import DISTANCES, NETWORKS, TASKS, TRANSFORMER, MemoryNet, MemoryParams, draw, initial, loss, right
from engine.memory_flow import measure
from engine.recipes import Adam, stream

RECORD_EVERY, LOOK_EVERY = 10, 50  # steps
N_LOOK = 256  # sequences of a look
SOLVED = 0.99  # share right at which a run is over
WARM_UP = 20  # steps
CLIP = 1.0  # of the gradient's norm (R. Pascanu, T. Mikolov and Y. Bengio, 2013)
COPY_DISTANCES = (20, 100)
FAR = ("lstm", TRANSFORMER)  # that copy over all distances


class Record(NamedTuple):
    """Where a run stands; loss and gradient (norm before clipping) are means since the last record, accuracy is None
    between two looks. `net` is the network itself.
    """

    step: int
    progress: float
    seconds: float
    loss: float
    gradient: float
    accuracy: float | None
    net: MemoryNet


class Run:
    """The network of a run and what its steps leave; `train` drives it."""

    def __init__(self, params: MemoryParams):
        self.params, self.net = params, initial(params)
        self.adam = Adam(dict(self.net.named_parameters()), clip=CLIP)
        self.sequences = stream(params.seed, 1)
        self.look_at = draw(params.task, params.distance, N_LOOK, stream(params.seed, 2))
        self.losses, self.norms = [], []

    def step(self, step: int) -> None:
        """One batch of new sequences; where its gradient has overflowed, the step is left out."""
        task = self.params.task
        x, target = draw(task, self.params.distance, self.params.batch, self.sequences)
        value = loss(task, self.net(x), target)
        value.backward()
        norm = torch.stack([p.grad.norm() for p in self.net.parameters()]).norm().item()
        if math.isfinite(norm):
            self.losses.append(value.item())
            self.norms.append(norm)
            self.adam.step(step, self.params.rate * min(1.0, step / WARM_UP))
        else:
            self.net.zero_grad()

    @torch.no_grad()
    def look(self) -> float:
        """Share right of other sequences."""
        x, target = self.look_at
        answers = torch.cat([self.net(part) for part in x.split(64)])
        return right(self.params.task, answers, target).float().mean().item()

    def take(self) -> tuple[float, float]:
        """Mean loss and gradient since the last call, nan if every step was left out."""
        means = tuple(sum(part) / len(part) if part else math.nan for part in (self.losses, self.norms))
        self.losses, self.norms = [], []
        return means


def train(params: MemoryParams, stop: Callable[[], bool] = lambda: False) -> Iterator[Record]:
    """A record every ten steps; over when the task is solved, the steps or seconds are spent, or `stop` says so.

    The last record's progress is 1 unless it was stopped. Raises InputError if a parameter is out of range.
    """
    run, started, seconds = Run(params.checked()), time.perf_counter(), 0.0
    for step in range(1, params.steps + 1):
        run.step(step)
        seconds = time.perf_counter() - started
        late = params.seconds is not None and seconds >= params.seconds
        ends = late or step == params.steps or stop()
        if step % RECORD_EVERY and not ends:
            continue
        accuracy = run.look() if ends or step % LOOK_EVERY == 0 else None
        solved = accuracy is not None and accuracy >= SOLVED
        over = late or solved or step == params.steps
        progress = 1.0 if over else max(step / params.steps, seconds / (params.seconds or float("inf")))
        yield Record(step, progress, seconds, *run.take(), accuracy, run.net)
        if over or ends:
            return


def finished(params: MemoryParams, records: list[Record]) -> memory_file.Run:
    """What is kept of a run that is over: its networks before and after, its curve, what was measured on them."""
    last = records[-1]
    curve = [(record.step, record.loss, record.gradient, record.accuracy) for record in records]
    figures = {
        "steps": last.step, "sequences": last.step * params.batch, "seconds": round(last.seconds, 1),
        "solved": last.accuracy >= SOLVED,
    }  # fmt: skip
    return measure(params, initial(params), last.net, curve, figures)


def points() -> list[MemoryParams]:
    """The points of the stored runs."""
    return [
        MemoryParams(cell, task, distance)
        for task in TASKS
        for distance in DISTANCES
        for cell in (FAR if task == "copy" and distance not in COPY_DISTANCES else NETWORKS)
    ]


def ship(folder: Path | None = None, fresh: Container[str] = NETWORKS) -> None:
    """Train every point and write a file a task; says on stderr how it goes.

    fresh: the networks that are trained even where the file has their run.
    """
    torch.set_num_threads(1)
    folder = folder or memory_file.ROOT / memory_file.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for task in TASKS:
        file, runs = folder / f"{task}.safetensors", []
        kept = {run.params: run for run in memory_file.loads(file.read_bytes())} if file.is_file() else {}
        for params in (params for params in points() if params.task == task):
            if params.cell not in fresh and params in kept:
                runs.append(kept[params])
                continue
            runs.append(finished(params, list(train(params))))
            sys.stderr.write(f"{task} {params.distance} {params.cell}: {runs[-1].figures}\n")
        write(file, memory_file.dumps(runs))


if __name__ == "__main__":
    ship(fresh=sys.argv[1:] or NETWORKS)
