"""`train lm`, `evaluate lm`, `generate`: names in, a model of letters or invented names out."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from engine.cli_score import one_line_errors
from engine.errors import InputError

app = typer.Typer(
    help="Language models.", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

Model = StrEnum("Model", {name: name for name in ("transformer",)})
Norm = StrEnum("Norm", {name: name for name in ("before", "after")})
DATA = Path(__file__).resolve().parent.parent / "data" / "names"
SOURCE = "Folder or .zip of <Language>.txt, or a .tsv/.csv with name and language."
Weights = Annotated[Path | None, typer.Option("--weights", help="A model of letters; default: the shipped one.")]
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
    data: Annotated[Path, typer.Option(help=f"{SOURCE} Default: data/names.", show_default=False)] = DATA,
    minutes: Annotated[float | None, typer.Option(help="Length of the run, everything included.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps; repeatable by seed.")] = None,
    d_model: Annotated[int, typer.Option(help="Numbers a letter.")] = 64,
    heads: Annotated[int, typer.Option(help="Of attention.")] = 4,
    layers: Annotated[int, typer.Option(help="Of attention and feed-forward network.")] = 3,
    hidden: Annotated[int, typer.Option(help="Units of the feed-forward network.")] = 256,
    norm: Annotated[Norm, typer.Option(help="Normalise what a part reads, or the sum after it.")] = Norm.before,
    dropout: Annotated[float | None, typer.Option(help="Share of values left out.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    batch: Annotated[int | None, typer.Option(help="Names a step.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the order of names.")] = 0,
    held_out: Annotated[float, typer.Option(help="Share of every language that is never trained on.")] = 0.1,
    checks: Annotated[int, typer.Option(help="Looks at held-out names in a run.")] = 20,
    resume: Annotated[Path | None, typer.Option(help="Go on from a .resume.safetensors, with its parameters.")] = None,
) -> None:  # fmt: skip
    """Train a model of letters. Writes OUT (best), OUT's .last and .resume at each check; Ctrl-C loses nothing."""
    from engine.lm.records import LmParams

    with one_line_errors():
        own = {"dropout": dropout, "lr": lr, "batch": batch}
        params = LmParams(
            model=str(model), d_model=d_model, n_heads=heads, n_layers=layers, d_ff=hidden, norm=str(norm), seed=seed,
            steps=steps, seconds=minutes and 60 * minutes, held_out=held_out, checks=checks,
            **{name: value for name, value in own.items() if value is not None},
        )  # fmt: skip
        raise typer.Exit(_train(out, params, resume, data, context.obj or time.perf_counter()))


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
    data: Annotated[Path, typer.Option(help=f"{SOURCE} Default: data/names.", show_default=False)] = DATA,
) -> None:
    """Print bits (a character), perplexity, n, by_language and yardsticks (counted models) as one JSON object.

    Judged on what the training held out, if these are the names that it learned from; else on all names, without
    yardsticks.
    """
    from engine.lm.judging import judge, yardsticks
    from engine.names import align, fingerprint, split

    _threads()
    with one_line_errors():
        letters, names = _load(weights), _read(data)
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
    language: Annotated[str, typer.Option(help="One that the network knows: Italian, Russian, …")],
    weights: Weights = None,
    n: Annotated[int, typer.Option("--n", min=1, max=MOST, help="How many names.")] = 10,
    temperature: Annotated[float, typer.Option(help="Above 1 bolder, below 1 tamer.")] = 1.0,
    top_k: Annotated[int | None, typer.Option("--top-k", help="Only the k likeliest letters.")] = None,
    top_p: Annotated[float, typer.Option("--top-p", help="Only the likeliest letters of this mass together.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of the first name; the next one's is one larger.")] = 0,
    begin: Annotated[str, typer.Option(help="First letters of every name.")] = "",
    mark: Annotated[bool, typer.Option("--mark", help="TAB and where the training names have it, or `new`.")] = False,
) -> None:  # fmt: skip
    """Invent names, one a line; the same seed gives the same names."""
    from engine.letter_model_names import LIMIT, Known, invent
    from engine.text import fold

    _threads()
    with one_line_errors():
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
