"""Cached runs of neural language models: parameters in, labelled results out. A model is known by the path of its file
and the time it was written; an own text by its hash, as in `ui.runs_ngrams`.
"""

import os
from functools import partial
from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine import ngram, ngram_counts, ngram_trace, nnlm_files, nnlm_map, weights
from engine.ngram import Judged, NGram, NGramParams
from engine.nnlm_model import NeuralModel
from engine.nnlm_records import MOST_WORDS
from engine.vocabulary import SPECIALS, cut, vocabulary
from ui import runs_ngrams, runs_work

LONGEST = 5  # n-grams beside the neural models
JUDGED = 300_000  # characters of held-out text that are judged
TAGGED = 3_000  # sentences that words get their tags from


class Ref(NamedTuple):
    """A model's file, and when it was written."""

    path: str
    stamp: int = 0


def ref(name: str) -> Ref:
    """A shipped model by its name, or a file by its path."""
    if name in nnlm_files.SHIPPED:
        return Ref((weights.SHIPPED / f"{name}.safetensors").as_posix())
    return Ref(name, os.stat(name).st_mtime_ns)


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def model(at: Ref) -> NeuralModel:
    """The model of a file."""
    name = os.path.basename(at.path).removesuffix(".safetensors")
    return nnlm_files.load_file(at.path) if at.stamp else nnlm_files.load_shipped(name)


@st.cache_data(max_entries=60, ttl=3600, show_spinner=False)
def trace(at: Ref, text: str) -> xr.Dataset:
    """Every inner value as a model reads a text."""
    return model(at).score(text)


def _some(texts: list[str]) -> list[str]:
    size = sum(map(len, texts))
    return texts[:: max(1, -(-size // JUDGED))]


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def judged(at: Ref, key: str, unit: str, own: str = "", _text: str | None = None) -> Judged:
    """Bits a token on the held-out part of a text."""
    return model(at).perplexity(_some(runs_ngrams.corpus(key, unit, own, _text).held))


@st.cache_data(max_entries=30, ttl=3600, show_spinner=False)
def embedding_map(at: Ref) -> nnlm_map.Map:
    """The map of a model's embeddings."""
    return nnlm_map.embedding_map(model(at))


@st.cache_data(max_entries=8, ttl=3600, show_spinner=False)
def tags(key: str) -> dict[str, str]:
    """The tag of each word of an English text."""
    texts = runs_ngrams.corpus(key, "word").train[:TAGGED]
    return nnlm_map.tags(cut(texts, "word"), vocabulary(texts, "word"), runs_work.tagger())


@st.cache_resource(max_entries=4, ttl=3600, show_spinner=False)
def _fewer(key: str, unit: str, own: str = "", _text: str | None = None) -> ngram_counts.Counts:
    train = runs_ngrams.corpus(key, unit, own, _text).train
    return ngram_counts.count(train, vocabulary(train, unit, most=MOST_WORDS), LONGEST)


def _counts(key: str, unit: str, own: str = "", _text: str | None = None) -> ngram_counts.Counts:
    """n-grams over the vocabulary that the neural models have."""
    found = runs_ngrams.counts(key, unit, own, _text)
    return found if found.vocabulary.n <= MOST_WORDS + len(SPECIALS) else _fewer(key, unit, own, _text)


@st.cache_resource(max_entries=30, ttl=3600, show_spinner=False)
def counted(key: str, unit: str, n: int, own: str = "", _text: str | None = None) -> NGram:
    """The n-gram model, Kneser-Ney, over the vocabulary of the neural models."""
    return ngram.fit(_counts(key, unit, own, _text), NGramParams(n))


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def counted_judged(key: str, unit: str, own: str = "", _text: str | None = None) -> list[Judged]:
    """Bits a token on the held-out part for n = 1 … LONGEST."""
    make = partial(counted, key, unit, own=own, _text=_text)
    held = _some(runs_ngrams.corpus(key, unit, own, _text).held)
    return [make(n).perplexity(held) for n in range(1, LONGEST + 1)]


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def counted_trace(key: str, unit: str, n: int, text: str, own: str = "", _text: str | None = None) -> xr.Dataset:
    """The factors of a text by the n-gram model."""
    return ngram_trace.chain(counted(key, unit, n, own, _text), text, key)
