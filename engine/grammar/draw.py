"""Noun phrases and adverbials drawn at random, as they go with a verb: people eat food, trains leave stations."""

from random import Random

from engine.grammar.german_words import owner
from engine.grammar.lexicon import ADJECTIVES, NOUNS, NOUNS_OF, PHRASES, VERBS, adjectives, phrases
from engine.grammar.tree import NP, Clause

PEOPLE = ("ich", "ich", "du", "er", "er", "sie", "sie", "wir", "wir", "ihr", "sie+", "sie+")
OBJECTS = ("ich", "du", "er", "wir", "ihr")
STATES_OF_MIND = [row.german for row in ADJECTIVES.values() if "state" in row.kinds]
TIMES = {tag: phrases("time", tag) for tag in ("now", "future", "past", "habit", "day", "season")}
TIMES_NOT_PRESENT = [text for text in TIMES["now"] if "present" not in PHRASES[text].tags]
SEASONAL = {"schwimmen", "fahren", "arbeiten", "spielen"}
MISHAPS = {"verlieren", "vergessen", "finden"}  # told of the past, not of now
POSSESSED = {"clothes", "carry", "vehicle", "device", "room", "lose"}
COUNTED = {"food", "text", "clothes", "animal", "gift", "paint", "words", "art"}


def pick(random: Random, options):
    """One of the options."""
    return options[int(random.random() * len(options))]


def alive(np: NP) -> bool:
    """Whether it is a person or an animal."""
    return np.head not in NOUNS or not NOUNS[np.head].kinds.isdisjoint(("person", "animal"))


def a_noun(random: Random, kinds: list[str]) -> str:
    """A noun of any of the kinds."""
    return pick(random, NOUNS_OF[pick(random, kinds)])


def adjective(random: Random, noun: str, chance: float) -> str:
    """An adjective that goes with the noun, or none."""
    fitting = adjectives(noun)
    return pick(random, fitting) if fitting and random.random() < chance else ""


def person(random: Random, pronouns: float = 0.35, kinds: tuple[str, ...] = ("person",)) -> NP:
    """Someone who acts."""
    if random.random() < pronouns:
        return NP(pick(random, PEOPLE), "pron")
    return someone(random, a_noun(random, list(kinds)))


def someone(random: Random, noun: str) -> NP:
    """A phrase for a person, an animal or a thing as the subject."""
    row, dice = NOUNS[noun], random.random()
    if "name" in row.kinds:
        return NP(noun, "")
    if "sky" in row.kinds:
        return NP(noun, "the")
    if "family" in row.kinds:
        det = pick(random, ("my", "my", "your", "our", "the"))
        small = adjective(random, noun, 0.15) if "kid" in row.kinds else ""
        return NP(noun, det, small, dice < 0.15 and "only" not in row.kinds)
    if dice < 0.2 and row.plural:
        ours = "our" if row.kinds & {"friend", "pupil"} else "the"
        return NP(noun, pick(random, ("the", "the", "this", ours)), adjective(random, noun, 0.2), True)
    det = "the" if dice < 0.75 else "a" if dice < 0.85 else "this" if dice < 0.92 else "my"
    if det == "my" and not row.kinds & {"friend", "animal", "thing", "vehicle", "device"}:
        det = "the"
    return NP(noun, det, adjective(random, noun, 0.25))


def subject(random: Random, verb: str, pronouns: float = 0.35) -> NP:
    """Someone or something that does what the verb says."""
    kinds = VERBS[verb].subject
    kind = kinds[0] if random.random() < 0.8 else pick(random, kinds)
    if kind == "es":
        return NP("es", "pron")
    if kind in ("person", "adult", "kid") and random.random() < pronouns:
        return NP(pick(random, PEOPLE), "pron")
    return someone(random, pick(random, NOUNS_OF[kind]))


