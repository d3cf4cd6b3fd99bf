"""The models that are shipped, made by one command, the same bytes every time on one machine: networks and the model of
letters from data/names, the tagger from a treebank that is not in the repository (see data/PROVENANCE.md).
"""

import json
import sys
import time
from datetime import UTC, datetime

import torch

from engine import (
    bayes_training,
    complexity_measure,
    leaderboard,
    memory_training,
    nnlm_shipping,
    stored_run,
    tagger_file,
    weights,
)
from engine.checkpoints import write
from engine.hmm import json_files, letters
from engine.lm import shipping as letter_models
from engine.names import Names, read_names, split
from engine.records import TrainParams, card, log_line
from engine.training import classifier_params, train
from engine.translation import shipping as translators

DATA = weights.ROOT / "data" / "names"
TREEBANK = weights.ROOT.parent / "shared" / "data" / "ud"
SHIPPED = {
    "names-lecture": TrainParams(model="lecture", recipe="fast", steps=16_000),
    "names-elman": TrainParams(model="elman", recipe="fast", steps=16_000),
    "names-gru": TrainParams(model="gru", recipe="fast", steps=16_000, n_hidden=64),
    "names-lstm": TrainParams(model="lstm", recipe="fast", steps=16_000, n_hidden=64),
    "names-lstm-peephole": TrainParams(model="lstm-peephole", recipe="fast", steps=16_000, n_hidden=64),
    "names-window": TrainParams(model="window", recipe="fast", steps=16_000),
    "names-transformer": TrainParams(model="transformer", recipe="fast", steps=9_000),
    "names-combined": TrainParams(model="combined", recipe="fast", steps=22_000),
}
RUNS_STORED = ("names-lecture", "names-elman", "names-gru", "names-lstm")  # for the page that replays a training


def ship() -> None:
    """Learn the letters, train each network, count the tagger; write files and cards; says on stderr how it goes."""
    torch.set_num_threads(1)
    names = read_names(DATA)
    for folder in (weights.SHIPPED, stored_run.FOLDER):
        (weights.ROOT / folder).mkdir(parents=True, exist_ok=True)
    write(json_files.FOLDER / "letters.json", letters.dumps(letters.learn(split(names)[0].texts)).encode())
    for name, params in SHIPPED.items():
        ship_names(name, names, params)
    bayes_training.ship(names)
    memory_training.ship()
    translators.ship()
    letter_models.ship()
    nnlm_shipping.ship()
    complexity_measure.ship()
    ship_tagger()
    leaderboard.ship()


def ship_tagger() -> None:
    """Count the treebank's training part into the shipped tagger; where it is absent the tagger stays as it is."""
    train_file, dev_file = (TREEBANK / f"ewt-{part}.tsv.gz" for part in ("train", "dev"))
    if not train_file.is_file():
        sys.stderr.write(f"{tagger_file.SHIPPED} is left as it is: there is no ../shared/data/ud/{train_file.name}.\n")
        return
    started, sentences = time.perf_counter(), tagger_file.read_file(train_file)
    about = {
        "name": tagger_file.SHIPPED, "source": "Universal Dependencies, English EWT, training part",
        "licence": "CC BY-SA 4.0", "n_sentences": len(sentences), "n_words": sum(map(len, sentences)),
    }  # fmt: skip
    tagger = tagger_file.train(sentences)
    blob = tagger_file.dumps(tagger.counts, about)
    path = weights.ROOT / weights.SHIPPED / f"{tagger_file.SHIPPED}.safetensors"
    write(path, blob)
    about |= {"sha256": weights.sha256(blob), "states": len(tagger.counts.states), "tags": len(tagger.tags)}
    if dev_file.is_file():
        found = tagger.evaluate(tagger_file.read_file(dev_file))._asdict()
        about["dev"] = {key: round(value, 6) for key, value in found.items()}
    about |= {"date": datetime.now(UTC).date().isoformat(), "seconds": round(time.perf_counter() - started, 1)}
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())
    sys.stderr.write(f"{tagger_file.SHIPPED}: {len(blob):,} bytes, dev {about.get('dev')}\n")


def ship_names(name: str, names: Names, params: TrainParams) -> None:
    """Train and write one network; the last one, not the best: the held-out names take no part in any choice."""
    started, records = time.perf_counter(), []
    for record in train(names, params):
        records.append(record)
        if record.check:
            sys.stderr.write(f"{name} {log_line(record)} {record.check.score:.3f}\n")
    part, held = split(names, params.split_seed, params.held_out)
    rnn = classifier_params(part, params)
    figures = {"natural": record.check.natural, "uniform": record.check.uniform, "train": record.check.train}
    about = card(params, figures, "data/names")
    blob = weights.dumps(record.check.net, rnn, about)
    path = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    write(path, blob)
    if name in RUNS_STORED:
        write(weights.ROOT / stored_run.FOLDER / path.name, stored_run.dumps(records, params, rnn, len(held.texts)))
    about |= {
        "name": name, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(time.perf_counter() - started), "n_train": len(part.texts),
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())


if __name__ == "__main__":
    ship()
