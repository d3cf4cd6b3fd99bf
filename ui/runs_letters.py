"""Cached runs of the page on the model of letters: parameters in, labelled results out."""

import streamlit as st
import xarray as xr

from engine import letter_model, letter_model_files, letter_model_names, letter_model_trace, search_trace
from ui import runs

Choice = tuple[float, int | None, float]  # temperature, top-k, top-p


@st.cache_resource(max_entries=1, show_spinner=False)
def letters() -> letter_model_files.Letters:
    """The shipped model of letters."""
    return letter_model_files.load_shipped()


@st.cache_resource(max_entries=1, show_spinner=False)
def known_names() -> letter_model_names.Known:
    """The names that it was trained on."""
    return letter_model_names.Known(runs.shipped_names()[0])


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def letters_sampled(language: str, beginning: str, choice: Choice, seed: int) -> xr.Dataset:
    """The draws of a name of a language, letter by letter, after a beginning that is given."""
    net = letters().net
    return search_trace.sample_trace(
        letter_model.Decoder(net), letter_model.WORDS, net.params.word(language), letter_model.EOS,
        letter_model_names.LIMIT, *choice, seed, shown=len(letter_model.WORDS),
        prefix=letter_model.read(net.params, language, beginning)[1:],
    )  # fmt: skip


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def letters_trace(language: str, text: str, ended: bool) -> xr.Dataset:
    """Every inner value of the model of letters as it reads a name."""
    return letter_model_trace.trace(letters(), language, text, ended)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def invented(asked: tuple[tuple[str, int], ...], beginning: str, choice: Choice) -> list[letter_model_names.Invented]:
    """A name for each language and seed."""
    return letter_model_names.invent(letters().net, asked, *choice, beginning=beginning)


@st.cache_data(max_entries=20_000, show_spinner=False)
def name_mark(text: str, language: str) -> letter_model_names.Mark:
    """Whether a name is new, and which known name of the language is nearest."""
    return known_names().mark(text, language)
