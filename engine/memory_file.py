"""Runs of memory tasks in a safetensors file: networks before and after, curves, gradients and gates of an example."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load, save

from engine import weights
from engine.errors import InputError
from engine.memory import MemoryNet, MemoryParams

FOLDER = Path("assets/memory")
ROOT = weights.ROOT


class Run(NamedTuple):
    """A run that is over.

    figures: steps, sequences, seconds, solved, accuracy and loss on the test sequences. curve: (step, loss, norm of
    the gradient, accuracy), None where there is none. norms [net, time]: of the gradient by each memory, trained and
    untrained. gates [gate, time]: means over the units, no rows for a cell without gates.
    """

    params: MemoryParams
    figures: dict
    curve: list[tuple[int, float | None, float | None, float | None]]
    untrained: MemoryNet
    trained: MemoryNet
    norms: Float[np.ndarray, "net time"]
    gates: Float[np.ndarray, "gate time"]

    @property
    def prefix(self) -> str:
        """What its tensors' names begin with."""
        return f"{self.params.cell}.{self.params.distance}."


def _tensors(run: Run) -> dict[str, torch.Tensor]:
    nets = {"trained": run.trained, "untrained": run.untrained}
    parts = {
        f"{kind}.{name}": tensor.detach().float() for kind, net in nets.items() for name, tensor in
        net.state_dict().items()
    }  # fmt: skip
    parts |= {"norms": torch.from_numpy(run.norms), "gates": torch.from_numpy(run.gates)}
    return {run.prefix + name: tensor.contiguous() for name, tensor in parts.items()}


def dumps(runs: Sequence[Run]) -> bytes:
    """The bytes of a file of runs of one task."""
    tensors = {name: tensor for run in runs for name, tensor in _tensors(run).items()}
    about = [
        {"params": asdict(run.params), "figures": run.figures, "curve": [list(map(_short, row)) for row in run.curve]}
        for run in runs
    ]
    return save(tensors, {"runs": json.dumps(about, separators=(",", ":"))})


def _short(value: float | None) -> float | None:
    """Five digits; None for what is not finite."""
    return round(value, 5) if value is not None and math.isfinite(value) else None


def loads(blob: bytes) -> list[Run]:
    """The runs of a file. Raises InputError if it is none."""
    try:
        tensors = load(blob)
        return [_run(about, tensors) for about in json.loads(weights.metadata(blob)["runs"])]
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError("This file holds no runs of memory tasks.") from error


def _run(about: dict, tensors: dict[str, torch.Tensor]) -> Run:
    params, nets = MemoryParams(**about["params"]).checked(), {}
    prefix = f"{params.cell}.{params.distance}."
    for kind in ("untrained", "trained"):
        nets[kind], start = MemoryNet(params).requires_grad_(False), f"{prefix}{kind}."
        mine = {name.removeprefix(start): part for name, part in tensors.items() if name.startswith(start)}
        nets[kind].load_state_dict(mine)
    arrays = (tensors[f"{prefix}{name}"].numpy() for name in ("norms", "gates"))
    return Run(params, about["figures"], [tuple(each) for each in about["curve"]], *nets.values(), *arrays)


def path(task: str) -> str:
    """The file of a task's shipped runs, from the project's folder."""
    return (FOLDER / f"{task}.safetensors").as_posix()


def shipped(task: str) -> list[Run]:
    """The shipped runs of a task; none where they have not been made."""
    file = ROOT / path(task)
    return loads(file.read_bytes()) if file.is_file() else []
