"""A whole file as tables of strings, and the names of one column with the rows that can't be used."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import pandas as pd

from engine.errors import InputError
from engine.readers.archive import gunzip, kind, unzip
from engine.readers.base import NO_CELL, PAGE, BadRow, Limits, Table, bad_row, shorten
from engine.readers.columns import SAMPLE, check, column_names, guess_column, guess_header, tidy
from engine.readers.encoding import check_size, decode, name_of
from engine.readers.rows import Record, guess_delimiter, is_separator_line, lines, records
from engine.readers.sheet import sheets


def too_many_rows(file: str, limit: int) -> InputError:
    """The error for a file with more rows than the page takes; it names the way that has no limit."""
    return InputError(
        "{file} has more than {limit} rows, which is what this page takes. Longer files are scored by the command "
        "line: python -m engine score names FILE --out OUT.csv",
        file=shorten(file), limit=limit,
    )  # fmt: skip


def build(
    file: str, source: Iterable[Record], encoding: str, delimiter: str, header: bool | None, limits: Limits
) -> Table:
    """A Table of records; `header` None means: guess."""
    source = [record for record in islice(source, limits.rows + 2)]
    good = [record for record in source if not record.reason]
    rows = [record.cells for record in good[:SAMPLE]]
    header = guess_header(rows) if header is None else header
    if len(source) - header > limits.rows:
        raise too_many_rows(file, limits.rows)
    width = max(map(len, rows), default=0)
    if not width:
        raise InputError("{file} holds no rows.", file=shorten(file))
    if width * len(good) > limits.cells:
        raise InputError("{file} has too many cells. Keep only the column that is needed.", file=shorten(file))
    columns = column_names(rows[0], width, header)
    best = columns[guess_column(columns, rows[header:])]
    bad = tuple(bad_row(file, r.line, r.reason, " ".join(r.cells), **(r.params or {})) for r in source if r.reason)
    return Table(file, encoding, delimiter, header, _frame(good[header:], columns), best, bad)


def _frame(source: Sequence[Record], columns: list[str]) -> pd.DataFrame:
    """Cells as strings, missing ones None; the index holds the line numbers."""
    width = len(columns)
    cells = [(*r.cells[:width], *([None] * (width - len(r.cells)))) for r in source]
    index = pd.Index([r.line for r in source], dtype="int64", name="line")
    return pd.DataFrame(cells, index=index, columns=columns, dtype="str")


def _text_table(blob: bytes, file: str, sort: str, header: bool | None, encoding: str | None, limits: Limits) -> Table:
    decoded = decode(blob, file, encoding, limits)
    numbered = lines(io.StringIO(decoded.text), limits)
    sample = list(islice(numbered, SAMPLE))
    delimiter = guess_delimiter([text for _, text in sample], sort)
    if sample and is_separator_line(sample[0][1]):
        sample = sample[1:]
    source = records([*sample, *islice(numbered, limits.rows + 2)], delimiter, limits)
    return build(file, source, name_of(decoded.encoding), delimiter, header, limits)


def _sheet_tables(blob: bytes, file: str, header: bool | None, limits: Limits) -> list[Table]:
    tables = []
    for title, rows in sheets(blob, file, limits):
        source = (Record(number, row) for number, row in enumerate(rows, 1))
        tables.append(build(f"{file} · {title}", source, "xlsx", "", header, limits))
    if not tables:
        raise InputError("{file} holds no rows.", file=shorten(file))
    return tables


def _tables(
    blob: bytes, name: str, header: bool | None = None, encoding: str | None = None, limits: Limits = PAGE
) -> list[Table]:
    """The tables of a file that is no .zip; a .gz is opened once."""
    check_size(blob, name, limits)
    sort, inside = kind(blob, name), replace(limits, upload=limits.unpacked)
    if sort == "gz":
        name, blob = gunzip(blob, name, limits)
        check_size(blob, name, inside)
        sort = kind(blob, name)
    if sort in ("zip", "gz"):
        raise InputError("{file} is an archive inside another one. Unpack it first.", file=shorten(name))
    if sort == "xlsx":
        return _sheet_tables(blob, name, header, inside)
    return [_text_table(blob, name, sort, header, encoding, inside)]


def read(
    blob: bytes, name: str, header: bool | None = None, encoding: str | None = None, limits: Limits = PAGE
) -> tuple[list[Table], list[BadRow]]:
    """The tables of one file (several for .zip and for workbooks), and what inside a .zip could not be read (line 0).

    header, encoding: None guesses them. Raises InputError with file, reason and remedy if nothing can be used.
    """
    check_size(blob, name, limits)
    if kind(blob, name) != "zip":
        return _tables(blob, name, header, encoding, limits), []
    tables, bad, inside = [], [], replace(limits, upload=limits.unpacked)
    for member, content in unzip(blob, name, limits):
        file = f"{name} · {member}"
        try:
            tables += _tables(content, file, header, encoding, inside)
        except InputError as error:
            bad.append(BadRow(file, 0, error.template, error.params, ""))
        if sum(len(table.cells) for table in tables) > limits.rows:
            raise too_many_rows(name, limits.rows)
    if not tables:
        raise InputError(bad[0].reason, **bad[0].params)
    return tables, bad


def names(
    tables: Sequence[Table], column: str | None = None, limits: Limits = PAGE
) -> tuple[pd.DataFrame, list[BadRow]]:
    """(columns `file, line, name, text` of every name that can be scored, the bad rows of the tables and theirs).

    `text` is the folded name. A table without `column` uses its guessed one.
    """
    rows, bad = [], []
    for table in tables:
        bad += table.bad
        cells = table.cells[column if column in table.cells else table.name]
        for line, cell in zip(cells.index, cells.tolist(), strict=True):
            if not isinstance(cell, str):
                bad.append(bad_row(table.file, line, NO_CELL))
                continue
            text, reason, params = check(cell, table.encoding, limits)
            if reason:
                bad.append(bad_row(table.file, line, reason, cell, **params))
            else:
                rows.append((table.file, line, tidy(cell), text))
    bad.sort(key=lambda row: (row.file, row.line))
    return pd.DataFrame(rows, columns=["file", "line", "name", "text"]), bad
