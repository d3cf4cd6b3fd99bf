"""Parallel texts: the grammar's pairs, a folder `train.de[.gz] train.en[.gz] val.…`, a .tsv, or pairs given."""

import gzip
import zlib
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from engine import grammar, sentences, weights
from engine.errors import N_, InputError
from engine.readers.base import BadRow, bad_row

LONGEST = 1_000  # characters of a sentence
RATIO = 9.0  # a pair whose sides differ more in length is no translation
ONE_EMPTY = N_("One side of the pair is empty.")
LONG = N_("Longer than {limit} characters ({n}).")
UNLIKE = N_("One side has {ratio:.0f} times as many characters as the other: this is no translation.")
NO_TAB = N_("The row needs two cells, source and target, with a tab between them.")
GRAMMAR_SIZE = 60_000
GRAMMAR = "grammar"  # its name, where a path is asked for, and that of its pairs
HELD_OUT = weights.ROOT / weights.SHIPPED / "translate-held-out.tsv"  # see `reserved`


class Parallel(NamedTuple):
    """Sentence pairs as texts, one place a pair.

    cut: whether the tokens stand between blanks already; links: of each pair the true (source, target) positions of
    words, where they are known; held: pairs that are kept from training, if the data names some.
    """

    source: list[str]
    target: list[str]
    languages: tuple[str, str] = ("de", "en")
    name: str = ""
    cut: bool = False
    links: list[tuple[tuple[int, int], ...]] | None = None
    held: "Parallel | None" = None


class Reading(NamedTuple):
    """The pairs of a file or folder and the rows that were left out."""

    pairs: Parallel
    bad: list[BadRow]


def from_grammar(n: int = GRAMMAR_SIZE, seed: int = 0, target: str = "en") -> Parallel:
    """n distinct pairs of the grammar."""
    made = grammar.pairs(n, seed, target)
    return Parallel(
        [" ".join(pair.source) for pair in made], [" ".join(pair.target) for pair in made], ("de", target), GRAMMAR,
        True, [pair.links for pair in made],
    )  # fmt: skip


def reserved(path: Path = HELD_OUT) -> Parallel:
    """The grammar's pairs, German to English, that `split` keeps from every training on the grammar, whatever its size
    and seed: a part of those that were held out when the shipped translators were trained.

    Their file has rows source TAB target TAB links, as `tsv` writes them.
    """
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    source, target, links = map(list, zip(*lines, strict=True))
    known = [tuple(tuple(map(int, link.split("-"))) for link in row.split()) for row in links]
    return Parallel(source, target, name=GRAMMAR, cut=True, links=known)


def tsv(pairs: Parallel) -> str:
    """The text of such a file."""
    links = (" ".join(f"{i}-{j}" for i, j in row) for row in pairs.links)
    return "".join("\t".join(row) + "\n" for row in zip(pairs.source, pairs.target, links, strict=True))


@cache
def _reserved_sources() -> frozenset[str]:
    return frozenset(reserved().source) if HELD_OUT.is_file() else frozenset()  # none before the first shipping


def checked(rows: Sequence[tuple[str, int, str, str]], name: str, languages: tuple[str, str]) -> Reading:
    """Pairs from rows (file, line, source, target); bad ones are listed."""
    good, bad = [], []
    for file, line, source, target in rows:
        source, target = " ".join(source.split()), " ".join(target.split())
        shorter, longer = sorted((len(source), len(target)))
        if not shorter:
            bad.append(bad_row(file, line, ONE_EMPTY, source or target))
        elif longer > LONGEST:
            bad.append(bad_row(file, line, LONG, source, limit=LONGEST, n=longer))
        elif longer > RATIO * shorter and longer > 60:
            bad.append(bad_row(file, line, UNLIKE, source, ratio=longer / shorter))
        else:
            good.append((source, target))
    return Reading(Parallel(*map(list, zip(*good, strict=True)) if good else ([], []), languages, name), bad)


def _lines(path: Path) -> list[str]:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as source:
            return list(chain.from_iterable(sentences.lines(source, path.name)))
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError("{file} is damaged and can't be opened. Make it again.", file=path.name) from error
    except OSError as error:
        raise InputError(
            "{file} cannot be read: {reason}.", file=path.name, reason=error.strerror or str(error)
        ) from error


