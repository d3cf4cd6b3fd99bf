"""`train translation`, `evaluate translation`, `translate`: parallel texts in, a translator or translations out."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli_stream import one_line_errors
from engine.errors import InputError

app = typer.Typer(
    help="Translators.", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

Model = StrEnum("Model", {name: name for name in ("rnn", "attention", "transformer")})
Cell = StrEnum("Cell", {name: name for name in ("gru", "lstm")})
Score = StrEnum("Score", {name: name for name in ("additive", "dot")})
Cut = StrEnum("Cut", {name: name for name in ("words", "bpe")})
Positions = StrEnum("Positions", {name: name for name in ("sinusoidal", "learned", "rotary", "none")})
Norm = StrEnum("Norm", {name: name for name in ("before", "after")})
SHIPPED = ("gru-attention", "gru-attention-dot", "gru", "lstm", "transformer", "transformer-learned",
           "transformer-rotary", "transformer-none")  # fmt: skip
Shipped = StrEnum("Shipped", {name: name for name in SHIPPED})
Sort = Annotated[Model, typer.Option(help="rnn: one vector for the whole sentence; attention: it looks back, too.")]
Asked = Annotated[Score | None, typer.Option(help="Bahdanau's attention or Luong's. [default: dot for the grammar]")]
DATA = "`grammar`, a folder of train.de[.gz] train.en[.gz] (val.de …), or a .tsv[.gz]: source TAB target."
Data = Annotated[str, typer.Option("--data", help=DATA)]
Weights = Annotated[Path | None, typer.Option("--weights", help="A translator (.safetensors); default: a shipped one.")]
Which = Annotated[Shipped, typer.Option("--model", help="Which shipped one.")]
Languages = Annotated[str, typer.Option("--languages", help="Source and target: de-en, de-fr, …")]
Size = Annotated[int | None, typer.Option("--size", min=100, max=200_000, help="Pairs of the grammar.")]
Beam = Annotated[int, typer.Option("--beam", min=1, max=100, help="Places of the beam; 1: the likeliest word a step.")]
Penalty = Annotated[float, typer.Option("--length-penalty", min=0, help="α of Wu et al. (2016); 0: none.")]
EXAMPLES = 5


@app.callback()
def _translation() -> None:
    """Translators."""


LARGE = {"recurrent": 256, "transformer": 128}  # units from which a second thread helps; below that it only waits


def _threads(most: int) -> None:
    import os

    import torch

    torch.set_num_threads(min(most, os.cpu_count() or 1))


def _read(data: str, languages: str, size: int | None):
    """The pairs; on stderr which rows were left out."""
    from engine.translation import data as parallel

    sides = tuple(languages.split("-"))
    if len(sides) != 2 or not set(sides) <= {"de", "en", "fr"} or sides[0] == sides[1]:
        raise InputError("--languages {languages} is none that is known: de, en, fr, as in de-en.", languages=languages)
    found = parallel.read(data, sides, size or parallel.GRAMMAR_SIZE)
    for row in found.bad[:EXAMPLES]:
        sys.stderr.write(f"{row.file}, line {row.line}: {row.reason.format(**row.params)}\n")
    if len(found.bad) > EXAMPLES:
        sys.stderr.write(f"… {len(found.bad):,} rows left out.\n")
    return found.pairs


@app.command("train translation")
def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Weights file to write (.safetensors): the best network.")],
    data: Data = "grammar",
    model: Sort = Model.attention,
    cell: Annotated[Cell | None, typer.Option(help="Of a recurrent encoder and decoder. [default: gru]")] = None,
    layers: Annotated[int | None, typer.Option(help="Of the Transformer's encoder and decoder each.")] = None,
    heads: Annotated[int | None, typer.Option(help="Of a Transformer's layer.")] = None,
    ff: Annotated[int | None, typer.Option(help="Hidden units of a Transformer's layer.")] = None,
    positions: Annotated[Positions | None, typer.Option(help="How a Transformer knows them.")] = None,
    norm: Annotated[Norm | None, typer.Option(help="Before or after each part of a Transformer's layer.")] = None,
    score: Asked = None,
    minutes: Annotated[float | None, typer.Option(help="Length of the run, everything included.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps; repeatable by seed.")] = None,
    languages: Languages = "de-en",
    size: Size = None,
    hidden: Annotated[int | None, typer.Option(help="Units of a state, or of a Transformer's stream.")] = None,
    embedding: Annotated[int | None, typer.Option(help="Numbers a word.")] = None,
    tokens: Annotated[Cut | None, typer.Option(help="Whole words, or pieces. [default: words of the grammar]")] = None,
    pieces: Annotated[int, typer.Option(help="How many pieces.")] = 4000,
    least: Annotated[int, typer.Option(help="How often a word must occur to be known.")] = 1,
    lower: Annotated[bool | None, typer.Option("--lower/--case", help="In small letters.")] = None,
    teacher_forcing: Annotated[float, typer.Option(help="Share of the steps at which the true word is fed.")] = 1.0,
    reversed_: Annotated[bool | None, typer.Option("--reversed/--no-reversed", help="Last word first.")] = None,
    bidirectional: Annotated[
        bool | None, typer.Option("--bidirectional/--no-bidirectional", help="Read from both ends.")
    ] = None,
    tied: Annotated[bool | None, typer.Option("--tied/--no-tied", help="Output words are their embeddings.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of values left out.")] = None,
    smoothing: Annotated[float | None, typer.Option(help="Of the targets.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(help="Sentences a step.")] = None,
    batch_tokens: Annotated[int | None, typer.Option(help="Tokens a step, in place of sentences.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the order of sentences.")] = 0,
    held_out: Annotated[float, typer.Option(help="Share that is never trained on, where there is no val.")] = 0.05,
    checks: Annotated[int, typer.Option(help="Looks at held-out sentences in a run.")] = 20,
    resume: Annotated[Path | None, typer.Option(help="Go on from a .resume.safetensors, with its parameters.")] = None,
) -> None:  # fmt: skip
    """Train a translator. Writes OUT (best), OUT's .last and .resume at each check; Ctrl-C loses nothing."""
    from engine.translation.records import TranslationParams

    given = context.params
    with one_line_errors():
        same = [name for name in TranslationParams.__dataclass_fields__ if name in given]
        params = TranslationParams(
            **{name: given[name] for name in same}, n_hidden=hidden, n_embedding=embedding, n_pieces=pieces, n_ff=ff,
            reversed=reversed_, seconds=minutes and 60 * minutes, n_layers=layers, n_heads=heads,
        )  # fmt: skip
        started = context.obj or time.perf_counter()
        raise typer.Exit(_train(out, params, resume, (data, languages, size), started))


