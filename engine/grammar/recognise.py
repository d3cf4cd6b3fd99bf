"""From a German sentence back to its tree: constituents are tried out and checked by saying them again."""

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import NamedTuple

from engine.grammar import forms, german
from engine.grammar.german_words import DER
from engine.grammar.lexicon import NOUNS, PHRASES, VERBS
from engine.grammar.tree import COORDINATING, NP, SUBORDINATING, Clause, Sentence, Unsayable

LONGEST = 40
WHAT, PEOPLE = NP("was", "wh"), {"person", "adult", "kid", "family"}
Words = tuple[str, ...]


class Item(NamedTuple):
    """A constituent: the field of the clause that it fills, its reading, and whether it says kein."""

    field: str  # np, company, obj, place, goal, time, freq, manner, gern, not, pred, job, state, wh
    value: object
    cases: frozenset[int] = frozenset()
    kein: bool = False


def tree(words: Sequence[str]) -> Sentence | None:
    """The first tree whose wording is exactly `words`, or None."""
    if not 2 < len(words) <= LONGEST or words[-1] not in (".", "?"):
        return None
    first = words[0]
    for start in dict.fromkeys((first[:1].lower() + first[1:], first)):
        body = (start, *words[1:-1])
        for found in _sentences(body, words[-1] == "?"):
            try:
                if [word for word, _ in german.sentence(found)] == list(words):
                    return found
            except Unsayable:
                continue
    return None


def _sentences(body: Words, question: bool) -> Iterator[Sentence]:
    if body[0] in SUBORDINATING:
        for i in (i for i, word in enumerate(body) if word == ","):
            for sub, main in product(clauses(body[1:i], "last"), clauses(body[i + 1 :], "first")):
                yield Sentence(main, question, body[0], sub, True)
        return
    for i in range(1, len(body) - 1):
        conj = body[i]
        if (conj == "und") or (body[i - 1] == "," and conj in (*SUBORDINATING, "aber")):
            left = body[: i if conj == "und" else i - 1]
            order = "second" if conj in COORDINATING else "last"
            subs = list(clauses(body[i + 1 :], order))
            for main, sub in product(_mains(left, question) if subs else (), subs):
                yield Sentence(main, question, conj, sub)
    for main in _mains(body, question):
        yield Sentence(main, question)


def _mains(body: Words, question: bool) -> Iterator[Clause]:
    for order in ("first", "second") if question else ("second",):
        for found in clauses(body, order):
            asked = found.wh or any(np and np.det == "wh" for np in (found.subject, found.acc, found.dat))
            if question == (order == "first" or bool(asked)):
                yield found


def clauses(body: Words, order: str, gap: NP | None = None) -> Iterator[Clause]:
    """All clauses whose wording with the verb "first", "second" or "last" is `body`, the likely ones before the others.

    `gap` is the noun that a relative clause says something of.
    """
    return iter(sorted(_clauses(body, order, gap), key=_oddity))


def _clauses(body: Words, order: str, gap: NP | None) -> Iterator[Clause]:
    for front, fin, rest in _cut(body, order, gap):
        for verb, tense, modal, right in forms.finite(fin, order == "last"):
            if right and rest[-1:] != (right,):
                continue
            middle = rest[:-1] if right else rest
            for items in _items(middle, gap if order == "last" else None):
                for found in _built(Clause(verb, NP("es", "pron"), tense, modal), front, items):
                    if _says(found, order, body):
                        yield found


def _says(c: Clause, order: str, body: Words) -> bool:
    try:
        said = [word for word, _ in german.clause(c, order)]
    except (Unsayable, KeyError):
        return False
    if order == "last" and any(np and np.det == "wh" for np in (c.subject, c.acc, c.dat)):
        return False
    kept = [w for w, after in zip(said, [*said[1:], ","], strict=True) if not (w == "," and after == ",")]
    return tuple(kept) == body


def _cut(body: Words, order: str, gap: NP | None) -> Iterator[tuple[Item | None, str, Words]]:
    """(what stands before the finite verb, the finite verb, the rest)."""
    if order == "last":
        if len(body) > 1:
            yield None, body[-1], body[:-1]
    elif order == "first":
        if body:
            yield None, body[0], body[1:]
    else:
        for item, end in _starts(body, 0):
            if end < len(body) and body[end] in forms.FINITE:
                yield item, body[end], body[end + 1 :]


def _items(middle: Words, gap: NP | None) -> Iterator[list[Item]]:
    """All ways to cut a middle field into constituents."""

    def onward(i: int) -> Iterator[list[Item]]:
        if i == len(middle):
            yield []
            return
        starts = _relative(middle, gap) if gap and i == 0 else _starts(middle, i)
        for item, end in starts:
            for others in onward(end):
                yield [item, *others]

    return onward(0)


