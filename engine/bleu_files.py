"""Translations beside their references: text files line by line, or columns of a table."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, islice, zip_longest
from typing import NamedTuple

import pandas as pd

from engine import readers
from engine.errors import InputError
from engine.readers.base import EMPTY, EMPTY_TEXT, NO_CELL, PAGE, BadRow, Limits, Table, bad_row, shorten
from engine.readers.columns import check_text as check
from engine.readers.encoding import check_size, name_of
from engine.readers.rows import lines
from engine.readers.table import too_many_rows

# What the columns of such tables are called, in lower case.
CANDIDATE = {
    "candidate", "candidates", "hypothesis", "hypotheses", "hyp", "hypo", "hypothese", "mt", "nmt", "output", "system",
    "prediction", "predicted", "pred", "machine translation", "ausgabe", "kandidat", "maschinelle übersetzung",
    "机器译文", "机器翻译", "系统译文", "候选", "候选译文", "输出", "预测",
}  # fmt: skip
REFERENCE = {
    "reference", "references", "ref", "refs", "gold", "human", "target", "trg", "tgt", "referenz", "referenzen",
    "referenzübersetzung", "参考", "参考译文", "参考答案", "标准译文", "人工译文", "目标",
}  # fmt: skip
TRANSLATION = {  # what a system wrote, or a reference: the other columns tell
    "translation", "translations", "en", "eng", "english", "englisch", "fr", "fra", "french", "französisch",
    "übersetzung", "übersetzungen", "译文", "翻译", "英语", "英文", "法语", "法文",
}  # fmt: skip
SOURCE = {
    "source", "src", "original", "quelle", "quelltext", "quellsatz", "ausgangstext", "de", "deu", "ger", "german",
    "deutsch", "原文", "源文", "源语", "德语", "德文",
}  # fmt: skip
SENTENCE = {"sentence", "sentences", "text", "texts", "satz", "sätze", "saetze", "句子", "语句", "文本"}
HEADS = CANDIDATE | REFERENCE | TRANSLATION | SOURCE | SENTENCE

SAMPLE, WIDEST = 200, 12  # rows, and columns, that a guess compares
ALIKE = 0.1  # share of words in common below which no column is the translation of another one
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
_NO_TEXT = re.compile(r"[\W\d_]*|\S*\d\S*|\d{1,2}\.? *[^\W\d_]+\.?,? *\d{4}|[^\W\d_]+\.? \d{1,2},? \d{4}")


class Pairs(NamedTuple):
    """Lines that can be scored: `cells` with columns line, candidate, reference 1 … and, where known, source; the
    rows that were left out.
    """

    cells: pd.DataFrame
    bad: list[BadRow]


def _reason(cell: object, encoding: str, limits: Limits) -> tuple[str, dict]:
    """Why a cell cannot be scored; an empty one can: a translation may be empty."""
    if not isinstance(cell, str):
        return NO_CELL, {}
    reason, params = check(cell, encoding, limits)
    return ("", {}) if reason == EMPTY_TEXT else (reason, params)


def _paired(line: Sequence[int], texts: dict[str, list], of: Sequence[tuple[str, str]], limits: Limits) -> Pairs:
    """Columns of equal length; a row is left out where one of its cells is bad. of: (file, encoding) of each."""
    bad, gone = [], set()
    for (file, encoding), column in zip(of, texts.values(), strict=True):
        for at, cell in enumerate(column):
            reason, params = _reason(cell, encoding, limits)
            if reason:
                bad.append(bad_row(file, line[at], reason, cell if isinstance(cell, str) else "", **params))
                gone.add(at)
    cells = pd.DataFrame(
        {"line": list(line), **{name: pd.Series(column, dtype=object) for name, column in texts.items()}}
    )
    cells = cells.drop(index=list(gone)).reset_index(drop=True)
    for name in texts:
        cells[name] = [" ".join(cell.split()) for cell in cells[name]]
    bad.sort(key=lambda row: (row.line, row.file))
    return Pairs(cells, bad)


def read_lines(blob: bytes, name: str, encoding: str | None = None, limits: Limits = PAGE) -> tuple[list[str], str]:
    """(lines of a text file, .gz too, its encoding). Raises InputError for an empty, too large or damaged file, for an
    archive, and for more lines than the limit.
    """
    check_size(blob, name, limits)
    sort = readers.kind(blob, name)
    if sort == "gz":
        name, blob = readers.gunzip(blob, name, limits)
        sort, limits = readers.kind(blob, name), replace(limits, upload=limits.unpacked)
    if sort in ("zip", "gz", "xlsx"):
        raise InputError("{file} is no text file. One sentence a line is expected.", file=shorten(name))
    if name.lower().endswith((".csv", ".tsv")):
        raise InputError(
            "{file} is a table. Drop one table alone, with a column of translations and one of references; or text "
            "files, one sentence a line.", file=shorten(name),
        )  # fmt: skip
    decoded = readers.decode(blob, name, encoding, limits)
    found = [text for _, text in islice(lines(io.StringIO(decoded.text), limits), (limits.rows or 10**9) + 1)]
    if limits.rows is not None and len(found) > limits.rows:
        raise too_many_rows(name, limits.rows)
    return found, name_of(decoded.encoding)


def _unequal(a: str, ours: Sequence[str], b: str, theirs: Sequence[str]) -> InputError:
    """How many lines two files have, how many are blank, and where blank ones first stand beside others."""
    k, j = (sum(not line.strip() for line in text) for text in (ours, theirs))
    told = {"a": shorten(a), "n": len(ours), "b": shorten(b), "m": len(theirs)}
    if not k and not j:
        return InputError("{a} has {n:,} lines, {b} has {m:,}; they must have as many.", **told)
    blank = [[bool(line.strip()) for line in text] for text in (ours, theirs)]
    first = next(at for at, (x, y) in enumerate(zip_longest(*blank), 1) if x is not y)
    return InputError(
        "{a} has {n:,} lines, {k:,} of them blank; {b} has {m:,}, {j:,} of them blank; they must have as many. Look at "
        "line {line:,}: before it the same lines are blank in both.", k=k, j=j, line=first, **told,
    )  # fmt: skip


def from_texts(candidates: tuple[str, bytes], references: Sequence[tuple[str, bytes]], limits: Limits = PAGE) -> Pairs:
    """Pairs of text files, (name, bytes) each, line by line. Raises InputError where their lines are not as many."""
    files = [candidates, *references]
    read = [read_lines(blob, name, None, limits) for name, blob in files]
    n = len(read[0][0])
    for (name, _), (text, _) in zip(references, read[1:], strict=True):
        if len(text) != n:
            raise _unequal(candidates[0], read[0][0], name, text)
    names = ["candidate", *(f"reference {k + 1}" for k in range(len(references)))]
    texts = {name: text for name, (text, _) in zip(names, read, strict=True)}
    of = [(name, encoding) for (name, _), (_, encoding) in zip(files, read, strict=True)]
    return _paired(range(1, n + 1), texts, of, limits)


class Columns(NamedTuple):
    """Which columns of a table hold what; "" and () for what is not there."""

    candidate: str
    references: tuple[str, ...]
    source: str | None


def head(name: object) -> str:
    """The name of a column as it stands in the lists above: lower case, without numbers and marks at its end."""
    return " ".join(str(name).casefold().replace("_", " ").split()).rstrip("0123456789 .-()")


def called(names: Sequence[str], words: set[str]) -> list[str]:
    """The names that are one of the words; where none is, those that have one in them (“German sentence”)."""
    exact = [name for name in names if head(name) in words]
    return exact or [name for name in names if _titled(head(name)) & words]


def _titled(title: str) -> set[str]:
    parts = re.findall(r"\w+", title)
    return set(parts) if len(parts) <= 3 else set()


def guess_header(first: Sequence[str], words: set[str] = HEADS) -> bool:
    """Whether a first row names its columns."""
    return any(head(cell) in words for cell in first) or len(called(first, words)) > 1


def is_text(cells: Sequence[object]) -> bool:
    """Whether a column holds sentences: no numbers, dates, marks like `s-17`; some of its cells are not empty."""
    full = [cell.strip() for cell in cells[:SAMPLE] if isinstance(cell, str) and cell.strip()]
    return sum(not _NO_TEXT.fullmatch(cell[:200]) for cell in full) * 2 > len(full)


def overlap(a: Sequence[object], b: Sequence[object]) -> float:
    """The mean share of words that two columns have in common, row by row, 0 … 1; 0 without rows."""
    shares = []
    for pair in list(zip(a, b, strict=True))[:SAMPLE]:
        x, y = (set(_WORD.findall(cell.casefold())) if isinstance(cell, str) else set() for cell in pair)
        if x and y:
            shares.append(2 * len(x & y) / (len(x) + len(y)))
    return sum(shares) / len(shares) if shares else 0.0


def guess_columns(cells: pd.DataFrame) -> Columns:
    """By their names, else by common words, else by their order; never a column of numbers or dates."""
    data = {name: cells[name].tolist() for name in cells}
    left = [name for name in data if not len(cells) or is_text(data[name])] or list(data)

    def take(words: set[str]) -> list[str]:
        nonlocal left
        found = called(left, words)
        left = [name for name in left if name not in found]
        return found

    candidate, references = take(CANDIDATE)[:1], take(REFERENCE)
    source, either = take(SOURCE)[:1], take(TRANSLATION)
    candidate = candidate or either[:1]
    references = references or [name for name in either if name not in candidate][:1]
    if not candidate and not references:
        first = max(combinations(left[:WIDEST], 2), key=lambda pair: overlap(*map(data.get, pair)), default=left[:1])
        candidate, references = list(first[:1]), list(first[1:])
    elif not candidate:
        candidate = _alike(references[0], [*left, *source], data)
    elif not references:
        references = _alike(candidate[0], left, data)
    rest = [name for name in called(left, SENTENCE) if name not in (*candidate, *references)]
    source = [name for name in (source or rest) if name not in candidate][:1]
    return Columns(next(iter(candidate), ""), tuple(references), next(iter(source), None))


def _alike(name: str, others: Sequence[str], data: dict[str, list]) -> list[str]:
    """The column with the most words of `name`, if they have some in common; without rows to tell, the first."""
    if not data[name]:
        return list(others[:1])
    shares = {other: overlap(data[name], data[other]) for other in others[:WIDEST]}
    best = max(shares, key=shares.__getitem__, default=None)
    return [best] if best is not None and shares[best] >= ALIKE else []


def from_table(table: Table, columns: Columns, limits: Limits = PAGE) -> Pairs:
    """Pairs of the columns of a table; its own bad rows are listed too."""
    texts = {"candidate": table.cells[columns.candidate].tolist()}
    texts |= {f"reference {k + 1}": table.cells[name].tolist() for k, name in enumerate(columns.references)}
    if columns.source:
        texts["source"] = [cell if isinstance(cell, str) else "" for cell in table.cells[columns.source]]
    of = [(table.file, table.encoding)] * len(texts)
    found = _paired(table.cells.index.tolist(), texts, of, limits)
    rows = [row._replace(reason=EMPTY_TEXT) if row.reason == EMPTY else row for row in table.bad]
    return Pairs(found.cells, sorted([*rows, *found.bad], key=lambda row: row.line))
