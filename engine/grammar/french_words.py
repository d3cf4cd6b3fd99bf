"""French noun phrases, pronouns and agreement; elision and contraction."""

from typing import NamedTuple

from engine.grammar.german_words import is_name, owner
from engine.grammar.lexicon import ADJECTIVES, NOUNS
from engine.grammar.tree import ADJ, DET, NOUN, NP, PERSONS, Owner, Token


class Agreement(NamedTuple):
    """Person (index of the verb form), gender and number."""

    person: int
    gender: str
    plural: bool

    @property
    def ending(self) -> str:
        """What a participle adds."""
        return ("e" if self.gender == "f" else "") + ("s" if self.plural else "")


ACCUSATIVE = {"ich": "me", "du": "te", "er": "le", "es": "le", "wir": "nous", "ihr": "vous", "sie": "la", "sie+": "les"}
DATIVE = {"ich": "me", "du": "te", "er": "lui", "sie": "lui", "wir": "nous", "ihr": "vous", "sie+": "leur"}
STRESSED = {"ich": "moi", "du": "toi", "er": "lui", "sie": "elle", "wir": "nous", "ihr": "vous", "sie+": "eux"}
DETERMINERS = {  # masculine, feminine, plural
    "the": ("le", "la", "les"), "a": ("un", "une", "des"), "this": ("ce", "cette", "ces"),
    "every": ("chaque", "chaque", ""), "my": ("mon", "ma", "mes"), "your": ("ton", "ta", "tes"),
    "our": ("notre", "notre", "nos"), "own": ("son", "sa", "ses"), "their": ("leur", "leur", "leurs"),
}  # fmt: skip
BEFORE_VOWEL = {"ma": "mon", "ta": "ton", "sa": "son", "ce": "cet"}
ELIDED = {"le": "l'", "la": "l'", "je": "j'", "ne": "n'", "que": "qu'", "de": "d'", "me": "m'", "te": "t'"}
CONTRACTED = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}
VOWELS = "aeiouyhàâéèêëîïôœùûAEIOUÉ"


def is_plural(np: NP) -> bool:
    """Whether the French noun is plural: Obst is, fruits."""
    return np.plural or (np.head in NOUNS and "frpl" in NOUNS[np.head].kinds)


def agreement(np: NP, antecedent: NP | None = None) -> Agreement:
    """What agrees with the phrase; a pronoun takes the gender of the noun that it takes up."""
    if np.det not in ("pron", "wh"):
        return Agreement(5 if is_plural(np) else 2, NOUNS[np.head].french_gender, is_plural(np))
    person = PERSONS.get(np.head, 2)
    gender = "f" if np.head == "sie" else "m"
    if antecedent and antecedent.head in NOUNS and np.det == "pron" and np.head in ("er", "sie", "es", "sie+"):
        of = owner(antecedent)
        if of.person == person and (person == 5 or of.gender == {"er": "m", "sie": "f", "es": "n"}[np.head]):
            gender = NOUNS[antecedent.head].french_gender
    return Agreement(person, gender, person > 2)


def agreeing(participle: str, ending: str) -> str:
    """The participle with its ending: mis has no further s."""
    return participle + (ending if ending != "s" or participle[-1] != "s" else "")


def gender_of(np: NP, agrees: Agreement) -> str:
    """The subject pronoun: il or elle by its agreement."""
    by_gender = ("il", "elle") if agrees.person == 2 else ("ils", "elles")
    other = {0: "je", 1: "tu", 3: "nous", 4: "vous"}
    return other.get(agrees.person) or by_gender[agrees.gender == "f"]


def predicate(adjective: str, agrees: Agreement) -> str:
    """The adjective after être."""
    row = ADJECTIVES[adjective]
    forms = (row.french, row.feminine, row.plural, row.feminine_plural)
    return forms[(agrees.gender == "f") + 2 * agrees.plural]


def words(np: NP, slot: int, denied: bool, of: Owner | None, kein: bool) -> list[Token]:
    """A noun phrase without its relative clause; `denied`: ne … pas de."""
    if np.det == "wh":
        return [("qui" if np.head == "wer" else "quoi", (slot + NOUN,))]
    row, agrees = NOUNS[np.head], agreement(np)
    noun = row.french_plural if np.plural else row.french
    said = [(word, (slot + NOUN,)) for word in noun.split()]
    if np.adj:
        said = _with_adjective(np, slot, agrees, said)
    articles = _article(np, agrees, denied, of, said)
    return [(word, (slot + (DET if np.det or kein else NOUN),)) for word in articles] + said


def _with_adjective(np: NP, slot: int, agrees: Agreement, said: list[Token]) -> list[Token]:
    row, form = ADJECTIVES[np.adj], predicate(np.adj, agrees)
    if row.position == "after":
        return [*said, (form, (slot + ADJ,))]
    if not agrees.plural and agrees.gender == "m" and said[0][0][0] in VOWELS:
        form = row.before_vowel
    return [(form, (slot + ADJ,)), *said]


def _article(np: NP, agrees: Agreement, denied: bool, of: Owner | None, said: list[Token]) -> list[str]:
    if is_name(np):
        return []
    if denied:
        return ["de"]
    det = np.det
    if det == "own" and of and of.person == 5:
        det = "their"
    number = 2 if agrees.plural else int(agrees.gender == "f")
    if det == "":
        before = np.adj and ADJECTIVES[np.adj].position == "before"
        partitive = ["de"] if before else ["des"]
        return partitive if agrees.plural else ["de", ("le", "la")[number]]
    form = DETERMINERS[det][number]
    return [BEFORE_VOWEL.get(form, form) if said[0][0][0] in VOWELS else form]


def fluent(said: list[Token]) -> list[Token]:
    """Elision (l', j', qu') and contraction (du, au)."""
    out: list[Token] = []
    for i, (word, keys) in enumerate(said):
        after = said[i + 1][0] if i + 1 < len(said) else ""
        if word in ELIDED and after[:1] in VOWELS and after[:1]:
            word = ELIDED[word]
        elif word == "si" and after in ("il", "ils"):
            word = "s'"
        if out and (out[-1][0], word) in CONTRACTED:
            article = CONTRACTED[out[-1][0], word]
            out[-1] = (article, (*out[-1][1], *keys))
        else:
            out.append((word, keys))
    return out
