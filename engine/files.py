"""Scored names as files: a CSV that no spreadsheet takes for formulas, and Parquet as it is."""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from engine.errors import InputError
from engine.readers import BadRow

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # the wide ones count too in East Asian spreadsheets
BOM = b"\xef\xbb\xbf"


def neutral(cells: Sequence[str]) -> list[str]:
    """The same cells, an apostrophe before those that a spreadsheet would run as a formula."""
    return [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]


def table(
    lines: Sequence[int], names: Sequence[str], texts: Sequence[str], index: np.ndarray, probs: np.ndarray,
    languages: Sequence[str], files: Sequence[str] | None = None,
) -> pa.Table:  # fmt: skip
    """Columns (file,) line, name, folded, language_1, probability_1, …, one row a name; index, probs: [n, k]."""
    words = pa.array(languages, pa.string())
    columns = {} if files is None else {"file": pa.array(files, pa.string())}
    columns |= {"line": pa.array(lines, pa.int64()), "name": pa.array(names, pa.string())}
    columns["folded"] = pa.array(texts, pa.string())
    for rank in range(index.shape[1]):
        columns[f"language_{rank + 1}"] = words.take(pa.array(index[:, rank]))
        columns[f"probability_{rank + 1}"] = pa.array(np.round(probs[:, rank], 6).astype(np.float32))
    return pa.table(columns)


def _neutral_table(scored: pa.Table) -> pa.Table:
    """All text that came from outside without formulas, the names of the columns too (`folded` has letters only)."""
    for at, field in enumerate(scored.schema):
        if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)) and field.name != "folded":
            cells = ["" if cell is None else cell for cell in scored.column(at).to_pylist()]
            scored = scored.set_column(at, field.name, pa.array(neutral(cells), pa.string()))
    return scored.rename_columns(neutral(scored.column_names))


class Writer:
    """A file that grows by tables: CSV with formulas neutralised, or Parquet untouched."""

    def __init__(self, sink: BinaryIO, parquet: bool):
        self.sink, self.parquet, self.writer = sink, parquet, None

    def write(self, scored: pa.Table) -> None:
        """Append rows."""
        scored = scored if self.parquet else _neutral_table(scored)
        if self.writer is None:
            make = pa.parquet.ParquetWriter if self.parquet else pa.csv.CSVWriter
            self.writer = make(self.sink, scored.schema)
        (self.writer.write_table if self.parquet else self.writer.write)(scored)

    def close(self) -> None:
        """Finish the file; the sink stays open."""
        if self.writer is not None:
            self.writer.close()


def csv_bytes(scored: pa.Table) -> bytes:
    """The table as CSV with a BOM, so that a spreadsheet reads its letters right."""
    sink = io.BytesIO()
    writer = Writer(sink, parquet=False)
    writer.write(scored)
    writer.close()
    return BOM + sink.getvalue()


def parquet_bytes(scored: pa.Table) -> bytes:
    """The table as Parquet."""
    sink = io.BytesIO()
    pa.parquet.write_table(scored, sink)
    return sink.getvalue()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its place only when all went well; raises InputError where it can't be written."""
    part = path.with_name(f"{path.name}.part")
    try:
        sink = part.open("wb")
    except OSError as error:
        raise InputError("{path} can't be written: {reason}.", path=str(path), reason=error.strerror or "") from error
    try:
        with sink:
            yield sink
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class BadWriter:
    """The rows that were left out as CSV: file, line, reason, text."""

    def __init__(self, sink: BinaryIO):
        self.text = io.TextIOWrapper(sink, "utf-8", newline="", write_through=True)
        self.rows = csv.writer(self.text)
        self.rows.writerow(["file", "line", "reason", "text"])

    def write(self, bad: Sequence[BadRow]) -> None:
        """Append rows."""
        self.rows.writerows(
            [*neutral([row.file]), row.line, row.reason.format(**row.params), *neutral([row.text])] for row in bad
        )

    def close(self) -> None:
        """Let go of the sink without closing it."""
        self.text.detach()
