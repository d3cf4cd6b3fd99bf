"""A tree in English: do-support, progressive, tense by the adverbial, the order of adverbials. No contractions."""

from engine.grammar.english_words import is_plural, words
from engine.grammar.german import says_kein
from engine.grammar.german_words import owner
from engine.grammar.lexicon import ADJECTIVES, MODALS, NOUNS, PHRASES, STATES, VERBS, WEATHER
from engine.grammar.tree import (
    ACC,
    COMMA,
    COMPANY,
    CONJ,
    DAT,
    DET,
    FIN,
    FREQ,
    GERN,
    GOAL,
    MANNER,
    NOT,
    NOUN,
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
    Token,
)  # fmt: skip

BE = ("am", "are", "is", "are", "are", "are"), ("was", "were", "was", "were", "were", "were")
CONJUNCTIONS = {"weil": "because", "wenn": "when", "dass": "that", "ob": "whether", "und": "and", "aber": "but"}
WH_WORDS = {"wo": "where", "wann": "when", "warum": "why", "wohin": "where", "woher": "where"}
MOVABLE = {"on", "off", "up", "down"}  # turn it on


def noun_phrase(np: NP, slot: int, subject: bool = False, kein: bool = False, of: Owner | None = None) -> list[Token]:
    """A noun phrase with its relative clause."""
    said = list(words(np._replace(rel=None) if np.rel else np, slot, subject, kein, of))
    return said + clause(np.rel, (slot + 1) * 1000) if np.rel else said


def phrase(text: str, key: int) -> list[Token]:
    """An adverbial of the lexicon, aligned by hand there."""
    return [(word, tuple(key + i for i in numbers)) for word, numbers in PHRASES[text].english] if text else []


def is_weather(c: Clause) -> bool:
    """Whether the adjective is said of the weather: es ist kalt."""
    return c.pred in WEATHER and c.subject == NP("es", "pron")


def will(c: Clause) -> bool:
    """Whether the clause is in the future, by its tense or its adverbial."""
    time = PHRASES[c.time].tags if c.time else ()
    return not c.modal and (c.tense == "future" or (c.tense == "present" and "future" in time and not c.gern))


def _progressive(c: Clause, habitual: bool) -> bool:
    verb = VERBS[c.verb]
    if c.tense != "present" or c.modal or c.freq or c.gern or habitual or verb.stative:
        return False
    time = PHRASES[c.time].tags if c.time else ()
    return "now" in time or (not time and "weather" in verb.notes)


def _verbs(c: Clause, person: int, support: bool, habitual: bool) -> tuple[list[Token], list[Token]]:
    """(auxiliary or nothing, the other verbs); `support` asks for an auxiliary, do if there is no other."""
    verb = VERBS[c.verb]
    third, base = person == 2, verb.english.split()
    be = c.verb == "sein" or bool(c.state and STATES[c.state].verb == "be")
    base = ["be"] if be else base
    compound = bool(c.modal) or c.tense in ("perfect", "future")
    main = (VERB,) if compound else (FIN, VERB)
    whole = [(word, main) for word in base]
    if c.modal:
        return _modal(c, third, support, whole)
    if will(c):
        return [("will", (FIN,))], whole
    if c.gern:
        like = [("does" if third else "do", (FIN,))] if support else []
        return like, [("likes" if third and not support else "like", (GERN,)), ("to", (GERN,)), *whole]
    past = c.tense in ("past", "perfect")
    if be:
        return [(BE[past][person], (FIN,))], []
    if _progressive(c, habitual):
        return [(BE[0][person], (FIN,))], [(word, main) for word in verb.ing.split()]
    if support:
        return [("did" if past else "does" if third else "do", (FIN,))], whole
    finite = verb.past if past else verb.third if third else verb.english
    return [], [(word, (FIN, VERB)) for word in finite.split()]


def _modal(c: Clause, third: bool, support: bool, whole: list[Token]) -> tuple[list[Token], list[Token]]:
    row = MODALS[c.modal, c.tense]
    full = row.english_third != row.english  # wants to, has to, wanted to: verbs that need do
    if full and support:
        do = "did" if c.tense == "past" else "does" if third else "do"
        return [(do, (FIN,))], [*((word, (FIN,)) for word in row.english.split()), *whole]
    past = c.tense == "past"
    form = (row.english_third if third or past else row.english).split()
    said = [(word, (FIN,)) for word in form]
    return ([], said + whole) if full else (said[:1], said[1:] + whole)


def _objects(c: Clause, slots: tuple[int, int], of: Owner) -> list[Token]:
    """Direct and indirect object, in English order."""
    verb, (acc_slot, dat_slot) = VERBS[c.verb], slots
    acc = noun_phrase(c.acc, acc_slot, kein=says_kein(c), of=of) if c.acc and c.acc.det not in ("wh", "rel") else []
    dat = noun_phrase(c.dat, dat_slot, of=of) if c.dat and c.dat.det != "wh" else []
    to = verb.english_dative or ("to" if verb.object and c.acc and (c.acc.det in ("pron", "rel") or not dat) else "")
    if not c.dat:
        return acc
    return [*acc, (to, (dat_slot + DET if len(dat) > 1 else dat_slot + NOUN,)), *dat] if to else dat + acc


