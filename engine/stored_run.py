"""A training run in one safetensors file: curves, log and confusions as text, the network at a few checkpoints.

Its networks are kept in half precision; unpacked, each becomes an ordinary weights file.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from engine import weights
from engine.checkpoints import write
from engine.classifier import ClassifierParams, build, initial
from engine.errors import InputError
from engine.records import Record, TrainParams, card, log_line

FOLDER = Path("assets/trainings")
KEPT = (1, 3, 7, 15, 30)  # checkpoints whose networks are stored; the untrained one follows from the seed
POINTS = 200  # of the loss curve


class StoredRun(NamedTuple):
    """A run that is over: parameters, its network's sizes, what the worker told of its start, curves and log.

    losses: (step, seconds, mean loss). checks: as the worker's records have them, with `step` and `seconds`; `file`
    and `confusion` are None where the network was not kept.
    """

    params: dict
    start: dict
    losses: list[tuple[int, float, float]]
    lines: list[str]
    checks: list[dict]


def _check(record: Record, index: int) -> dict:
    check = record.check
    parts = {part: getattr(check, part) for part in ("natural", "uniform", "train")}
    figures = {part: {name: round(value, 5) for name, value in each.items()} for part, each in parts.items()}
    kept = index in (0, *KEPT)
    return {
        "index": index, "step": record.step, "seconds": round(record.seconds, 2), **figures,
        "score": round(check.score, 5), "best": check.best, "confusion": check.confusion.tolist() if kept else None,
        "file": f"check-{index:03}.safetensors" if kept else None,
    }  # fmt: skip


def thinned(losses: Sequence[tuple[int, float, float]], points: int = POINTS) -> list[tuple[int, float, float]]:
    """At most `points` of a loss curve: means of neighbours, placed at the last of them."""
    width = max(1, -(-len(losses) // points))
    groups = [losses[at : at + width] for at in range(0, len(losses), width)]
    if len(groups) > 1 and len(groups[-1]) < width:
        groups[-2:] = [[*groups[-2], *groups[-1]]]
    return [(*group[-1][:2], sum(loss for *_, loss in group) / len(group)) for group in groups]


def log(records: Sequence[Record], lines: int = 20) -> list[str]:
    """The lecture's log: one line every twentieth of the run."""
    told, out = 0, []
    for record in records:
        if record.example and (place := int(lines * record.progress)) > told:
            told = place
            out.append(log_line(record))
    return out


def dumps(records: Sequence[Record], params: TrainParams, rnn: ClassifierParams, n_held_out: int) -> bytes:
    """The file of a run from its records. Raises ValueError if a checkpoint of `KEPT` is missing."""
    looks = [record for record in records if record.check]
    if len(looks) <= max(KEPT):
        raise ValueError(f"{len(looks)} checkpoints, {max(KEPT) + 1} are needed")
    nets = {k: looks[k].check.net.state_dict() for k in KEPT}
    tensors = {f"{k}.{name}": tensor.half().contiguous() for k, net in nets.items() for name, tensor in net.items()}
    losses = [(step, round(record.seconds, 2), round(loss, 4)) for record in records for step, loss in record.windows]
    run = {
        "params": asdict(params.settled()), "rnn": asdict(rnn), "losses": thinned(losses), "lines": log(records),
        "start": {"languages": rnn.languages, "counts": rnn.counts, "n_held_out": n_held_out, "n_bad": 0},
        "checks": [_check(record, k) for k, record in enumerate(looks)],
    }  # fmt: skip
    return save(tensors, {"run": json.dumps(run, separators=(",", ":"))})


def unpack(blob: bytes, folder: Path) -> StoredRun:
    """Read a stored run and write its networks as weights files into `folder`. Raises InputError if it is none."""
    try:
        run = json.loads(weights.metadata(blob)["run"])
        rnn = weights.parse(run["rnn"])
        params, tensors = TrainParams(**run["params"]), load(blob)
        for check in run["checks"]:
            if check["file"]:
                write(folder / f"check-{int(check['index']):03}.safetensors", _weights(check, rnn, params, tensors))
        losses = [(int(step), float(seconds), float(loss)) for step, seconds, loss in run["losses"]]
        return StoredRun(run["params"], run["start"], losses, run["lines"], run["checks"])
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError("This file is no stored training run.") from error


def _weights(check: dict, rnn: ClassifierParams, params: TrainParams, tensors: dict[str, torch.Tensor]) -> bytes:
    net, prefix = build(rnn), f"{check['index']}."
    if check["index"] == 0:
        net = initial(rnn, params.seed)
    else:
        mine = {name.removeprefix(prefix): part.float() for name, part in tensors.items() if name.startswith(prefix)}
        net.load_state_dict(mine)
    figures = {name: check[name] for name in ("step", "score", "natural", "uniform")}
    return weights.dumps(net, rnn, card(params, figures, "data/names"))


@cache
def stored() -> list[str]:
    """Names of the runs in assets/trainings, e.g. `names-elman`: the lecture's first, then Elman's, then the others."""
    names = sorted(path.stem for path in (weights.ROOT / FOLDER).glob("*.safetensors"))
    return sorted(names, key=lambda name: (name != "names-lecture", name != "names-elman"))
