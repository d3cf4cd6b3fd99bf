"""What every reader shares: limits, a bad row, a decoded text, a table."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from engine.errors import N_, InputError

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """How much of a file is read; sizes in bytes, `name`, `cell`, `line` in characters."""

    upload: int | None = 20 * MB
    unpacked: int = 200 * MB  # all members of an archive together
    ratio: int = 200  # unpacked / packed, looked at beyond 10 MB
    members: int = 1_000
    rows: int | None = 200_000
    columns: int = 500
    cells: int = 4_000_000  # of one table
    cell: int = 10_000
    line: int = 100_000  # below csv.field_size_limit
    name: int = 100
    spread: int = 10  # lines that one quoted field may cover


PAGE = Limits()
STREAM = replace(PAGE, upload=None, rows=None)  # the command line: files of any size, row by row

UNDECODABLE = N_("Holds bytes that do not fit the encoding {encoding}.")
EMPTY = N_("There is no name: the line or its cell is empty.")
EMPTY_TEXT = N_("There is no text: the line or its cell is empty.")
NO_LETTER = N_("No letter the network knows is left (it reads a–z, A–Z, space and . , : ;).")
TOO_LONG = N_("Longer than {limit} characters ({n}).")
LONG_LINE = N_("The line is longer than {limit} characters.")
OPEN_QUOTE = N_("A quote is opened and never closed.")
WIDE = N_("The row has {n} cells, more than {limit}.")
NO_CELL = N_("The row has no cell in the chosen column.")
NUL = N_("Holds a NUL character.")


class BadRow(NamedTuple):
    """A row that was left out: file, 1-based line, why (`reason` is an English message id for `params`), its text."""

    file: str
    line: int
    reason: str
    params: dict[str, object]
    text: str


class Decoded(NamedTuple):
    """A text, the encoding it was read in and the lines that hold bytes outside of it (� in `text`)."""

    text: str
    encoding: str
    bad: tuple[BadRow, ...]


class Table(NamedTuple):
    """One file as strings: `cells` has the 1-based line numbers as index; `name` is the guessed column of names."""

    file: str
    encoding: str
    delimiter: str
    header: bool
    cells: pd.DataFrame
    name: str
    bad: tuple[BadRow, ...]


def shorten(text: str, width: int = 60) -> str:
    """The first characters of a text, with … where it was cut and spaces for its control characters."""
    cut = text[: width + 1]
    cut = "".join(char if char.isprintable() else " " for char in cut)
    return cut if len(text) <= width else cut[: width - 1] + "…"


def bad_row(file: str, line: int, reason: str, text: str = "", **params: object) -> BadRow:
    """A BadRow with its text shortened."""
    return BadRow(file, line, reason, params, shorten(text))


def too_large(file: str, size: int, limit: int) -> InputError:
    """The error for a file over the limit of the page; it names the way that has none."""
    return InputError(
        "{file} has {size:.0f} MB; this page takes {limit:.0f} MB. Larger files are scored by the command line: "
        "python -m engine score names FILE --out OUT.csv",
        file=shorten(file), size=size / MB, limit=limit / MB,
    )  # fmt: skip
