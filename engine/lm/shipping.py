"""The model of letters that is shipped, and its card: bits a character beside counted models, and how many copies."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import letter_model_files as files
from engine import weights
from engine.checkpoints import write
from engine.driver import drive
from engine.letter_model_names import Known, copies
from engine.lm import judging
from engine.lm.checkpoints import card
from engine.lm.records import LmParams, log_line
from engine.lm.training import Run
from engine.names import read_names

DATA = weights.ROOT / "data" / "names"
PARAMS = LmParams(steps=3_500, checks=12)
SAMPLES = 1_000


def ship(params: LmParams = PARAMS, folder: Path | None = None) -> None:
    """Train and write the model of letters (the last network, not the best: the held-out names take no part in any
    choice); says on stderr how it goes.
    """
    torch.set_num_threads(1)
    began = time.process_time()
    run = Run(read_names(DATA), params.settled())
    for record in drive(run):
        if record.check:
            sys.stderr.write(f"{files.SHIPPED} {log_line(record)}\n")
    seconds = time.process_time() - began
    about = card(run, {"step": record.step, **figures(run)})
    blob = files.dumps(run.net, about)
    path = (folder or weights.ROOT / weights.SHIPPED) / f"{files.SHIPPED}.safetensors"
    write(path, blob)
    about |= {
        "name": files.SHIPPED, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "processor_seconds": round(seconds, 1), "cores": os.cpu_count(), "threads": 1,
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


def figures(run: Run) -> dict:
    """Bits a character on the held-out names, by language and beside counted models; shares of copies."""
    found, counted = judging.judge(run.net, run.held), judging.yardsticks(run.part, run.held)
    return {
        "bits": round(found.bits, 5), "perplexity": round(found.perplexity, 5), "n_characters": found.n,
        "yardsticks": {name: round(each.bits, 5) for name, each in counted.items()},
        "copies": copies(run.net, Known(run.part), SAMPLES)._asdict(),
        "by_language": {name: round(bits, 4) for name, bits in found.by_language.items()},
    }  # fmt: skip


if __name__ == "__main__":
    ship()
