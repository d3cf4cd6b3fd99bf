"""Text as sentences and words, and columns of sentences from tables.

Words are cut as the treebank cuts them (do n't, well - known, . alone) by spaCy's rules for English; no model is
loaded. Its stock of strings would grow with every new word, so each call works in a memory zone of its own.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from threading import Lock
from typing import BinaryIO

import pandas as pd

from engine.errors import InputError
from engine.readers.base import EMPTY, EMPTY_TEXT, NO_CELL, PAGE, BadRow, Limits, Table, bad_row
from engine.readers.columns import check_text as check

LONGEST_LINE = 1_000_000  # bytes
BATCH, BATCH_BYTES = 500, 1_000_000  # lines, and bytes, in work at a time
_ONE_AT_A_TIME = Lock()


@cache
def _english():
    import spacy

    english = spacy.blank("en")
    english.add_pipe("sentencizer")
    english.max_length = LONGEST_LINE + 1
    return english


def words(texts: Sequence[str]) -> list[list[list[str]]]:
    """The sentences of each text as lists of words, white space dropped; the first call loads the rules (seconds)."""
    english = _english()
    with _ONE_AT_A_TIME, english.memory_zone():
        return [
            [cut for sentence in document.sents if (cut := [word.text for word in sentence if not word.is_space])]
            for document in english.pipe(texts)
        ]


def lines(source: BinaryIO, file: str = "stdin") -> Iterator[list[str]]:
    """The lines of a UTF-8 stream without their ends, some at a time; as few as have arrived where it is a pipe.

    Raises InputError with file and line for a line that is not UTF-8 or longer than LONGEST_LINE; the lines before it
    are handed out first.
    """
    batch, size, number, error = [], 0, 0, None
    while error is None and (raw := source.readline(LONGEST_LINE + 2)):
        number += 1
        try:
            batch.append(_line(raw, number, file))
        except InputError as wrong:
            error = wrong
        size += len(raw)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
    if error:
        raise error


def _line(raw: bytes, number: int, file: str) -> str:
    if len(raw) > LONGEST_LINE + 1:
        raise InputError("{file}, line {line} is longer than {limit:,} bytes.", file=file, line=number,
                         limit=LONGEST_LINE)  # fmt: skip
    try:
        return raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            "{file}, line {line} is not UTF-8 (byte {byte}). Convert it first, e.g. with iconv.",
            file=file, line=number, byte=error.start + 1,
        ) from error  # fmt: skip


def guess_column(table: Table) -> str:
    """The column that holds sentences: the one with the longest cells on average."""
    lengths = {name: table.cells[name].head(300).str.len().fillna(0).mean() for name in table.cells}
    return max(lengths, key=lengths.__getitem__)


def column(
    tables: Sequence[Table], name: str | None = None, limits: Limits = PAGE
) -> tuple[pd.DataFrame, list[BadRow]]:
    """(columns `file, line, text` of every sentence, the bad rows of the tables and of the column).

    A table without the column `name` uses the one that looks like sentences. A text has at most `limits.cell`
    characters.
    """
    rows, bad = [], []
    for table in tables:
        bad += [row._replace(reason=EMPTY_TEXT) if row.reason == EMPTY else row for row in table.bad]
        cells = table.cells[name if name in table.cells else guess_column(table)]
        for line, cell in zip(cells.index, cells.tolist(), strict=True):
            if not isinstance(cell, str):
                bad.append(bad_row(table.file, line, NO_CELL))
                continue
            reason, params = check(cell, table.encoding, limits)
            if reason:
                bad.append(bad_row(table.file, line, reason, cell, **params))
            else:
                rows.append((table.file, line, " ".join(cell.split())))
    bad.sort(key=lambda row: (row.file, row.line))
    return pd.DataFrame(rows, columns=["file", "line", "text"]), bad
