"""Generate: what is asked for — language, first letters, temperature, cut-off, seed — and what is found."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from engine.letter_model import WORDS
from engine.text import fold
from ui import choices, decoding_link, runs_letters
from ui.language import localise, t
from ui.page import plain

SOURCES = [
    "engine/letter_model.py", "engine/letter_model_names.py", "engine/letter_model_trace.py",
    "engine/letter_model_explain.py", "engine/transformer_stack.py", "engine/search_sample.py", "engine/lm/training.py",
]  # fmt: skip
FIRST, FIRST_TOP_P = "Italian", 0.9
MOST_SEED, MOST_BEGINNING, DOZEN = 10_000, 20, 12
NUMBERS = {  # of the link: lowest, highest
    "temperature": (0.05, 2.0), "top_k": (0, 58), "top_p": (0.05, 1.0), "draw": (0, MOST_SEED),
}  # fmt: skip


class Asked(NamedTuple):
    """A name of which language, how it begins, how the letters are drawn, and with which seed."""

    language: str
    beginning: str
    temperature: float
    top_k: int | None
    top_p: float
    seed: int

    @property
    def choice(self) -> runs_letters.Choice:
        """How a letter is drawn from the probabilities."""
        return self.temperature, self.top_k, self.top_p


class Found(NamedTuple):
    """The name, its draws, and every inner value of the network as it wrote it."""

    name: str
    ended: bool
    steps: xr.Dataset
    trace: xr.Dataset

    @property
    def mark(self) -> str:
        """Its letters as they are shown."""
        return self.name or "∅"


def asked() -> Asked:
    """All controls in one row."""
    wrong = decoding_link.checked(NUMBERS, {})
    for key in ("begin", "draw"):  # what a click below has asked for
        if f"generate_{key}" in st.session_state:
            st.session_state[key] = st.session_state.pop(f"generate_{key}")
    options = {name: t(name) for name in runs_letters.letters().params.languages}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        box = choices.box(st, t("Language of the name"), width=165)
        language = choices.one("generate_language", options, box, FIRST, link="language")
        beginning = _beginning()
        numbers = _numbers()
        seed = st.number_input(
            t("Seed"), 0, MOST_SEED, 0, key="draw", bind="query-params", width=95,
            help=t("The same seed always gives the same name."),
        )  # fmt: skip
        st.button(t("Next seed"), icon=":material/casino:", key="generate_next", on_click=_next)
    decoding_link.say(wrong)
    return Asked(language, _folded(beginning), *numbers, int(seed or 0))


def _next() -> None:
    """The next seed."""
    seed = int(st.session_state.get("draw") or 0)
    st.session_state["draw"] = 0 if seed >= MOST_SEED else seed + 1


def _beginning() -> str:
    return st.text_input(
        t("First letters"), key="begin", max_chars=MOST_BEGINNING, bind="query-params", live=True, width=120,
        placeholder=t("none"), autocomplete="off", help=t("The network goes on from here."),
    )  # fmt: skip


def _folded(raw: str | None) -> str:
    """The beginning in the network's letters; what it does not know is said."""
    folded = fold((raw or "").lstrip())
    if folded.dropped:
        lost = " ".join(dict.fromkeys(char for _, char in folded.dropped))
        st.warning(plain(t("These characters are not among its 57 letters and were left out: {lost}", lost=lost)))
    return folded.text.lstrip()[:MOST_BEGINNING]


def _numbers() -> tuple[float, int | None, float]:
    temperature = st.slider(t("Temperature T"), 0.05, 2.0, 1.0, 0.05, key="temperature", bind="query-params", width=125)
    top_k = st.slider(
        t("Top-k"), 0, len(WORDS), 0, key="top_k", bind="query-params", width=105, help=t("0: no limit")
    )  # fmt: skip
    top_p = st.slider(
        t("Top-p"), 0.05, 1.0, FIRST_TOP_P, 0.05, key="top_p", bind="query-params", width=105,
        help=t("The smallest set of likeliest letters that together have at least this probability; 1: all."),
    )  # fmt: skip
    return round(float(temperature), 2), int(top_k) or None, round(float(top_p), 2)


def found(ask: Asked) -> Found:
    """The name that the seed gives, in the session's language."""
    steps = runs_letters.letters_sampled(ask.language, ask.beginning, ask.choice, ask.seed)
    ended = steps.attrs["reason"] == "eos"
    written = [str(word) for word in steps["step_label"].values]
    name = "".join(written[:-1] if ended else written)
    trace = localise(runs_letters.letters_trace(ask.language, name, ended))
    for side in ("query_label", "key_label"):  # the first place is the language, in the reader's words
        labels = trace[side].values.tolist()
        trace[side].values = np.asarray([t(labels[0]), *labels[1:]], dtype=str)
    return Found(name, ended, localise(steps), trace)
