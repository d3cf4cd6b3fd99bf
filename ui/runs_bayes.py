"""Cached runs of the page "Bayes": one name in the n-gram model of every language."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine import bayes_trace
from engine.classifier import log_prior
from engine.ngram import NGram
from ui import runs

MODEL = "ngram"


def languages() -> tuple[str, ...]:
    """The languages in the order of the model."""
    return runs.network(MODEL).params.languages


@st.cache_data(max_entries=400, show_spinner=False)
def why(text: str, prior: str) -> xr.Dataset:
    """The shares of prior and letters of one folded name; prior: natural | uniform."""
    loaded = runs.network(MODEL)
    natural = log_prior(loaded.params)
    flat = np.full(len(natural), -np.log(len(natural)))
    return bayes_trace.trace(
        loaded.net, text, loaded.params.languages, natural if prior == "natural" else flat, loaded.path
    )  # fmt: skip


@st.cache_resource(max_entries=18, show_spinner=False)
def _of_language(index: int) -> NGram:
    return runs.network(MODEL).net.model(index)


@st.cache_data(max_entries=400, show_spinner=False)
def behind(text: str, index: int) -> xr.Dataset:
    """The counts by order behind each letter, in one language (its place in `languages`)."""
    return bayes_trace.behind(_of_language(index), text, languages()[index])


def n_names(index: int) -> int:
    """The training names of a language."""
    return runs.network(MODEL).params.counts[index]


@st.cache_data(max_entries=32, show_spinner=False)
def differing(other: str, prior: str, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Held-out names that `other` gets right and the n-grams wrong, and the other way round: the n of which the one
    that is right is most certain. Columns name, language, ngram, other.
    """
    mine, its = runs.scored(MODEL, prior, True), runs.scored(other, prior, True)
    words, labels = np.asarray(languages()), mine.names.labels
    best, its_best = mine.log_probs.argmax(1), its.log_probs.argmax(1)
    whole = pd.DataFrame(
        {"name": mine.names.texts, "language": words[labels], "ngram": words[best], "other": words[its_best]}
    )
    picked = []
    for right, sure in (
        (~(best == labels) & (its_best == labels), its),
        ((best == labels) & (its_best != labels), mine),
    ):
        at = np.flatnonzero(right)
        picked.append(whole.iloc[at[np.argsort(-sure.log_probs.max(1)[at], kind="stable")[:n]]])
    return picked[0], picked[1]
