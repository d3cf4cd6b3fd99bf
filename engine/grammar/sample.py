"""Sentences drawn at random, in the proportions in which a learner should meet them."""

from random import Random

from engine.grammar.clauses import (
    IT,
    REPORTS,
    action,
    being,
    person,
    pick,
    related,
    weather,
    with_relative,
)  # fmt: skip
from engine.grammar.draw import MISHAPS, TIMES, alive
from engine.grammar.lexicon import NOUNS, PHRASES, VERBS
from engine.grammar.tree import NP, Clause, Sentence


def simple(random: Random) -> Sentence:
    """One main clause, perhaps with a relative clause."""
    c = action(random)
    if random.random() < 0.2:
        c = _relative(random, c)
    return Sentence(c)


def _relative(random: Random, c: Clause) -> Clause:
    if c.acc and c.acc.det in ("the", "a") and not c.negated and c.front != "acc" and random.random() < 0.5:
        return c._replace(acc=with_relative(random, c.acc))
    return c._replace(subject=with_relative(random, c.subject))


def state(random: Random) -> Sentence:
    """Being, having, or the weather."""
    return Sentence(being(random) if random.random() < 0.6 else weather(random))


def yes_no(random: Random) -> Sentence:
    """A question that opens with the verb."""
    dice = random.random()
    c = action(random) if dice < 0.8 else being(random) if dice < 0.95 else weather(random)
    if c.subject.head in ("ich", "wir") and (c.verb in ("sein", "haben") or VERBS[c.verb].stative):
        c = being(random, NP("du", "pron"))
    elif c.subject.head in ("ich", "wir") and (not c.modal or c.tense == "past"):
        c = c._replace(modal="sollen", tense="present", time="", freq="", gern=False, negated=False)
    if c.subject.det == "a":
        c = c._replace(subject=c.subject._replace(det="the"))
    return Sentence(c._replace(front=""), question=True)


def wh(random: Random) -> Sentence:
    """A question with a question word."""
    while True:
        c = action(random, plain=True)._replace(front="", gern=False)
        if c.subject.det == "a" or (c.subject.rel is not None):
            continue
        if c.subject.head in ("ich", "wir") and not c.modal:
            continue
        asked = pick(random, (_who, _object, _adverb, _adverb))(random, c)
        if asked:
            return Sentence(asked, question=True)


def _who(random: Random, c: Clause) -> Clause | None:
    acts = {"person", "adult"} & set(VERBS[c.verb].subject)
    mine = any(np and np.det in ("own", "my", "your", "our", "pron") for np in (c.acc, c.dat, c.obj, c.company))
    return c._replace(subject=NP("wer", "wh")) if acts and not mine and c.time not in TIMES["habit"] else None


def _object(random: Random, c: Clause) -> Clause | None:
    if c.dat and c.dat.det != "pron" and random.random() < 0.5 and "swap" not in VERBS[c.verb].notes:
        return c._replace(dat=NP("wer", "wh"))
    if c.acc is None:
        return None
    people = c.acc.head not in NOUNS or bool(NOUNS[c.acc.head].kinds & {"person", "animal"})
    return c._replace(acc=NP("wer" if people else "was", "wh"), manner="")


def _adverb(random: Random, c: Clause) -> Clause | None:
    if c.goal:
        origin = PHRASES[c.goal].kind == "from"
        return c._replace(wh="woher" if origin else "wohin", goal="")
    options = ["warum"] if (c.verb != "wohnen" and not c.modal) or c.modal == "müssen" else []
    if c.place:
        options.append("wo")
    if (
        c.freq == ""
        and not VERBS[c.verb].stative
        and (c.tense != "present" or c.modal or "place" in VERBS[c.verb].notes)
    ):
        options.append("wann")
    if not options:
        return None
    word = pick(random, options)
    if word == "warum":
        return c._replace(wh=word)
    return c._replace(wh=word, **({"place": ""} if word == "wo" else {"time": ""}))


UNREASONED = MISHAPS | {"kommen"}


def _alive(random: Random, settled: bool) -> Clause:
    """What a person or an animal does."""
    while True:
        c = action(random, settled=settled)
        if alive(c.subject) and c.verb not in UNREASONED and not VERBS[c.verb].stative:
            return c


