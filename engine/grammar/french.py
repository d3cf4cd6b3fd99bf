"""A tree in French: clitics, ne … pas, agreement of adjectives and participles; french_words holds the noun phrases."""

from engine.grammar.english import is_weather, will
from engine.grammar.french_words import (
    ACCUSATIVE,
    DATIVE,
    STRESSED,
    Agreement,
    agreeing,
    agreement,
    fluent,
    gender_of,
    predicate,
    words,
)  # fmt: skip
from engine.grammar.german import says_kein
from engine.grammar.german_words import is_indefinite, owner
from engine.grammar.lexicon import FRENCH_VERBS, MODALS, NOUNS, PHRASES, STATES, VERBS, WEATHER
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
    Unsayable,
)  # fmt: skip

PAST = {
    "être": ("étais", "étais", "était", "étions", "étiez", "étaient"),
    "avoir": ("avais", "avais", "avait", "avions", "aviez", "avaient"),
    "faire": ("faisais", "faisais", "faisait", "faisions", "faisiez", "faisaient"),
}
CONJUNCTIONS = {"weil": "parce que", "wenn": "quand", "dass": "que", "ob": "si", "und": "et", "aber": "mais"}
WH_WORDS = {"wo": "où", "wann": "quand", "warum": "pourquoi", "wohin": "où", "woher": "d' où"}
IS_IT = ("est", "-ce")


def noun_phrase(np: NP, slot: int, denied: bool = False, of: Owner | None = None, kein: bool = False) -> list[Token]:
    """A noun phrase with its relative clause; `denied`: ne … pas de."""
    said = words(np, slot, denied, of, kein)
    return said + clause(np.rel, (slot + 1) * 1000) if np.rel else said


def phrase(text: str, key: int) -> list[Token]:
    """An adverbial of the lexicon, aligned by hand there."""
    return [(word, tuple(key + i for i in numbers)) for word, numbers in PHRASES[text].french] if text else []


def _infinitive(c: Clause) -> str:
    return "faire" if is_weather(c) else "avoir" if c.state else VERBS[c.verb].french


def _verbs(c: Clause, subject: Agreement, preceding: Agreement | None) -> tuple[Token, list[Token]]:
    """(the finite verb, the verbs after it)."""
    infinitive = _infinitive(c)
    verb, compound = FRENCH_VERBS[infinitive], bool(c.modal) or c.tense in ("perfect", "future")
    main = [(infinitive, (VERB,) if compound else (FIN, VERB))]
    if c.modal:
        if c.modal == "müssen" and c.negated:
            need = (PAST["avoir"] if c.tense == "past" else FRENCH_VERBS["avoir"].present)[subject.person]
            return (need, (FIN,)), [("besoin", (FIN,)), ("de", (FIN,)), *main]
        if c.tense == "past" and c.time:
            modal = FRENCH_VERBS[MODALS[c.modal, c.tense].french]
            return (FRENCH_VERBS["avoir"].present[subject.person], (FIN,)), [(modal.participle, (FIN,)), *main]
        return (MODALS[c.modal, c.tense].french_forms[subject.person], (FIN,)), main
    if will(c):
        return (FRENCH_VERBS["aller"].present[subject.person], (FIN,)), main
    if c.gern:
        return (FRENCH_VERBS["aimer"].present[subject.person], (GERN,)), main
    if c.tense == "perfect":
        agree = subject if verb.auxiliary == "être" else preceding
        participle = agreeing(verb.participle, agree.ending) if agree else verb.participle
        return (FRENCH_VERBS[verb.auxiliary].present[subject.person], (FIN,)), [(participle, (VERB,))]
    forms = PAST[infinitive] if c.tense == "past" else verb.present
    if not forms[subject.person]:
        raise Unsayable
    return (forms[subject.person], (FIN, VERB)), []


def _objects(c: Clause) -> tuple[list[Token], list[Token], Agreement | None]:
    """(pronouns before the verb, phrases after it, what the participle agrees with)."""
    of, denied = owner(c.subject), c.negated or c.freq == "nie"
    row, before, after, preceding = VERBS[c.verb], [], [], None
    acc, acc_slot = (c.dat, DAT) if row.french_dative == "acc" else (c.acc, ACC)
    prepositional = c.obj if row.preposition and not row.preposition[3] else None
    acc, acc_slot = (prepositional, OBJ) if prepositional else (acc, acc_slot)
    dat = None if row.french_dative == "acc" else c.dat
    if acc and acc.det == "pron":
        before.append((ACCUSATIVE[acc.head], (acc_slot + NOUN, *([OBJ + PREP] if prepositional else ()))))
        preceding = agreement(acc)
    elif acc and acc.det in ("rel", "wh"):
        preceding = agreement(acc) if acc.det == "rel" else None
    elif acc:
        de = denied and not c.gern and is_indefinite(acc)
        after = noun_phrase(acc, acc_slot, de, of, says_kein(c))
        if prepositional and after:
            after[0] = (after[0][0], (*after[0][1], OBJ + PREP))
    if dat and dat.det == "pron":
        token = (DATIVE[dat.head], (DAT + NOUN,))
        before = [*before, token] if token[0] in ("lui", "leur") else [token, *before]
    elif dat and dat.det != "wh":
        after += [("à", (DAT + (DET if dat.det else NOUN),)), *noun_phrase(dat, DAT, of=of)]
    if c.obj and not prepositional:
        before, after = _prepositional(c, before, after)
    return before, after, preceding


