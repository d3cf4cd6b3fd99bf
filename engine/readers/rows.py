"""Lines and records of a delimited text, one at a time, whatever the text: no record can grow without bound."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

from engine.readers.base import EMPTY, LONG_LINE, OPEN_QUOTE, PAGE, WIDE, Limits

BLOCK = 1 << 18  # characters read at a time
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
_CANDIDATES = {"csv": ",;\t|", "tsv": "\t,;|", "txt": "\t", "pipe": ",;\t|"}
_BEFORE_SPACE = re.compile(r"[,;|] ")  # as in "Smith, John": no delimiter


class Record(NamedTuple):
    """One row: 1-based line number, its cells, and why it can't be used (message id, "" if it can) with parameters."""

    line: int
    cells: list[str]
    reason: str = ""
    params: dict | None = None


def lines(text: TextIO, limits: Limits = PAGE) -> Iterator[tuple[int, str]]:
    """(1-based number, line) of a text with universal newlines; of a line over the limit only the start is kept."""
    number, carry = 0, ""
    while block := text.read(BLOCK):
        *whole, tail = block.split("\n")
        if whole:
            whole[0], carry = carry + whole[0], ""
            yield from enumerate(whole, number + 1)
            number += len(whole)
        carry = (carry + tail)[: limits.line + 1]
    if carry:
        yield number + 1, carry


def _is_open(text: str, delimiter: str, inside: bool = False) -> bool:
    """Whether a quoted field has begun and not ended at the end of `text`; `inside`: it begins in one."""
    at = 0
    while True:
        if inside or text.startswith('"', at):
            at += not inside
            inside = False
            while (end := text.find('"', at)) >= 0 and text.startswith('"', end + 1):
                at = end + 2
            if end < 0:
                return True
            at = end + 1
        if (at := text.find(delimiter, at)) < 0:
            return False
        at += 1


def _record(number: int, text: str, delimiter: str, limits: Limits) -> Record:
    cells = next(csv.reader([text], delimiter=delimiter)) if '"' in text else text.split(delimiter)
    if len(cells) > limits.columns:
        return Record(number, cells[:1], WIDE, {"n": len(cells), "limit": limits.columns})
    return Record(number, cells)


def records(source: Iterable[tuple[int, str]], delimiter: str, limits: Limits = PAGE) -> Iterator[Record]:
    """The rows of numbered lines; without a delimiter a line is one cell, quotes and all.

    A quoted field may cover `limits.spread` lines; a quote that is never closed costs its own line only.
    """
    queue, rest = deque(), iter(source)
    while item := queue.popleft() if queue else next(rest, None):
        number, text = item
        if len(text) > limits.line:
            yield Record(number, [text[:200]], LONG_LINE, {"limit": limits.line})
        elif not text or text.isspace():
            yield Record(number, [text], EMPTY, {})
        elif not delimiter:
            yield Record(number, [text])
        elif '"' not in text or not _is_open(text, delimiter):
            yield _record(number, text, delimiter, limits)
        else:
            yield _quoted(item, queue, rest, delimiter, limits)


def _quoted(first: tuple[int, str], queue: deque, rest: Iterator, delimiter: str, limits: Limits) -> Record:
    """The record that begins in `first` with an open quote; lines taken in vain go back to the queue."""
    taken, text = [], first[1]
    while len(taken) + 1 < limits.spread and (item := queue.popleft() if queue else next(rest, None)):
        taken.append(item)
        text = f"{text}\n{item[1]}"
        if len(text) > limits.line:
            break
        if '"' in item[1] and not _is_open(item[1], delimiter, inside=True):
            return _record(first[0], text, delimiter, limits)
    queue.extendleft(reversed(taken))
    return Record(first[0], [first[1]], OPEN_QUOTE, {})


def guess_delimiter(sample: Iterable[str], kind: str) -> str:
    """The delimiter of sample lines of a `kind` csv | tsv | txt | pipe: the one found equally often in most lines.

    A .txt is one name a line unless nearly every line has a tab, and what comes through a pipe has no name to go
    by: there a delimiter must stand in nearly every line and before no space. "" means that lines are not split.
    """
    sample = [_QUOTED.sub("", line) for line in sample if line.strip()]
    sample = [_BEFORE_SPACE.sub("", line) for line in sample] if kind == "pipe" else sample
    if sample and (given := _SEPARATOR_LINE.fullmatch(sample[0].strip())):
        return given[1]
    sure = kind in ("csv", "tsv")
    best, score = _CANDIDATES[kind][0] if sure else "", (0.5 if sure else 0.9, 0)
    for candidate in _CANDIDATES[kind]:
        counts = Counter(n for line in sample if (n := line.count(candidate)))
        if counts:
            n, times = counts.most_common(1)[0]
            share = (times if sure else counts.total()) / len(sample)
            if (share, n) > score:
                best, score = candidate, (share, n)
    return best


def is_separator_line(text: str) -> bool:
    """Whether a first line only names the delimiter (`sep=;`), as spreadsheets write it."""
    return bool(_SEPARATOR_LINE.fullmatch(text.strip()))
