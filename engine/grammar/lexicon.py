"""The hand-typed lexicon of `data/grammar`: every form in German, English and French."""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path
from types import SimpleNamespace

FOLDER = Path(__file__).parents[2] / "data" / "grammar"


def table(name: str) -> list[SimpleNamespace]:
    """The rows of one .tsv, with the columns' heads as attributes; `kinds` and `tags` are sets."""
    with (FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = [SimpleNamespace(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for row in rows:
        for column in {"kinds", "tags"} & vars(row).keys():
            setattr(row, column, frozenset(getattr(row, column).replace(",", " ").split()))
    return rows


def _aligned(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """`at/1 home/2` → words, each with the 0-based numbers of the German words that it translates."""
    cut = (word.rpartition("/") for word in text.split())
    return tuple((word, tuple(int(n) - 1 for n in numbers.split(","))) for word, _, numbers in cut)


def _verb(row: SimpleNamespace) -> SimpleNamespace:
    row.present = (row.ich, row.du, row.er, row.wir, row.ihr, row.sie)
    notes = [note.partition(":") for note in row.notes.split()]
    row.notes = {name: tuple(values.split(",")) if values else () for name, _, values in notes}
    row.subject, row.object, row.dative = row.subject.split(), row.object.split(), row.dative.split()
    row.preposition = tuple(row.preposition.split(",")) if row.preposition else ()  # German, case, English, French
    row.stative = "stative" in row.notes
    return row


def _phrase(row: SimpleNamespace) -> SimpleNamespace:
    row.words = tuple(row.german.split())
    row.english, row.french = _aligned(row.english), _aligned(row.french)
    row.first = min(row.tags, default="")
    return row


def _forms(row: SimpleNamespace) -> SimpleNamespace:
    row.german_forms = (row.ich, row.du, row.er, row.wir, row.ihr, row.sie)
    row.french_forms = (row.je, row.tu, row.il, row.nous, row.vous, row.ils)
    return row


NOUNS = {row.german: row for row in table("nouns")}
ADJECTIVES = {row.german: row for row in table("adjectives")}
WEATHER = {row.german: row for row in table("weather")}
STATES = {row.german: row for row in table("states")}
VERBS = {row.german: _verb(row) for row in table("verbs")}
MODALS = {(row.german, row.tense): _forms(row) for row in table("modals")}
PHRASES = {row.german: _phrase(row) for row in table("phrases")}
FRENCH_VERBS = {row.french: row for row in table("french_verbs")}
for _row in FRENCH_VERBS.values():
    _row.present = (_row.je, _row.tu, _row.il, _row.nous, _row.vous, _row.ils)

_by_kind: dict[str, list[str]] = defaultdict(list)
for _row in NOUNS.values():
    for _kind in sorted(_row.kinds):
        _by_kind[_kind].append(_row.german)
_by_kind |= {"dog": ["Hund"], "es": []}
NOUNS_OF = dict(_by_kind)


@cache
def phrases(kind: str, tag: str = "") -> list[str]:
    """The German phrases of a kind, perhaps only those with a tag."""
    return [row.german for row in PHRASES.values() if row.kind == kind and (not tag or tag in row.tags)]


def adjectives(noun: str) -> list[str]:
    """The adjectives that go with a noun."""
    return _ADJECTIVES_OF[noun]


_ADJECTIVES_OF = {
    noun: [a.german for a in ADJECTIVES.values() if a.kinds & NOUNS[noun].kinds and "state" not in a.kinds]
    for noun in NOUNS
}
_FUNCTION = (
    *("der", "ein", "kein", "dieser", "jeder", "mein", "dein", "sein", "ihr", "unser", "ich", "du", "er", "sie", "es"),
    *("wir", "wer", "was", "nicht", "und", "aber", "weil", "wenn", "dass", "ob", "mit", "auf", "an", "werden"),
)


def lemmas() -> list[str]:
    """Every German lemma, sorted; an adverbial counts by its last word."""
    last = {row.words[-1] for row in PHRASES.values()}
    tables = (NOUNS, VERBS, ADJECTIVES, WEATHER, STATES, [modal for modal, _ in MODALS], last, _FUNCTION)
    return sorted({lemma for table in tables for lemma in table})
