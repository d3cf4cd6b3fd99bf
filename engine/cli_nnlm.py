"""What `train lm --model window | rnn`, `evaluate lm` and `generate` do with a neural language model."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.errors import InputError

AT_ONCE = 500  # texts that are written at once


def _threads() -> None:
    import torch

    torch.set_num_threads(1)


def is_one(path: Path) -> bool:
    """Whether a weights file holds a neural language model."""
    from engine import nnlm_files

    return path.is_file() and nnlm_files.is_one(path.read_bytes())


def train(
    data: str, out: Path, options: dict, resume: Path | None = None, started: float | None = None
) -> int:  # fmt: skip
    """Train on a .txt or a corpus key; options: fields of engine.nnlm_records.TrainingParams, without those that are
    None. Writes OUT (best), OUT's .last and .resume at each check; prints a summary as JSON; 130 if interrupted.

    Raises InputError for bad options, text or checkpoint.
    """
    from engine import nnlm_training
    from engine.cli_train import files, interruptible, prepare
    from engine.driver import drive
    from engine.nnlm_records import TrainingParams

    _threads()
    prepare(out)
    params, state = TrainingParams(**{name: value for name, value in options.items() if value is not None}), None
    if resume:
        state, old = nnlm_training.load_resume(resume)
        longer = {"steps": params.steps, "seconds": params.seconds} if params.steps or params.seconds else {}
        params = replace(old, **longer)
    run = nnlm_training.Run(
        nnlm_training.read(str(data), params.unit), params.settled(), state, started or time.perf_counter()
    )
    saver = nnlm_training.Saver(files(out), run)
    with interruptible() as stop:
        record = _watch(drive(run, stop.is_set), saver, params.unit)
    summary = {"out": str(out), "steps": record.step, "seconds": round(record.seconds, 2), "best": run.best}
    print(json.dumps(summary))  # noqa: T201
    if stop.is_set() and record.progress < 1:
        sys.stderr.write(f"Interrupted at step {record.step}; go on with --resume {saver.files[2]}\n")
        return 130
    return 0


def _watch(records: Iterator, saver, unit: str):
    """Show progress on stderr, and a line and new files at each check."""
    from tqdm import tqdm

    from engine.nnlm_records import log_line

    bits = 0.0
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", file=sys.stderr) as bar:
        for record in records:
            bar.update(round(100 * record.progress, 1) - bar.n)
            if record.check:
                saver.save(record)
                bits = record.check.bits
                bar.write(log_line(record, unit), file=sys.stderr)
            bar.set_postfix_str(f"loss {record.loss:.3f}, {record.speed:,.0f} tokens/s, held-out bits {bits:.3f}")
    return record


def evaluate(path: Path, data: str | None = None) -> dict[str, object]:
    """bits (a token), perplexity and n on the held-out part of a text, by default of the one it was trained on; with
    the bits of Kneser-Ney's n-grams of the training part beside, over the same vocabulary.
    """
    from engine import corpora, ngram, ngram_counts, nnlm_files, nnlm_training
    from engine.nnlm_shipping import ORDERS

    _threads()
    model = nnlm_files.load_file(path)
    key, known = data or str(model.card.get("corpus", "")), corpora.keys()
    if not data and key not in known:
        raise InputError("The model was trained on an own text: name it with --data.")
    corpus = nnlm_training.read(key, model.vocabulary.unit)
    counts = ngram_counts.count(corpus.train, model.vocabulary, ORDERS[-1])
    beside = {str(n): ngram.fit(counts, ngram.NGramParams(n)).perplexity(corpus.held).bits for n in ORDERS}
    found = model.perplexity(corpus.held)
    return {
        "bits": round(found.bits, 6), "perplexity": round(found.perplexity, 6), "n": found.n,
        "unit": model.vocabulary.unit, "kneser_ney_bits": {n: round(bits, 6) for n, bits in beside.items()},
    }  # fmt: skip


def generate(
    path: Path, n: int = 10, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0, seed: int = 0,
    begin: str = "",
) -> Iterator[str]:  # fmt: skip
    """Texts that the model writes; the same seed gives the same texts."""
    from engine import nnlm_files

    _threads()
    model = nnlm_files.load_file(path)
    for start in range(0, n, AT_ONCE):
        yield from model.write(min(AT_ONCE, n - start), seed + start, temperature, top_k, top_p, begin)