def _prepositional(c: Clause, before: list[Token], after: list[Token]) -> tuple[list[Token], list[Token]]:
    preposition = VERBS[c.verb].preposition[3]
    if c.obj.det != "pron":
        return before, [*after, (preposition, (OBJ + PREP,)), *noun_phrase(c.obj, OBJ, of=owner(c.subject))]
    if c.verb == "sprechen":
        return [*before, (DATIVE[c.obj.head], (OBJ + PREP, OBJ + NOUN))], after
    return before, [*after, (preposition, (OBJ + PREP,)), (STRESSED[c.obj.head], (OBJ + NOUN,))]


def _rest(c: Clause, subject: Agreement) -> list[Token]:
    """What follows the objects."""
    said = phrase(c.goal, GOAL)
    if c.pred:
        weather = WEATHER[c.pred].french if is_weather(c) else predicate(c.pred, subject)
        weather = weather.replace("du ", "de ") if c.negated else weather
        said += [(word, (PRED,)) for word in weather.split()]
    if c.state:
        said += [(word, (PRED,)) for word in STATES[c.state].french.split()]
    if c.job:
        noun = NOUNS[c.job]
        said.append((noun.french_plural if subject.person > 2 else noun.french, (PRED,)))
    said += [] if c.manner == "gut" else phrase(c.manner, MANNER)
    if c.company:
        company = (
            [(STRESSED[c.company.head], (COMPANY + NOUN,))]
            if c.company.det == "pron"
            else noun_phrase(c.company, COMPANY, of=owner(c.subject))
        )
        said += [("avec", (COMPANY + PREP,)), *company]
    return said + phrase(c.place, PLACE) + (phrase(c.time, TIME) if c.front != "time" else [])


def _asked(c: Clause, question: bool) -> list[Token]:
    """Question words with est-ce que, or the relative pronoun of an object."""
    if c.acc and c.acc.det == "rel":
        return [("que", (ACC + 3,))]
    if not question or (c.subject.det == "wh" and c.subject.head == "wer"):
        return []
    if c.wh:
        words, key = [*WH_WORDS[c.wh].split(), *IS_IT, "que"], WH
    elif c.subject.det == "wh":
        words, key = ["qu'", *IS_IT, "qui"], SUBJECT + NOUN
    elif c.acc and c.acc.det == "wh":
        words, key = (["qu'"] if c.acc.head == "was" else ["qui"]) + [*IS_IT, "que"], ACC + NOUN
    elif c.dat and c.dat.det == "wh":
        words, key = ([] if VERBS[c.verb].french_dative == "acc" else ["à"]) + ["qui", *IS_IT, "que"], DAT + NOUN
    else:
        words, key = [*IS_IT, "que"], FIN
    return [(word, (key,)) for word in words]


def clause(c: Clause, base: int = 0, question: bool = False, antecedent: NP | None = None) -> list[Token]:
    """The words of a clause; `antecedent`: whom a pronoun as its subject may take up."""
    subject = agreement(c.subject, antecedent)
    before, after, preceding = _objects(c)
    finite, others = _verbs(c, subject, preceding)
    if c.subject.det == "rel":
        said = [("qui", (SUBJECT + 3,))]
    elif c.subject.det == "wh":
        said = [("qui", (SUBJECT + NOUN,))] if c.subject.head == "wer" else []
    elif c.subject.det == "pron":
        said = [(gender_of(c.subject, subject), (SUBJECT + NOUN,))]
    else:
        said = noun_phrase(c.subject, SUBJECT)
    ne, no, freq = [], [], phrase(c.freq, FREQ)
    if c.negated:
        keys = (ACC + DET,) if says_kein(c) else (NOT,)
        ne, no = [("ne", keys)], [("pas", keys)]
    elif c.freq == "nie":
        ne = [("ne", (FREQ,))]
    well = phrase("gut", MANNER) if c.manner == "gut" else []
    late = bool(c.modal) or will(c) or c.gern
    if not late:
        verbs = [*ne, *before, finite, *no, *freq, *well, *others]
    elif len(others) > 1:
        verbs = [*ne, finite, *no, *others[:-1], *before, others[-1], *freq, *well]
    else:
        verbs = [*ne, finite, *no, *freq, *before, *others, *well]
    trailing = [(word, verbs_key(c)) for word in VERBS[c.verb].french_rest.split()]
    if trailing and c.negated and trailing[0][0] == "des":
        trailing[0] = ("de", trailing[0][1])
    front = phrase(c.time, TIME) if c.front == "time" else []
    said = [*front, *_asked(c, question), *said, *verbs, *trailing, *after, *_rest(c, subject)]
    shift = [(word, tuple(key + base * (1 if key < 1000 else 1000) for key in keys)) for word, keys in said]
    return shift if base else said


def verbs_key(c: Clause) -> tuple[int, ...]:
    """The keys of the verb's meaning."""
    return (VERB,) if c.modal or c.tense in ("perfect", "future") else (FIN, VERB)


def sentence(s: Sentence) -> list[Token]:
    """The words of a sentence, each with the keys of what it says; elided, contracted and capitalised."""
    said = clause(s.main, 0, s.question)
    if s.sub:
        sub = clause(s.sub, SUB, False, s.main.subject)
        conj = [(word, (SUB + CONJ,)) for word in CONJUNCTIONS[s.conj].split()]
        comma = [(",", (COMMA,))]
        after = (comma if s.conj == "aber" else []) + conj + sub
        said = conj + sub + comma + said if s.sub_first else said + after
    said.append(("?" if s.question else ".", (STOP,)))
    said = fluent(said)
    word, keys = said[0]
    said[0] = (word[0].upper() + word[1:], keys)
    return said