def _file(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _part(folder: Path, part: str, languages: tuple[str, str]) -> Reading | None:
    """The pairs of `part.de` and `part.en`, packed or not; None where neither is there."""
    files = [_file(folder, f"{part}.{language}") for language in languages]
    if not any(files):
        return None
    for file, language in zip(files, languages, strict=True):
        if file is None:
            raise InputError("There is no {file} in {folder}.", file=f"{part}.{language}[.gz]", folder=folder.name)
    source, target = map(_lines, files)
    return paired(source, target, (files[0].name, files[1].name), languages)


def paired(source: Sequence[str], target: Sequence[str], files: tuple[str, str], languages: tuple[str, str]) -> Reading:
    """Two texts line by line. Raises InputError unless they have as many lines."""
    if len(source) != len(target):
        raise InputError(
            "{one} has {n:,} lines, {other} has {m:,}: the lines of both belong together, one by one.",
            one=files[0], n=len(source), other=files[1], m=len(target),
        )  # fmt: skip
    rows = [(files[0], at + 1, *pair) for at, pair in enumerate(zip(source, target, strict=True))]
    return checked(rows, files[0], languages)


def tabbed(lines: Sequence[str], file: str, languages: tuple[str, str]) -> Reading:
    """Rows `source TAB target`."""
    cells = [line.split("\t") for line in lines]
    rows = [(file, at + 1, cell[0], cell[1]) for at, cell in enumerate(cells) if len(cell) >= 2]
    bad = [bad_row(file, at + 1, NO_TAB, cell[0]) for at, cell in enumerate(cells) if len(cell) < 2]
    found = checked(rows, file, languages)
    return Reading(found.pairs, sorted(found.bad + bad, key=lambda row: row.line))


def read(
    where: str | Path, languages: tuple[str, str] = ("de", "en"), size: int = GRAMMAR_SIZE, seed: int = 0
) -> Reading:
    """`grammar` (so many pairs, drawn by seed), a folder, or a .tsv (.gz too). Raises InputError if nothing usable is
    there.
    """
    path = Path(where)
    if str(where) == GRAMMAR:
        if languages[0] != "de" or languages[1] not in ("en", "fr"):
            raise InputError("The grammar translates from German to English or French.")
        return Reading(from_grammar(size, seed, languages[1]), [])
    if path.is_dir():
        found, held = _part(path, "train", languages), _part(path, "val", languages)
        if found is None:
            raise InputError("There is no {file} in {folder}.", file=f"train.{languages[0]}[.gz]", folder=path.name)
        if held and not held.pairs.source:
            raise InputError("{file} holds no sentence pair that can be used.", file=f"val.{languages[0]}")
        if held:
            found = Reading(found.pairs._replace(held=held.pairs), found.bad + held.bad)
    elif path.is_file():
        found = tabbed(_lines(path), path.name, languages)
    else:
        raise InputError("There is no file or folder {path}.", path=str(where))
    if len(found.pairs.source) < 10:
        raise InputError("{n} sentence pairs are too few to learn from; 10 are needed.", n=len(found.pairs.source))
    return found


def split(pairs: Parallel, share: float, seed: int = 0) -> tuple[Parallel, Parallel]:
    """(To learn from, held out): the held pairs that the data names, or this share of all, drawn by seed.

    Of the grammar's pairs, German to English, those that are `reserved` are held out first, and all of them.
    """
    if pairs.held is not None:
        return pairs._replace(held=None), pairs.held
    order = np.random.default_rng(seed).permutation(len(pairs.source))
    kept = _kept(pairs)[order]
    order = np.concatenate([order[kept], order[~kept]])
    n = max(1, min(round(share * len(order)), len(order) - 1), int(kept.sum()))
    return take(pairs, np.sort(order[n:])), take(pairs, np.sort(order[:n]))


def _kept(pairs: Parallel) -> np.ndarray:
    """Of each pair whether no training may learn from it."""
    if (pairs.name, pairs.languages) != (GRAMMAR, ("de", "en")):
        return np.zeros(len(pairs.source), bool)
    return np.array([text in _reserved_sources() for text in pairs.source], bool)


def the_other_way(pairs: Parallel, share: float = 0.05) -> Parallel:
    """The same pairs, their target as source; `held`: what `split` holds out of them, turned round too.

    No pair is learned from whose new source stands in a held-out pair: two sentences may share one translation.
    """
    learned, held = split(pairs, share)
    asked = set(held.target)
    learned = take(learned, [place for place, text in enumerate(learned.target) if text not in asked])
    return _turned(learned)._replace(held=_turned(held))


def _turned(pairs: Parallel) -> Parallel:
    links = [tuple(sorted((j, i) for i, j in row)) for row in pairs.links] if pairs.links else None
    return pairs._replace(
        source=pairs.target, target=pairs.source, languages=pairs.languages[::-1], links=links, held=None
    )


def take(pairs: Parallel, places: Sequence[int]) -> Parallel:
    """Some of the pairs."""
    links = [pairs.links[place] for place in places] if pairs.links else None
    return pairs._replace(
        source=[pairs.source[place] for place in places], target=[pairs.target[place] for place in places], links=links
    )


def fingerprint(pairs: Parallel) -> str:
    """A hash of all pairs, by which a checkpoint knows its data."""
    text = "\n".join(chain(pairs.source, pairs.target, *((pairs.held.source, pairs.held.target) if pairs.held else ())))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
