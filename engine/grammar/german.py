"""A tree in German: cases and endings, verb second, first or last, the verbal bracket."""

from engine.grammar.german_words import CASES, is_indefinite, is_name, owner, words
from engine.grammar.lexicon import MODALS, NOUNS, STATES, VERBS
from engine.grammar.tree import (
    ACC,
    COMMA,
    COMPANY,
    CONJ,
    COORDINATING,
    DAT,
    FIN,
    FREQ,
    GERN,
    GOAL,
    MANNER,
    NOT,
    NP,
    OBJ,
    PLACE,
    PRED,
    PREP,
    STOP,
    SUB,
    SUBJECT,
    TIME,
    VERB,
    WH,
    Clause,
    Owner,
    Sentence,
    Unsayable,
)  # fmt: skip

Source = list[tuple[str, int]]  # words, each with its one key
WERDEN = ("werde", "wirst", "wird", "werden", "werdet", "werden")
PAST = {
    "sein": ("war", "warst", "war", "waren", "wart", "waren"),
    "haben": ("hatte", "hattest", "hatte", "hatten", "hattet", "hatten"),
}


def says_kein(clause: Clause) -> bool:
    """Whether the negation of the clause stands on its object."""
    return clause.negated and not clause.gern and is_indefinite(clause.acc)


def noun_phrase(np: NP, slot: int, case: int, kein: bool = False, subject: Owner | None = None) -> Source:
    """A noun phrase with its relative clause between commas."""
    said = [(word, slot + key) for word, key in words(np._replace(rel=None) if np.rel else np, case, kein, subject)]
    return [*said, (",", -1), *clause(np.rel, "last", (slot + 1) * 1000), (",", -1)] if np.rel else said


def _verbs(c: Clause, person: int) -> tuple[str, list[tuple[str, int]]]:
    """The finite form, and what closes the bracket."""
    verb = VERBS[c.verb]
    if c.modal:
        if (c.modal, c.tense) not in MODALS:
            raise Unsayable
        return MODALS[c.modal, c.tense].german_forms[person], [(verb.german, VERB)]
    if c.tense == "future":
        return WERDEN[person], [(verb.german, VERB)]
    if c.tense == "past" or (c.tense == "perfect" and c.verb in PAST):
        if c.verb not in PAST or c.tense == "perfect":
            raise Unsayable
        return PAST[c.verb][person], []
    if c.tense == "perfect":
        return VERBS[verb.auxiliary].present[person], [(verb.participle, VERB)]
    return verb.present[person], [(verb.particle, VERB)] if verb.particle else []


def _phrase(text: str, key: int) -> Source:
    return [(word, key + i) for i, word in enumerate(text.split())] if text else []


def _complement(c: Clause, person: int, base: int) -> Source:
    """What stands after sein or haben: adjective, profession or state."""
    if c.state:
        gender = STATES[c.state].gender
        no = [("keine" if gender == "f" else "keinen", base + NOT)] if c.negated and gender != "x" else []
        return [*no, (c.state, base + PRED)]
    if c.job:
        job = NOUNS[c.job].plural if person > 2 else c.job
        no = [("keine" if person > 2 or NOUNS[c.job].gender == "f" else "kein", base + NOT)] if c.negated else []
        return [*no, (job, base + PRED)]
    return [(c.pred, base + PRED)] if c.pred else []


