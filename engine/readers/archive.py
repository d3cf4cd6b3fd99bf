"""Kinds of files and archives, opened in memory only and within limits that stop bombs."""

import io
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

import puremagic

from engine.errors import InputError
from engine.readers.base import MB, PAGE, Limits, shorten
from engine.readers.encoding import BOMS, check_size, detect

TEXT = {".txt": "txt", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", "": "txt"}
READABLE = (".txt", ".csv", ".tsv", ".tab", ".xlsx")
ARCHIVES = (".zip", ".gz", ".tgz", ".7z", ".rar", ".tar", ".bz2", ".xz", ".zst")
_ALLOWED = set(b"\t\n\x0b\x0c\r\x1a\x00")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


def suffix(name: str) -> str:
    """The extension of a file name, in lower case: `A.CSV` → `.csv`."""
    return PurePosixPath(name).suffix.lower()


def _format(head: bytes) -> str | None:
    """The usual ending of a binary, or of a text in a well-known format; None if nothing is sure."""
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    sure = (match for match in found if len(match.byte_match.strip(b"\0")) >= 4)
    return next((match.extension or None for match in sure if not match.mime_type.startswith("text/")), None)


def _controls(head: bytes) -> int:
    return sum(byte < 32 and byte not in _ALLOWED for byte in head)


def _is_text(head: bytes) -> bool:
    """Whether bytes are text: few control characters, NULs only where the encoding is UTF-16 or in a few places."""
    if any(head.startswith(bom) for bom, _ in BOMS) or detect(head).startswith("utf_16"):
        return True
    return _controls(head) * 50 <= len(head) and head.count(0) * 10 <= len(head)


def kind(blob: bytes, name: str) -> str:
    """What a file is read as: txt | csv | tsv | xlsx | zip | gz, from its content first and its name second.

    Raises InputError where it is none of them.
    """
    head = blob[:4096]
    if blob.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "xlsx" if suffix(name) in (".xlsx", ".xlsm") or b"xl/workbook.xml" in blob else "zip"
    if blob.startswith(b"\x1f\x8b"):
        return "gz"
    text, found = _is_text(head), _format(head)
    if found and (not text or head.startswith((b"%PDF", b"{\\rtf"))):
        raise InputError(
            "{file} is no text or table; its content is: {found}. Use .txt, .csv, .tsv, .xlsx or .zip.",
            file=shorten(name), found=found,
        )  # fmt: skip
    if not text:
        raise InputError(
            "{file} is a binary file, no text or table. Use .txt, .csv, .tsv, .xlsx or .zip.", file=shorten(name)
        )
    if suffix(name) in (".xlsx", ".zip", ".gz"):
        raise InputError(
            "{file} is not a {kind} file, whatever its name says. Save it again, or rename it to .txt or .csv.",
            file=shorten(name), kind=suffix(name),
        )  # fmt: skip
    return TEXT.get(suffix(name), "txt")


def open_zip(blob: bytes, name: str, limits: Limits = PAGE) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The archive and its regular members, all sizes and names checked. Raises InputError."""
    check_size(blob, name, limits)
    end = blob.rfind(b"PK\x05\x06")
    entries = int.from_bytes(blob[end + 10 : end + 12], "little") if end >= 0 else 0
    if entries > limits.members:
        raise _too_many(name, entries, limits)
    try:
        archive = zipfile.ZipFile(io.BytesIO(blob))
        members = [info for info in archive.infolist() if not info.is_dir()]
    except _BROKEN as error:
        raise _broken(name) from error
    if len(members) > limits.members:
        raise _too_many(name, len(members), limits)
    _check_sizes(members, name, limits)
    for info in members:
        check_member(info, name)
    return archive, members


def _too_many(name: str, n: int, limits: Limits) -> InputError:
    return InputError("{file} holds {n} files; up to {limit} are read.", file=shorten(name), n=n, limit=limits.members)


def _broken(name: str) -> InputError:
    return InputError("{file} is damaged and can't be opened. Make it again.", file=shorten(name))


def _check_sizes(members: list[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    size, packed = sum(info.file_size for info in members), sum(info.compress_size for info in members)
    if size > limits.unpacked or (size > 10 * MB and size > limits.ratio * max(packed, 1)):
        raise InputError(
            "{file} unpacks to {size:.0f} MB from {packed:.1f} MB, which is not allowed (a zip bomb does that).",
            file=shorten(name), size=size / MB, packed=packed / MB,
        )  # fmt: skip


def check_member(info: zipfile.ZipInfo, name: str) -> None:
    """Raise InputError for a member behind a password, outside of the archive's folder, or no plain file."""
    where = {"file": shorten(name), "member": shorten(info.filename)}
    path = info.orig_filename.replace("\\", "/")
    if info.flag_bits & 1:
        raise InputError("{file} is protected by a password. Pack it without one.", file=where["file"])
    if path.startswith("/") or ".." in path.split("/") or ":" in path[:3] or "\0" in path:
        raise InputError("{file} holds a file with a forbidden path: {member}.", **where)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError("{file} holds a link instead of a file: {member}.", **where)
    if suffix(path) in ARCHIVES:
        raise InputError("{file} holds another archive: {member}. Unpack it first.", **where)


def is_hidden(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a folder, a hidden file or one that the Macintosh adds."""
    return info.is_dir() or any(part.startswith((".", "__MACOSX")) for part in info.filename.split("/"))


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name; where the archive does not say UTF-8, a Chinese Windows has written GB18030."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    for encoding in ("utf_8", "gb18030"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    """The bytes of one member, never more than its header says. Raises InputError for a damaged one."""
    try:
        with archive.open(info) as file:
            return file.read(info.file_size + 1)
    except _BROKEN as error:
        raise _broken(name) from error


def unzip(
    blob: bytes, name: str, limits: Limits = PAGE, suffixes: tuple[str, ...] = READABLE
) -> list[tuple[str, bytes]]:
    """(member name, bytes) of every member with one of `suffixes`, in archive order; nothing is written to disk.

    Skips folders, hidden files and what the Macintosh adds. Raises InputError for bombs, passwords, archives
    inside, links, paths that lead outside, too many members, damage, and where no member can be read.
    """
    archive, members = open_zip(blob, name, limits)
    with archive:
        visible = [info for info in members if not is_hidden(info)]
        wanted = [info for info in visible if suffix(info.filename) in suffixes]
        if not wanted:
            raise InputError(
                "{file} holds no file that can be read: {found}. Pack .txt, .csv, .tsv or .xlsx files.",
                file=shorten(name), found=shorten(", ".join(i.filename for i in visible)) or "—",
            )  # fmt: skip
        return [(member_name(info), read_member(archive, info, name)) for info in wanted]


def gunzip(blob: bytes, name: str, limits: Limits = PAGE) -> tuple[str, bytes]:
    """(name without .gz, bytes) of a gzip file of one or more parts. Raises InputError for bombs and damage."""
    check_size(blob, name, limits)
    parts, rest, size = [], blob, 0
    while rest:
        engine = zlib.decompressobj(31)
        try:
            parts.append(engine.decompress(rest, limits.unpacked + 1 - size))
        except zlib.error as error:
            raise _broken(name) from error
        size += len(parts[-1])
        if size > limits.unpacked or (size > 10 * MB and size > limits.ratio * len(blob)):
            raise InputError(
                "{file} unpacks to {size:.0f} MB, which is not allowed (a gzip bomb does that).",
                file=shorten(name), size=size / MB,
            )  # fmt: skip
        if not engine.eof:
            raise _broken(name)
        rest = engine.unused_data.lstrip(b"\0")
    return name.removesuffix(".gz").removesuffix(".GZ"), b"".join(parts)