def _rest(c: Clause, person: int, slots: tuple[int, int], of: Owner) -> list[Token]:
    """All that follows the verbs."""
    said = _objects(c, slots, of)
    if c.obj:
        said += [(VERBS[c.verb].preposition[2], (OBJ + PREP,)), *noun_phrase(c.obj, OBJ, of=of)]
    said += phrase(c.goal, GOAL)
    if c.pred:
        adjective = WEATHER[c.pred] if is_weather(c) else ADJECTIVES[c.pred]
        said.append((adjective.english, (PRED,)))
    if c.state:
        said.append((STATES[c.state].english, (PRED,)))
    if c.job:
        noun = NOUNS[c.job]
        said += [(noun.english_plural, (PRED,))] if person > 2 else [("a", (PRED,)), (noun.english, (PRED,))]
    if c.wh == "woher":
        said.append(("from", (WH,)))
    said += phrase(c.manner, MANNER)
    if c.company:
        said += [("with", (COMPANY + PREP,)), *noun_phrase(c.company, COMPANY, of=of)]
    return said + phrase(c.place, PLACE) + (phrase(c.time, TIME) if c.front != "time" else [])


def _asked(c: Clause) -> list[Token]:
    """The question word or relative pronoun, unless it is the subject."""
    if c.wh:
        return [(WH_WORDS[c.wh], (WH,))]
    for np, slot in ((c.acc, ACC), (c.dat, DAT)):
        if np and np.det in ("wh", "rel"):
            return noun_phrase(np, slot)
    return []


def clause(c: Clause, base: int = 0, question: bool = False, habitual: bool = False, she: bool = False) -> list[Token]:
    """The words of a clause; `habitual` bars the progressive, `she` makes a she of an it."""
    of = owner(c.subject)
    of = of._replace(female=of.female or (she and of.gender == "n"))
    slots = (ACC, DAT)
    asked = _asked(c)
    subject_slot, subject = SUBJECT, c.subject
    if "swap" in VERBS[c.verb].notes:  # das Buch gefällt mir: I like the book
        asked = noun_phrase(subject, SUBJECT) if subject.det in ("wh", "rel") else asked
        subject, subject_slot, slots = c.dat, DAT, (SUBJECT, DAT)
        c = c._replace(subject=c.dat, acc=c.subject, dat=None)
    person = owner(subject).person if not is_plural(subject) or subject.det == "pron" else 5
    inverted = question and subject.det != "wh"
    kein = says_kein(c)
    aux, verbs = _verbs(c, person, c.negated or inverted, habitual)
    said = noun_phrase(subject, subject_slot, True, of=of)
    if she and said[0][0] == "it" and not is_weather(c) and "weather" not in VERBS[c.verb].notes:
        said = [("she", said[0][1])]
    no = [("not", (ACC + DET,) if kein else (NOT,))] if c.negated else []
    freq = phrase(c.freq, FREQ)
    head = aux + said if inverted else said + aux
    front = phrase(c.time, TIME) if c.front == "time" else []
    rest = _rest(c, person, slots, of)
    if c.acc and c.acc.det == "pron" and verbs and verbs[-1][0] in MOVABLE and rest:
        rest.insert(1, verbs.pop())
    said = front + asked + head + no + freq + verbs + rest
    return _moved(said, base) if base else said


def _moved(said: list[Token], base: int) -> list[Token]:
    """The keys of another clause."""
    return [(word, tuple([key + base * (1 if key < 1000 else 1000) for key in keys])) for word, keys in said]


def sentence(s: Sentence) -> list[Token]:
    """The words of a sentence, each with the keys of what it says; the first one capitalised."""
    habitual = s.conj == "wenn"
    said = clause(s.main, 0, s.question, habitual)
    if s.sub:
        noun = NOUNS.get(s.main.subject.head) if s.main.subject.det != "pron" else None
        she = noun is not None and "female" in noun.kinds and not s.main.subject.plural
        sub = clause(s.sub, SUB, False, habitual, she)
        said_conj = [(CONJUNCTIONS[s.conj], (SUB + CONJ,))]
        comma = [(",", (COMMA,))]
        after = (comma if s.conj == "aber" else []) + said_conj + sub
        said = said_conj + sub + comma + said if s.sub_first else said + after
    said.append(("?" if s.question else ".", (STOP,)))
    for i, (word, keys) in enumerate(said):
        if word == "a" and said[i + 1][0][0] in "aeiou":
            said[i] = ("an", keys)
    word, keys = said[0]
    said[0] = (word[0].upper() + word[1:], keys)
    return said
