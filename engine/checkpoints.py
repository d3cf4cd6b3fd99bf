"""A run on disk: best and last weights, and all that is needed to go on; safetensors only, written all or nothing."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine import weights
from engine.classifier import ClassifierParams, build
from engine.driver import Resume
from engine.errors import InputError
from engine.records import Record, TrainParams, card

Params = TypeVar("Params")


def dumps(resume: Resume, params: TrainParams) -> bytes:
    """The bytes of a checkpoint that a run can go on from."""
    state = {**resume._asdict(), "tensors": None, "params": asdict(params)}
    return save(resume.tensors, {"run": json.dumps(state)})


def finite(tensor: Tensor) -> bool:
    """Whether all its values are numbers."""
    return bool(tensor.isfinite().all())


def parse(
    blob: bytes, key: str, read: Callable[..., Params], usable: Callable[[Tensor], bool] = finite
) -> tuple[Resume, Params]:
    """The checkpoint and the parameters of a run whose state stands under `key`.

    read: makes the parameters; usable: whether a tensor is one. Raises InputError if the bytes are no checkpoint.
    """
    try:
        state = json.loads(weights.metadata(blob)[key])
        params = read(**state.pop("params"))
        resume = Resume(**state | {"tensors": load(blob)})
        step, seconds, best = int(resume.step), float(resume.seconds), dict(resume.best)
        best["score"] = float(best["score"])
        if step < 0 or not all(map(usable, resume.tensors.values())):
            raise ValueError("numbers that are none")
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError, SafetensorError) as error:
        raise InputError("This file is no checkpoint that a training can go on from.") from error
    return Resume(step, seconds, best, str(resume.data), resume.tensors), params


def loads(blob: bytes) -> tuple[Resume, TrainParams]:
    """The checkpoint and the parameters of its run; raises InputError if the bytes are none."""
    return parse(blob, "run", TrainParams)


def load_file(path: Path | str) -> tuple[Resume, TrainParams]:
    """`loads` of a file."""
    if not Path(path).is_file():
        raise InputError("There is no checkpoint {path}.", path=str(path))
    return loads(Path(path).read_bytes())


def write(path: Path, blob: bytes) -> None:
    """Write a file so that an interruption leaves the old one or the new one, never a part."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(blob)
    os.replace(part, path)


class Saver:
    """Writes the files of a run at each checkpoint: best and last weights, and where to go on."""

    def __init__(self, best: Path, last: Path, resume: Path, params: TrainParams, rnn: ClassifierParams, data: str):
        self.files, self.params, self.rnn, self.data = (best, last, resume), params, rnn, data
        self.first = True

    def save(self, record: Record) -> None:
        """Write what is new; `record` has a check."""
        best, last, resume = self.files
        check = record.check
        if check.best or self.first:
            write(best, self.best_blob(check.resume))
        write(last, self.blob(record))
        write(resume, dumps(check.resume, self.params))
        self.first = False

    def blob(self, record: Record) -> bytes:
        """The weights file of the network as it is now."""
        check = record.check
        figures = {"step": record.step, "score": check.score, "natural": check.natural, "uniform": check.uniform}
        return weights.dumps(check.net, self.rnn, card(self.params, figures, self.data))

    def best_blob(self, resume: Resume) -> bytes:
        """The weights file of the best network so far."""
        net = build(self.rnn)
        net.load_state_dict({name[5:]: tensor for name, tensor in resume.tensors.items() if name.startswith("best.")})
        return weights.dumps(net, self.rnn, card(self.params, resume.best, self.data))
