"""Cached runs of n-gram models: parameters in, labelled results out. An own text is known by its hash, never hashed
again: `own` is that key, `_text` the text.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine import corpora, ngram, ngram_counts, ngram_explore, ngram_trace, vocabulary
from engine.ngram import NGram, NGramParams

LONGEST = ngram.LONGEST
MOST_WORDS = 20_000  # of a vocabulary
SAMPLE = 60_000  # characters of each part that perplexities are measured on
LONG = 24  # tokens of a sentence that is written; names end by themselves
N_NAMES, N_TEXTS = 60, 20  # that are written for each n
COPIED = 4  # tokens of the n-grams that tell what is copied


class Written(NamedTuple):
    """A text that a model wrote; known: "" | "train" | "held", the part of the data that has the very same one."""

    text: str
    known: str


class Many(NamedTuple):
    """What was written with one n; seen: the share of its COPIED-grams that stand in the training part."""

    texts: list[Written]
    seen: float


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


@st.cache_resource(max_entries=48, ttl=3600, show_spinner=False)
def sparsity(key: str, unit: str, own: str = "", _text: str | None = None) -> xr.Dataset:
    """How sparse the counts get, and the perplexities of both parts."""
    parts = corpus(key, unit, own, _text)
    both = (ngram_explore.sample(part, SAMPLE) for part in (parts.train, parts.held))
    return ngram_explore.sparsity(counts(key, unit, own, _text), *both)


@st.cache_resource(max_entries=48, ttl=3600, show_spinner=False)
def written(
    key: str, unit: str, method: str, seed: int, heat: float, own: str = "", _text: str | None = None
) -> dict[int, Many]:
    """Texts of the next seeds, for every n; names are many, so that copies can be counted."""
    parts, found = corpus(key, unit, own, _text), counts(key, unit, own, _text)
    is_names = key.partition(":")[0] == "names"
    many, limit = (N_NAMES, 40) if is_names else (N_TEXTS, LONG if unit == "word" else 4 * LONG)
    drawn, seen = {}, {}
    for n in range(1, LONGEST + 1):
        write = ngram_explore.writer(ngram.fit(found, NGramParams(n, method)), heat, limit)
        tokens = [write(many * seed + k) for k in range(many)]
        drawn[n] = list(map(found.vocabulary.join, tokens))
        seen[n] = ngram_explore.share_seen(found, tokens, COPIED)
    wanted = {text for texts in drawn.values() for text in texts}
    train, held = wanted.intersection(parts.train), wanted.intersection(parts.held)
    known = {text: "train" if text in train else "held" if text in held else "" for text in wanted}
    return {n: Many([Written(text, known[text]) for text in texts], seen[n]) for n, texts in drawn.items()}
