"""Cached runs of "A name through everything": one name in all classifiers that are there."""

import streamlit as st
import xarray as xr

from engine import everything_name, weights
from ui import runs

# in the lecture's order: counting, hidden states, a window, recurrence, gates, attention, all together
MODELS = (
    "ngram", "hmm", "window", "lecture", "elman", "gru", "lstm", "lstm-peephole", "transformer", "combined",
)  # fmt: skip


@st.cache_resource(show_spinner=False)
def models() -> tuple[str, ...]:
    """Those of `MODELS` that are shipped, in order."""
    found = weights.shipped()
    return tuple(name for name in MODELS if f"names-{name}" in found)


@st.cache_resource(max_entries=16, show_spinner=False)
def _ready(model: str) -> weights.Loaded:
    return everything_name.ready(runs.network(model))


@st.cache_data(max_entries=300, show_spinner=False)
def everything(text: str) -> xr.Dataset:
    """A folded name through all models: answers after every letter, and how far they agree."""
    names = models()
    return everything_name.trace([_ready(name) for name in names], names, text)


@st.cache_resource(show_spinner=False)
def _known() -> dict[str, dict[str, bool]]:
    """The names of data/names in lower case: their languages, and whether no model has seen the name in training."""
    found: dict[str, dict[str, bool]] = {}
    for part, is_held in zip(runs.shipped_names(), (False, True), strict=True):
        for text, label in zip(part.texts, part.labels.tolist(), strict=True):
            found.setdefault(text.casefold(), {})[part.languages[label]] = is_held
    return found


def known(text: str) -> dict[str, bool]:
    """The languages in which the data have a name, upper and lower case alike; True where it was held out."""
    return _known().get(text.casefold(), {})
