"""The networks of assets/models: trained by one command from data/names, the same bytes every time on one machine."""

import json
import sys
import time
from datetime import UTC, datetime

import torch

from engine import weights
from engine.checkpoints import write
from engine.names import Names, read_names, split
from engine.records import TrainParams, card, log_line
from engine.training import rnn_params, train

DATA = weights.ROOT / "data" / "names"
SHIPPED = {
    "names-lecture": TrainParams(model="lecture", recipe="fast", steps=6_000),
    "names-elman": TrainParams(model="elman", recipe="fast", steps=6_000),
}


def ship() -> None:
    """Train each shipped network and write its file and card; says on stderr how it goes."""
    torch.set_num_threads(1)
    names = read_names(DATA)
    (weights.ROOT / weights.SHIPPED).mkdir(parents=True, exist_ok=True)
    for name, params in SHIPPED.items():
        _ship(name, names, params)


def _ship(name: str, names: Names, params: TrainParams) -> None:
    """The last network is shipped, not the best held-out one: the held-out names take no part in any choice."""
    started = time.perf_counter()
    for record in train(names, params):
        if record.check:
            sys.stderr.write(f"{name} {log_line(record)} {record.check.score:.3f}\n")
    part, _ = split(names, params.split_seed, params.held_out)
    figures = {"natural": record.check.natural, "uniform": record.check.uniform, "train": record.check.train}
    about = card(params, figures, "data/names")
    blob = weights.dumps(record.check.net, rnn_params(part, params), about)
    path = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    write(path, blob)
    about |= {
        "name": name, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.perf_counter() - started), "n_train": len(part.texts),
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())
