"""Workbooks (.xlsx): values only, after checks that keep a small file from taking the memory."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from engine.errors import InputError
from engine.readers.archive import open_zip, read_member
from engine.readers.base import PAGE, Limits, shorten

_CELL = re.compile(rb"""\br\s*=\s*["'](&|[A-Za-z]{0,3})([0-9]*)""")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([0-9]{1,7})\s*<")
_STRING = re.compile(rb"<(?:\w+:)?si\b")
_MEMORY = 300_000_000  # bytes of text that the cells of one sheet may repeat


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _extent(xml: bytes) -> tuple[int, int]:
    """(last row, last column) that the cell references of a sheet name; a reference in disguise counts as endless."""
    rows = columns = 0
    for match in _CELL.finditer(xml):
        letters, digits = match.groups()
        if letters == b"&":
            return 10**9, 10**9
        rows, columns = max(rows, int(digits[:12] or 0)), max(columns, _column(letters))
    return rows, columns


def _string_sizes(xml: bytes) -> list[int]:
    starts = [match.start() for match in _STRING.finditer(xml)] + [len(xml)]
    return [end - start for start, end in pairwise(starts)]


def _repeated(xml: bytes, sizes: list[int]) -> int:
    """Bytes of shared strings that a sheet repeats, at most; 0 if they are too short to matter."""
    if max(sizes, default=0) * xml.count(b"<") < _MEMORY:
        return 0
    return sum(sizes[at] for at in map(int, _VALUE.findall(xml)) if at < len(sizes))


def _check(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    """A workbook's parts, read one by one before the library lays out a dense grid from first to last cell."""
    members = sorted(members, key=lambda info: "sharedstrings" not in info.filename.lower())
    sizes: list[int] = []
    for info in members:
        xml = read_member(archive, info, name)
        if xml.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\0" in xml[:100] and xml.lstrip(b"\0").startswith(b"<")):
            raise InputError("{file} is not a workbook that can be read. Save it as .csv.", file=shorten(name))
        sizes = max(sizes, _string_sizes(xml), key=len)
        crowded = xml.count(b"<c") > 2 * limits.cells
        rows, columns = (0, 0) if crowded else _extent(xml)
        wide = columns > limits.columns and rows * columns > 100_000
        if crowded or wide or rows * columns > 4 * limits.cells or _repeated(xml, sizes) > _MEMORY:
            raise InputError(
                "{file} has a sheet that is too large. Keep only the column that is needed, or save it as .csv.",
                file=shorten(name),
            )


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def sheets(blob: bytes, name: str, limits: Limits = PAGE) -> Iterator[tuple[str, list[list[str]]]]:
    """(sheet name, rows of strings from row 1 on) of every sheet with cells; formulas as their stored values.

    Raises InputError for what is no workbook, for a protected one, and for one that would take too much memory.
    """
    archive, members = open_zip(blob, name, limits)
    with archive:
        _check(archive, members, name, limits)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(blob))
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            if sheet.height and (rows := sheet.to_python(skip_empty_area=False)):
                yield title, [[_text(value) for value in row] for row in rows]
    except PasswordError as error:
        raise InputError("{file} is protected by a password. Save it without one.", file=shorten(name)) from error
    except (CalamineError, OSError, ValueError) as error:
        raise InputError("{file} is not a workbook that can be read. Save it as .csv.", file=shorten(name)) from error
