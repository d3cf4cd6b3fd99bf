"""n-grams: what the page is asked for, all of it in the link: a text to learn from, n, the smoothing, a beginning."""

from typing import NamedTuple

import streamlit as st

from engine.ngram import METHODS, NGramParams
from engine.text import fold
from engine.vocabulary import cut
from ui import choices, corpora, decoding_link
from ui.chain_rule_asked import SAID
from ui.corpora import Asked as Corpus
from ui.language import t
from ui.page import plain

ORDERS = (1, 2, 3, 4, 5, 6)
MOST_LETTERS, MOST_SEED = 80, 10_000
FIRST_N, FIRST_METHOD = "4", "kneser-ney"
BEGIN = {"names": "Pap", "grammar:en": "In winter", "grammar:de": "Im Winter", "pydoc": "the value of", "own": ""}
NUMBERS = {"seed": (0, MOST_SEED), "heat": (0.1, 2.0)}  # of the link: lowest, highest


class Asked(NamedTuple):
    """What is learned from; n and how it is smoothed; the beginning and its tokens."""

    corpus: Corpus
    order: int
    method: str
    begin: str
    tokens: tuple[str, ...]

    @property
    def params(self) -> NGramParams:
        """The model that is asked for."""
        return NGramParams(self.order, self.method)


def asked() -> Asked:
    """The controls of what is learned from, and of the model."""
    corpus = corpora.picker("ngrams")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        typed = _begin(corpus)
        order = choices.one("ngrams_n", {str(n): str(n) for n in ORDERS}, _pills("n"), FIRST_N, "n")
        methods = {name: t(SAID[name]) for name in METHODS}
        method = choices.one(
            "ngrams_smooth", methods, choices.box(st, t("Smoothing"), width=215), FIRST_METHOD, "smooth"
        )
    begin = _folded(typed) if corpus.is_names else typed
    return Asked(corpus, int(order), method, begin, tuple(cut([begin], corpus.unit)[0]))


def _folded(text: str) -> str:
    """A name as the data spell it, without accents; what has no such spelling stays, and is unknown."""
    plainly = "".join(fold(char).text or char for char in text)
    if plainly != text:
        st.caption(t("The names of the data have no accents: read as {name}.", name=plain(plainly)))
    return plainly


def _pills(label: str):
    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(label, words, default=at, required=True, **given)

    return show


def first(corpus: Corpus) -> str:
    """The beginning that a text is shown with."""
    return BEGIN[corpus.key if corpus.key in BEGIN else corpus.key.split(":")[0]]


def _begin(corpus: Corpus) -> str:
    """The beginning; another text to learn from brings one of its own while none was typed."""
    state, of = st.session_state, "ngrams_of"
    fresh = "begin" not in state and "begin" not in st.query_params
    other = state.get(of, corpus.key) != corpus.key and state.get("begin") in BEGIN.values()
    if fresh or other:
        state["begin"] = first(corpus)
    if "ngrams_begin" in state:  # what a click has asked for
        state["begin"] = state.pop("ngrams_begin")
    state[of] = corpus.key
    return st.text_input(
        t("A text begins"), key="begin", max_chars=MOST_LETTERS, bind="query-params", live=True, width=210,
        persist_state="session", autocomplete="off", placeholder=t("empty: what comes first"),
    ) or ""  # fmt: skip


def go_on(ask: Asked, token: str) -> None:
    """For a callback: the beginning, one token longer."""
    st.session_state["ngrams_begin"] = _joined(ask, [*ask.tokens, token])


def go_back(ask: Asked) -> None:
    """For a callback: the beginning, one token shorter."""
    st.session_state["ngrams_begin"] = _joined(ask, ask.tokens[:-1])


def _joined(ask: Asked, tokens) -> str:
    return ("" if ask.corpus.unit == "character" else " ").join(tokens)[:MOST_LETTERS]


def written() -> tuple[int, float]:
    """The seed and the temperature of the texts that are written."""
    wrong = decoding_link.checked(NUMBERS, {})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        seed = st.number_input(
            t("Seed"), 0, MOST_SEED, 0, key="seed", bind="query-params", width=110,
            help=t("The same seed always gives the same texts."),
        )  # fmt: skip
        st.button(t("Next seed"), icon=":material/casino:", key="ngrams_next", on_click=_next)
        heat = st.slider(t("Temperature T"), 0.1, 2.0, 1.0, 0.1, key="heat", bind="query-params", width=190)
    decoding_link.say(wrong)
    return int(seed or 0), round(float(heat), 1)


def _next() -> None:
    seed = int(st.session_state.get("seed") or 0)
    st.session_state["seed"] = 0 if seed >= MOST_SEED else seed + 1