def thing(random: Random, verb: str, by: NP) -> NP:
    """An object of the verb: a person, food, a thing of the subject's own."""
    row = VERBS[verb]
    noun = a_noun(random, row.object)
    kinds, dice = NOUNS[noun].kinds, random.random()
    if "person" in kinds:
        return other(random, by, noun)
    definite, indefinite = "def" in row.notes or bool(row.preposition), "indef" in row.notes
    if "mass" in kinds:
        det = "" if (dice < 0.6 and not definite) or indefinite else "the"
        return NP(noun, det, adjective(random, noun, 0.2))
    who, many = owner(by).person, "several" in kinds
    if dice < 0.4 and kinds & POSSESSED and not indefinite and "new" not in row.notes and "swap" not in row.notes:
        det = "own" if who in (2, 5) else {0: "my", 1: "your", 3: "our"}.get(who, "the")
        return NP(noun, det, adjective(random, noun, 0.2), many or (who > 2 and "clothes" in kinds))
    if (dice < 0.6 or definite) and not indefinite:
        det = "this" if dice < 0.05 and not many else "the"
        return NP(noun, det, adjective(random, noun, 0.25), many or (dice > 0.9 and bool(kinds & COUNTED)))
    plural = many or (random.random() < 0.3 and bool(kinds & COUNTED))
    return NP(noun, "" if plural else "a", adjective(random, noun, 0.25), plural)


def other(random: Random, by: NP, noun: str = "", pronouns: float = 0.2) -> NP:
    """Someone else than the subject."""
    who = owner(by).person
    if random.random() < pronouns:
        barred = {0: (0, 3), 1: (1, 4), 2: (2,), 3: (0, 3, 1), 4: (1, 4), 5: (2, 5)}[who]
        left = [head for head in OBJECTS if {"ich": 0, "du": 1, "er": 2, "wir": 3, "ihr": 4}[head] not in barred]
        return NP(pick(random, left), "pron")
    noun = noun or pick(random, NOUNS_OF["person"])
    if noun == by.head:
        noun = "Nachbarin"
    row, dice = NOUNS[noun], random.random()
    if "name" in row.kinds:
        return NP(noun, "")
    if row.kinds & {"family", "friend"} and dice < 0.85:
        det = "own" if who in (2, 5) else {0: "my", 1: "your", 3: "our"}.get(who, "the")
        return NP(noun, det)
    return NP(noun, "the", adjective(random, noun, 0.15), dice > 0.9)


def when(random: Random, c: Clause, settled: bool = False) -> Clause:
    """Tense, modal verb and an adverbial of time that go together; `settled` keeps to the present without one."""
    verb, dice = VERBS[c.verb], random.random()
    if settled:
        return c
    if "tenses" in verb.notes or c.verb == "wohnen":
        return c._replace(tense="past") if "past" in verb.notes.get("tenses", ()) and dice < 0.3 else c
    if (
        c.verb in MISHAPS
        or (verb.stative and dice < 0.5)
        or dice < 0.32
        or ("involuntary" in verb.notes and dice < 0.5)
    ):
        times = ("past", "past", "past", "", "", "day")
        return c._replace(tense="perfect", time=_time(random, pick(random, times)))
    if verb.stative:
        return c
    if "involuntary" in verb.notes:
        return c._replace(time=_time(random, pick(random, ("", "now"))))
    if dice < 0.55 and "says" not in verb.notes and alive(c.subject):
        return _modal(random, c)
    if dice < 0.62:
        return c._replace(tense="future", time=_time(random, pick(random, ("future", "", "evening"))))
    if dice < 0.7 and "once" not in verb.notes:
        return c._replace(freq=pick(random, phrases("freq")))
    kinds = ("", "", "now", "now", "now", "future", "future", "season" if c.verb in SEASONAL else "habit", "habit")
    return c._replace(time=_time(random, pick(random, kinds)))


def _time(random: Random, kind: str) -> str:
    if kind == "evening":
        return pick(random, TIMES_NOT_PRESENT)
    return pick(random, TIMES[kind]) if kind else ""


def _modal(random: Random, c: Clause) -> Clause:
    modal = pick(random, ("können", "können", "müssen", "müssen", "wollen", "möchten", "dürfen", "sollen"))
    past = modal in ("können", "müssen", "wollen") and random.random() < 0.3
    if past:
        return c._replace(modal=modal, tense="past", time=_time(random, pick(random, ("past", "past", ""))))
    return c._replace(modal=modal, time=_time(random, pick(random, ("", "", "future", "evening", "day"))))
