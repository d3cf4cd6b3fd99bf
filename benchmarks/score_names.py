"""A million names scored, against the lecture's loop: one letter, one `forward`, one log-softmax at a time.

Run: python -m benchmarks.score_names [--names N] [--rounds N]. One thread; the loop is timed on a sample in every
round, right beside what it is compared with. Seconds are processor time of this process (median of the rounds), so
that other work on the machine does not count. Texts are folded beforehand; encoding them does count.
"""

import argparse
import resource
import statistics
import string
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from engine import scoring
from engine.classifier import Classifier, ClassifierParams, initial
from engine.records import TrainParams
from engine.rnn import PLAIN
from engine.text import encode, fold

ROOT = Path(__file__).resolve().parent.parent
LETTERS = string.ascii_letters + " .,:;"
SAMPLE = 1000  # names that the loop reads a round
MB = 1 << 20


class LectureLoop(nn.Module):
    """The lecture's class and evaluation written again, beside the engine: `predict` reads one name."""

    def __init__(self, cell: Classifier):
        super().__init__()
        self.i2h, self.tanh = cell.i2h, cell.name == "elman"
        self.out = cell.h2o if self.tanh else cell.i2o
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One letter."""
        combined = torch.cat((x, h), 1)
        hidden = self.i2h(combined)
        if self.tanh:
            hidden = torch.tanh(hidden)
        return self.softmax(self.out(hidden if self.tanh else combined)), hidden

    def predict(self, name: str) -> torch.Tensor:
        """The lecture's `lineToTensor` and `evaluate`."""
        line = torch.zeros(len(name), 1, len(LETTERS))
        for i, letter in enumerate(name):
            line[i][0][LETTERS.find(letter)] = 1
        hidden = torch.zeros(1, self.i2h.out_features)
        for i in range(line.size(0)):
            output, hidden = self(line[i], hidden)
        return output


def make_names(n: int, seed: int = 0) -> list[str]:
    """Shipped names with one or two letters changed, put in or taken out, so that nearly all differ."""
    draw = np.random.default_rng(seed)
    base = [
        text
        for path in sorted((ROOT / "data" / "names").glob("*.txt"))
        for line in path.read_text("utf-8").splitlines()
        if (text := fold(line).text.strip())
    ]
    picks, letters = draw.integers(len(base), size=n), draw.choice(list("aeiourstlnmkdgbhcy"), size=(n, 2))
    at, kinds = draw.random((n, 2)), draw.integers(3, size=(n, 2))
    return [_changed(base[p], *rest) for p, *rest in zip(picks, letters, at, kinds, strict=True)]


def _changed(text: str, letters: Sequence[str], at: Sequence[float], kinds: Sequence[int]) -> str:
    for letter, share, kind in zip(letters, at, kinds, strict=True):
        i = int(share * len(text))
        text = text[:i] + ("" if kind == 2 and len(text) > 2 else str(letter)) + text[i + (kind != 1) :]
    return text


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


@torch.inference_mode()
def compare(net: Classifier, way: Callable, names: list[str], rounds: int) -> tuple[float, float, float]:
    """(loop's names a second, ours, ratio), each the median of the rounds; the loop runs the lecture's cell where the
    network has gates.
    """
    loop, speeds = LectureLoop(net if net.name in PLAIN else untrained("lecture")), []
    sample = names[:: max(len(names) // SAMPLE, 1)][:SAMPLE]
    for _ in range(rounds):
        slow = len(sample) / seconds(lambda: [loop.predict(name) for name in sample])
        fast = len(names) / seconds(lambda: way(net, names))
        speeds.append((slow, fast, fast / slow))
    return tuple(statistics.median(column) for column in zip(*speeds, strict=True))


@torch.inference_mode()
def gap(net: Classifier, way: Callable, names: list[str]) -> float:
    """Largest difference in log-probability from reading name by name, on a sample."""
    sample, read = names[:500], LectureLoop(net).predict if net.name in PLAIN else _alone(net)
    expected = torch.cat([read(name) for name in sample]).numpy()
    return float(np.abs(way(net, sample) - expected).max())


def _alone(net: Classifier) -> Callable[[str], torch.Tensor]:
    return lambda name: net(torch.from_numpy(encode(name))[None]).log_softmax(1)


def untrained(model: str) -> Classifier:
    """A network of its usual size (128 units, 64 with gates) and 18 languages."""
    n_hidden = TrainParams(model=model).settled().n_hidden
    params = ClassifierParams(model, n_hidden, tuple(map(str, range(18))), (1,) * 18)
    return initial(params, 0).eval().requires_grad_(False)


CASES = (  # (cell, way, at least so many times the loop); `log_probs` takes the table for the lecture's cell
    ("elman", scoring.by_prefix, 80),
    ("lecture", scoring.by_table, 800),
    ("lecture", scoring.by_prefix, 0),
    ("gru", scoring.by_tree, 20),
)


def main() -> int:
    """Print the table; exit status 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    names, missed = make_names(options.names), 0
    print(f"{len(names):,} names, {len(set(names)):,} different, {np.mean(list(map(len, names))):.1f} letters each")
    print(f"{'cell':8} {'way':10} {'loop/s':>8} {'ours/s':>10} {'ratio':>7} {'target':>7} {'largest gap':>12}")
    for model, way, target in CASES:
        net = untrained(model)
        slow, fast, ratio = compare(net, way, names, options.rounds)
        missed += ratio < target
        figures = f"{slow:8,.0f} {fast:10,.0f} {ratio:6.0f}x {target or '–':>7} {gap(net, way, names):12.1e}"
        print(f"{model:8} {way.__name__:10} {figures}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB
    print(f"peak resident memory {peak:,.0f} MiB (target below 1,000)")
    return int(missed or peak >= 1000)


if __name__ == "__main__":
    sys.exit(main())
