"""Cached runs of n-gram models: parameters in, labelled results out. An own text is known by its hash, never hashed
again: `own` is that key, `_text` the text.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st
import xarray as xr

from engine import corpora, ngram, ngram_counts, ngram_trace, vocabulary
from engine.ngram import NGram, NGramParams

LONGEST = ngram.LONGEST
MOST_WORDS = 20_000  # of a vocabulary


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def corpus(key: str, unit: str, own: str = "", _text: str | None = None) -> corpora.Corpus:
    """The texts of a key, training and held-out part."""
    return corpora.corpus(key, unit, _text)


def counts(key: str, unit: str, own: str = "", _text: str | None = None) -> ngram_counts.Counts:
    """All n-grams of the training part, up to the longest; of own texts, which may be large, two are kept."""
    return (_own_counts if own else _counts)(key, unit, own, _text)


def model(key: str, unit: str, params: NGramParams, own: str = "", _text: str | None = None) -> NGram:
    """A fitted model."""
    return (_own_model if own else _model)(key, unit, params, own, _text)


def _count(key: str, unit: str, own: str, _text: str | None) -> ngram_counts.Counts:
    train = corpus(key, unit, own, _text).train
    return ngram_counts.count(train, vocabulary.vocabulary(train, unit, most=MOST_WORDS), LONGEST)


@st.cache_resource(max_entries=24, ttl=3600, show_spinner=False)
def _counts(key: str, unit: str, own: str, _text: str | None) -> ngram_counts.Counts:
    return _count(key, unit, own, _text)


@st.cache_resource(max_entries=2, ttl=3600, show_spinner=False)
def _own_counts(key: str, unit: str, own: str, _text: str | None) -> ngram_counts.Counts:
    return _count(key, unit, own, _text)


@st.cache_resource(max_entries=64, ttl=3600, show_spinner=False)
def _model(key: str, unit: str, params: NGramParams, own: str, _text: str | None) -> NGram:
    return ngram.fit(counts(key, unit, own, _text), params)


@st.cache_resource(max_entries=6, ttl=3600, show_spinner=False)
def _own_model(key: str, unit: str, params: NGramParams, own: str, _text: str | None) -> NGram:
    return ngram.fit(counts(key, unit, own, _text), params)


@st.cache_resource(max_entries=200, ttl=3600, show_spinner=False)
def judged(
    key: str, unit: str, params: NGramParams, held: bool = True, own: str = "", _text: str | None = None
) -> ngram.Judged:
    """Perplexity on the held-out part, or on the training part."""
    texts = corpus(key, unit, own, _text)
    return model(key, unit, params, own, _text).perplexity(texts.held if held else texts.train)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def chain(key: str, unit: str, params: NGramParams, text: str, own: str = "", _text: str | None = None) -> xr.Dataset:
    """The factors of one text with the counts behind them."""
    return ngram_trace.chain(model(key, unit, params, own, _text), text, key)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def several(
    key: str, unit: str, params: Sequence[NGramParams], text: str, own: str = "", _text: str | None = None
) -> xr.Dataset:
    """The factors of one text under several models of one corpus, one row a model."""
    return ngram_trace.several(list(map(partial(model, key, unit, own=own, _text=_text), params)), text, key)
