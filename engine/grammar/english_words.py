"""English noun phrases: pronouns, determiners and plurals."""

from functools import lru_cache

from engine.grammar.lexicon import ADJECTIVES, NOUNS
from engine.grammar.tree import ADJ, DET, NOUN, NP, REL, Owner, Token

PRONOUNS = {
    "ich": ("I", "me"), "du": ("you", "you"), "er": ("he", "him"), "sie": ("she", "her"), "es": ("it", "it"),
    "wir": ("we", "us"), "ihr": ("you", "you"), "sie+": ("they", "them"),
    "wer": ("who", "who"), "was": ("what", "what"),
}  # fmt: skip
DETERMINERS = {"the": "the", "a": "a", "my": "my", "your": "your", "our": "our", "every": "every"}


def is_plural(np: NP) -> bool:
    """Whether the English noun is plural: Gemüse is, vegetables."""
    return np.plural or (np.head in NOUNS and "enpl" in NOUNS[np.head].kinds)


@lru_cache(maxsize=65536)
def words(np: NP, slot: int, subject: bool, kein: bool, of: Owner | None) -> tuple[Token, ...]:
    """A noun phrase without its relative clause."""
    if np.det in ("pron", "wh"):
        return ((PRONOUNS[np.head][not subject], (slot + NOUN,)),)
    noun = NOUNS[np.head]
    if np.det == "rel":
        who = ("who" if subject else "whom") if "person" in noun.kinds else "that"
        return ((who, (slot + REL,)),)
    determiner = _determiner(np, kein, of)
    said = [(determiner, (slot + (DET if np.det or kein else NOUN),))] if determiner else []
    if np.adj:
        said.append((ADJECTIVES[np.adj].english, (slot + ADJ,)))
    said += [(word, (slot + NOUN,)) for word in (noun.english_plural if np.plural else noun.english).split()]
    return tuple(said)


def _determiner(np: NP, kein: bool, of: Owner | None) -> str:
    if np.det == "":
        return "any" if kein else ""
    if np.det == "this":
        return "these" if is_plural(np) else "this"
    if np.det == "own":
        if of.person == 5:
            return "their"
        return "her" if of.gender == "f" or of.female else {"m": "his", "n": "its"}[of.gender]
    return DETERMINERS[np.det]
