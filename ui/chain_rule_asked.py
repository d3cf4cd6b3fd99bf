"""Chain rule: what the page is asked for, all of it in the link: a text, what it is counted in, n and the smoothing."""

from typing import NamedTuple

import streamlit as st

from engine.errors import N_
from engine.ngram import METHODS, NGramParams
from ui import choices, corpora, lm_text
from ui.language import t

ORDERS = (1, 2, 3, 4, 5)
KS = ("0.01", "0.1", "0.5", "1")
SAID = {
    "mle": N_("none (MLE)"),
    "add-k": N_("add-k"),
    "witten-bell": N_("Witten–Bell"),
    "kneser-ney": N_("Kneser–Ney"),
    "back-off": N_("back-off (Katz)"),
}


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
    ready = lm_text.ready(corpus)
    with left:
        text = lm_text.box("chain", ready)
    lm_text.offer("chain", ready)
    order, method, k = _model()
    text, tokens = lm_text.read(text, corpus, t("Type a text; each of its tokens becomes a factor."))
    return Asked(text, tokens, corpus, order, method, k)


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
