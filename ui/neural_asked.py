"""Neural language models: what the page is asked for, all of it in the link: a text, a corpus, the n of the n-gram."""

from typing import NamedTuple

import streamlit as st

from ui import choices, corpora, lm_text
from ui.language import t

ORDERS = ("1", "2", "3", "4", "5")
NEW = "lm__new"  # of the session: the text has just changed


class Asked(NamedTuple):
    """The text and its tokens, the corpus, and n of the n-gram beside the neural models."""

    text: str
    tokens: list[str]
    of: corpora.Asked
    order: int

    @property
    def corpus(self) -> tuple[str, str]:
        """key and unit."""
        return self.of.key, self.of.unit


def asked() -> Asked:
    """The controls; stops the page with a message where there is no token."""
    left, middle, right = st.columns([5, 5, 2], vertical_alignment="top")
    with middle:
        of = corpora.picker("neural")
    ready = lm_text.ready(of)
    with left:
        text = lm_text.box("lm", ready, _changed)
    with right:
        order = _order()
    lm_text.offer("lm", ready, _changed)
    text, tokens = lm_text.read(text, of, t("Type a text; every model says what it expects at each place."))
    return Asked(text, tokens, of, order)


def _changed() -> None:
    """A new text is shown where the models part, whatever token the link names. (To take that out of the link here
    would bring the old text back into it: the server learns the address before the text is in it.)
    """
    st.session_state[NEW] = True


def _order() -> int:
    box = choices.box(st, t("n of the n-gram"))
    return int(choices.one("lm_n", {n: n for n in ORDERS}, box, "5", "n"))
