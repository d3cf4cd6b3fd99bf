"""Neural language models: what the page is asked for, all of it in the link: a text, a corpus, the n of the n-gram."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from engine.text import fold
from engine.vocabulary import cut
from ui import choices, corpora, runs_ngrams
from ui.language import t
from ui.page import plain

ORDERS = ("1", "2", "3", "4", "5")
NEW = "lm__new"  # of the session: the text has just changed
LONGEST, MOST = 120, 40  # characters of the box, tokens that are shown
TRY = {
    "names": ("Dostoyevsky", "Satoshi", "Kowalska", "Xqzt"),
    "grammar:en": ("The teacher reads a book because he has time .", "In winter it is cold .",
                   "The garden helps the boy ."),
    "grammar:de": ("Im Winter ist es kalt .", "Heute liest der Lehrer ein Buch .", "Der Garten hilft dem Jungen ."),
    "pydoc": ("*key* is not in the map.", "This is the value of the expression."),
}  # fmt: skip


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
    with left:
        text = _box(of)
    with right:
        order = _order()
    _try(of)
    text = _folded(text) if of.is_names else text
    tokens = cut([text], of.unit)[0]
    if not tokens:
        st.info(t("Type a text; every model says what it expects at each place."), icon=":material/keyboard:")
        st.stop()
    if len(tokens) > MOST:
        st.caption(t("The first {n} tokens are shown, and the text is taken to end there.", n=MOST))
        tokens = tokens[:MOST]
        text = ("" if of.unit == "character" else " ").join(tokens)
    return Asked(text, tokens, of, order)


def _ready(of: corpora.Asked) -> Sequence[str]:
    """Texts to try of a corpus: of an own one its first held-out lines."""
    if of.key == corpora.OWN:
        held = runs_ngrams.corpus(of.key, of.unit, **of.given).held
        return tuple(line[:60].strip() for line in held[:2])
    return TRY.get(of.key, TRY["names"])


def _box(of: corpora.Asked) -> str:
    """The text; another kind of corpus brings a text of its own while none was typed."""
    state, slot, own = st.session_state, "lm", "lm__ready"
    ready = _ready(of)
    none = slot not in state and slot not in st.query_params
    if none or (state.get(slot) in state.get(own, ()) and state[slot] not in ready):
        state[slot] = ready[0]
    state[own] = ready
    text = st.text_input(
        t("Text"), key=slot, max_chars=LONGEST, bind="query-params", live=True, persist_state="session",
        autocomplete="off", on_change=_changed,
    )  # fmt: skip
    return " ".join((text or "").split())


def _folded(text: str) -> str:
    """A name as the data spell it, without accents; what has no such spelling stays, and is unknown."""
    plainly = "".join(fold(char).text or char for char in unicodedata.normalize("NFC", text))
    if plainly != text:
        st.caption(t("The names of the data have no accents: read as {name}.", name=plain(plainly)))
    return plainly


def _changed() -> None:
    """A new text is shown where the models part, whatever token the link names. (To take that out of the link here
    would bring the old text back into it: the server learns the address before the text is in it.)
    """
    st.session_state[NEW] = True


def _take(text: str) -> None:
    st.session_state["lm"] = text
    _changed()


def _try(of: corpora.Asked) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Texts to try"), width="content")
        for place, text in enumerate(_ready(of)):
            st.button(plain(text), key=f"lm_try_{place}", on_click=_take, args=(text,), type="tertiary")


def _order() -> int:
    box = choices.box(st, t("n of the n-gram"))
    return int(choices.one("lm_n", {n: n for n in ORDERS}, box, "5", "n"))
