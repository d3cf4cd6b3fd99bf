"""Clauses and sentences drawn at random: actions, states, the weather; questions, relative clauses."""

from random import Random

from engine.grammar.draw import (
    MISHAPS,
    STATES_OF_MIND,
    TIMES,
    adjective,
    other,
    person,
    pick,
    someone,
    subject,
    thing,
    when,
)  # fmt: skip
from engine.grammar.german_words import owner
from engine.grammar.lexicon import NOUNS, NOUNS_OF, STATES, VERBS, WEATHER, phrases
from engine.grammar.tree import NP, Clause

IT = NP("es", "pron")
UNUSUAL = {"sein", "scheinen", "wehen", "regnen", "schneien"}
ACTIONS = [v for v, row in VERBS.items() if v not in UNUSUAL and "says" not in row.notes and "none" not in row.notes]
REPORTS = [v for v, row in VERBS.items() if "dass" in row.notes.get("says", ())]
RELATIVE = ("sehen", "kennen", "suchen", "kaufen", "lesen", "finden", "lieben", "besuchen", "essen", "einladen")
NOT_WEATHER = ("jeden Tag", "heute Abend", "nach der Schule")
JOBS = {gender: [n for n in NOUNS_OF["job"] if NOUNS[n].gender == gender] for gender in "mf"}
DESCRIBED = [n for n in NOUNS if adjective(Random(0), n, 1.0) and not NOUNS[n].kinds & {"name", "sky"}]


def action(random: Random, by: NP | None = None, settled: bool = False, verb: str = "", plain: bool = False) -> Clause:
    """Someone does something; `settled`: in the present without an adverbial of time; `plain`: no negation either."""
    verb = verb or pick(random, ACTIONS)
    while by and not _can(by, verb):
        verb = pick(random, ACTIONS)
    row = VERBS[verb]
    by = by or subject(random, verb)
    c = Clause(verb, by)
    if row.object:
        np = thing(random, verb, by)
        c = c._replace(obj=np) if row.preposition else c._replace(acc=np)
    if row.dative:
        c = c._replace(dat=other(random, by, pronouns=0.3))
        if "swap" in row.notes and c.dat.det == "own":
            c = c._replace(dat=c.dat._replace(det="my"))
        if c.acc and c.acc.det in ("own", "my", "your"):
            c = c._replace(acc=c.acc._replace(det="the"))
    c = _manner(random, _where(random, when(random, c, settled)))
    if not plain and random.random() < 0.17:
        c = negated(c)
    return fronted(random, c)


def _can(by: NP, verb: str) -> bool:
    """Whether the subject may do what the verb says."""
    kinds = VERBS[verb].subject
    if by.det in ("pron", "wh"):
        return kinds[0] in ("person", "adult", "kid")
    return not NOUNS[by.head].kinds.isdisjoint(kinds)


def _where(random: Random, c: Clause) -> Clause:
    notes = VERBS[c.verb].notes
    if "place" in notes:
        return c._replace(place=pick(random, phrases("place", notes["place"][0])))
    if "goal" in notes:
        return c._replace(goal=pick(random, phrases("goal", notes["goal"][0])))
    if "from" in notes:
        back = notes["from"][0] == "opt"
        if back and random.random() < 0.5:
            return c
        if not back:
            c = c._replace(tense="present", modal="", time="", freq="")
        return c._replace(goal=pick(random, phrases("from", "back" if back else "origin")))
    if "places" in notes and random.random() < 0.35:
        c = c._replace(place=pick(random, phrases("place", pick(random, notes["places"]))))
    return c


def _manner(random: Random, c: Clause) -> Clause:
    notes, dice = VERBS[c.verb].notes, random.random()
    simple = c.tense == "present" and not c.modal and not c.time and not c.freq
    if "gern" in notes and simple and dice < 0.5:
        c = c._replace(gern=True, place="")
        if c.acc and not (c.acc.det == "" and (c.acc.plural or "mass" in NOUNS[c.acc.head].kinds)):
            plural = bool(NOUNS[c.acc.head].plural)
            c = c._replace(acc=NP(c.acc.head, "", "", plural)) if "name" not in NOUNS[c.acc.head].kinds else c
        return c
    if "manner" in notes and dice < 0.2 and not (c.freq or c.place):
        manner = pick(random, notes["manner"])
        return c if c.modal and manner == "gut" else c._replace(manner=manner)
    if "mit" in notes and dice > 0.75:
        return c._replace(company=other(random, c.subject))
    return c


