"""Which encoding a text is in: exact tests first, then a library's vote between the two legacy encodings we know.

A list of names is short, mostly ASCII and in no running language, which is where statistical detection fails
(`Lefèvre` in Latin-1 is taken for Central European, `李雷` for Korean). So BOM, valid UTF-8 and the NUL pattern
of UTF-16 decide where they can; GB18030 is told from Windows-1252 (Latin-1 plus quotes) by the share of
two-byte characters that are everyday Han, and by charset-normalizer in between.
"""

import codecs
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

from charset_normalizer import from_bytes

from engine.errors import InputError
from engine.readers.base import MB, PAGE, UNDECODABLE, Decoded, Limits, bad_row, shorten, too_large

BOMS = (
    (codecs.BOM_UTF8, "utf_8_sig"), (codecs.BOM_UTF32_LE, "utf_32"), (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"), (codecs.BOM_UTF16_BE, "utf_16"),
)  # fmt: skip
ENCODINGS = (
    "utf_8", "utf_16", "utf_16_le", "utf_16_be", "gb18030", "cp1252", "cp1250", "cp1251", "big5", "shift_jis", "euc_kr",
)  # fmt: skip
HEAD, SAMPLE = MB, 64_000  # bytes looked at from the start, bytes of lines beyond ASCII kept

_HIGH_BYTES = bytes(range(128, 256))
_LETTERS = re.compile(r"[A-Za-z]")
_HIGH = re.compile(r"[^\x00-\x7f]")
_TOUCHING = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")  # as in Ibáñez, seldom in 李雷
_IMPLAUSIBLE = re.compile("[\x80-\x9f\ufffd]|[^\x00-\x7f]{3}|þÿ|ÿþ")


def _lines(data: bytes) -> list[bytes]:
    return re.split(rb"[\r\n]+", data)


def _beyond_ascii(blocks: Iterable[bytes]) -> bytes:
    """The first lines that hold bytes beyond ASCII, joined; blocks may cut lines (a cut end is left out)."""
    kept, size, carry = [], 0, b""
    for block in blocks:
        if block.isascii() and carry.isascii():
            carry = block[-1000:].rpartition(b"\n")[2]
            continue
        *lines, carry = _lines(carry + block)
        for line in lines:
            if not line.isascii():
                kept.append(line if len(line) <= 1000 else line[:1000].rstrip(_HIGH_BYTES))
                size += len(kept[-1]) + 1
        carry = carry[-100_000:]
        if size > SAMPLE:
            return b"\n".join(kept)
    return b"\n".join(kept if carry.isascii() else [*kept, carry])


def _valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plausible_latin(line: bytes) -> bool:
    """Whether a line reads as a Western name: no three accents in a row, at least half as many plain letters."""
    text = line.decode("cp1252", "replace")
    return not _IMPLAUSIBLE.search(text) and 2 * len(_LETTERS.findall(text)) >= len(_HIGH.findall(text))


def _everyday_han(sample: bytes) -> float:
    """Of the characters beyond ASCII, read as GB18030: the share that is Han of the GB2312 set; 0 in Latin words."""
    high = _HIGH.findall(sample.decode("gb18030", "replace"))
    everyday = sum("一" <= char <= "鿿" and _encodes(char) for char in high)
    touching = all(map(_TOUCHING.search, sample.decode("gb18030", "replace").split("\n")))
    return 0.0 if touching else everyday / max(len(high), 1)


def _encodes(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a BOM shows NULs at every other place; which places tells the byte order."""
    head = head[: len(head) // 2 * 2]
    even, odd = head[::2].count(0), head[1::2].count(0)
    high, low = max(even, odd), min(even, odd)
    if high < max(1, len(head) * 0.01) or low * 10 > high:
        return None
    if high < len(head) * 0.3 and _valid(head.rstrip(_HIGH_BYTES), "utf_8"):  # letters with a few NULs among them
        return None
    encoding = "utf_16_le" if odd > even else "utf_16_be"
    text = head.decode(encoding, "replace")
    odd_ones = sum(char == "\ufffd" or char == "\0" or not (char.isprintable() or char in "\t\r\n") for char in text)
    return encoding if odd_ones * 10 <= len(text) else None


def _legacy(sample: bytes) -> str:
    han = _everyday_han(sample)
    if han > 0.5:
        return "gb18030"
    lines = sample.split(b"\n")
    plausible = sum(map(_plausible_latin, lines)) * 2 >= len(lines)
    if han < 0.1:
        return "cp1252" if plausible else "utf_8"
    vote = from_bytes(sample, cp_isolation=["gb18030", "cp1252"]).best()
    return vote.encoding if vote else "gb18030" if not plausible else "cp1252"


def detect(head: bytes, pieces: Iterable[bytes] | None = None) -> str:
    """The encoding (a Python codec name) of a text, from its first bytes and, where given, all its pieces."""
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding
    if b"\0" in head and (encoding := _utf16(head[:HEAD])):
        return encoding
    sample = _beyond_ascii([head] if pieces is None else pieces)
    lines = [line for line in sample.split(b"\n") if line]
    invalid = [line for line in lines if not _valid(line, "utf_8")]
    han = len(invalid) * 4 >= len(lines) and _everyday_han(sample) > 0.9  # 联通 happens to be valid UTF-8
    if len(invalid) * 2 <= len(lines) and not (invalid and han):
        return "utf_8"
    return _legacy(b"\n".join(invalid))


def name_of(encoding: str) -> str:
    """An encoding as people write it: `gb18030` → GB18030, `utf_8_sig` → UTF-8 (BOM)."""
    names = {"utf_8_sig": "UTF-8 (BOM)", "cp1252": "Windows-1252 (Latin-1)", "utf_16": "UTF-16", "utf_32": "UTF-32"}
    names |= {"utf_16_le": "UTF-16 LE", "utf_16_be": "UTF-16 BE", "shift_jis": "Shift JIS", "euc_kr": "EUC-KR"}
    return names.get(encoding) or encoding.upper().replace("CP", "Windows-").replace("_", "-")


def check_size(blob: bytes, name: str, limits: Limits) -> None:
    """Raise InputError for an empty file or one over the limit."""
    if not blob:
        raise InputError("{file} is empty.", file=shorten(name))
    if limits.upload is not None and len(blob) > limits.upload:
        raise too_large(name, len(blob), limits.upload)


def decode(blob: bytes, name: str, encoding: str | None = None, limits: Limits = PAGE) -> Decoded:
    """The text of a file with line ends as \\n, its encoding, and the lines that hold bytes outside of it.

    `encoding`: a codec of ENCODINGS instead of the detected one. Raises InputError for an empty or too large file.
    """
    check_size(blob, name, limits)
    encoding = encoding or detect(blob, blocks(io.BytesIO(blob)))
    text = io.TextIOWrapper(io.BytesIO(blob), encoding, "replace").read()
    marked = (pair for pair in enumerate(text.split("\n") if "\ufffd" in text else (), 1) if "\ufffd" in pair[1])
    bad = [bad_row(name, at, UNDECODABLE, line, encoding=name_of(encoding)) for at, line in islice(marked, limits.rows)]
    return Decoded(text, encoding, tuple(bad))


def blocks(file: BinaryIO, size: int = MB) -> Iterable[bytes]:
    """A binary file in pieces."""
    while block := file.read(size):
        yield block
