"""Files of any size, read in chunks of names at constant memory; for the command line."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, NamedTuple

from engine.errors import InputError
from engine.readers.archive import READABLE, check_member, is_hidden, kind, member_name, suffix
from engine.readers.base import EMPTY, EMPTY_TEXT, MB, NO_CELL, STREAM, BadRow, bad_row, shorten
from engine.readers.columns import (
    SAMPLE,
    check,
    check_text,
    column_names,
    guess_column,
    guess_header,
    longest_column,
    tidy,
)
from engine.readers.encoding import blocks, detect, name_of
from engine.readers.rows import Record, guess_delimiter, is_separator_line, lines, records
from engine.readers.sheet import sheets

CHUNK = 50_000  # rows handed out at a time
PIPE = "stdin"  # how a stream without a name is called


class Chunk(NamedTuple):
    """Some rows of one file: line numbers, names and folded texts of those that can be scored, and the others; of
    sentences both are the sentence.
    """

    file: str
    lines: list[int]
    names: list[str]
    texts: list[str]
    bad: list[BadRow]


class Wanted(NamedTuple):
    """What the caller knows of the file; None is guessed."""

    column: str | None = None
    header: bool | None = None
    encoding: str | None = None
    texts: bool = False  # sentences, not names: nothing is folded


ANY = Wanted()


class _Joined(io.RawIOBase):
    """A head that was read already, then the rest of a stream that can't go back."""

    def __init__(self, head: bytes, rest: BinaryIO):
        self.head, self.rest = io.BytesIO(head), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        return self.head.readinto(buffer) or self.rest.readinto(buffer)


def _column(asked: Wanted, columns: list[str], rows: list[list[str]], file: str) -> int:
    """The position of the wanted column, by name or by number from 1."""
    wanted = asked.column
    if wanted is None:
        return longest_column(columns, rows) if asked.texts else guess_column(columns, rows)
    folded = [column.casefold() for column in columns]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    if wanted.isdecimal() and 1 <= int(wanted) <= len(columns):
        return int(wanted) - 1
    raise InputError(
        "{file} has no column {column}. It has: {columns}.",
        file=shorten(file), column=shorten(wanted), columns=shorten(", ".join(columns), 200),
    )  # fmt: skip


def _checked(cell: str, encoding: str, texts: bool) -> tuple[str, str, dict]:
    """(what is read, why it cannot be, parameters)."""
    return (tidy(cell), *check_text(cell, encoding, STREAM)) if texts else check(cell, encoding, STREAM)


def _chunk(rows: list[Record], at: int, file: str, encoding: str, texts: bool) -> Chunk:
    chunk = Chunk(file, [], [], [], [])
    for line, cells, reason, params in rows:
        if reason or at >= len(cells):
            reason = EMPTY_TEXT if texts and reason == EMPTY else reason or NO_CELL
            chunk.bad.append(bad_row(file, line, reason, " ".join(cells), **(params or {})))
            continue
        text, reason, params = _checked(cells[at], encoding, texts)
        if reason:
            chunk.bad.append(bad_row(file, line, reason, cells[at], **params))
            continue
        chunk.lines.append(line)
        chunk.names.append(tidy(cells[at]))
        chunk.texts.append(text)
    return chunk


def _chunks(source: Iterator[Record], file: str, encoding: str, wanted: Wanted) -> Iterator[Chunk]:
    sample = list(islice(source, SAMPLE))
    good = [record.cells for record in sample if not record.reason]
    header = guess_header(good) if wanted.header is None else wanted.header
    columns = column_names(good[0] if good else [], max(map(len, good), default=0), header)
    at = _column(wanted, columns, good[header:], file) if columns else 0
    if header and good:
        sample.pop(next(index for index, record in enumerate(sample) if not record.reason))
    source = chain(sample, source)
    while rows := list(islice(source, CHUNK)):
        yield _chunk(rows, at, file, encoding, wanted.texts)


def _text_chunks(source: BinaryIO, file: str, sort: str, encoding: str, wanted: Wanted) -> Iterator[Chunk]:
    text = io.TextIOWrapper(source, encoding, "replace")
    try:
        numbered = lines(text, STREAM)
        sample = list(islice(numbered, SAMPLE))
        delimiter = guess_delimiter([line for _, line in sample], sort)
        if sample and is_separator_line(sample[0][1]):
            sample = sample[1:]
        yield from _chunks(records(chain(sample, numbered), delimiter, STREAM), file, name_of(encoding), wanted)
    finally:
        if not text.closed:
            text.detach()  # the stream is the caller's to close


def _sheet_chunks(blob: bytes, file: str, wanted: Wanted) -> Iterator[Chunk]:
    for title, rows in sheets(blob, file, STREAM):
        source = (Record(number, row) for number, row in enumerate(rows, 1))
        yield from _chunks(source, f"{file} · {title}", "xlsx", wanted)


def _zip_chunks(source: BinaryIO, file: str, wanted: Wanted) -> Iterator[Chunk]:
    """Members one after the other, streamed; nothing is written to disk."""
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                check_member(info, file)
            if is_hidden(info) or suffix(info.filename) not in READABLE:
                continue
            with archive.open(info) as member:
                yield from chunks(member, f"{file} · {member_name(info)}", wanted, inside=True)


def _unpacked(source: BinaryIO, file: str, sort: str, wanted: Wanted, inside: bool) -> Iterator[Chunk]:
    """The chunks of an archive or a workbook."""
    if inside and sort != "xlsx":
        raise InputError("{file} is an archive inside another one. Unpack it first.", file=shorten(file or PIPE))
    if sort == "gz":
        opened = gzip.GzipFile(fileobj=source)
        opened = opened if source.seekable() else io.BufferedReader(_Joined(b"", opened))
        return chunks(opened, file.removesuffix(".gz"), wanted, inside=True)
    if sort == "xlsx":
        return _sheet_chunks(source.read(), file or PIPE, wanted)
    return _zip_chunks(source if source.seekable() else io.BytesIO(source.read()), file or PIPE, wanted)


def chunks(source: BinaryIO, file: str, wanted: Wanted = ANY, inside: bool = False) -> Iterator[Chunk]:
    """The names of a binary stream called `file`, chunk by chunk; `file` "" is a pipe, told by its content alone.

    Text in any encoding, .csv, .tsv, .gz and .zip are streamed; a workbook is held in memory, within limits. A
    stream that can't go back is judged by its first megabyte. Raises InputError where nothing can be read.
    """
    head, seekable, called = source.read(MB), source.seekable(), file or PIPE
    if not head:
        raise InputError("{file} is empty.", file=shorten(called))
    sort = kind(head, file)
    if seekable:
        encoding = wanted.encoding or detect(head, chain([head], blocks(source)))
        source.seek(0)
    else:
        encoding, source = wanted.encoding or detect(head), io.BufferedReader(_Joined(head, source))
    try:
        if sort in ("zip", "gz", "xlsx"):
            yield from _unpacked(source, file, sort, wanted, inside)
        else:
            yield from _text_chunks(source, called, sort if file else "pipe", encoding, wanted)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, gzip.BadGzipFile) as error:
        raise InputError("{file} is damaged and can't be opened. Make it again.", file=shorten(called)) from error
