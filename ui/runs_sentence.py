"""Cached runs of the page that takes one English sentence through everything: tokens in, labelled results out."""

import streamlit as st
import xarray as xr

from engine import embeddings, everything_sentence, seq2seq_trace, transformer_trace
from engine.ngram_fit import NGramParams
from engine.translation import bulk, files
from ui import runs_ngrams, runs_seq2seq, runs_transformer

Words = tuple[str, ...]
GRUS, TRANSFORMER = ("gru", "gru-attention"), "transformer"
CORPUS, ORDERS = "grammar:en", (2, 3)
COMPARED, NEAREST = 300, 5  # held-out sentences that a sentence is compared with, and how many are named


@st.cache_resource(max_entries=4, show_spinner=False)
def translator(name: str) -> files.Translator:
    """A translator from English to German, a key of engine.translation.files.OTHER_WAY."""
    return files.load_other_way(name)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def translation(name: str, words: Words) -> bulk.Translation:
    """What it makes of the tokens, the likeliest word at every step."""
    found = translator(name)
    return bulk.translate(found.net, found.source, found.target, [" ".join(words)], is_cut=True)[0]


@st.cache_resource(max_entries=40, ttl=3600, show_spinner=False)
def recurrent(name: str, words: Words, written: Words) -> xr.Dataset:
    """Every inner value of a recurrent translator that reads `words` and writes `written`."""
    return seq2seq_trace.trace(translator(name), words, written)


@st.cache_resource(max_entries=40, ttl=3600, show_spinner=False)
def changes(words: Words, written: Words) -> xr.Dataset:
    """How far each word moves the state of the encoder without attention."""
    return everything_sentence.changes(recurrent(GRUS[0], words, written))


@st.cache_resource(max_entries=40, ttl=3600, show_spinner=False)
def looks(words: Words) -> xr.Dataset:
    """What each word looks at in the Transformer's encoder, and the encoder's outputs."""
    return everything_sentence.looks(transformer_trace.encoder(translator(TRANSFORMER), words))


@st.cache_resource(max_entries=40, ttl=3600, show_spinner=False)
def decoder(words: Words, written: Words) -> xr.Dataset:
    """Every inner value of the Transformer's decoder that writes `written`."""
    return transformer_trace.decoder(translator(TRANSFORMER), words, written)


@st.cache_resource(max_entries=40, ttl=3600, show_spinner=False)
def cross(words: Words, written: Words) -> xr.Dataset:
    """What each word written looks at."""
    return everything_sentence.looks(decoder(words, written), "weights_c")


def chances(words: Words) -> xr.Dataset:
    """The factors of the sentence under n-gram models of the grammar's English."""
    return runs_ngrams.several(CORPUS, "word", tuple(NGramParams(order) for order in ORDERS), " ".join(words))


def pieces(words: Words) -> everything_sentence.Spans:
    """The places of each token's pieces in the trace of the n-gram models."""
    cut = runs_ngrams.counts(CORPUS, "word").vocabulary.cut
    return everything_sentence.spans(words, lambda token: len(cut(token)))


def counted(words: Words) -> tuple[list[bool], bool]:
    """Of each token whether the n-gram models know all of it; and whether they have counted this very sentence."""
    known = runs_ngrams.counts(CORPUS, "word").vocabulary
    seen = [all(piece in known.index for piece in known.cut(token)) for token in words]
    return seen, " ".join(words) in _counted()


@st.cache_resource(max_entries=1, show_spinner=False)
def _counted() -> frozenset[str]:
    return frozenset(runs_ngrams.corpus(CORPUS, "word").train)


@st.cache_resource(max_entries=1, show_spinner=False)
def held() -> dict[str, str]:
    """The grammar's English sentences that no translator has learned from, with their German."""
    pairs = runs_seq2seq.held_out()
    return dict(zip(pairs.target, pairs.source, strict=True))


@st.cache_resource(max_entries=24, ttl=3600, show_spinner=False)
def met(name: str, words: Words) -> xr.Dataset | None:
    """What a pretrained encoder's words receive and how alike they are; None where a token leaves nothing to read."""
    trace = runs_transformer.bert_trace_of(name, " ".join(words))
    bert = runs_transformer.bert(name)
    of = everything_sentence.spans(words, lambda token: len(bert.pieces.encode([token])[0].ids) - 2, 1)
    fits = all(of) and of[-1][-1] + 2 == trace.sizes["query"]
    return everything_sentence.words(trace, words, of) if fits else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _compared(name: str) -> tuple[list[str], embeddings.Embedded]:
    texts = list(held())[:COMPARED]
    return texts, embeddings.embed(runs_transformer.bert(name), texts)


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def nearest(name: str, words: Words) -> list[tuple[str, float]]:
    """The held-out sentences most like this one, and how alike they are; the sentence itself is left out."""
    texts, others = _compared(name)
    text = " ".join(words)
    mine = embeddings.embed(runs_transformer.bert(name), [text])
    found = embeddings.nearest(mine.vectors, NEAREST + 1, others.vectors)
    named = zip(found.index[0].tolist(), found.similarity[0].tolist(), strict=True)
    return [(texts[at], alike) for at, alike in named if texts[at] != text][:NEAREST]