def negated(c: Clause) -> Clause:
    """The clause denied, without what the denial would be taken to mean; as it is where nobody would say it."""
    if c.modal == "müssen" or c.subject.det == "a" or c.verb in MISHAPS or c.gern:
        return c
    if c.time == "jeden Tag":
        c = c._replace(time="")
    if c.acc and c.acc.det == "a" and c.verb not in ("haben", "kaufen", "essen", "bestellen"):
        c = c._replace(acc=c.acc._replace(det="the"))
    optional = "place" not in VERBS[c.verb].notes
    return c._replace(negated=True, freq="", manner="", company=None, place="" if optional else c.place)


def fronted(random: Random, c: Clause) -> Clause:
    """Perhaps something else than the subject in front."""
    dice = random.random()
    if c.time and dice < 0.5:
        return c._replace(front="time")
    if c.freq == "manchmal" and dice < 0.5:
        return c._replace(front="freq")
    if c.place and dice < 0.12 and not c.negated and "place" not in VERBS[c.verb].notes:
        return c._replace(front="place")
    a = c.acc
    if a and dice > 0.9 and a.det in ("the", "this") and not (a.plural or c.negated or c.dat or c.place or c.gern):
        return c._replace(front="acc") if NOUNS[a.head].gender == "m" else c
    return c


def being(random: Random, by: NP | None = None) -> Clause:
    """Someone or something is so, or is a teacher, or has hunger."""
    dice = random.random()
    tense = "past" if random.random() < 0.3 else "present"
    c = Clause("sein", by or person(random), tense)
    if by is None and dice < 0.3:
        noun = pick(random, DESCRIBED)
        np = someone(random, noun)
        np = np._replace(adj="", det="the" if np.det == "a" else np.det)
        c = Clause("sein", np, tense, pred=adjective(random, noun, 1))
    elif dice < 0.5 and c.subject.det == "pron" and c.subject.head != "es":
        gender = "f" if c.subject.head == "sie" else "m"
        c = c._replace(job=pick(random, JOBS[gender]))
    elif dice < 0.75 or owner(c.subject).gender == "n":
        c = c._replace(pred=pick(random, STATES_OF_MIND))
    else:
        c = Clause("haben", c.subject, tense, state=pick(random, list(STATES)))
    return negated(c) if random.random() < 0.2 else c


def weather(random: Random) -> Clause:
    """It rains, it is cold, the sun shines."""
    dice, kind = random.random(), pick(random, ("", "", "now", "future", "past", "season", "habit"))
    when = pick(random, [text for text in TIMES[kind] if text not in NOT_WEATHER]) if kind else ""
    past = kind == "past"
    if dice < 0.4:
        c = Clause("sein", IT, "past" if past else "present", pred=pick(random, list(WEATHER)), time=when)
    else:
        verb = pick(random, ("regnen", "regnen", "schneien", "scheinen", "wehen"))
        c = Clause(verb, subject(random, verb), "perfect" if past else "present", time=when)
    if kind == "" and dice > 0.85:
        c = c._replace(freq=pick(random, ("oft", "manchmal")))
    elif random.random() < 0.15:
        c = c._replace(negated=True)
    return c._replace(front="time") if when and random.random() < 0.5 else c


def related(np: NP) -> NP:
    """The pronoun that takes up a subject."""
    if np.det == "pron":
        return np
    if np.plural:
        return NP("sie+", "pron")
    return NP({"m": "er", "f": "sie", "n": "es"}[NOUNS[np.head].gender], "pron")


def with_relative(random: Random, np: NP) -> NP:
    """The noun phrase with a relative clause."""
    if np.det not in ("the", "a") or np.head not in NOUNS:
        return np
    gap, kinds = NP(np.head, "rel", plural=np.plural), NOUNS[np.head].kinds
    if "person" in kinds and random.random() < 0.6:
        c = action(random, gap, plain=True) if random.random() < 0.6 else being(random, gap)
        c = c._replace(front="", time="" if c.time in TIMES["future"] else c.time)
        return np._replace(rel=c) if c.dat is None or c.acc is None else np
    fitting = [v for v in RELATIVE if kinds & set(VERBS[v].object)]
    if not fitting:
        return np
    verb = pick(random, fitting)
    by = person(random, 0.5)
    while by.head == np.head:
        by = person(random, 0.5)
    if "person" in kinds and by.det != "pron":
        by = NP(pick(random, ("ich", "er", "wir")), "pron")  # die Frau, die das Kind sieht: who sees whom?
    c = when(random, Clause(verb, by, acc=gap), random.random() < 0.4)
    return np._replace(rel=c._replace(freq="", time="" if c.time in TIMES["future"] else c.time))
