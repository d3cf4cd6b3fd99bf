"""The networks of assets/models: trained by one command from data/names, the same bytes every time on one machine."""

import json
import sys
import time
from datetime import UTC, datetime

import torch

from engine import stored_run, weights
from engine.checkpoints import write
from engine.names import Names, read_names, split
from engine.records import TrainParams, card, log_line
from engine.training import rnn_params, train

DATA = weights.ROOT / "data" / "names"
SHIPPED = {
    "names-lecture": TrainParams(model="lecture", recipe="fast", steps=16_000),
    "names-elman": TrainParams(model="elman", recipe="fast", steps=16_000),
}


def ship() -> None:
    """Train each shipped network and write its file and card; says on stderr how it goes."""
    torch.set_num_threads(1)
    names = read_names(DATA)
    for folder in (weights.SHIPPED, stored_run.FOLDER):
        (weights.ROOT / folder).mkdir(parents=True, exist_ok=True)
    for name, params in SHIPPED.items():
        _ship(name, names, params)


def _ship(name: str, names: Names, params: TrainParams) -> None:
    """The last network is shipped, not the best held-out one: the held-out names take no part in any choice."""
    started, records = time.perf_counter(), []
    for record in train(names, params):
        records.append(record)
        if record.check:
            sys.stderr.write(f"{name} {log_line(record)} {record.check.score:.3f}\n")
    part, held = split(names, params.split_seed, params.held_out)
    rnn = rnn_params(part, params)
    figures = {"natural": record.check.natural, "uniform": record.check.uniform, "train": record.check.train}
    about = card(params, figures, "data/names")
    blob = weights.dumps(record.check.net, rnn, about)
    path = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    write(path, blob)
    write(weights.ROOT / stored_run.FOLDER / path.name, stored_run.dumps(records, params, rnn, len(held.texts)))
    about |= {
        "name": name, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.perf_counter() - started), "n_train": len(part.texts),
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


if __name__ == "__main__":
    ship()
