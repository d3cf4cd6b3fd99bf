"""`train lm`, `evaluate lm`, `generate`: names or a text in, a language model or what it writes out.

Which kind of model it is, `--model` says, or the file: letters by language here, others in cli_ngram and cli_nnlm.
"""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine import cli_lm_kinds
from engine.cli_stream import one_line_errors
from engine.errors import InputError

app = typer.Typer(
    help="Language models.", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

Model = StrEnum("Model", {name: name for name in ("transformer", "ngram", "window", "rnn")})
Method = StrEnum("Method", {name: name for name in ("kneser-ney", "witten-bell", "back-off", "add-k", "mle")})
Unit = StrEnum("Unit", {name: name for name in ("character", "word")})
Cell = StrEnum("Cell", {name: name for name in ("gru", "lstm", "elman")})
Norm = StrEnum("Norm", {name: name for name in ("before", "after")})
DATA = Path(__file__).resolve().parent.parent / "data" / "names"
SOURCE = "Folder or .zip of <Language>.txt, or a .tsv/.csv with name and language."
TEXT = "ngram, window, rnn: a .txt, or names, names:Greek, grammar:en, grammar:de, pydoc."
Weights = Annotated[Path | None, typer.Option("--weights", help="A language model; default: the shipped one.")]
MOST = 100_000  # names that are invented at once
AT_ONCE = 1_000


@app.callback()
def _lm() -> None:
    """Language models."""


def _threads() -> None:
    import torch

    torch.set_num_threads(1)


def _read(data: Path, least: int = 1):
    """The names; on stderr which rows were left out."""
    from engine import names
    from engine.cli_train import _tell as tell

    return tell(names.read(data, least=least))


@app.command("train lm")
def train(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Weights file to write (.safetensors): the best network.")],
    model: Annotated[Model, typer.Option(help="The kind of network.")] = Model.transformer,
    data: Annotated[Path | None, typer.Option(help=f"{SOURCE} {TEXT} Default: the names.", show_default=False)] = None,
    minutes: Annotated[float | None, typer.Option(help="Length of the run, everything included.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps; repeatable by seed.")] = None,
    order: Annotated[int, typer.Option(help="ngram: n.")] = 4,
    method: Annotated[Method, typer.Option(help="ngram: the smoothing.")] = Method["kneser-ney"],
    k: Annotated[float, typer.Option("--k", help="ngram: k of add-k.")] = 0.1,
    unit: Annotated[Unit | None, typer.Option(help="ngram, window, rnn: names character, other texts word.")] = None,
    cell: Annotated[Cell | None, typer.Option(help="rnn: the cell.")] = None,
    window: Annotated[int | None, typer.Option(help="window: tokens that it sees.")] = None,
    d_model: Annotated[int | None, typer.Option(help="Numbers a token. Default: 64; window, rnn: 16.")] = None,
    heads: Annotated[int, typer.Option(help="Of attention.")] = 4,
    layers: Annotated[int, typer.Option(help="Of attention and feed-forward network.")] = 3,
    hidden: Annotated[int | None, typer.Option(help="Hidden units. Default: 256; window, rnn: 96.")] = None,
    norm: Annotated[Norm, typer.Option(help="Normalise what a part reads, or the sum after it.")] = Norm.before,
    dropout: Annotated[float | None, typer.Option(help="Share of values left out.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(help="Names a step; window, rnn: tokens.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the order of names.")] = 0,
    held_out: Annotated[float, typer.Option(help="Share of every language that is never trained on.")] = 0.1,
    checks: Annotated[int, typer.Option(help="Looks at held-out names in a run.")] = 20,
    resume: Annotated[Path | None, typer.Option(help="Go on from a .resume.safetensors, with its parameters.")] = None,
) -> None:  # fmt: skip
    """Train a language model. Networks write OUT (best), its .last and .resume at each check; Ctrl-C loses nothing."""
    options = {
        "steps": steps, "seconds": minutes and 60 * minutes, "dropout": dropout, "lr": lr, "seed": seed,
        "checks": checks,
    }  # fmt: skip
    text, how, started = str(data or "names"), unit and str(unit), context.obj or time.perf_counter()
    with one_line_errors():
        if model is Model.ngram:
            from engine import cli_ngram

            raise typer.Exit(cli_ngram.train(text, out, order, str(method), how, k))
        if model is not Model.transformer:
            sizes = {"cell": cell and str(cell), "window": window, "n_embedding": d_model, "n_hidden": hidden}
            raise typer.Exit(
                cli_lm_kinds.neural(str(model), text, out, how, options | sizes | {"tokens": batch}, resume, started)
            )
        sizes = {"d_model": d_model or 64, "n_heads": heads, "n_layers": layers, "d_ff": hidden or 256}
        raise typer.Exit(_letters(options | sizes | {"norm": str(norm), "held_out": held_out, "batch": batch}, out,
                                  resume, data or DATA, started))  # fmt: skip


def _letters(options: dict, out: Path, resume: Path | None, data: Path, started: float) -> int:
    """Train a model of letters by language."""
    from engine.lm.records import LmParams

    given = {name: value for name, value in options.items() if value is not None}
    return _train(out, LmParams(model="transformer", **given), resume, data, started)


def _train(out: Path, params, resume: Path | None, data: Path, started: float) -> int:
    """Train; prints a summary as JSON; 130 if interrupted."""
    from engine.cli_train import files, interruptible, prepare
    from engine.lm import checkpoints, training

    _threads()
    prepare(out)
    state = None
    if resume:
        state, old = checkpoints.load_file(resume)
        longer = {"steps": params.steps, "seconds": params.seconds} if params.steps or params.seconds else {}
        params = replace(old, **longer)
    run = training.Run(_read(data), params.settled(), state, started)
    saver = checkpoints.Saver(files(out), run)
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

    from engine.lm.records import log_line

    bits = 0.0
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}{postfix}", file=sys.stderr) as bar:
        for record in records:
            bar.update(round(100 * record.progress, 1) - bar.n)
            if record.check:
                saver.save(record)
                bits = record.check.bits
                bar.write(log_line(record), file=sys.stderr)
            bar.set_postfix_str(f"loss {record.loss:.3f}, {record.speed:,.0f} letters/s, held-out bits {bits:.3f}")
    return record


def _load(weights: Path | None):
    from engine import letter_model_files

    return letter_model_files.load_file(weights) if weights else letter_model_files.load_shipped()


@app.command("evaluate lm")
def evaluate(
    weights: Weights = None,
    data: Annotated[Path | None, typer.Option(help=f"{SOURCE} {TEXT} Default: what it learned from.")] = None,
) -> None:
    """Print bits (a token), perplexity, n, and more by the kind of the model, as one JSON object. Of a model of
    letters: by_language and yardsticks (counted models).

    Judged on what the training held out, if these are the names that it learned from; else on all names, without
    yardsticks.
    """
    from engine.lm.judging import judge, yardsticks
    from engine.names import align, fingerprint, split

    _threads()
    with one_line_errors():
        if other := cli_lm_kinds.other(weights):
            print(json.dumps(other.evaluate(weights, data and str(data)), ensure_ascii=False))  # noqa: T201
            return
        letters, names = _load(weights), _read(data or DATA)
        is_own, card = fingerprint(names) == letters.card.get("data"), letters.card
        names, counted = align(names, letters.params.languages), {}
        if is_own:
            part, names = split(names, int(card.get("split_seed", 0)), float(card.get("held_out", 0.1)))
            counted = {name: round(each.bits, 6) for name, each in yardsticks(part, names).items()}
        found = judge(letters.net, names)
        shown = {"bits": round(found.bits, 6), "perplexity": round(found.perplexity, 6), "n": found.n}
        shown["by_language"] = {name: round(bits, 6) for name, bits in found.by_language.items()}
        print(json.dumps(shown | {"yardsticks": counted}, ensure_ascii=False))  # noqa: T201


@app.command("generate")
def generate(
    language: Annotated[str | None, typer.Option(help="One that a model of letters knows: Italian, Russian, …")] = None,
    weights: Weights = None,
    n: Annotated[int, typer.Option("--n", min=1, max=MOST, help="How many names.")] = 10,
    temperature: Annotated[float, typer.Option(help="Above 1 bolder, below 1 tamer.")] = 1.0,
    top_k: Annotated[int | None, typer.Option("--top-k", help="Only the k likeliest letters.")] = None,
    top_p: Annotated[float, typer.Option("--top-p", help="Only the likeliest letters of this mass together.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the first name; the next one's is one larger.")] = 0,
    begin: Annotated[str, typer.Option(help="First letters of every name.")] = "",
    mark: Annotated[bool, typer.Option("--mark", help="TAB and where the training names have it, or `new`.")] = False,
) -> None:  # fmt: skip
    """Invent names or texts, one a line; the same seed gives the same ones."""
    from engine.letter_model_names import LIMIT, Known, invent
    from engine.text import fold

    _threads()
    with one_line_errors():
        if other := cli_lm_kinds.other(weights):
            cuts = {name: value for name, value in (("top_k", top_k), ("top_p", top_p)) if value not in (None, 1.0)}
            cli_lm_kinds.write(other, weights, {"n": n, "temperature": temperature, "seed": seed, "begin": begin}, cuts)
            return
        if language is None:
            raise InputError("Name a language with --language: the model of letters writes names of one.")
        letters, beginning = _load(weights), fold(begin).text.lstrip()
        if len(beginning) >= LIMIT:
            raise InputError("A name begins with fewer than {n} letters.", n=LIMIT)
        known = Known(_trained(letters)) if mark else None
        for start in range(0, n, AT_ONCE):
            asked = [(language, seed + k) for k in range(start, min(start + AT_ONCE, n))]
            for each in invent(letters.net, asked, temperature, top_k, top_p, beginning):
                owners = ", ".join(known.languages(each.text)) or "new" if known else ""
                print(f"{each.text}\t{owners}" if known else each.text)  # noqa: T201


def _trained(letters):
    """The names of data/names that a network was trained on."""
    from engine.names import fingerprint, split

    names = _read(DATA)
    if fingerprint(names) != letters.card.get("data"):
        raise InputError("--mark needs a network that was trained on data/names.")
    return split(names, int(letters.card.get("split_seed", 0)), float(letters.card.get("held_out", 0.1)))[0]
