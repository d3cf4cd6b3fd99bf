"""The translators that are shipped: trained on the grammar with fixed seed, steps and sizes, the same bytes every time
on one machine; and the run of one of them, for the page that shows a training.

Three more go the other way, from English to German (see `data.the_other_way`).
"""

import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from engine import weights
from engine.checkpoints import write
from engine.translation import bulk, checkpoints, data, files, judging, training
from engine.translation.data import Parallel
from engine.translation.records import Record, TranslationParams, log_line, told

STEPS, CHECKS = 2_400, 12
RESERVED = 1_500  # held-out pairs that no other training on the grammar may learn from
SHIPPED = {
    # a little dropout: additive attention, which asks before it has read the last word, else leans on neighbours
    "translate-gru-attention": TranslationParams(model="attention", cell="gru", score="additive", dropout=0.1),
    "translate-gru-attention-dot": TranslationParams(model="attention", cell="gru", score="dot"),
    "translate-lstm": TranslationParams(model="rnn", cell="lstm"),
    "translate-gru": TranslationParams(model="rnn", cell="gru"),
    "translate-transformer": TranslationParams(model="transformer", steps=4_000),
    **{
        f"translate-transformer-{kind}": TranslationParams(model="transformer", steps=4_000, positions=kind)
        for kind in ("learned", "rotary", "none")
    },
}
OTHER_WAY = {  # from English; the one without attention reads as one reads, so that its states stand under the words
    "translate-en-de-gru": TranslationParams(model="rnn", cell="gru", reversed=False),
    "translate-en-de-gru-attention": SHIPPED["translate-gru-attention"],
    "translate-en-de-transformer": SHIPPED["translate-transformer"],
}
HEADS_ON = 500  # held-out pairs on which the alignment of single heads is measured
RUN = "translate-gru-attention"  # whose training is stored
TRAININGS = Path("assets/trainings")


def ship(names: tuple[str, ...] = (*SHIPPED, *OTHER_WAY), steps: int = STEPS) -> None:
    """Write the pairs that are reserved; train each translator, write its file and card, and the stored run; says on
    stderr how it goes.
    """
    torch.set_num_threads(1)
    for folder in (weights.SHIPPED, TRAININGS):
        (weights.ROOT / folder).mkdir(parents=True, exist_ok=True)
    pairs = data.from_grammar()
    _, held = data.split(pairs, TranslationParams().held_out)
    write(data.HELD_OUT, data.tsv(data.take(held, range(RESERVED))).encode())
    for name in names:
        _ship(name, data.the_other_way(pairs) if name in OTHER_WAY else pairs, steps)


def _ship(name: str, pairs: Parallel, steps: int) -> None:
    """Train and write one translator; the last network, not the best: held-out pairs take no part in any choice."""
    began = time.process_time()
    params = (SHIPPED | OTHER_WAY)[name]
    params = replace(params, steps=params.steps or steps, checks=CHECKS).settled(grammar=True)
    run, records = training.Run(pairs, params, None, None, None), []
    for record in training.drive(run):
        records.append(record)
        if record.check:
            sys.stderr.write(f"{name} {log_line(record)}\n")
    seconds = time.process_time() - began
    about = checkpoints.card(run, {"step": record.step, **figures(run)}, {"languages": pairs.languages})
    about |= {"size": len(pairs.source)}
    blob = files.dumps(run.net, run.source, run.target, about)
    path = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    write(path, blob)
    about |= {
        "name": name, "sha256": weights.sha256(blob), "date": datetime.now(UTC).date().isoformat(),
        "processor_seconds": round(seconds, 1), "cores": os.cpu_count(), "threads": 1,
    }  # fmt: skip
    write(path.with_suffix(".json"), (json.dumps(about, indent=1) + "\n").encode())
    if name == RUN:
        write(weights.ROOT / TRAININGS / f"{name}.json", stored(run, records))


def figures(run: training.Run) -> dict:
    """What the network does on all held-out pairs, and by length of the source."""
    found = judging.judge(run.net, run.source, run.target, run.held)
    said = [each.tokens for each in bulk.translate(run.net, run.source, run.target, run.held.source, run.held.cut)]
    by_length = judging.by_length(said, run.held, run.source, run.target)
    rounded = {key: value if value is None else round(value, 5) for key, value in found._asdict().items()}
    rows = [{key: round(v, 4) if isinstance(v, float) else v for key, v in row.items()} for row in by_length]
    return rounded | {"by_length": rows} | _heads(run)


def _heads(run: training.Run) -> dict:
    """Alignment error rate of each head of a Transformer, `head_errors` [layer][head]."""
    if not run.params.is_transformer:
        return {}
    errors = judging.align_heads(run.net, run.source, run.target, data.take(run.held, range(HEADS_ON)))
    return {"head_errors": [[round(error, 4) for error in layer] for layer in errors]}


def stored(run: training.Run, records: list[Record]) -> bytes:
    """A run as JSON: `start`, `records` and `end`, each as a worker tells them, without their types."""
    out, index = [], 0
    for record in records:
        out.append(told(record, index))
        index += bool(record.check)
    end = {"state": "done", "step": records[-1].step, "seconds": round(records[-1].seconds, 2)}
    start = training.about(run) | {"n_bad": 0}
    text = json.dumps({"start": start, "records": out, "end": end}, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def load(name: str = RUN) -> dict:
    """The stored run of a shipped translator: see `stored`."""
    return json.loads((weights.ROOT / TRAININGS / f"{name}.json").read_text("utf-8"))


if __name__ == "__main__":
    ship(tuple(sys.argv[1:]) or (*SHIPPED, *OTHER_WAY))
