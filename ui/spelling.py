"""German words as they may have been meant: with umlauts for ae, oe, ue, with capitals, a sentence with its end."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice, product

from engine.tokens import SPECIALS, Tokens

SPELLED = {"ae": "ä", "oe": "ö", "ue": "ü", "ss": "ß", "Ae": "Ä", "Oe": "Ö", "Ue": "Ü"}
ENDS = (".", "?", "!")
ASKING = ("wer", "wen", "wem", "was", "wann", "wo", "wohin", "woher", "warum", "wie", "welcher", "welche", "welches")
MOST = 32  # forms of a word, and of a sentence


def _with_umlauts(word: str) -> Iterator[str]:
    """The word with one letter for each of some of its pairs, the most first; the word itself last."""
    parts = re.split("(" + "|".join(SPELLED) + ")", word)
    choices = [(SPELLED[part], part) if part in SPELLED else (part,) for part in parts]
    return islice(("".join(chosen) for chosen in product(*choices)), MOST)


def forms(word: str, start: bool = False) -> list[str]:
    """The ways to write a word, the likeliest first; `start`: it is the first of its sentence.

    As it is with umlauts, then with a capital, then in small letters; one in capitals in small letters first.
    """
    word = word.lower() if word.isupper() and len(word) > 1 else word
    spelled = [*_with_umlauts(word), word]
    kinds = [spelled, [each[:1].upper() + each[1:].lower() for each in spelled], [each.lower() for each in spelled]]
    first, second, third = kinds
    return list(dict.fromkeys([*second, *first, *third] if start else [*first, *second, *third]))


def _meant(word: str, tokens: Tokens, start: bool) -> str | None:
    """The first form of a word that the vocabulary has; a known word stays, but for the capital of a first one."""
    if word in tokens.index and not start:
        return word
    return next((each for each in forms(word, start) if each in tokens.index and each not in SPECIALS), None)


def _ends(words: Sequence[str], tokens: Tokens) -> list[str]:
    """How the sentence may end that has no mark at its end, the likeliest first."""
    if words[-1] in ENDS:
        return [""]
    order = ("?", ".") if words[0].lower() in ASKING else (".", "?")
    return [end for end in order if end in tokens.index] or [""]


def _nouns(words: Sequence[str], tokens: Tokens) -> Iterator[list[str]]:
    """The words, then with one and two of those that may be nouns too ("junge", "Junge") as nouns."""
    may = [k for k, word in enumerate(words) if k and word.islower() and word.capitalize() in tokens.index]
    for n in range(3):
        for places in combinations(may, n):
            yield [word.capitalize() if k in places else word for k, word in enumerate(words)]


def proposal(
    text: str, cut: Sequence[str], tokens: Tokens, right: Callable[[tuple[str, ...]], object] = lambda words: False
) -> str | None:
    """The text with capitals, umlauts and its full stop, if all of its words are then in the vocabulary.

    right: whether a sentence in words is one; of several spellings the first such is taken, else the first.
    """
    if tokens.kind != "words" or not cut:
        return None
    meant = [_meant(word, tokens, start=k == 0 and not tokens.lower) for k, word in enumerate(cut)]
    if None in meant:
        return None
    ways = list(islice(product(_nouns(meant, tokens), _ends(meant, tokens)), MOST))
    found, end = next((way for way in ways if right((*way[0], *filter(None, way[1:])))), ways[0])
    better = rewritten(text, cut, found, tokens.lower)
    better += end if better else ""
    return None if better in ("", text) else re.sub(r" +([.,;:!?])", r"\1", better)


def rewritten(text: str, cut: Sequence[str], new: Sequence[str], lower: bool = False) -> str:
    """The text with new words in the place of its tokens, "" if these do not spell it.

    lower: the tokens are in small letters, and a word keeps the capital it has in the text.
    """
    small = text.lower() if lower and len(text.lower()) == len(text) else text
    made, end = "", 0
    for token, other in zip(cut, new, strict=True):
        at = small.find(token, end)
        if at < 0:
            return ""
        made, end = made + text[end:at], at + len(token)
        kept = lower and text[at:end][:1].isupper()
        made += text[at:end] if other == token else other[:1].upper() + other[1:] if kept else other
    return made + text[end:]
