"""German noun phrases: articles, endings and pronouns by case, gender and number."""

from functools import lru_cache

from engine.grammar.lexicon import ADJECTIVES, NOUNS
from engine.grammar.tree import ADJ, DET, NOUN, NP, PERSONS, REL, Owner, Unsayable

CASES = ("nom", "acc", "dat")
DER = {"m": ("der", "den", "dem"), "f": ("die", "die", "der"), "n": ("das", "das", "dem"), "p": ("die", "die", "den")}
ENDING = {"m": ("er", "en", "em"), "f": ("e", "e", "er"), "n": ("es", "es", "em"), "p": ("e", "e", "en")}
STEMS = {"a": "ein", "no": "kein", "my": "mein", "your": "dein", "our": "unser", "his": "sein", "her": "ihr"}
PRONOUNS = {
    "ich": ("ich", "mich", "mir"), "du": ("du", "dich", "dir"), "er": ("er", "ihn", "ihm"), "sie": ("sie", "", "ihr"),
    "es": ("es", "es", ""), "wir": ("wir", "uns", "uns"), "ihr": ("ihr", "euch", "euch"), "sie+": ("sie", "", "ihnen"),
    "wer": ("wer", "wen", "wem"), "was": ("was", "was", ""),
}  # fmt: skip


def owner(np: NP) -> Owner:
    """The subject's person, gender and sex."""
    if np.det == "pron":
        return Owner(PERSONS[np.head], "f" if np.head == "sie" else "n" if np.head == "es" else "m")
    if np.det == "wh":
        return Owner(2, "m")
    noun = NOUNS[np.head]
    return Owner(5 if np.plural else 2, noun.gender, "female" in noun.kinds)


def is_name(np: NP) -> bool:
    """Whether the noun is a name, which takes no article and no kein."""
    return np.head in NOUNS and "name" in NOUNS[np.head].kinds


def is_indefinite(np: NP | None) -> bool:
    """Whether kein negates the phrase."""
    return np is not None and np.det in ("a", "") and not is_name(np)


@lru_cache(maxsize=65536)
def words(np: NP, case: int, kein: bool, subject: Owner | None) -> tuple[tuple[str, int], ...]:
    """A noun phrase without its relative clause, words with keys from 0; `case` counts in CASES."""
    if np.det in ("pron", "wh"):
        form = PRONOUNS[np.head][case]
        if not form or (np.head in ("wer", "was")) != (np.det == "wh"):
            raise Unsayable
        return ((form, NOUN),)
    noun = NOUNS[np.head]
    gender = "p" if np.plural else noun.gender
    if np.det == "rel":
        return ((DER[gender][case], REL),)
    form = (noun.plural, noun.plural, noun.dative_plural) if np.plural else (noun.german, *[noun.accusative_dative] * 2)
    if not (np.det or np.plural or "mass" in noun.kinds or is_name(np)):
        raise Unsayable
    determiner, adjective = _inflected(np, gender, case, kein, subject)
    adjective = [(ADJECTIVES[np.adj].stem + adjective, ADJ)] if np.adj else []
    if not form[case] or (is_name(np) and (np.det or np.adj or np.plural)):
        raise Unsayable
    return tuple(([(determiner, DET)] if determiner else []) + adjective + [(form[case], NOUN)])


def _inflected(np: NP, gender: str, case: int, kein: bool, subject: Owner | None) -> tuple[str, str]:
    """The determiner and the ending of an adjective after it."""
    det, strong = np.det, ENDING[gender][case]
    if kein and det in ("a", ""):
        det = "no"
    if det == "own":
        if subject is None or subject.person not in (2, 5):
            raise Unsayable
        det = "her" if subject.person == 5 or subject.gender == "f" else "his"
    if not det:
        return "", strong
    weak = "en" if gender == "p" or case == 2 or strong == "en" else "e"
    if det == "the":
        return DER[gender][case], weak
    if det in ("this", "every"):
        if det == "every" and gender == "p":
            raise Unsayable
        return ("dies" if det == "this" else "jed") + strong, weak
    bare = strong in ("er", "es") and case < 2 and gender in "mn"
    if det == "a" and gender == "p":
        raise Unsayable
    return STEMS[det] + ("" if bare else strong), strong if bare else weak