def _relative(middle: Words, gap: NP) -> Iterator[tuple[Item, int]]:
    gender = "p" if gap.plural else NOUNS[gap.head].gender
    cases = frozenset(case for case in range(3) if middle and DER[gender][case] == middle[0])
    if cases:
        yield Item("np", NP(gap.head, "rel", plural=gap.plural), cases), 1


def _starts(words: Words, i: int) -> Iterator[tuple[Item, int]]:
    """The constituents that may begin at word i, each with its end."""
    word = words[i]
    for phrase in forms.PHRASES_BY_FIRST.get(word, ()):
        row = PHRASES[phrase]
        if words[i : i + len(row.words)] == row.words:
            yield Item("goal" if row.kind == "from" else row.kind, phrase), i + len(row.words)
    if word == "nicht":
        yield Item("not", True), i + 1
    if word in forms.PREDICATES:
        yield Item("pred", word), i + 1
    no = word in ("kein", "keine", "keinen")
    at = i + no
    if at < len(words):
        if words[at] in forms.STATES:
            yield Item("state", words[at], kein=no), at + 1
        for job in forms.JOBS.get(words[at], ()):
            yield Item("job", job, kein=no), at + 1
    for item, end in _phrases(words, i):
        yield item, end
    if word in forms.PREPOSITIONS:
        for item, end in _phrases(words, i + 1):
            if not item.kein:
                fields = ("company", "obj") if word == "mit" else ("obj",)
                yield from ((item._replace(field=field), end) for field in fields)


def _phrases(words: Words, i: int) -> Iterator[tuple[Item, int]]:
    """The noun phrases that may begin at word i, with and without a relative clause."""
    for np, cases, kein, end in forms.noun_phrases(words, i):
        yield Item("np", np, cases, kein), end
        if words[end : end + 1] == (",",) and words[end + 1 : end + 2] and words[end + 1] in forms.RELATIVES:
            stops = [j for j in range(end + 3, len(words) + 1) if j == len(words) or words[j] == ","]
            for stop in stops[:1]:
                for rel in clauses(words[end + 1 : stop], "last", np):
                    yield Item("np", np._replace(rel=rel), cases, kein), min(stop + 1, len(words))


def _oddity(c: Clause) -> int:
    """How many noun phrases are none that the verb takes: die Postkarte, die die Frau kauft; was isst das Kind?"""
    row = VERBS[c.verb]
    roles = ((c.subject, row.subject), (c.acc, row.object), (c.dat, row.dative))
    return sum(not _fits(np, kinds) for np, kinds in roles if np)


def _fits(np: NP, kinds: list[str]) -> bool:
    if np.head in NOUNS:
        return not NOUNS[np.head].kinds.isdisjoint(kinds)
    if np == WHAT:
        return not PEOPLE.issuperset(kinds)
    return not PEOPLE.isdisjoint(kinds) or np.head == "es"


def _built(c: Clause, front: Item | None, items: list[Item]) -> Iterator[Clause]:
    """The clauses that the constituents make up, subjects first where nothing else decides."""
    every = [front, *items] if front else items
    people = [item for item in every if item.field == "np"]
    rest = [item for item in every if item.field != "np"]
    if len({item.field for item in rest}) < len(rest) or not 0 < len(people) < 4:
        return
    fields: dict[str, object] = {item.field: item.value for item in rest if item.field != "not"}
    fields["negated"] = any(item.kein for item in every) or any(item.field == "not" for item in rest)
    if "gern" in fields:
        fields["gern"] = True
    for roles in _roles(c.verb, len(people)):
        if all(case in item.cases for item, (_, case) in zip(people, roles, strict=True)):
            placed = {role: item.value for item, (role, _) in zip(people, roles, strict=True)}
            opening = next((role for item, (role, _) in zip(people, roles, strict=True) if item is front), "")
            opening = front.field if front and front.field in ("time", "freq", "place") else opening
            yield c._replace(**fields, **placed, front="" if opening in ("subject", "dat") else opening)


def _roles(verb: str, n: int) -> Iterator[tuple[tuple[str, int], ...]]:
    """The ways to give n noun phrases roles and cases, the subject first where possible."""
    row = VERBS[verb]
    others = [("acc", 1)] if row.object and not row.preposition and "swap" not in row.notes else []
    others += [("dat", 2)] if row.dative else []
    possible = permutations([("subject", 0), *others], n)
    return (roles for roles in possible if ("subject", 0) in roles)
