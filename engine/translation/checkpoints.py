"""A translator's run on disk: best and last weights, and all that is needed to go on."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from engine.checkpoints import finite, parse, write
from engine.driver import Resume
from engine.errors import InputError
from engine.translation import files, kinds
from engine.translation.records import Record, TranslationParams
from engine.translation.training import Run


def dumps(resume: Resume, params: TranslationParams) -> bytes:
    """The bytes of a checkpoint that a run can go on from."""
    state = {**resume._asdict(), "tensors": None, "params": asdict(params)}
    return save(resume.tensors, {"translation run": json.dumps(state)})


def loads(blob: bytes) -> tuple[Resume, TranslationParams]:
    """The checkpoint and the parameters of its run; raises InputError if the bytes are none."""
    return parse(blob, "translation run", TranslationParams, _is_usable)


def _is_usable(tensor: Tensor) -> bool:
    return tensor.dtype == torch.float32 and finite(tensor)


def load_file(path: Path | str) -> tuple[Resume, TranslationParams]:
    """`loads` of a file."""
    if not Path(path).is_file():
        raise InputError("There is no checkpoint {path}.", path=str(path))
    return loads(Path(path).read_bytes())


def card(run: Run, figures: dict, about: dict) -> dict:
    """What is known of a network: parameters, data, and `figures` as in `Resume.best`.

    hash: by which the pairs are known again, so that their held-out part can be found.
    """
    sizes = {"n_train": len(run.coded.source), "n_held_out": len(run.held.source)}
    return {**asdict(run.params), "data": run.name, "hash": run.data, **sizes, **about, **figures}


class Saver:
    """Writes the files of a run at each checkpoint: best and last weights, and where to go on."""

    def __init__(self, files: Sequence[Path], run: Run, about: dict | None = None):
        """files: of the best weights, of the last, and of the checkpoint; about: entries for the cards."""
        self.files, self.run, self.about = tuple(files), run, dict(about or {})
        self.first = True

    def save(self, record: Record) -> None:
        """Write what is new; `record` has a check."""
        best, last, resume = self.files
        check = record.check
        if check.best or self.first:
            write(best, self.best_blob(check.resume))
        write(last, self.blob(record))
        write(resume, dumps(check.resume, self.run.params))
        self.first = False

    def blob(self, record: Record) -> bytes:
        """The weights file of the network as it is now."""
        check = record.check
        figures = {"step": record.step, "seconds": round(record.seconds, 1)}
        figures |= {name: getattr(check, name) for name in ("bleu", "exact", "loss", "error")}
        return self._file(check.net, figures)

    def best_blob(self, resume: Resume) -> bytes:
        """The weights file of the best network so far."""
        net = kinds.build(self.run.network)
        net.load_state_dict({name[5:]: tensor for name, tensor in resume.tensors.items() if name.startswith("best.")})
        return self._file(net, resume.best)

    def _file(self, net: kinds.Net, figures: dict) -> bytes:
        return files.dumps(net, self.run.source, self.run.target, card(self.run, figures, self.about))
