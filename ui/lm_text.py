"""A text for language models: its box, texts to try, how it is read and cut into tokens."""

import unicodedata
from collections.abc import Callable, Sequence

import streamlit as st

from engine.text import fold
from engine.vocabulary import cut
from ui import corpora, runs_ngrams
from ui.language import t
from ui.page import plain

LONGEST, MOST = 120, 40  # characters of the box, tokens that are shown
OWN_LINE, OWN_LINES = 60, 3  # characters and number of the lines of an own text that are offered
TRY = {
    "names": ("Dostoyevsky", "Satoshi", "Kowalska", "Xqzt"),
    "grammar:en": (
        "Tomorrow they will sing in the park .", "In winter it is hot .", "The garden helps the boy .",
        "The teacher reads a book because he has time .",
    ),
    "grammar:de": ("Im Winter ist es warm .", "Heute liest der Lehrer ein Buch .", "Der Garten hilft dem Jungen ."),
    "pydoc": ("*key* is not in the map.", "This is the value of the expression.", "The value is returned by the map."),
}  # fmt: skip


def ready(corpus: corpora.Asked) -> tuple[str, ...]:
    """Texts to try: of a text of one's own, lines that were held out."""
    if corpus.key != corpora.OWN:
        return TRY.get(corpus.key, TRY["names"])
    held = runs_ngrams.corpus(corpus.key, corpus.unit, **corpus.given).held
    return tuple(dict.fromkeys(" ".join(line.split())[:OWN_LINE].strip() for line in held[:OWN_LINES]))


def box(slot: str, offered: Sequence[str], changed: Callable[[], None] | None = None) -> str:
    """The text, kept under `slot`; another corpus brings a text of its own while none was typed."""
    state, was = st.session_state, f"{slot}__ready"
    none = slot not in state and slot not in st.query_params
    if none or (state.get(slot) in state.get(was, ()) and state[slot] not in offered):
        state[slot] = offered[0]
    state[was] = offered
    text = st.text_input(
        t("Text"), key=slot, max_chars=LONGEST, bind="query-params", live=True, persist_state="session",
        autocomplete="off", on_change=changed,
    )  # fmt: skip
    return " ".join((text or "").split())


def offer(slot: str, offered: Sequence[str], changed: Callable[[], None] | None = None) -> None:
    """Buttons that put a text to try into the box."""

    def take(text: str) -> None:
        st.session_state[slot] = text
        if changed:
            changed()

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Texts to try"), width="content")
        for place, text in enumerate(offered):
            st.button(plain(text), key=f"{slot}_try_{place}", on_click=take, args=(text,), type="tertiary")


def read(text: str, corpus: corpora.Asked, empty: str) -> tuple[str, list[str]]:
    """(text as the models read it, its tokens); stops the page with the message `empty` where there is none."""
    text = _folded(text) if corpus.is_names else text
    tokens = cut([text], corpus.unit)[0]
    if not tokens:
        st.info(empty, icon=":material/keyboard:")
        st.stop()
    if len(tokens) > MOST:
        st.caption(t("The first {n} tokens are shown, and the text is taken to end there.", n=MOST))
        tokens = tokens[:MOST]
        text = ("" if corpus.unit == "character" else " ").join(tokens)
    return text, tokens


def _folded(text: str) -> str:
    """A name as the data spell it, without accents; what has no such spelling stays, and is unknown."""
    plainly = "".join(fold(char).text or char for char in unicodedata.normalize("NFC", text))
    if plainly != text:
        st.caption(t("The names of the data have no accents: read as {name}.", name=plain(plainly)))
    return plainly
