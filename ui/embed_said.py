"""Compare sentences in words: which two are most alike, and which word says the same in two sentences that do not."""

from collections import Counter
from itertools import combinations

import streamlit as st

from engine.readers.base import shorten
from ui import pretrained
from ui.embed import IN_MATRIX, Result
from ui.language import t
from ui.page import plain

UNLIKE = 0.5  # similarity below which two sentences do not say the like
REAL = 4  # letters of a word that counts as one in common


def _said(text: str) -> str:
    return t("“{text}”", text=shorten(text, 70))


def _words(text: str) -> set[str]:
    """The words of a sentence that are long enough to say something."""
    bare = "".join(char if char.isalnum() else " " for char in text.casefold())
    return {word for word in bare.split() if len(word) >= REAL}


def finding(got: Result) -> str:
    """The two sentences that are most alike."""
    if len(got.texts) == 1:
        return t("One sentence; there is nothing to compare it with.")
    a = int(got.near.similarity[:, 0].argmax())
    b, alike = int(got.near.index[a, 0]), float(got.near.similarity[a, 0])
    common = sorted(_words(got.texts[a]) & _words(got.texts[b]))
    pair = {"a": _said(got.texts[min(a, b)]), "b": _said(got.texts[max(a, b)]), "s": alike}
    if common:
        return t("Most alike ({s:.2f}): {a} and {b}", **pair)
    return t("Most alike ({s:.2f}), with other words: {a} and {b}", **pair)


def about(got: Result) -> list[str]:
    """A word that two sentences share without saying the like; and which sentences were too long."""
    said = []
    if 2 < len(got.texts) <= IN_MATRIX and (found := _misled(got)) and found[3] < UNLIKE:
        a, b, word, alike = found
        said.append(t("A word alone does not make two sentences alike: “{word}” stands in {a} and in {b}, similarity "
                      "{s:.2f}.", word=word, a=_said(got.texts[a]), b=_said(got.texts[b]), s=alike))  # fmt: skip
    if n := int(got.found.cut.sum()):
        said.append(t("Sentences longer than {most} pieces of words, of which only the beginning was read: {n:,}.",
                      most=pretrained.MOST_TOKENS, n=n))  # fmt: skip
    return said


def _misled(got: Result) -> tuple[int, int, str, float] | None:
    """The two sentences least alike among those that share a word which no other sentence has."""
    words = [_words(text) for text in got.texts]
    counts = Counter(word for each in words for word in each)
    pairs = [
        (a, b, word, float(got.found.vectors[a] @ got.found.vectors[b]))
        for a, b in combinations(range(len(words)), 2)
        for word in sorted(words[a] & words[b])
        if counts[word] == 2
    ]
    return min(pairs, key=lambda pair: pair[3], default=None)


def headline(got: Result) -> str:
    """The finding, shown with what else is to be known."""
    said = finding(got)
    st.markdown(f"#### {plain(said)}")
    if more := about(got):
        st.markdown(plain(" ".join(more)))
    return said
