"""Chain rule: what the page is asked for, all of it in the link: a text, what it is counted in, n and the smoothing."""

import unicodedata
from typing import NamedTuple

import streamlit as st

from engine.errors import N_
from engine.ngram import METHODS, NGramParams
from engine.text import fold
from engine.vocabulary import cut
from ui import choices, corpora, runs_ngrams
from ui.language import t
from ui.page import plain

ORDERS = (1, 2, 3, 4, 5)
LONGEST, MOST = 120, 40  # characters of the box, tokens that are shown
OWN_LINE, OWN_LINES = 60, 3  # characters and number of the lines of an own text that are offered
KS = ("0.01", "0.1", "0.5", "1")
SAID = {
    "mle": N_("none (MLE)"),
    "add-k": N_("add-k"),
    "witten-bell": N_("Witten–Bell"),
    "kneser-ney": N_("Kneser–Ney"),
    "back-off": N_("back-off (Katz)"),
}
TRY = {
    "names": ("Dostoyevsky", "Satoshi", "Kowalska", "Xqzt"),
    "grammar:en": (
        "Tomorrow they will sing in the park .", "In winter it is hot .", "The garden helps the boy .",
    ),
    "grammar:de": ("Im Winter ist es warm .", "Heute liest der Lehrer ein Buch .", "Der Garten hilft dem Jungen ."),
    "pydoc": ("*key* is not in the map.", "This is the value of the expression.", "The value is returned by the map."),
}  # fmt: skip


class Asked(NamedTuple):
    """The text and its tokens; what n-grams are counted in; n and how it is smoothed."""

    text: str
    tokens: list[str]
    corpus: corpora.Asked
    order: int
    method: str
    k: float

    def params(self, order: int | None = None, method: str | None = None) -> NGramParams:
        """The model of one n and one method, else those asked for."""
        return NGramParams(order=order or self.order, method=method or self.method, k=self.k)


def asked() -> Asked:
    """The controls; stops the page with a message where there is nothing to count or no token."""
    left, right = st.columns([5, 6], vertical_alignment="bottom", gap="medium")
    with right:
        corpus = corpora.picker("chain")
    ready = _ready(corpus)
    with left:
        text = _box(corpus.key, ready)
    _try(ready)
    text = _folded(text) if corpus.is_names else text
    order, method, k = _model()
    tokens = cut([text], corpus.unit)[0]
    if not tokens:
        st.info(t("Type a text; each of its tokens becomes a factor."), icon=":material/keyboard:")
        st.stop()
    if len(tokens) > MOST:
        st.caption(t("The first {n} tokens are shown, and the text is taken to end there.", n=MOST))
        tokens = tokens[:MOST]
        text = ("" if corpus.unit == "character" else " ").join(tokens)
    return Asked(text, tokens, corpus, order, method, k)


def _ready(corpus: corpora.Asked) -> tuple[str, ...]:
    """Texts to try: of a text of one's own, lines that were not counted."""
    if corpus.key != corpora.OWN:
        return TRY.get(corpus.key, TRY["names"])
    held = runs_ngrams.corpus(corpus.key, corpus.unit, **corpus.given).held
    return tuple(dict.fromkeys(" ".join(line.split())[:OWN_LINE].strip() for line in held[:OWN_LINES]))


def _box(key: str, ready: tuple[str, ...]) -> str:
    """The text; another corpus brings a text of its own while none was typed."""
    state, slot, was = st.session_state, "chain", "chain__ready"
    none = slot not in state and "chain" not in st.query_params
    if none or (state.get(slot) in state.get(was, ()) and state[slot] not in ready):
        state[slot] = ready[0]
    state[was] = ready
    text = st.text_input(
        t("Text"), key=slot, max_chars=LONGEST, bind="query-params", live=True, persist_state="session",
        autocomplete="off",
    )  # fmt: skip
    return " ".join((text or "").split())


def _folded(text: str) -> str:
    """A name as the data spell it, without accents; what has no such spelling stays, and is unknown."""
    plainly = "".join(fold(char).text or char for char in unicodedata.normalize("NFC", text))
    if plainly != text:
        st.caption(t("The names of the data have no accents: read as {name}.", name=plain(plainly)))
    return plainly


def _take(text: str) -> None:
    st.session_state["chain"] = text


def _try(ready: tuple[str, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Texts to try"), width="content")
        for place, text in enumerate(ready):
            st.button(plain(text), key=f"chain_try_{place}", on_click=_take, args=(text,), type="tertiary")


def _model() -> tuple[int, str, float]:
    """n, the method and the k of add-k."""

    def pills(label: str):
        def show(words: list, at: str, **given: object) -> str:
            return st.segmented_control(label, words, default=at, required=True, **given)

        return show

    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = choices.one(
            "chain_smooth", {name: t(SAID[name]) for name in METHODS}, pills(t("Smoothing")), "mle", "smooth"
        )
        k = "0.1"
        if method == "add-k":
            k = choices.one("chain_k", {each: each for each in KS}, choices.box(st, "k", width=96), "0.1", "k")
        order = choices.one("chain_n", {str(n): str(n) for n in ORDERS}, pills(t("n to look into")), "4", "n")
    return int(order), method, float(k)
