"""Translations beside their references: text files line by line, or columns of a table."""

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import pandas as pd

from engine import readers
from engine.errors import InputError
from engine.readers.base import EMPTY, NO_CELL, PAGE, BadRow, Limits, Table, bad_row, shorten
from engine.readers.encoding import check_size, name_of
from engine.readers.rows import lines
from engine.readers.table import too_many_rows
from engine.sentences import EMPTY_TEXT, check

CANDIDATE = {
    "candidate",
    "hypothesis",
    "hyp",
    "translation",
    "mt",
    "output",
    "system",
    "prediction",
    "译文",
    "机器译文",
}
REFERENCE = {"reference", "ref", "references", "gold", "human", "参考", "参考译文"}
SOURCE = {"source", "src", "original", "原文", "源文"}


class Pairs(NamedTuple):
    """Lines that can be scored: `cells` with columns line, candidate, reference 1 … and, where known, source; the
    rows that were left out.
    """

    cells: pd.DataFrame
    bad: list[BadRow]


def _reason(cell: object, encoding: str, limits: Limits) -> tuple[str, dict]:
    """Why a cell cannot be scored; an empty one can: a translation may be empty."""
    if not isinstance(cell, str):
        return NO_CELL, {}
    reason, params = check(cell, encoding, limits)
    return ("", {}) if reason == EMPTY_TEXT else (reason, params)


def _paired(line: Sequence[int], texts: dict[str, list], of: Sequence[tuple[str, str]], limits: Limits) -> Pairs:
    """Columns of equal length; a row is left out where one of its cells is bad. of: (file, encoding) of each."""
    bad, gone = [], set()
    for (file, encoding), column in zip(of, texts.values(), strict=True):
        for at, cell in enumerate(column):
            reason, params = _reason(cell, encoding, limits)
            if reason:
                bad.append(bad_row(file, line[at], reason, cell if isinstance(cell, str) else "", **params))
                gone.add(at)
    cells = pd.DataFrame(
        {"line": list(line), **{name: pd.Series(column, dtype=object) for name, column in texts.items()}}
    )
    cells = cells.drop(index=list(gone)).reset_index(drop=True)
    for name in texts:
        cells[name] = [" ".join(cell.split()) for cell in cells[name]]
    bad.sort(key=lambda row: (row.line, row.file))
    return Pairs(cells, bad)


def read_lines(blob: bytes, name: str, encoding: str | None = None, limits: Limits = PAGE) -> tuple[list[str], str]:
    """(lines of a text file, .gz too, its encoding). Raises InputError for an empty, too large or damaged file, for an
    archive, and for more lines than the limit.
    """
    check_size(blob, name, limits)
    sort = readers.kind(blob, name)
    if sort == "gz":
        name, blob = readers.gunzip(blob, name, limits)
        sort, limits = readers.kind(blob, name), replace(limits, upload=limits.unpacked)
    if sort in ("zip", "gz", "xlsx"):
        raise InputError("{file} is no text file. One sentence a line is expected.", file=shorten(name))
    decoded = readers.decode(blob, name, encoding, limits)
    found = [text for _, text in islice(lines(io.StringIO(decoded.text), limits), (limits.rows or 10**9) + 1)]
    if limits.rows is not None and len(found) > limits.rows:
        raise too_many_rows(name, limits.rows)
    return found, name_of(decoded.encoding)


def from_texts(candidates: tuple[str, bytes], references: Sequence[tuple[str, bytes]], limits: Limits = PAGE) -> Pairs:
    """Pairs of text files, (name, bytes) each, line by line. Raises InputError where their lines are not as many."""
    files = [candidates, *references]
    read = [read_lines(blob, name, None, limits) for name, blob in files]
    n = len(read[0][0])
    for (name, _), (text, _) in zip(references, read[1:], strict=True):
        if len(text) != n:
            raise InputError("{a} has {n:,} lines, {b} has {m:,}; they must have as many.", a=shorten(candidates[0]),
                             n=n, b=shorten(name), m=len(text))  # fmt: skip
    names = ["candidate", *(f"reference {k + 1}" for k in range(len(references)))]
    texts = {name: text for name, (text, _) in zip(names, read, strict=True)}
    of = [(name, encoding) for (name, _), (_, encoding) in zip(files, read, strict=True)]
    return _paired(range(1, n + 1), texts, of, limits)


class Columns(NamedTuple):
    """Which columns of a table hold what."""

    candidate: str
    references: tuple[str, ...]
    source: str | None


def guess_header(first: Sequence[str]) -> bool:
    """Whether a first row names its columns."""
    return any(cell.strip().casefold() in CANDIDATE | REFERENCE | SOURCE for cell in first)


def guess_columns(names: Sequence[str]) -> Columns:
    """By their names, else by their order: candidate, reference; with three or more: source, reference, candidate …"""

    def called(words: set[str]) -> list[str]:
        return [name for name in names if name.strip().casefold().rstrip("0123456789 ._-()") in words]

    source, candidate, references = called(SOURCE), called(CANDIDATE), called(REFERENCE)
    left = [name for name in names if name not in (*source, *candidate, *references)]
    candidate = candidate or left[:1] or [names[0]]
    left = [name for name in left if name != candidate[0]]
    references = references or left[:1]
    return Columns(candidate[0], tuple(references), source[0] if source else None)


def from_table(table: Table, columns: Columns, limits: Limits = PAGE) -> Pairs:
    """Pairs of the columns of a table; its own bad rows are listed too."""
    texts = {"candidate": table.cells[columns.candidate].tolist()}
    texts |= {f"reference {k + 1}": table.cells[name].tolist() for k, name in enumerate(columns.references)}
    if columns.source:
        texts["source"] = [cell if isinstance(cell, str) else "" for cell in table.cells[columns.source]]
    of = [(table.file, table.encoding)] * len(texts)
    found = _paired(table.cells.index.tolist(), texts, of, limits)
    rows = [row._replace(reason=EMPTY_TEXT) if row.reason == EMPTY else row for row in table.bad]
    return Pairs(found.cells, sorted([*rows, *found.bad], key=lambda row: row.line))
