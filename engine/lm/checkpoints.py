"""A language model's run on disk: best and last weights, and all that is needed to go on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from engine import letter_model_files
from engine.checkpoints import finite, parse, write
from engine.driver import Resume
from engine.errors import InputError
from engine.letter_model import LetterModel
from engine.lm.records import LmParams, Record
from engine.lm.training import Run

KEY = "language model run"


def dumps(resume: Resume, params: LmParams) -> bytes:
    """The bytes of a checkpoint that a run can go on from."""
    state = {**resume._asdict(), "tensors": None, "params": asdict(params)}
    return save(resume.tensors, {KEY: json.dumps(state)})


def loads(blob: bytes) -> tuple[Resume, LmParams]:
    """The checkpoint and the parameters of its run; raises InputError if the bytes are none."""
    return parse(blob, KEY, LmParams, _is_usable)


def _is_usable(tensor: Tensor) -> bool:
    return tensor.dtype == torch.float32 and finite(tensor)


def load_file(path: Path | str) -> tuple[Resume, LmParams]:
    """`loads` of a file."""
    if not Path(path).is_file():
        raise InputError("There is no checkpoint {path}.", path=str(path))
    return loads(Path(path).read_bytes())


def card(run: Run, figures: dict) -> dict:
    """What is known of a network: parameters, the hash of its names, and `figures`, as those of `Resume.best`."""
    figures = {name: value for name, value in figures.items() if name != "score"}
    return {**asdict(run.params), "data": run.data, "n_train": len(run.part.texts), "n_held_out": run.n_held, **figures}


class Saver:
    """Writes the files of a run at each checkpoint: best and last weights, and where to go on."""

    def __init__(self, files: Sequence[Path], run: Run):
        self.files, self.run, self.first = tuple(files), run, True

    def save(self, record: Record) -> None:
        """Write what is new; `record` has a check."""
        best, last, resume = self.files
        check = record.check
        if check.best or self.first:
            write(best, self.best_blob(check.resume))
        figures = {"step": record.step, "bits": check.bits, "perplexity": check.perplexity}
        write(last, letter_model_files.dumps(check.net, card(self.run, figures)))
        write(resume, dumps(check.resume, self.run.params))
        self.first = False

    def best_blob(self, resume: Resume) -> bytes:
        """The weights file of the best network so far."""
        net = LetterModel(self.run.network)
        net.load_state_dict({name[5:]: tensor for name, tensor in resume.tensors.items() if name.startswith("best.")})
        return letter_model_files.dumps(net, card(self.run, resume.best))
