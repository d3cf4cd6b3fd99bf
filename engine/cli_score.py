"""`python -m engine score names`: a file of names of any size in, the languages of each out."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated

import torch
import typer

from engine import cli_score_texts, files, scoring, weights
from engine.cli_stream import Header, Prior, Progress, Summary, one_line_errors, sink, source
from engine.errors import InputError
from engine.evaluate import apply_prior
from engine.readers.encoding import ENCODINGS
from engine.readers.stream import Chunk, Wanted, chunks

app = typer.Typer(help="Score files with a trained network.", no_args_is_help=True)


@app.callback()
def score() -> None:
    """Score files with a trained network."""


@app.command("names")
def names(
    given: Annotated[str, typer.Argument(metavar="IN", help=".txt .csv .tsv .xlsx .zip .gz, or - for stdin.")],
    out: Annotated[str, typer.Option(help="Where to write: .csv or .parquet, or - for CSV on stdout.")] = "-",
    weights_file: Annotated[
        Path | None, typer.Option("--weights", help="A .safetensors file; default: shipped.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=64, help="Languages a name.")] = 3,
    prior: Annotated[
        Prior, typer.Option(help="natural: as in training; uniform: every language alike.")
    ] = Prior.natural,
    column: Annotated[str | None, typer.Option(help="Column of names, by name or number; default: guessed.")] = None,
    header: Annotated[Header, typer.Option(help="Whether the first row names the columns.")] = Header.auto,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the text; default: detected.")] = None,
    bad: Annotated[Path | None, typer.Option(help="A .csv that lists the rows left out.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A shipped network; again for a column each.")] = None,
) -> None:
    """Write the likeliest languages of every name in IN, streamed: files of any size at constant memory."""
    if model and len(model) > 1:
        cli_score_texts.names(given, out, model, prior, column, header, encoding, bad)
        return
    with one_line_errors(), ExitStack() as stack:
        torch.set_num_threads(1)
        if encoding is not None and encoding not in ENCODINGS:
            raise InputError("Unknown encoding {name}; known: {all}.", name=encoding, all=", ".join(ENCODINGS))
        loaded = weights.load_file(weights_file) if weights_file else shipped(model)
        stream, file = source(given, stack)
        wanted = Wanted(column, {"auto": None, "yes": True, "no": False}[header], encoding)
        written, parquet = sink(out, stack)
        rejected = files.BadWriter(stack.enter_context(files.replacing(bad))) if bad else None
        source_chunks = stack.enter_context(closing(chunks(stream, file, wanted)))
        writer = files.Writer(written, parquet)
        _score(source_chunks, loaded, (top, prior), writer, rejected, Progress(stream))


def shipped(model: list[str] | None) -> weights.Loaded:
    """The shipped network that is asked for, `combined` where none is. Raises InputError for another name."""
    from engine.scoring_tasks import NAMES

    name = model[0] if model else "combined"
    if name not in NAMES:
        raise InputError("{model} is none of {methods}.", model=name, methods=", ".join(NAMES))
    return weights.load_shipped(f"names-{name}")


def _score(source: Iterator[Chunk], loaded, how: tuple, writer: files.Writer, rejected, progress: Progress) -> None:
    summary, (top, prior) = Summary(), how
    for chunk in source:
        log_probs = apply_prior(scoring.log_probs(loaded.net, chunk.texts), loaded.params, prior)
        index, probs = scoring.top(log_probs, top)
        origin = [chunk.file] * len(chunk.lines) if " · " in chunk.file else None
        writer.write(files.table(chunk.lines, chunk.names, chunk.texts, index, probs, loaded.params.languages, origin))
        if rejected:
            rejected.write(chunk.bad)
        summary.add(chunk)
        progress.step(chunk)
    progress.bar.close()
    writer.close()
    if rejected:
        rejected.close()
    if not summary.scored:
        raise InputError("No name could be scored: {reasons}", reasons="; ".join(summary.reasons) or "no rows")
    summary.tell(bool(rejected))
