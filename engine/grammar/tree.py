"""What a sentence of the grammar means: a tree from which every language is read off, and the pair that comes of it."""

from typing import NamedTuple

Token = tuple[str, tuple[int, ...]]  # a word and the keys of the meanings that it says


class Pair(NamedTuple):
    """A sentence, its translation and the true word alignment: links (source position, target position), from 0."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    links: tuple[tuple[int, int], ...]


class NP(NamedTuple):
    """A noun phrase: `det` is one of DETERMINERS, "pron" (the head is a German nominative), "wh" or "rel"."""

    head: str
    det: str = "the"
    adj: str = ""
    plural: bool = False
    rel: "Clause | None" = None


class Clause(NamedTuple):
    """A verb, who and what takes part, and the adverbials; `front` says which of them opens a main clause."""

    verb: str
    subject: NP
    tense: str = "present"  # present, perfect, past (of sein, haben and modals), future
    modal: str = ""
    negated: bool = False
    acc: NP | None = None
    dat: NP | None = None
    obj: NP | None = None  # with the verb's preposition
    company: NP | None = None  # mit
    pred: str = ""  # adjective after sein
    job: str = ""  # profession after sein
    state: str = ""  # Hunger, Durst, … after haben
    place: str = ""
    goal: str = ""
    time: str = ""
    freq: str = ""
    manner: str = ""
    gern: bool = False
    front: str = ""  # time, place, acc, freq; "" for the subject
    wh: str = ""  # wo, wann, warum, wohin, woher: the phrase asked for; asked NPs have det "wh"


class Sentence(NamedTuple):
    """A main clause, perhaps a question, and perhaps a second clause after (or, `sub_first`, before) it."""

    main: Clause
    question: bool = False
    conj: str = ""
    sub: Clause | None = None
    sub_first: bool = False


DETERMINERS = ("the", "a", "", "this", "my", "your", "our", "own", "every")
COORDINATING = ("und", "aber")
SUBORDINATING = ("weil", "wenn", "dass", "ob")

# keys: one for each thing said; a clause has SUB at most, a noun phrase ten
FIN, VERB, NOT, PRED, WH, CONJ, STOP, COMMA, GERN = range(9)
TIME, FREQ, PLACE, GOAL, MANNER = 10, 14, 18, 22, 26
SUBJECT, ACC, DAT, OBJ, COMPANY = 30, 40, 50, 60, 70
DET, ADJ, NOUN, REL, PREP = range(5)
SUB = 500  # the second clause

PERSONS = {"ich": 0, "du": 1, "er": 2, "sie": 2, "es": 2, "wir": 3, "ihr": 4, "sie+": 5}


class Owner(NamedTuple):
    """The subject as pronouns and agreement see it: index of the verb form, German gender, sex in the translation."""

    person: int
    gender: str
    female: bool = False


class Unsayable(ValueError):
    """The tree has no wording in this language."""
