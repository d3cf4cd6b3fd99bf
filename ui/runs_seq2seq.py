"""Cached runs of the pages on sequence to sequence: parameters in, labelled results out; translators by name."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from engine import bleu, bleu_files, bleu_words, grammar, pca, search, search_trace, seq2seq_trace, weights
from engine.similarity import similarity_order
from engine.tokens import EOS, SOS
from engine.translation import batches, bottleneck, bulk, decoding, files, intervention, shipping, tracing
from engine.translation.data import Parallel
from engine.translation.exposure import measure
from engine.translation.kinds import RECURRENT
from ui import runs
from ui.language import t
from ui.own import OWN
from ui.translation_job import TranslationJob, of_stored

Words = tuple[str, ...]
Edits = tuple[tuple[int, tuple[float, ...]], ...]  # step, from 0, and its attention weights
MOST_BYTES, TRACES = 40e6, 20  # of the inner values of one translation; translations whose inner values are kept


@st.cache_resource(show_spinner=False)
def own_folder() -> Path:
    """Where this server keeps the translators of its sessions, by hash, until it ends."""
    return runs.temporary("translators")


@st.cache_resource(max_entries=32, show_spinner=False)
def translator(name: str) -> files.Translator:
    """The translator called `name`: a key of engine.translation.files.SHIPPED, or one of the sessions' own."""
    if name.startswith(OWN):
        return files.load_file(own_folder() / f"{name}.safetensors")
    return files.load_shipped(name)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def known_pair(source: Words, target: str) -> grammar.Pair | None:
    """The grammar's translation of a sentence with its true links; None where the grammar does not know it."""
    return grammar.find(source, target)


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def bleu_texts(digests: tuple[str, ...], _files: tuple) -> bleu_files.Pairs:
    """Uploaded translations and references line by line, by the hashes of their bytes. Raises InputError."""
    first, *others = ((file.name, file.blob) for file in _files)
    return bleu_files.from_texts(first, others)


@st.cache_resource(max_entries=128, ttl=3600, show_spinner=False)
def bleu_statistics(
    digest: str, at: int, order: int, tokenize: str, lower: bool, _texts: list[list[str]]
) -> bleu.Statistics:
    """What BLEU counts in translations and references: one part, which begins at `at`, of the lists with this hash."""
    candidates, *references = (bleu_words.cut(lines, tokenize, lower) for lines in _texts)
    return bleu.statistics(candidates, references, order)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def greedy(name: str, text: str) -> bulk.Translation:
    """What a translator makes of a text, the likeliest word at every step."""
    found = translator(name)
    return bulk.translate(found.net, found.source, found.target, [text])[0]


def trace_bytes(found: files.Translator, source: Words, target: Words) -> float:
    """About how much memory the inner values of a translation take."""
    params, per_step = found.params, 2 * len(found.target.vocabulary)
    if params.kind == RECURRENT:
        pairs = {"none": 0, "dot": 1, "additive": 2}[params.attention]  # arrays of words × words × units
        per_step += pairs * len(source) * params.n_hidden
    else:  # scores and weights of each head, and what else a layer has at a place
        looks = 4 * params.n_heads * (len(source) + len(target))
        per_step += params.n_layers * (looks + 20 * params.d_model + 2 * params.d_ff)
    return 8.0 * len(target) * per_step


def _stop_if_large(name: str, source: Words, target: Words) -> None:
    size = trace_bytes(translator(name), source, target)
    if size > MOST_BYTES:
        st.warning(t("{read} words or pieces are read and {written} written: every inner value of that is too much to "
                     "show. Make the sentence shorter, to about {share:.0%} of its length.", read=len(source),
                     written=len(target), share=min(0.9, (MOST_BYTES / size) ** 0.5)))  # fmt: skip
        st.stop()


@st.cache_data(max_entries=TRACES, ttl=3600, show_spinner=False)
def _inside(name: str, source: Words, target: Words, edits: Edits = ()) -> xr.Dataset:
    return tracing.trace(translator(name), source, target, dict(edits))


def inside(name: str, source: Words, target: Words, edits: Edits = ()) -> xr.Dataset:
    """Every inner value of a translator (a Transformer: what engine.translation.tracing says) that reads the tokens of
    `source` and writes those of `target`, under edits of its attention; stops the page with a message where they are
    more than MOST_BYTES.
    """
    _stop_if_large(name, source, target)
    return _inside(name, source, target, edits)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def alike_units(name: str, source: Words, target: Words) -> list[int]:
    """The units in an order in which those stand together that do the same in encoder and decoder."""
    trace = _inside(name, source, target)
    return similarity_order(np.concatenate([trace["h"].values, trace["s"].values]))


@st.cache_resource(max_entries=16, show_spinner=False)
def exposure(name: str) -> xr.Dataset:
    """How often a translator is right after wrong words, on pairs that no training on the grammar learns from."""
    return measure(translator(name), held_out())


