"""One layer of each kind on this machine: its time and what it keeps for the way back, over the number of words.

`python -m engine.complexity_measure` writes the measurement that is shipped. Time is that of one processor core: the
words of a recurrent layer are computed one after the other, those of the others in a few large products; with more
cores, or a graphics card, only the latter are shared out.
"""

import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from engine.attention import MultiHead
from engine.checkpoints import write
from engine.errors import InputError
from engine.gru import GRUCell
from engine.lstm import LSTMCell
from engine.rnn import TanhCell
from engine.weights import ROOT

FILE = Path("assets/complexity.json")
LENGTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
LIMITS = {"d": (8, 256), "k": (3, 31), "longest": (16, 4096)}
REPEATS, ENOUGH = 3, 0.15  # runs at least, and seconds of runs after which no more are made
TAIL = 4  # the largest lengths, through which the slope is drawn


@dataclass(frozen=True)
class MeasureParams:
    """d numbers a word, k words under the kernel, n_heads of attention, the longest sequence, seconds at most."""

    d: int = 64
    k: int = 3
    n_heads: int = 4
    longest: int = LENGTHS[-1]
    seconds: float = 60.0

    def checked(self) -> "MeasureParams":
        """The same; raises InputError if a size is out of range."""
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise InputError("{name} must lie between {low} and {high}.", name=name, low=low, high=high)
        if self.k % 2 == 0 or self.d % self.n_heads:
            raise InputError("k must be odd, and the heads must divide d.")
        return self

    @property
    def lengths(self) -> list[int]:
        """Words of the sequences: powers of two."""
        return [2**i for i in range(4, self.longest.bit_length())]


class Point(NamedTuple):
    """One layer over n words: seconds of a pass and of a pass with its derivatives, bytes kept for the latter."""

    layer: str
    n: int
    forward: float
    both: float
    saved: int


def _scan(cell: nn.Module) -> Callable[[Tensor], Tensor]:
    """The cell over words, with the column that says that none is padding."""
    return lambda x: cell.scan(torch.cat([x, x.new_zeros(*x.shape[:2], 1)], 2))


def _scores(weights: MultiHead) -> Callable[[Tensor], Tensor]:
    return lambda x: weights.look(x, x).out


def layers(params: MeasureParams) -> dict[str, tuple[nn.Module, Callable[[Tensor], Tensor]]]:
    """Each layer and what it makes of [1 n d]: our RNN in its own loop, torch's kernels for LSTM and GRU."""
    d, heads = params.d, MultiHead(params.d, params.n_heads)
    rnn, gru, lstm = TanhCell(d, d), GRUCell(d, d), LSTMCell(d, d)
    kernel = nn.Conv1d(d, d, params.k, padding=params.k // 2)
    nets = {
        "rnn": (rnn, _scan(rnn)), "gru": (gru, _scan(gru)), "lstm": (lstm, _scan(lstm)),
        "cnn": (kernel, lambda x: kernel(x.transpose(1, 2)).transpose(1, 2)),
        "attention": (heads, lambda x: heads(x, heads.keys(x))), "attention-weights": (heads, _scores(heads)),
    }  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for net, _ in nets.values():
            for parameter in net.parameters():
                parameter.uniform_(-(d**-0.5), d**-0.5, generator=generator)
    return nets


def saved_bytes(net: nn.Module, run: Callable[[Tensor], Tensor], x: Tensor) -> int:
    """Bytes that a pass keeps for its derivatives, its input too, each storage once; weights are not counted."""
    known = {part.untyped_storage().data_ptr() for part in net.parameters()}
    kept: dict[int, Tensor] = {}

    def pack(tensor: Tensor) -> Tensor:
        if (at := tensor.untyped_storage().data_ptr()) not in known:
            kept[at] = tensor.detach()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = run(x)
    del y
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _timed(once: Callable[[], object]) -> float:
    """Seconds of processor time, the least of several runs."""
    once()
    times: list[float] = []
    while len(times) < REPEATS or (sum(times) < ENOUGH and len(times) < 100):
        started = time.process_time()
        once()
        times.append(time.process_time() - started)
    return min(times)


def point(layer: str, n: int, net: nn.Module, run: Callable[[Tensor], Tensor], d: int) -> Point:
    """One layer over n words."""
    x = torch.randn(1, n, d, generator=torch.Generator().manual_seed(n), requires_grad=True)

    def both() -> None:
        run(x).sum().backward()
        net.zero_grad()
        x.grad = None

    with torch.no_grad():
        forward = _timed(lambda: run(x))
    return Point(layer, n, forward, _timed(both), saved_bytes(net, run, x))


def measure(params: MeasureParams, stop: Callable[[], bool] = lambda: False) -> Iterator[tuple[float, float, Point]]:
    """(progress, seconds, point), the short sequences first; over when all is measured, the seconds are spent, or
    `stop` says so. Raises InputError if a size is out of range.
    """
    started, nets = time.perf_counter(), layers(params.checked())
    todo = [(n, name) for n in params.lengths for name in nets]
    for at, (n, name) in enumerate(todo, 1):
        if stop():
            return
        found = point(name, n, *nets[name], params.d)
        seconds = time.perf_counter() - started
        late = seconds >= params.seconds
        yield (1.0 if late else at / len(todo)), seconds, found
        if late:
            return


def slope(lengths: Sequence[float], values: Sequence[float]) -> float:
    """The exponent a of value ≈ c nᵃ through the largest lengths, by least squares of the logarithms."""
    rows = sorted(zip(lengths, values, strict=True))[-TAIL:]
    if len(rows) < 2 or any(value <= 0 for _, value in rows):
        return math.nan
    x, y = np.log(np.array(rows)).T
    return float(np.polyfit(x, y, 1)[0])


def about(params: MeasureParams) -> dict:
    """When, where and on what is measured."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8", "replace").splitlines() if cpu.is_file() else []
    named = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "date": datetime.now(UTC).date().isoformat(), "processor": named or platform.machine(),
        "cores": os.cpu_count() or 1, "threads": torch.get_num_threads(), "torch": torch.__version__,
        "params": asdict(params),
    }  # fmt: skip


def _short(found: Point) -> list:
    """Three digits of each time: the next is noise."""
    return [found.layer, found.n, float(f"{found.forward:.3g}"), float(f"{found.both:.3g}"), found.saved]


def ship(file: Path | None = None, params: MeasureParams | None = None) -> None:
    """Measure and write the shipped file; says on stderr how it goes."""
    torch.set_num_threads(1)
    params, points = params or MeasureParams(), []
    for _, _, found in measure(params):
        points.append(found)
        sys.stderr.write(f"{found}\n")
    found = about(params) | {"points": [_short(each) for each in points]}
    write(file or ROOT / FILE, (json.dumps(found, indent=1) + "\n").encode())


def read(file: Path | None = None) -> tuple[dict, list[Point]]:
    """What is said about the shipped measurement, and its points; empty where there is none."""
    file = file or ROOT / FILE
    if not file.is_file():
        return {}, []
    found = json.loads(file.read_text("utf-8"))
    return found, [Point(*row) for row in found.pop("points")]


if __name__ == "__main__":
    ship()