def _train(out: Path, params, resume: Path | None, source: tuple[str, str, int | None], started: float) -> int:
    """Train; prints a summary as JSON; 130 if interrupted."""
    from engine.cli_train import files, interruptible, prepare
    from engine.translation import checkpoints, training

    _threads(1)
    prepare(out)
    state = None
    if resume:
        state, old = checkpoints.load_file(resume)
        longer = {"steps": params.steps, "seconds": params.seconds} if params.steps or params.seconds else {}
        params = replace(old, **longer)
    pairs = _read(*source)
    run = training.Run(pairs, params.settled(pairs.cut), state, started, None)
    _threads(2 if run.params.n_hidden >= LARGE[run.network.kind] else 1)
    about = {"languages": list(pairs.languages)} | ({"size": len(pairs.source)} if pairs.cut else {})
    saver = checkpoints.Saver(files(out), run, about)
    with interruptible() as stop:
        record = _watch(training.drive(run, stop.is_set), saver)
    summary = {"out": str(out), "steps": record.step, "seconds": round(record.seconds, 2), "best": run.best}
    print(json.dumps(summary))  # noqa: T201
    if stop.is_set() and record.progress < 1:
        sys.stderr.write(f"Interrupted at step {record.step}; go on with --resume {saver.files[2]}\n")
        return 130
    return 0


