"""`python -m engine score names`: a file of names of any size in, the languages of each out."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import torch
import typer
from tqdm import tqdm

from engine import files, scoring, weights
from engine.errors import InputError
from engine.evaluate import apply_prior
from engine.readers.encoding import ENCODINGS
from engine.readers.stream import Chunk, Wanted, chunks

app = typer.Typer(help="Score files with a trained network.", no_args_is_help=True)
EXAMPLES = 5  # bad rows that are shown where no file takes them all


class Prior(StrEnum):
    """Which prior the probabilities stand for."""

    natural = "natural"
    uniform = "uniform"


class Header(StrEnum):
    """Whether the first row names the columns."""

    auto = "auto"
    yes = "yes"
    no = "no"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """What the user can mend is said in one line on stderr, with exit status 2."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read stdout has gone: nothing to say
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(": ".join(filter(None, (str(error.filename or ""), error.strerror or str(error)))), err=True)
        raise typer.Exit(2) from error
    except InputError as error:
        typer.echo(" ".join(str(error).split()), err=True)
        raise typer.Exit(2) from error


class _Progress:
    """A bar on stderr: bytes of the file where its size is known, names otherwise."""

    def __init__(self, source: BinaryIO):
        self.source = source if source.seekable() else None
        total = self._size()
        self.bar = tqdm(
            total=total, unit="B" if total else " names", unit_scale=True, file=sys.stderr, disable=None, leave=False
        )

    def _size(self) -> int | None:
        """Bytes of the source, where it can tell."""
        if self.source is None:
            return None
        here = self.source.tell()
        size = self.source.seek(0, os.SEEK_END)
        self.source.seek(here)
        return size

    def step(self, chunk: Chunk) -> None:
        """Move on by one chunk."""
        self.bar.update(self.source.tell() - self.bar.n if self.source else len(chunk.lines))


class _Summary:
    """Counts, and the first bad rows, for the end."""

    def __init__(self):
        self.scored, self.reasons, self.first = 0, Counter(), []

    def add(self, chunk: Chunk) -> None:
        self.scored += len(chunk.texts)
        self.reasons.update(row.reason.format(**row.params) for row in chunk.bad)
        self.first += chunk.bad[: EXAMPLES - len(self.first)]

    def tell(self, listed: bool) -> None:
        left_out = self.reasons.total()
        typer.echo(f"{self.scored} names scored, {left_out} rows left out.", err=True)
        if listed:
            return
        for row in self.first:
            typer.echo(f"  {row.file}:{row.line}: {row.reason.format(**row.params)} {row.text}", err=True)
        if left_out > len(self.first):
            typer.echo(f"  … and {left_out - len(self.first)} more; --bad FILE.csv lists them all.", err=True)


def _source(path: str, stack: ExitStack) -> tuple[BinaryIO, str]:
    if path == "-":
        return sys.stdin.buffer, ""
    if Path(path).is_dir():
        raise InputError("{path} is a folder. Pack it as a .zip.", path=path)
    return stack.enter_context(Path(path).open("rb")), Path(path).name


def _sink(path: str, stack: ExitStack) -> tuple[BinaryIO, bool]:
    """(where to write, whether as Parquet)."""
    if path == "-":
        return sys.stdout.buffer, False
    if Path(path).suffix.lower() not in (".csv", ".parquet"):
        raise InputError("{path} is neither .csv nor .parquet.", path=path)
    return stack.enter_context(files.replacing(Path(path))), Path(path).suffix.lower() == ".parquet"


@app.callback()
def score() -> None:
    """Score files with a trained network."""


@app.command("names")
def names(
    source: Annotated[str, typer.Argument(metavar="IN", help=".txt .csv .tsv .xlsx .zip .gz, or - for stdin.")],
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
) -> None:
    """Write the likeliest languages of every name in IN, streamed: files of any size at constant memory."""
    with one_line_errors(), ExitStack() as stack:
        torch.set_num_threads(1)
        if encoding is not None and encoding not in ENCODINGS:
            raise InputError("Unknown encoding {name}; known: {all}.", name=encoding, all=", ".join(ENCODINGS))
        loaded = weights.load_file(weights_file) if weights_file else weights.load_shipped("names-combined")
        stream, file = _source(source, stack)
        wanted = Wanted(column, {"auto": None, "yes": True, "no": False}[header], encoding)
        sink, parquet = _sink(out, stack)
        rejected = files.BadWriter(stack.enter_context(files.replacing(bad))) if bad else None
        source_chunks = stack.enter_context(closing(chunks(stream, file, wanted)))
        writer = files.Writer(sink, parquet)
        _score(source_chunks, loaded, (top, prior), writer, rejected, _Progress(stream))


def _score(source: Iterator[Chunk], loaded, how: tuple, writer: files.Writer, rejected, progress: _Progress) -> None:
    summary, (top, prior) = _Summary(), how
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
