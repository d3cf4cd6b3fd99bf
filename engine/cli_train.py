"""What `train names` and `evaluate names` do, apart from the parsing of options."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from engine import bayes_training, names, weights
from engine.checkpoints import Saver, load_file
from engine.errors import InputError
from engine.evaluate import metrics, scored
from engine.records import Record, Resume, TrainParams, log_line
from engine.training import classifier_params, train

LINES = 20  # log lines of a run, as in the lecture


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets instead of raising in the middle of a step."""
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(reading: names.Reading) -> names.Names:
    """Say on stderr which rows were left out."""
    for row in reading.bad[:5]:
        sys.stderr.write(f"{row.file}, line {row.line}: {row.reason.format(**row.params)}\n")
    if len(reading.bad) > 5:
        sys.stderr.write(f"… {len(reading.bad)} rows left out.\n")
    return reading.names


def files(out: Path) -> tuple[Path, Path, Path]:
    """OUT and, beside it, its .last and .resume."""
    stem = out.name.removesuffix(".safetensors")
    return out, out.with_name(f"{stem}.last.safetensors"), out.with_name(f"{stem}.resume.safetensors")


def prepare(out: Path) -> None:
    """Make the folder of OUT; raises InputError if it cannot be written to."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            raise IsADirectoryError(f"{out} is a folder")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("{path} cannot be written: {reason}.", path=str(out), reason=reason) from error


def train_names(data: Path, out: Path, params: TrainParams, resume: Path | None, started: float) -> int:
    """Train and keep best, last and resumable state beside `out`; prints a summary as JSON; 130 if interrupted."""
    torch.set_num_threads(1)
    prepare(out)
    source = _tell(names.read(data))
    state, params = _state(params, resume)
    part, _ = names.split(source, params.split_seed, params.held_out)
    saver = Saver(*files(out), params, classifier_params(part, params), data.name)
    with interruptible() as stop:
        record = _watch(train(source, params, state, started, stop.is_set), saver)
    best = record.check.resume.best
    print(json.dumps({"out": str(out), "steps": record.step, "seconds": round(record.seconds, 2), "best": best}))  # noqa: T201
    if stop.is_set() and record.progress < 1:
        sys.stderr.write(f"Interrupted at step {record.step}; go on with --resume {saver.files[2]}\n")
        return 130
    return 0


def count_names(data: Path, out: Path, resume: Path | None, **settings: object) -> int:
    """Count n-grams or estimate HMMs (settings: of CountParams), write `out`, print a summary as JSON."""
    params = bayes_training.CountParams(**settings)
    if resume is not None:
        raise InputError("The model {model} is made in one go: there is nothing to resume.", model=params.model)
    torch.set_num_threads(1)
    prepare(out)
    counted, about = bayes_training.save(_tell(names.read(data)), params, out, data.name)
    best = {prior: counted.figures[prior] for prior in ("natural", "uniform")}
    print(json.dumps({"out": str(out), "names": counted.n_train, "seconds": about["seconds"], "best": best}))  # noqa: T201
    return 0


def _state(params: TrainParams, resume: Path | None) -> tuple[Resume | None, TrainParams]:
    """Where to go on, with the parameters of that run; a length in `params` counts from its beginning."""
    if resume is None:
        return None, params.settled()
    state, old = load_file(resume)
    if params.steps or params.seconds:
        old = replace(old, steps=params.steps, seconds=params.seconds)
    return state, old


def _watch(records: Iterator[Record], saver: Saver) -> Record:
    """Show progress on stderr and the lecture's log line every 5 %; save at each checkpoint."""
    told, best = -1, 0.0
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", file=sys.stderr) as bar:
        for record in records:
            bar.update(round(100 * record.progress, 1) - bar.n)
            if record.check:
                saver.save(record)
                best = record.check.natural["accuracy"]
            bar.set_postfix_str(f"loss {record.loss:.3f}, held-out accuracy {best:.3f}")
            if (place := int(LINES * record.progress)) > told and record.example:
                told = place
                bar.write(log_line(record), file=sys.stderr)
    return record


def evaluate_names(file: Path | None, data: Path, held_out: bool, prior: str, model: str) -> dict[str, float]:
    """The metrics of a weights file (None: the shipped network of `model`) on names, or on their held-out part."""
    torch.set_num_threads(1)
    loaded = weights.load_file(file) if file else weights.load_shipped(f"names-{model}")
    source = _tell(names.read(data, least=1))
    if held_out:
        card = loaded.card
        _, source = names.split(source, int(card.get("split_seed", 0)), float(card.get("held_out", 0.1)))
    part = names.align(source, loaded.params.languages)
    scores = scored(loaded.net, loaded.params, part, prior)
    return {key: round(value, 6) for key, value in metrics(scores.log_probs, part.labels).items()}