class Search(NamedTuple):
    """What every search on the page Decoding is given: translator, tokens, words at most, what is forced and banned."""

    name: str
    words: Words
    limit: int
    forced: tuple[tuple[int, int], ...] = ()  # (step, word), from 0
    banned: tuple[int, ...] = ()

    @property
    def given(self) -> tuple:
        """The arguments that all searches begin with: decoder, vocabulary, `<sos>`, `<eos>`, limit."""
        found = translator(self.name)
        source = batches.left([np.array(found.source.encode(self.words), np.int64)])
        return decoding.decoder(found.net, source), found.target.vocabulary, SOS, EOS, self.limit

    @property
    def rules(self) -> dict:
        """The user's wishes."""
        return {"forced": dict(self.forced), "banned": self.banned}


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def search_greedy(ask: Search) -> xr.Dataset:
    """The steps of a greedy search."""
    return search_trace.greedy_trace(*ask.given, **ask.rules)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def search_steps(ask: Search, written: tuple[int, ...]) -> xr.Dataset:
    """The same of words that another search has found."""
    return search_trace.greedy_trace(*ask.given, prefix=written)


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def search_beam(ask: Search, width: int, alpha: float, shown: int) -> xr.Dataset:
    """The tree of a beam search, with as many results as the beam is wide."""
    decoder, words, *rest = ask.given
    return search_trace.beam_trace(decoder, words, width, *rest, width, alpha, shown, **ask.rules)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def search_wide(ask: Search, width: int, alpha: float) -> search.Hypothesis:
    """The best of a beam search, without its tree."""
    decoder, _, *rest = ask.given
    return search.beam(decoder, width, *rest, length_penalty=alpha, **ask.rules)[0]


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def search_sample(ask: Search, temperature: float, top_k: int | None, top_p: float, seed: int) -> xr.Dataset:
    """The steps of one sampled sentence."""
    return search_trace.sample_trace(*ask.given, temperature, top_k, top_p, seed, shown=30, **ask.rules)


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def search_samples(ask: Search, temperature: float, top_k: int | None, top_p: float, n: int) -> list[search.Hypothesis]:
    """The sentences of the seeds 0 … n - 1."""
    decoder, _, *rest = ask.given
    return [search.sample(decoder, *rest, temperature, top_k, top_p, seed, **ask.rules) for seed in range(n)]


@st.cache_resource(max_entries=1, show_spinner=False)
def held_out() -> Parallel:
    """The grammar's pairs that no training on the grammar learns from."""
    return bottleneck.held_out()


@st.cache_data(max_entries=50, show_spinner=False)
def held_scores(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of a translator on those pairs: how good it is by length, and which words it loses."""
    found, held = translator(name), held_out()
    said = bottleneck.translated(found.net, found.source, found.target, held)
    true, sizes = bottleneck.references(held, found.target), [len(text.split()) for text in held.source]
    return bottleneck.by_length(said, true, sizes), bottleneck.lost(said, true, held)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def in_words(name: str, source: Words) -> list[str]:
    """What a translator makes of a sentence of the grammar, in words as the grammar has them."""
    found = translator(name)
    return bottleneck.translated(found.net, found.source, found.target, Parallel([" ".join(source)], [""], cut=True))[0]


@st.cache_resource(max_entries=1, show_spinner=False)
def chains() -> list[list[grammar.Pair]]:
    """Chains of sentences that grow."""
    return grammar.growing()


@st.cache_resource(max_entries=20, ttl=3600, show_spinner=False)
def vectors(name: str) -> bottleneck.Cloud:
    """What a translator's encoder makes of sentences of the grammar and of changes to some of them."""
    found = translator(name)
    return bottleneck.cloud(found.net, found.source, held_out())


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def way_of(name: str, source: Words) -> np.ndarray:
    """The states of an encoder after each word it has read, in the plane of `vectors`: [step, component]."""
    found = translator(name)
    return pca.project(vectors(name).plane, bottleneck.on_the_way(seq2seq_trace.trace(found, source, ("<eos>",))))


@st.cache_resource(max_entries=4, show_spinner=False)
def stored_training(name: str) -> TranslationJob:
    """How a shipped translator (a value of engine.translation.files.SHIPPED) was trained."""
    best = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    return of_stored(name, shipping.load(name), best)


def training(name: str | None) -> TranslationJob | None:
    """The training of this name: stored, or one of this server that it still has."""
    return stored_training(name) if name == shipping.RUN else runs.jobs().get(name, TranslationJob)


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def rewritten(name: str, source: Words, written: Words, edits: Edits) -> intervention.Rewritten:
    """What a translator writes from the first edit of its attention on."""
    return intervention.rewrite(translator(name), source, written, dict(edits))


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def log_prob(name: str, source: Words, target: Words, edits: Edits = ()) -> float:
    """log P of tokens under edits of attention."""
    return intervention.log_prob(translator(name), source, target, dict(edits))


@st.cache_data(max_entries=300, ttl=3600, show_spinner=False)
def alone(name: str, source: Words, target: Words) -> intervention.Alone:
    """What a translator would write at each step if it looked at one word alone."""
    return intervention.alone(translator(name), source, target)
