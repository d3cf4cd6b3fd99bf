"""German words looked up by their form: what a recogniser needs to know."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from engine.grammar import german, german_words
from engine.grammar import lexicon as lex
from engine.grammar.tree import NP, Owner, Unsayable

RELATIVES = {form for row in german_words.DER.values() for form in row}
PREPOSITIONS = {"mit"} | {row.preposition[0] for row in lex.VERBS.values() if row.preposition}
PREDICATES = {*lex.ADJECTIVES, *lex.WEATHER}
STATES = set(lex.STATES)
OWNERS = (Owner(2, "m"), Owner(2, "f"))


def _index(pairs: Iterator[tuple[str, object]]) -> dict[str, list]:
    found = defaultdict(list)
    for form, reading in pairs:
        if form and reading not in found[form]:
            found[form].append(reading)
    return dict(found)


PHRASES_BY_FIRST = _index((row.words[0], row.german) for row in lex.PHRASES.values())
JOBS = _index((form, n) for n in lex.NOUNS_OF["job"] for form in (n, lex.NOUNS[n].plural))
_NOUNS = _index(
    (form, (row.german, plural))
    for row in lex.NOUNS.values()
    for plural, group in ((False, (row.german, row.accusative_dative)), (True, (row.plural, row.dative_plural)))
    for form in group
)
_ADJECTIVES = _index(
    (row.stem + end, row.german) for row in lex.ADJECTIVES.values() for end in ("e", "en", "er", "es", "em")
)
_PRONOUNS = _index((form, head) for head, group in german_words.PRONOUNS.items() for form in group)
_DETERMINERS = _index(
    (form, det)
    for det in ("the", "a", "no", "this", "every", "my", "your", "our", "own")
    for form in {
        "the": RELATIVES,
        "this": {"dies" + end for end in ("er", "en", "em", "e", "es")},
        "every": {"jed" + end for end in ("er", "en", "em", "e", "es")},
        "own": {stem + end for stem in ("sein", "ihr") for end in ("", "e", "en", "em", "er")},
    }.get(det, {german_words.STEMS.get(det, "") + end for end in ("", "e", "en", "em", "er")})
)


def _cases(np: NP, kein: bool, said: tuple[str, ...]) -> frozenset[int]:
    """The cases in which the phrase has this wording."""
    found = set()
    for case in range(3):
        for subject in OWNERS if np.det == "own" else (None,):
            try:
                found |= {case} if tuple(w for w, _ in german_words.words(np, case, kein, subject)) == said else set()
            except Unsayable:
                continue
    return frozenset(found)


def noun_phrases(words: tuple[str, ...], i: int) -> Iterator[tuple[NP, frozenset[int], bool, int]]:
    """(phrase, its possible cases, whether it says kein, end) of each noun phrase that begins at word i."""
    if i == len(words):
        return
    for head in _PRONOUNS.get(words[i], ()):
        np = NP(head, "wh" if head in ("wer", "was") else "pron")
        yield np, _cases(np, False, words[i : i + 1]), False, i + 1
    for det in ("", *_DETERMINERS.get(words[i], ())):
        at = i + bool(det)
        for adj in ("", *_ADJECTIVES.get(words[at], ())) if at < len(words) else ():
            end = at + bool(adj)
            for head, plural in _NOUNS.get(words[end], ()) if end < len(words) else ():
                said, kein = words[i : end + 1], det == "no"
                for meant in ("a", "") if kein else (det,):
                    if kein and (meant == "a") == (plural or "mass" in lex.NOUNS[head].kinds):
                        continue
                    np = NP(head, meant, adj, plural)
                    if cases := _cases(np, kein, said):
                        yield np, cases, kein, end + 1


def _finite() -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """(form, (verb, tense, modal, what closes the bracket)); a compound form stands for all verbs: verb "*"."""
    for verb, row in lex.VERBS.items():
        yield from ((form, (verb, "present", "", row.particle)) for form in row.present)
        yield from ((form, (verb, "past", "", "")) for form in german.PAST.get(verb, ()))
    for (modal, tense), row in lex.MODALS.items():
        yield from ((form, ("*", tense, modal, "inf")) for form in row.german_forms)
    yield from ((form, ("*", "future", "", "inf")) for form in german.WERDEN)
    for auxiliary in ("haben", "sein"):
        yield from ((form, (auxiliary, "perfect", "", "pp")) for form in lex.VERBS[auxiliary].present)


FINITE = _index(_finite())
_JOINED = _index(
    (row.particle + form, (verb, "present", "", ""))
    for verb, row in lex.VERBS.items()
    if row.particle
    for form in row.present
)
_PARTICIPLES = [(verb, row.participle, row.auxiliary) for verb, row in lex.VERBS.items() if verb not in german.PAST]


@cache
def finite(form: str, last: bool) -> list[tuple[str, str, str, str]]:
    """All (verb, tense, modal, closing word or "") that a finite form may belong to; `last`: at the end of a clause."""
    found = list(_JOINED.get(form, ())) if last else []
    for verb, tense, modal, right in FINITE.get(form, ()):
        if right == "pp":
            found += [(v, tense, modal, word) for v, word, auxiliary in _PARTICIPLES if auxiliary == verb]
        elif right == "inf":
            found += [(v, tense, modal, v) for v in lex.VERBS]
        elif not (last and right):
            found.append((verb, tense, modal, right))
    return list(dict.fromkeys(found))