def reason(random: Random) -> Sentence:
    """A main clause and a weil-clause."""
    main = _alive(random, False)
    if main.modal in ("müssen", "sollen", "dürfen"):
        main = main._replace(modal="können")
    if random.random() < 0.15:
        main = _relative(random, main)
    past = main.tense in ("perfect", "past")
    return Sentence(main, conj="weil", sub=because(random, main, past))


def because(random: Random, main: Clause, past: bool = False, purpose: bool = True) -> Clause:
    """Why, or when, somebody would do it."""
    why = VERBS[main.verb].notes.get("why", ("zeit",))
    never = main.negated or main.freq == "nie"
    if never:
        why = ("zeit", "müde", "krank", "go") if purpose else ("zeit", "müde", "krank")
    if not purpose:
        why = [kind for kind in why if kind != "go"] or ["zeit"]
    kind, who, tense = pick(random, why), related(main.subject), "past" if past else "present"
    if kind in ("cold", "hot", "rain"):
        verb, pred = pick(random, SKIES[kind])
        return Clause(verb, IT, "perfect" if past and not pred else tense, pred=pred)
    if kind == "go" and who.head != "es":
        return _purpose(random, who, tense, never)
    if kind in ("zeit", "go"):
        return Clause("haben", who, tense, negated=never, state="Zeit")
    if kind in ("hunger", "durst", "angst"):
        return Clause("haben", who, tense, state=kind.capitalize())
    return Clause("sein", who, tense, pred=kind)


SKIES = {
    "cold": [("sein", "kalt"), ("sein", "windig"), ("schneien", ""), ("sein", "kalt")],
    "hot": [("sein", "warm"), ("sein", "heiß"), ("sein", "sonnig")],
    "rain": [("regnen", ""), ("regnen", ""), ("schneien", ""), ("sein", "neblig")],
}


def _purpose(random: Random, who: NP, tense: str, forced: bool) -> Clause:
    """What the subject must or wants to do."""
    verb = pick(random, ("arbeiten", "fahren", "gehen", "einkaufen", "lernen", "helfen"))
    c = action(random, who, settled=True, plain=True, verb=verb)
    modal = "müssen" if verb == "arbeiten" or forced else pick(random, ("müssen", "wollen"))
    return c._replace(modal=modal, tense=tense, front="", gern=False, manner="")


def condition(random: Random) -> Sentence:
    """A wenn-clause before or after its main clause, both in the present."""
    main = _alive(random, True)._replace(front="")
    sub = because(random, main, purpose=False)
    return Sentence(main, conj="wenn", sub=sub, sub_first=random.random() < 0.5)


def report(random: Random) -> Sentence:
    """Someone says, believes or asks."""
    by = person(random, 0.6)
    if by.det == "a":
        by = by._replace(det="the")
    dice = random.random()
    sub = (action(random) if dice < 0.75 else being(random) if dice < 0.9 else weather(random))._replace(front="")
    if sub.subject.det == "a":
        sub = sub._replace(subject=sub.subject._replace(det="the"))
    if by == sub.subject:
        by = NP("Anna", "")
    if random.random() < 0.25:
        if random.random() < 0.5:
            head = pick(random, ("ich", "wir"))
            return Sentence(Clause("wissen", NP(head, "pron"), negated=True), conj="ob", sub=sub)
        return Sentence(Clause("fragen", by), conj="ob", sub=sub)
    return Sentence(Clause(pick(random, REPORTS), by), conj="dass", sub=sub)


def joined(random: Random) -> Sentence:
    """Two main clauses with und or aber, in the same tense."""
    first, second = (action(random, settled=True, plain=plain)._replace(front="") for plain in (False, True))
    if second.subject.det == "a":
        second = second._replace(subject=second.subject._replace(det="the"))
    free = not any(VERBS[c.verb].stative or c.gern for c in (first, second))
    if free and random.random() < 0.6:
        time = pick(random, TIMES["past"])
        first, second = first._replace(tense="perfect", time=time, front="time"), second._replace(tense="perfect")
    if second.subject.head == first.subject.head or (second.subject.det == first.subject.det == "pron"):
        second = second._replace(subject=NP("Kind" if first.subject.head != "Kind" else "Mädchen"))
    return Sentence(first, conj=pick(random, ("und", "aber")), sub=second)


MIX = [simple] * 35 + [state] * 9 + [yes_no] * 10 + [wh] * 11 + [reason] * 13 + [condition] * 7 + [report] * 10
MIX += [joined] * 5


def draw(random: Random) -> Sentence:
    """A sentence."""
    return pick(random, MIX)(random)
