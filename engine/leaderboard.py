"""Every shipped name classifier on the same held-out names: figures with intervals, sizes, times, and each answer.

`python -m engine.leaderboard` measures and writes the file that the page Leaderboard reads; `make train` does it last.
Names a second: folded training names in, log-probabilities out, on one thread, all at once as in Score.
"""

import base64
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from engine import evaluate, scoring, weights
from engine.checkpoints import write
from engine.classifier import log_prior
from engine.leaderboard_stats import MEASURES, Answers, Interval, contributions, intervals, resamples
from engine.names import Names, align, fingerprint, read_names, split

FILE = Path("assets/leaderboard.json")
DATA = weights.ROOT / "data" / "names"
PRIORS = ("natural", "uniform")
STALE = "run `make train` or `python -m engine.leaderboard`"
ENOUGH, REPEATS = 2.0, 5  # seconds of scoring after which a speed is taken, and runs at most
FIRST_CODE = ord("0")  # a language or a rank is one visible character of a text


class Entry(NamedTuple):
    """One model: its file, how it was made, and by prior its figures (with intervals) and answers, in name order.

    size: bytes of the file; n_numbers: numbers in it; seconds: of training, or None; speed: names a second.
    """

    name: str
    sha256: str
    size: int
    n_numbers: int
    seconds: float | None
    trained: str
    speed: float
    figures: dict[str, dict[str, Interval]]
    answers: dict[str, Answers]


class Board(NamedTuple):
    """What was measured: when and where (`about`), the models, and what no name needs to be read for (`baseline`)."""

    about: dict
    languages: tuple[str, ...]
    entries: tuple[Entry, ...]
    baseline: dict[str, dict[str, float]]

    def entry(self, name: str) -> Entry:
        """The model called `name`, without "names-"."""
        return next(each for each in self.entries if each.name == name)


def answers(log_probs: np.ndarray, labels: np.ndarray) -> Answers:
    """First guess, rank and surprise of each row of log-probabilities."""
    own = np.take_along_axis(log_probs, labels[:, None], 1)[:, 0].astype(float)
    return Answers(log_probs.argmax(1), evaluate.ranks(log_probs, labels), -log_probs.max(1).astype(float), -own)


def figures(found: Answers, labels: np.ndarray, drawn: np.ndarray) -> dict[str, Interval]:
    """Each measure with its interval."""
    parts = np.stack([contributions(measure, found, labels) for measure in MEASURES], 1)
    return dict(zip(MEASURES, intervals(drawn, parts), strict=True))


def baseline(prior: np.ndarray, labels: np.ndarray) -> dict[str, dict[str, float]]:
    """The figures without reading a name: by the training shares `prior` (log), and by guessing blindly."""
    shares, n = np.repeat(prior[None], len(labels), 0), len(prior)
    natural = {key: value for key, value in evaluate.metrics(shares, labels).items() if key != "n"}
    blind = {"accuracy": 1 / n, "balanced_accuracy": 1 / n, "top3": min(3 / n, 1.0), "nll": math.log(n)}
    return {"natural": natural, "uniform": blind}


def n_numbers(blob: bytes) -> int:
    """Numbers in a safetensors file, read off the shapes in its header."""
    header = json.loads(blob[8 : 8 + int.from_bytes(blob[:8], "little")])
    return sum(math.prod(each["shape"]) for name, each in header.items() if name != "__metadata__")


def names_a_second(run: Callable[[], object], n: int) -> float:
    """n through the least processor time of several runs, the first of which is not counted."""
    run()
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH:
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return n / min(times)


def measure(file: str, train: Names, held: Names, drawn: np.ndarray) -> Entry:
    """One shipped classifier, by the name of its file; held: labels index the languages of `train`."""
    loaded, path = weights.load_shipped(file), weights.ROOT / weights.SHIPPED / f"{file}.safetensors"
    blob, card = path.read_bytes(), loaded.card
    log_probs = scoring.log_probs(loaded.net, held.texts)
    order = [loaded.params.languages.index(language) for language in held.languages]
    found = {prior: answers(evaluate.apply_prior(log_probs, loaded.params, prior)[:, order], held.labels)
             for prior in PRIORS}  # fmt: skip
    judged = {prior: figures(each, held.labels, drawn) for prior, each in found.items()}
    speed = names_a_second(lambda: scoring.log_probs(loaded.net, train.texts), len(train.texts))
    return Entry(
        file.removeprefix("names-"), card["sha256"], len(blob), n_numbers(blob), card.get("seconds"),
        card.get("date", ""), float(f"{speed:.3g}"), judged, found,
    )  # fmt: skip


