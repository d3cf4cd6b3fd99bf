"""The neural language models that are shipped, and their cards: bits on held-out text beside counted models."""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import corpora, ngram, ngram_counts, nnlm_files, weights
from engine.checkpoints import write
from engine.driver import drive
from engine.ngram import NGramParams
from engine.nnlm_records import TrainingParams, log_line
from engine.nnlm_training import Run, card

ORDERS = (1, 2, 3, 4, 5)
_NAMES = {"dropout": 0.15, "checks": 6}
_WORDS = {"unit": "word", "dropout": 0.2, "checks": 6}
MODELS = {
    "lm-names-window": ("names", TrainingParams("window", n_hidden=160, window=6, steps=7_000, **_NAMES)),
    "lm-names-gru": ("names", TrainingParams("rnn", n_embedding=24, n_hidden=128, steps=7_000, **_NAMES)),
    "lm-grammar-window": (
        "grammar:en", TrainingParams("window", window=6, n_embedding=24, n_hidden=64, direct=False, steps=5_000,
                                     **_WORDS),
    ),
    "lm-grammar-gru": ("grammar:en", TrainingParams("rnn", n_embedding=32, n_hidden=64, steps=4_000, **_WORDS)),
}  # fmt: skip


def ship(names: Sequence[str] = tuple(MODELS), folder: Path | None = None) -> None:
    """Train and write the models (the last networks, not the best: the held-out texts take no part in any choice);
    says on stderr how it goes.
    """
    torch.set_num_threads(1)
    for name in names:
        key, params = MODELS[name]
        ship_one(name, key, params, folder or weights.ROOT / weights.SHIPPED)


def ship_one(name: str, key: str, params: TrainingParams, folder: Path) -> None:
    """Train and write one model."""
    began = time.process_time()
    run = Run(corpora.corpus(key, params.unit), params.settled())
    for record in drive(run):
        if record.check:
            sys.stderr.write(f"{name} {log_line(record, params.unit)}\n")
    seconds = time.process_time() - began
    about = card(run, {"step": record.step, **figures(run)})
    blob = nnlm_files.dumps(run.net, run.vocabulary, about)
    path = folder / f"{name}.safetensors"
    write(path, blob)
    about |= {
        "name": name, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "processor_seconds": round(seconds, 1), "cores": os.cpu_count(), "threads": 1,
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


def figures(run: Run) -> dict:
    """Bits a token and perplexity on all held-out texts, and the bits of Kneser-Ney's n-grams beside them."""
    found, counts = run.model().perplexity(run.corpus.held), counted(run)
    beside = {
        str(n): round(ngram.fit(counts, NGramParams(n)).perplexity(run.corpus.held).bits, 5) for n in ORDERS
    }  # fmt: skip
    return {
        "bits": round(found.bits, 5), "perplexity": round(found.perplexity, 5), "n_tokens": found.n,
        "kneser_ney_bits": beside,
    }  # fmt: skip


def counted(run: Run) -> ngram_counts.Counts:
    """The n-grams of the training part, over the same vocabulary."""
    return ngram_counts.count(run.corpus.train, run.vocabulary, ORDERS[-1])


if __name__ == "__main__":
    ship(sys.argv[1:] or tuple(MODELS))
