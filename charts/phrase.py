"""A sentence to type: words are offered while typing, ready sentences stand in a menu, unknown words are marked."""

from collections.abc import Sequence

import pandas as pd

from charts.base import Component

LONGEST, MOST_WORDS = 300, 40  # characters and words of a sentence


def phrase(
    text: str, vocabulary: Sequence[str], examples: Sequence[str] = (), placeholder: str = "", serial: int = 0,
    link: tuple[str, str] | None = None,
) -> Component:  # fmt: skip
    """One line to type a sentence in, which the browser sends when typing pauses, at Enter, and when one leaves it.

    vocabulary: words in the order in which they are offered, the most frequent first; none: nothing is offered and
    nothing marked; where all are in small letters, capitals make no difference. serial: the browser takes over `text`
    only where this number differs from the last one, so that it never overwrites what is being typed. link: the URL
    parameter that holds the sentence, and the sentence for which the address goes without it.
    Raises ValueError if the text is longer than LONGEST characters.
    """
    if len(text) > LONGEST:
        raise ValueError(f"{len(text)} characters, at most {LONGEST}")
    param, first = link or (None, "")
    known = list(dict.fromkeys(map(str, vocabulary)))
    header = {
        "text": text, "serial": int(serial), "vocabulary": known, "examples": list(map(str, examples)),
        "lower": bool(known) and all(word == word.lower() for word in known), "placeholder": placeholder,
        "param": param, "first": first, "longest": LONGEST, "most": MOST_WORDS, "say": True, "cursors": {},
    }  # fmt: skip
    return Component("phrase", header, {}, lambda: _table(header))


def _table(header: dict) -> pd.DataFrame:
    """What stands between blanks, word by word, and whether the vocabulary has it."""
    words, known = header["text"].split(), set(header["vocabulary"])
    return pd.DataFrame({
        "position": range(len(words)), "word": words,
        "known": [(word.lower() if header["lower"] else word) in known for word in words],
    })  # fmt: skip