def about(names: Names, held: Names) -> dict:
    """When, where and on which names."""
    return {
        "date": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count() or 1, "threads": torch.get_num_threads(),
        "processor": _processor(), "python": platform.python_version(), "torch": torch.__version__,
        "numpy": np.__version__, "names": fingerprint(names), "n": len(held.texts),
    }  # fmt: skip


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text("utf-8", "replace").splitlines() if cpu.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def build() -> Board:
    """Measure all shipped classifiers, on one thread; says on stderr how it goes."""
    torch.set_num_threads(1)
    names = read_names(DATA)
    train, held = split(names)
    drawn, entries = resamples(held.labels), []
    for file in weights.shipped():
        entries.append(measure(file, train, held, drawn))
        first = entries[-1].figures["natural"]["accuracy"]
        sys.stderr.write(f"{file}: {first.value:.3f} ({first.low:.3f}-{first.high:.3f}), "
                         f"{entries[-1].speed:,.0f} names a second\n")  # fmt: skip
    shares = weights.load_shipped(weights.shipped()[0]).params
    order = [shares.languages.index(language) for language in held.languages]
    unread = baseline(log_prior(shares)[order].astype(np.float32), held.labels)
    return Board(about(names, held), held.languages, tuple(entries), unread)


def _text(codes: np.ndarray) -> str:
    return "".join(chr(FIRST_CODE + code) for code in codes.tolist())


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int64) - FIRST_CODE


def _packed(found: Answers) -> dict:
    """A character a name for guess and rank; surprises as 16-bit floats (p right to 0.0002) in base64."""
    halves = {
        key: base64.b64encode(getattr(found, key).astype("<f2").tobytes()).decode() for key in ("surprise", "nll")
    }
    return {"guess": _text(found.guess), "rank": _text(found.rank), **halves}


def _unpacked(raw: dict) -> Answers:
    halves = (np.frombuffer(base64.b64decode(raw[key]), "<f2").astype(float) for key in ("surprise", "nll"))
    return Answers(_codes(raw["guess"]), _codes(raw["rank"]), *halves)


def dumps(board: Board) -> bytes:
    """The bytes of the shipped file."""
    models = [
        each._asdict() | {
            "figures": {prior: {key: [round(x, 6) for x in value] for key, value in judged.items()}
                        for prior, judged in each.figures.items()},
            "answers": {prior: _packed(found) for prior, found in each.answers.items()},
        }
        for each in board.entries
    ]  # fmt: skip
    found = board.about | {"languages": board.languages, "baseline": board.baseline, "models": models}
    return (json.dumps(found, indent=1) + "\n").encode()


def loads(blob: bytes) -> Board:
    """The board in the bytes of a file; raises KeyError, TypeError or ValueError on others."""
    found = json.loads(blob)
    entries = [
        Entry(**raw | {
            "figures": {prior: {key: Interval(*value) for key, value in judged.items()}
                        for prior, judged in raw["figures"].items()},
            "answers": {prior: _unpacked(each) for prior, each in raw["answers"].items()},
        })
        for raw in found.pop("models")
    ]  # fmt: skip
    unread, languages = found.pop("baseline"), tuple(found.pop("languages"))
    return Board(found, languages, tuple(entries), unread)


def read(file: Path | None = None) -> Board | None:
    """The shipped board; None where there is none."""
    file = file or weights.ROOT / FILE
    return loads(file.read_bytes()) if file.is_file() else None


def held_out(board: Board) -> Names | None:
    """The names that the answers belong to, in their order; None where data/names are others by now."""
    names = read_names(DATA)
    return align(split(names)[1], board.languages) if fingerprint(names) == board.about["names"] else None


def stale(board: Board) -> list[str]:
    """Shipped models that were not measured, or whose file was another one when it was."""
    measured = {each.name: each.sha256 for each in board.entries}
    cards = {name: weights.ROOT / weights.SHIPPED / f"{name}.json" for name in weights.shipped()}
    return [
        name.removeprefix("names-") for name, card in cards.items()
        if json.loads(card.read_text("utf-8"))["sha256"] != measured.get(name.removeprefix("names-"))
    ]  # fmt: skip


def ship(file: Path | None = None) -> None:
    """Measure and write the shipped file."""
    write(file or weights.ROOT / FILE, dumps(build()))


if __name__ == "__main__":
    ship()
