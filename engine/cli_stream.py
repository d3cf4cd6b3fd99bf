"""What all commands on lists share: one line for an error, a bar, a summary, where to read and where to write."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import typer
from tqdm import tqdm

from engine import files
from engine.errors import InputError
from engine.readers.stream import Chunk

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


class Progress:
    """A bar on stderr: bytes of the file where its size is known, rows otherwise."""

    def __init__(self, source: BinaryIO, unit: str = " names"):
        self.source = source if source.seekable() else None
        total = self._size()
        self.bar = tqdm(
            total=total, unit="B" if total else unit, unit_scale=True, file=sys.stderr, disable=None, leave=False
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


class Summary:
    """Counts, and the first bad rows, for the end."""

    def __init__(self, unit: str = "names"):
        self.unit = unit
        self.scored, self.reasons, self.first = 0, Counter(), []

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        self.scored += len(chunk.texts)
        self.reasons.update(row.reason.format(**row.params) for row in chunk.bad)
        self.first += chunk.bad[: EXAMPLES - len(self.first)]

    def tell(self, listed: bool) -> None:
        """Say it on stderr; `listed`: a file has all bad rows."""
        left_out = self.reasons.total()
        typer.echo(f"{self.scored} {self.unit} scored, {left_out} rows left out.", err=True)
        if listed:
            return
        for row in self.first:
            typer.echo(f"  {row.file}:{row.line}: {row.reason.format(**row.params)} {row.text}", err=True)
        if left_out > len(self.first):
            typer.echo(f"  … and {left_out - len(self.first)} more; --bad FILE.csv lists them all.", err=True)


def source(path: str, stack: ExitStack) -> tuple[BinaryIO, str]:
    """(what to read, its name), closed with the stack."""
    if path == "-":
        return sys.stdin.buffer, ""
    if Path(path).is_dir():
        raise InputError("{path} is a folder. Pack it as a .zip.", path=path)
    return stack.enter_context(Path(path).open("rb")), Path(path).name


def sink(path: str, stack: ExitStack) -> tuple[BinaryIO, bool]:
    """(where to write, whether as Parquet), closed with the stack."""
    if path == "-":
        return sys.stdout.buffer, False
    if Path(path).suffix.lower() not in (".csv", ".parquet"):
        raise InputError("{path} is neither .csv nor .parquet.", path=path)
    return stack.enter_context(files.replacing(Path(path))), Path(path).suffix.lower() == ".parquet"
