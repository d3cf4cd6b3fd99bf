"""The tables of a model while they are edited: plain lists, rows that may not sum to 1, names that come and go."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from engine.errors import InputError
from engine.hmm import HMM, TOLERANCE, json_files

Row = tuple[float | None, ...]
ROWS = ("pi", "A", "B")


class Tables(NamedTuple):
    """A model that may be unfinished: names, and rows of numbers or None; pi is a table of one row."""

    S: tuple[str, ...]
    V: tuple[str, ...]
    pi: tuple[Row, ...]
    A: tuple[Row, ...]
    B: tuple[Row, ...]


def tables(model: HMM) -> Tables:
    """The tables of a model."""
    rows = {name: tuple(map(tuple, getattr(model, name).tolist())) for name in ("A", "B")}
    return Tables(model.S, model.V, (tuple(model.pi.tolist()),), **rows)


def canonical(found: Tables) -> str:
    """The canonical JSON of finished tables. Raises InputError as a model file would, and as `check`."""
    check(found)
    return json_files.dumps(HMM(found.S, found.V, found.pi[0], found.A, found.B))


def check(found: Tables) -> None:
    """Raises InputError naming the first cell that is no probability, or the first row that does not sum to 1."""
    for name in ROWS:
        for at, row in enumerate(getattr(found, name)):
            place = name if name == "pi" else f"{name}[{found.S[at]}]"
            for column, value in zip(found.V if name == "B" else found.S, row, strict=True):
                if value is None or not math.isfinite(value) or value < 0:
                    raise InputError("{place}, column {column}: {value} is not a probability.", place=place,
                                     column=column, value="—" if value is None else f"{value:.6g}")  # fmt: skip
            if abs(sum(row) - 1) > TOLERANCE:
                raise InputError("The row {row} sums to {sum:.6g}, not to 1.", row=place, sum=sum(row))


def rescaled(row: Row, changed: Collection[int]) -> Row:
    """The row with what was changed as it is, and the rest scaled so that all sums to 1.

    Where that cannot be (a number below 0 or none, more than 1 already) the row is left as typed.
    """
    if any(value is None or not math.isfinite(value) or value < 0 for value in row):
        return row
    typed = sum(row[at] for at in changed)
    rest = [at for at in range(len(row)) if at not in changed]
    if typed > 1 + TOLERANCE or not rest:
        return row
    before, left = sum(row[at] for at in rest), max(0.0, 1 - typed)
    new = list(row)
    for at in rest:
        new[at] = row[at] * left / before if before > 0 else left / len(rest)
    return tuple(new)


def edited(found: Tables, name: str, cells: dict[tuple[int, int], float | None], rescale: bool) -> Tables:
    """The tables with cells (row, column) of one table changed; positions outside of it are passed over."""
    rows = [list(row) for row in getattr(found, name)]
    changed: dict[int, set[int]] = {}
    for (row, column), value in cells.items():
        if 0 <= row < len(rows) and 0 <= column < len(rows[row]):
            rows[row][column] = value
            changed.setdefault(row, set()).add(column)
    if rescale:
        for at, columns in changed.items():
            rows[at] = rescaled(tuple(rows[at]), columns)
    return found._replace(**{name: tuple(map(tuple, rows))})


def with_names(found: Tables, name: str, words: Sequence[str]) -> Tables:
    """The tables with other states ("S") or symbols ("V").

    As many names as before: renamed by place. Else names that stay keep their numbers, new ones get an even share.
    Raises InputError for no name, too many, one twice, or one that a model file could not hold.
    """
    words = tuple(words)
    _check_names(name, words)
    old = getattr(found, name)
    if len(words) == len(old):
        return found._replace(**{name: words})
    kept = [old.index(word) if word in old else None for word in words]
    if name == "V":
        return found._replace(V=words, B=tuple(_picked(row, kept) for row in found.B))
    A, B = ([rows[at] if at is not None else None for at in kept] for rows in (found.A, found.B))
    even_A, even_B = (1 / len(old),) * len(old), (1 / len(found.V),) * len(found.V)
    return Tables(
        words, found.V, (_picked(found.pi[0], kept),),
        tuple(_picked(row or even_A, kept) for row in A), tuple(row or even_B for row in B),
    )  # fmt: skip


def _check_names(name: str, words: Sequence[str]) -> None:
    if not words:
        raise InputError("{name} is empty: an HMM needs at least one of them.", name=name)
    limit = json_files.MAX_STATES if name == "S" else json_files.MAX_SYMBOLS
    if len(words) > limit:
        raise InputError("{name} has {n:,} names, more than {limit:,}.", name=name, n=len(words), limit=limit)
    for at, word in enumerate(words):
        if word in words[:at]:
            raise InputError("{name} has {word} twice.", name=name, word=word)
        if len(word) > json_files.LONGEST_NAME or not word.isprintable():
            raise InputError("Name {n} of {name} is empty, longer than {limit} characters or not printable.",
                             n=at + 1, name=name, limit=json_files.LONGEST_NAME)  # fmt: skip


def _picked(row: Row, kept: Sequence[int | None]) -> Row:
    """The row's kept columns, even shares for new ones, all scaled to sum to 1 (where the row has numbers to scale)."""
    if any(value is None for value in row):
        return tuple(0.0 if at is None else row[at] for at in kept)
    old = [0.0 if at is None else row[at] for at in kept]
    share = 1 / len(kept)
    left = 1 - share * kept.count(None)
    total = sum(old)
    if total <= 0:
        return (share,) * len(kept)
    return tuple(share if at is None else value * left / total for at, value in zip(kept, old, strict=True))