def _middle(c: Clause, base: int) -> dict[str, Source]:
    """The parts of the clause that are no verbs, in the order of the middle field."""
    subject = owner(c.subject)
    kein = says_kein(c)
    aside = [np for np in (c.obj, c.company) if np]
    if any(np.det == "wh" or np.head == "es" for np in aside) or ("swap" in VERBS[c.verb].notes and c.dat is None):
        raise Unsayable
    if (c.verb == "sein" and c.manner) or (c.company and VERBS[c.verb].preposition[:1] == ("mit",)):
        raise Unsayable
    early = "swap" in VERBS[c.verb].notes and c.subject.det not in ("pron", "rel", "wh")  # heute gefällt mir das Buch
    plain = c.negated and not (kein or c.job or (c.state and STATES[c.state].gender != "x"))
    acc = noun_phrase(c.acc, base + ACC, 1, kein, subject) if c.acc else []
    dat = noun_phrase(c.dat, base + DAT, 2, False, subject) if c.dat else []
    pronoun = bool(c.acc and c.acc.det in ("pron", "rel")), bool(c.dat and c.dat.det == "pron")
    late = is_indefinite(c.acc)
    if c.negated and c.freq:
        raise Unsayable
    return {
        "dat00": dat if pronoun[1] and early else [],
        "subject": noun_phrase(c.subject, base + SUBJECT, 0),
        "acc0": acc if pronoun[0] else [],
        "dat0": dat if pronoun[1] and not early else [],
        "time": _phrase(c.time, base + TIME),
        "dat": [] if pronoun[1] else dat,
        "freq": _phrase(c.freq, base + FREQ),
        "acc": [] if pronoun[0] or late else acc,
        "not": [("nicht", base + NOT)] if plain else [],
        "gern": [("gern", base + GERN)] if c.gern else [],
        "manner": _phrase(c.manner, base + MANNER),
        "company": [("mit", base + COMPANY + PREP), *noun_phrase(c.company, base + COMPANY, 2, False, subject)]
        if c.company
        else [],
        "place": _phrase(c.place, base + PLACE),
        "late": acc if late else [],
        "obj": _prepositional(c, base, subject),
        "goal": _phrase(c.goal, base + GOAL),
        "pred": _complement(c, subject.person, base),
    }


def _prepositional(c: Clause, base: int, subject: Owner) -> Source:
    if c.obj is None:
        return []
    if not VERBS[c.verb].preposition:
        raise Unsayable
    preposition, case, *_ = VERBS[c.verb].preposition
    return [(preposition, base + OBJ + PREP), *noun_phrase(c.obj, base + OBJ, CASES.index(case), False, subject)]


def _opening(c: Clause, parts: dict[str, Source], base: int) -> Source:
    """What stands before the finite verb of a main clause, taken out of `parts`."""
    if c.wh:
        return [(c.wh, base + WH)]
    for slot, np in (("acc", c.acc), ("dat", c.dat)):
        if np and np.det == "wh":
            return parts.pop(slot)
    if c.front == "acc":
        marked = c.acc and c.acc.det in ("the", "this", "my", "your", "our", "own") and not c.acc.plural
        if not marked or NOUNS[c.acc.head].gender != "m" or c.negated or is_name(c.acc):
            raise Unsayable
    said = parts.pop(c.front or "subject")
    if not said:
        raise Unsayable
    return said


def clause(c: Clause, order: str, base: int = 0) -> Source:
    """The words of a clause with the verb "first", "second" or "last"."""
    parts = _middle(c, base)
    fin, bracket = _verbs(c, owner(c.subject).person)
    right = [(word, base + key) for word, key in bracket]
    if order == "last":
        relative = c.acc is not None and c.acc.det == "rel"
        first = parts.pop("acc0") if relative else []
        middle = first + [token for part in parts.values() for token in part]
        if right and VERBS[c.verb].particle and c.tense == "present" and not c.modal:
            return [*middle, (right[0][0] + fin, base + FIN)]
        return [*middle, *right, (fin, base + FIN)]
    opening = _opening(c, parts, base) if order == "second" else []
    middle = [token for part in parts.values() for token in part]
    return [*opening, (fin, base + FIN), *middle, *right]


def sentence(s: Sentence) -> Source:
    """The words of a sentence with their keys, the first one capitalised; Unsayable where it has no wording."""
    asked = s.main.wh or any(np and np.det == "wh" for np in (s.main.subject, s.main.acc, s.main.dat))
    said = clause(s.main, "second" if asked or not (s.question or s.sub_first) else "first")
    if s.sub:
        order = "second" if s.conj in COORDINATING else "last"
        sub = [(s.conj, SUB + CONJ), *clause(s.sub, order, SUB)]
        comma = [] if s.conj == "und" else [(",", COMMA)]
        said = sub + comma + said if s.sub_first else said + comma + sub
    said.append(("?" if s.question else ".", STOP))
    said = [token for token, after in zip(said, [*said[1:], ("", 0)], strict=True) if not _doubled(token, after)]
    first = said[0][0]
    said[0] = (first[0].upper() + first[1:], said[0][1])
    return said


def _doubled(token: tuple[str, int], after: tuple[str, int]) -> bool:
    return token == (",", -1) and after[0] in (".", "?", ",")
