"""A plain text that somebody brings: bytes in, lines of text out, or in words why not."""

import re
from dataclasses import replace
from typing import NamedTuple

from engine.corpora import EVERY, PIECE
from engine.errors import N_, InputError
from engine.readers import PAGE, BadRow, Limits, decode, gunzip, kind, name_of
from engine.readers.base import MB, shorten

LEARN = replace(PAGE, unpacked=20 * MB, rows=None)  # the page: so much text, packed or not
ANY_SIZE = replace(PAGE, upload=None, unpacked=2000 * MB, rows=None)  # the command line
COMMAND = "python -m engine train lm --model ngram --data FILE.txt --out OUT.safetensors"
_BLANK = re.compile(r"[\0-\x08\x0e-\x1b\x7f]")


class Text(NamedTuple):
    """The text, one line a sequence, none longer than PIECE; the encoding by name; lines and characters; lines left
    out because their bytes do not fit the encoding.
    """

    text: str
    encoding: str
    n_lines: int
    n_characters: int
    bad: tuple[BadRow, ...] = ()


def read(blob: bytes, name: str, encoding: str | None = None, limits: Limits = LEARN) -> Text:
    """The lines of a .txt file, or of one in a .gz, that are not blank.

    encoding: a codec of readers.ENCODINGS instead of the detected one. Raises InputError for a file that is empty, too
    large or no text, for bytes that fit no line, and for fewer lines than can be split into two parts.
    """
    called = shorten(name)
    if not blob.strip():
        raise InputError(N_("{file} is empty."), file=called)
    _check_size(len(blob), called, limits.upload)
    if blob.startswith(b"\x1f\x8b"):
        name, blob = gunzip(blob, name, limits)
    _check_kind(blob, name)
    decoded = decode(blob, name, encoding or _utf_8(blob), replace(limits, upload=None))
    wrong = {row.line for row in decoded.bad}
    lines = [piece for at, line in enumerate(decoded.text.split("\n"), 1) if at not in wrong for piece in _pieces(line)]
    known = name_of(decoded.encoding)
    if len(lines) < EVERY and decoded.bad:
        raise InputError(
            N_("{file}, line {line}: holds bytes that do not fit the encoding {encoding}. Choose another encoding."),
            file=called, line=decoded.bad[0].line, encoding=known,
        )  # fmt: skip
    if len(lines) < EVERY:
        raise InputError(
            N_("{file} has {found} lines of text; at least {n} are needed: one in ten is held out."),
            file=called, found=len(lines), n=EVERY,
        )  # fmt: skip
    return Text("\n".join(lines), known, len(lines), sum(map(len, lines)), decoded.bad)


def _utf_8(blob: bytes) -> str | None:
    """UTF-8 wherever all bytes fit it: a running text is never so by chance."""
    try:
        blob.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if b"\0" in blob else "utf_8_sig" if blob.startswith(b"\xef\xbb\xbf") else "utf_8"


def _check_size(size: int, name: str, limit: int | None) -> None:
    if limit is not None and size > limit:
        raise InputError(
            N_("{file} has {size:.0f} MB; this page takes {limit:.0f} MB. The command line counts larger "
               "texts: {command}"),
            file=name, size=size / MB, limit=limit / MB, command=COMMAND,
        )  # fmt: skip


def _check_kind(blob: bytes, name: str) -> None:
    """Raise InputError for what is no plain text."""
    try:
        found = kind(blob, name)
    except InputError as error:
        found = str(error.params.get("found", "")) or "?"
    if found not in ("txt", "csv", "tsv"):
        if found == "?":
            raise InputError(N_("{file} is a binary file, no text. Save it as .txt."), file=shorten(name))
        raise InputError(
            N_("{file} is no plain text; its content is: {found}. Save it as .txt."), file=shorten(name), found=found
        )


def _pieces(line: str) -> list[str]:
    """The line without white space at its ends; a long one cut at blanks, or where there are none, anywhere."""
    line = _BLANK.sub(" ", line).strip()
    if len(line) <= PIECE:
        return [line] if line else []
    found, start = [], 0
    while len(line) - start > PIECE:
        end = line.rfind(" ", start + 1, start + PIECE + 1)
        end = end if end > start else start + PIECE
        found.append(line[start:end].strip())
        start = end
    return [piece for piece in (*found, line[start:].strip()) if piece]