def _watch(records: Iterator, saver):
    """Show progress on stderr, and a line and new files at each check."""
    from tqdm import tqdm

    from engine.translation.records import log_line

    score = 0.0
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", file=sys.stderr) as bar:
        for record in records:
            bar.update(round(100 * record.progress, 1) - bar.n)
            if record.check:
                saver.save(record)
                score = record.check.bleu
                bar.write(log_line(record), file=sys.stderr)
            bar.set_postfix_str(f"loss {record.loss:.3f}, {record.speed:,.0f} words/s, held-out BLEU {score:.1f}")
    return record


def load(weights: Path | None, model: str):
    """The translator of a file, or a shipped one."""
    from engine.translation import files

    return files.load_file(weights) if weights else files.load_shipped(str(model))


@app.command("evaluate translation")
def evaluate(
    weights: Weights = None, data: Data = "grammar", model: Which = Shipped["gru-attention"],
    languages: Languages = "de-en", size: Size = None, beam: Beam = 1, length_penalty: Penalty = 0.0,
) -> None:  # fmt: skip
    """Print bleu, exact, loss, n and alignment_error as one JSON object.

    Judged on val.* of a folder; on what the training held out, if these are the pairs that it learned from; else on
    all pairs. alignment_error is null where the true alignment or attention is missing.
    """
    from engine.translation.data import fingerprint, split
    from engine.translation.judging import judge

    _threads(1)
    with one_line_errors():
        known = load(weights, model)
        pairs = _read(data, languages, size or int(known.card.get("size", 0)))
        is_own = fingerprint(pairs) == known.card.get("hash")
        held = split(pairs, float(known.card.get("held_out", 0.05)))[1] if pairs.held or is_own else pairs
        found = judge(known.net, known.source, known.target, held, beam, length_penalty)
        shown = {"bleu": found.bleu, "exact": found.exact, "loss": found.loss, "n": len(held.source)}
        shown |= {"alignment_error": found.error}
        print(json.dumps({key: round(value, 6) if value is not None else None for key, value in shown.items()}))  # noqa: T201


@app.command("translate")
def translate(
    weights: Weights = None, model: Which = Shipped["gru-attention"], beam: Beam = 5, length_penalty: Penalty = 0.0,
    scores: Annotated[bool, typer.Option("--scores", help="log-probability TAB translation.")] = False,
) -> None:  # fmt: skip
    """Translate stdin, a line out for a line in; empty lines stay empty. Words it does not know are told on stderr."""
    from engine import sentences
    from engine.translation import bulk

    _threads(1)
    with one_line_errors():
        known, unknown, number = load(weights, model), Counter(), 0
        for lines in sentences.lines(sys.stdin.buffer):
            _check(lines, number)
            number += len(lines)
            found = bulk.translate(
                known.net, known.source, known.target, lines, beam=beam, length_penalty=length_penalty
            )  # fmt: skip
            for each in found:
                unknown.update(word for word in each.source if word not in known.source.index)
                text = known.target.join(each.tokens)
                shown = f"{each.log_prob:.6f}\t{text}" if scores and each.source else text
                sys.stdout.buffer.write(shown.encode("utf-8", "surrogatepass") + b"\n")
            sys.stdout.buffer.flush()
    if unknown:
        common = ", ".join(word[:40] for word, _ in unknown.most_common(EXAMPLES))
        sys.stderr.write(f"{unknown.total():,} words are unknown to this translator: {common} …\n")


def _check(lines: list[str], before: int) -> None:
    """Raise InputError for a line that is too long to be a sentence."""
    from engine.tokens import LONGEST

    for number, line in enumerate(lines, before + 1):
        if len(line) > LONGEST:
            raise InputError("stdin, line {line} has more than {most:,} characters: a sentence a line, please.",
                             line=number, most=LONGEST)  # fmt: skip
