"""Names with their languages: the lecture's folder of `<Language>.txt` files (or a .zip of it), or a two-column table.

The fold to the network's alphabet happens here, the files keep their `Ślusàrski`.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from engine.errors import N_, InputError
from engine.readers import BadRow, decode, gunzip, kind, unzip
from engine.readers.base import NO_LETTER, TOO_LONG, bad_row
from engine.text import fold

MAX_LETTERS = 100  # longest name that is read
MAX_LANGUAGES = 64
MAX_LANGUAGE = 40  # letters in the name of a language
HEADER = re.compile(
    r"(sur|first|last|full|given|family)?[ _]?names?|text|word|(lang|countr|nation|label|class|origin)\w*", re.I
)
TWO_COLUMNS = N_("Not two columns, a name and its language.")
NO_LANGUAGE = N_("No language, or one longer than {limit} letters.")


class Names(NamedTuple):
    """Folded names and, for each, the index of its language; languages in alphabetical order."""

    texts: list[str]
    labels: np.ndarray
    languages: tuple[str, ...]


class Reading(NamedTuple):
    """What a source holds: the usable names, and the rows that are not, with line and reason."""

    names: Names
    bad: list[BadRow]


class Row(NamedTuple):
    """One unread line."""

    file: str
    line: int
    name: str
    language: str


def read(source: Path | str | bytes, name: str = "", least: int = 2) -> Reading:
    """Names from a folder, a file (.zip, .tsv, .csv, also .gz) or the bytes of a file called `name`.

    `least`: how many languages there must be at least. Raises InputError with file and line if the source as a
    whole cannot be used.
    """
    if isinstance(source, bytes):
        rows, bad = _rows(source, name)
    elif Path(source).is_dir():
        rows, bad = _lists([(path.name, path.read_bytes()) for path in sorted(Path(source).glob("*.txt"))], str(source))
    elif Path(source).is_file():
        rows, bad = _rows(Path(source).read_bytes(), Path(source).name)
    else:
        raise InputError("There is no file or folder {path}.", path=str(source))
    return _collect(rows, bad, least)


def read_names(source: Path | str | bytes, name: str = "") -> Names:
    """The usable names of `read`."""
    return read(source, name).names


def _rows(blob: bytes, name: str) -> tuple[list[Row], list[BadRow]]:
    found = kind(blob, name)
    if found == "gz":
        name, blob = gunzip(blob, name)
        found = kind(blob, name)
    if found == "zip":
        return _lists(unzip(blob, name, suffixes=(".txt",)), name)
    if found not in ("txt", "csv", "tsv"):
        raise InputError("{file} is not a .zip of <Language>.txt files nor a .tsv or .csv table.", file=name)
    return _table(blob, name)


def _lists(files: Sequence[tuple[str, bytes]], source: str) -> tuple[list[Row], list[BadRow]]:
    """One row a line of `<Language>.txt`; of a .zip with several folders the one with most languages."""
    texts = [(PurePosixPath(name.replace("\\", "/")), blob) for name, blob in files]
    folders = Counter(path.parent for path, _ in texts)
    texts = [(path, blob) for path, blob in texts if path.parent == folders.most_common(1)[0][0]]
    if len(texts) < 2:
        raise InputError("{file} needs at least two files <Language>.txt, it has {n}.", file=source, n=len(texts))
    rows, bad = [], []
    for path, blob in texts:
        decoded = decode(blob, path.name)
        bad += decoded.bad
        rows += [Row(path.name, i, text, path.stem) for i, text in enumerate(decoded.text.split("\n"), 1)]
    return rows, bad


def _table(blob: bytes, name: str) -> tuple[list[Row], list[BadRow]]:
    """One row a line of a table with two columns; which one is the language follows from header or repetition."""
    decoded = decode(blob, name)
    first = decoded.text.lstrip().split("\n", 1)[0]
    delimiter = max("\t,;", key=first.count)
    reader = csv.reader(io.StringIO(decoded.text), delimiter=delimiter, quoting=_quoting(delimiter))
    cells, bad = [], list(decoded.bad)
    try:
        for row in reader:
            if len(row) == 2:
                cells.append((reader.line_num, *row))
            elif any(map(str.strip, row)):
                bad.append(bad_row(name, reader.line_num, TWO_COLUMNS, delimiter.join(row)))
    except csv.Error as error:
        raise InputError(
            "Line {line} of {file} is not readable as a table.", line=reader.line_num, file=name
        ) from error
    if not cells:
        raise InputError("{file} has no line with two columns, a name and its language.", file=name)
    return [Row(name, line, *pair) for line, *pair in _oriented(cells)], bad


def _quoting(delimiter: str) -> int:
    return csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL


def _oriented(cells: list[tuple[int, str, str]]) -> Iterable[tuple[int, str, str]]:
    """Without the header, name before language: the language is the column with fewer different values."""
    if all(HEADER.fullmatch(cell.strip()) for cell in cells[0][1:]):
        cells = cells[1:]
    first, second = (len({row[column] for row in cells}) for column in (1, 2))
    return cells if second <= first else [(line, b, a) for line, a, b in cells]


def _fault(row: Row, text: str) -> BadRow | None:
    """Why a row cannot be used."""
    if len(row.name) > MAX_LETTERS:
        return bad_row(row.file, row.line, TOO_LONG, row.name, limit=MAX_LETTERS, n=len(row.name))
    if not text:
        return bad_row(row.file, row.line, NO_LETTER, row.name)
    if not 1 <= len(row.language.strip()) <= MAX_LANGUAGE:
        return bad_row(row.file, row.line, NO_LANGUAGE, f"{row.name} {row.language}", limit=MAX_LANGUAGE)
    return None


def _collect(rows: Iterable[Row], bad: list[BadRow], least: int) -> Reading:
    """Folded names, blank and undecodable lines left out; raises InputError if there are not `least`…64 languages."""
    texts, languages, unreadable = [], [], {(row.file, row.line) for row in bad}
    for row in rows:
        if not row.name.strip() or (row.file, row.line) in unreadable:
            continue
        text = fold(row.name[: MAX_LETTERS + 1]).text.strip()
        if fault := _fault(row, text):
            bad.append(fault)
        else:
            texts.append(text)
            languages.append(row.language.strip())
    return Reading(_indexed(texts, languages, least), bad)


def _indexed(texts: list[str], languages: list[str], least: int) -> Names:
    known, labels = np.unique(np.asarray(languages, dtype=str), return_inverse=True)
    if not least <= len(known) <= MAX_LANGUAGES:
        raise InputError(
            "Names of {least} to {most} languages are needed, here are {n}.",
            least=least, most=MAX_LANGUAGES, n=len(known),
        )  # fmt: skip
    return Names(texts, labels.astype(np.int64), tuple(known.tolist()))


def subset(names: Names, index: Iterable[int]) -> Names:
    """The names at these positions, with the same languages."""
    index = np.asarray(index, np.int64)
    return Names([names.texts[i] for i in index.tolist()], names.labels[index], names.languages)


def counts(names: Names) -> np.ndarray:
    """Names a language, int64 [language]."""
    return np.bincount(names.labels, minlength=len(names.languages))


def align(names: Names, languages: Sequence[str]) -> Names:
    """The same names with labels that index `languages`; raises InputError on a language that is not there."""
    if unknown := sorted(set(names.languages) - set(languages)):
        raise InputError("The network does not know: {languages}.", languages=", ".join(unknown)[:200])
    index = np.array([list(languages).index(language) for language in names.languages])
    return Names(names.texts, index[names.labels], tuple(languages))


def split(names: Names, seed: int = 0, share: float = 0.1) -> tuple[Names, Names]:
    """(train, held out): different (name, language) pairs only, `share` of every language held out.

    Depends on the set of pairs and the seed, not on the order or repetition of lines.
    """
    pairs = sorted(set(zip(names.labels.tolist(), names.texts, strict=True)))
    unique = Names([text for _, text in pairs], np.array([label for label, _ in pairs], np.int64), names.languages)
    draw = np.random.default_rng(seed)
    held = np.zeros(len(pairs), bool)
    for language in range(len(names.languages)):
        mine = draw.permutation(np.flatnonzero(unique.labels == language))
        held[mine[: round(share * len(mine))]] = True
    return subset(unique, np.flatnonzero(~held)), subset(unique, np.flatnonzero(held))


def fingerprint(names: Names) -> str:
    """A hash of the different (name, language) pairs: equal data give the same split."""
    pairs = {
        f"{names.languages[label]}\t{text}" for text, label in zip(names.texts, names.labels.tolist(), strict=True)
    }
    return hashlib.sha256("\n".join(sorted(pairs)).encode()).hexdigest()
