"""Cached runs of the models at work: segmenter, tagger, jieba's network and translators on texts and files."""

import pandas as pd
import streamlit as st
import xarray as xr

from engine import bigru_crf, bigru_crf_bulk, bigru_crf_trace, segment, sentence_scores, sentences, tagger_file
from engine.hmm import trace as hmm_trace
from engine.readers import BadRow
from engine.tagger import Tagged, Tagger, Trellis
from ui import hmm_cut, runs, runs_seq2seq, translate_rows


@st.cache_data(max_entries=500, show_spinner=False)
def segmentation(text: str) -> hmm_cut.Segmentation:
    """All that At work says of a Chinese text."""
    return hmm_cut.segmented(text)


@st.cache_data(max_entries=150, show_spinner=False)
def segment_trace(block: str) -> xr.Dataset:
    """Every table of the normalised HMM on a run of Han characters."""
    return hmm_cut.trace(block)


@st.cache_resource(show_spinner=False)
def tagger() -> Tagger:
    """The shipped tagger."""
    return tagger_file.load_shipped()


@st.cache_data(max_entries=500, show_spinner=False)
def english(text: str) -> list[list[str]]:
    """The sentences of a text as words."""
    return sentences.words([text])[0]


@st.cache_data(max_entries=300, show_spinner=False)
def tagged(words: tuple[str, ...]) -> Tagged:
    """A sentence with tags, confidences and the second-best path."""
    return tagger().tag(words)


@st.cache_data(max_entries=150, show_spinner=False)
def tagged_trace(words: tuple[str, ...]) -> tuple[xr.Dataset, Trellis]:
    """Every table of the tagger's trellis for a sentence, and what that trellis is."""
    found = tagger().as_hmm(words)
    return hmm_trace.trace(found.model, found.observations, translate=False), found


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def upload_sentences(
    digest: str, name: str, header: bool | None, encoding: str | None, column: str | None, _blob: bytes
) -> tuple[pd.DataFrame, list[BadRow]]:
    """The texts in one column of an uploaded file, and the rows without one. Raises InputError."""
    return sentences.column(runs.upload_tables(digest, name, header, encoding, _blob)[0], column)


@st.cache_data(max_entries=500, show_spinner=False)
def network_words(text: str, folded: bool) -> tuple[list[bigru_crf.Word], list[str]]:
    """The words and tags of jieba's network, and the words of the HMM. Raises InputError without the network."""
    return bigru_crf_bulk.read(bigru_crf.shipped(), [text], folded)[0], segment.segment(text)


@st.cache_data(max_entries=24, show_spinner=False)
def network_trace(sentence: str, folded: bool) -> xr.Dataset:
    """Every inner value of jieba's network on a sentence. Raises InputError without the network."""
    return bigru_crf_trace.trace(bigru_crf.shipped(exact=True), sentence, folded)


@st.cache_resource(max_entries=512, ttl=3600, show_spinner=False)
def scored_texts(task: str, digest: str, at: int, _texts: list[str]) -> pd.DataFrame:
    """Words or tags and log P of texts: one part, which begins at `at`, of the list with this hash."""
    if task.startswith("network"):
        return bigru_crf_bulk.scored(bigru_crf.shipped(), _texts, folded=task == "network")
    return sentence_scores.segmented(_texts) if task == "segment" else sentence_scores.tagged(_texts, tagger())


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def upload_sources(
    digest: str, name: str, header: bool | None, encoding: str | None, column: str | None, _blob: bytes
) -> tuple[pd.DataFrame, list[BadRow]]:
    """The sentences to translate in one column of an uploaded file, and the rows without one. Raises InputError."""
    tables = runs.upload_tables(digest, name, header, encoding, _blob)[0]
    tables = [table._replace(name=translate_rows.source_column(table)) for table in tables]
    return translate_rows.sources(tables, column)


@st.cache_resource(max_entries=512, ttl=3600, show_spinner=False)
def translated(name: str, beam: int, digest: str, part: tuple[int, int], _texts: list[str]) -> pd.DataFrame:
    """Translations of texts: the part from one place to another of the list with this hash."""
    return translate_rows.translated(runs_seq2seq.translator(name), _texts, beam)


@st.cache_resource(max_entries=128, ttl=3600, show_spinner=False)
def judged(
    digest: str, part: tuple[int, int], lower: bool, _texts: list[str], _references: list[str]
) -> translate_rows.Judged:
    """Translations beside their references: the part from one place to another of the lists with this hash."""
    return translate_rows.judged(_texts, _references, lower)
