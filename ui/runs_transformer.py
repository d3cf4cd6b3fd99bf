"""Cached runs of the pages on the Transformer: parameters in, labelled results out; networks by name."""

import numpy as np
import streamlit as st
import xarray as xr

from engine import (
    attention_teaching,
    bert_trace,
    complexity_measure,
    complexity_trace,
    embeddings,
    grammar,
    heads,
    positional_trace,
    pretrained,
    residual,
    search,
    softmax_scale,
    transformer_names_trace,
    transformer_trace,
)  # fmt: skip
from engine.complexity import Sizes
from engine.tokens import EOS, SOS
from engine.transformer_block import NOTHING_OFF, Off, StackParams
from engine.translation import batches, bulk, decoding, knock_out, stepwise
from ui import runs, runs_seq2seq


@st.cache_resource(max_entries=4, show_spinner=False)
def bert(name: str) -> pretrained.Bert:
    """The pretrained encoder called `name`, one of ui.pretrained.available(). Raises InputError."""
    return pretrained.load(name)


Words = tuple[str, ...]
Heads = tuple[tuple[int, int], ...]  # (layer, head)
TEMPERATURES = tuple(round(2 ** (k / 4), 3) for k in range(-12, 17))
HELD = 200  # sentences over which heads are measured
HELD_TEXTS = 60  # the same for pretrained encoders, which are larger


@st.cache_data(max_entries=24, ttl=3600, show_spinner=False)
def encoder_trace(name: str, source: Words, off: Off = NOTHING_OFF) -> xr.Dataset:
    """Every inner value of a translator's encoder that reads the tokens of `source`."""
    return transformer_trace.encoder(runs_seq2seq.translator(name), source, off)


@st.cache_data(max_entries=24, ttl=3600, show_spinner=False)
def decoder_trace(name: str, source: Words, target: Words, off: tuple[Off, Off] = (NOTHING_OFF,) * 2) -> xr.Dataset:
    """Every inner value of its decoder that writes those of `target`."""
    return transformer_trace.decoder(runs_seq2seq.translator(name), source, target, off)


@st.cache_data(max_entries=24, ttl=3600, show_spinner=False)
def streams(name: str, source: Words, target: Words) -> tuple[xr.Dataset, xr.Dataset]:
    """What the layers of encoder and decoder do to the stream."""
    traces = encoder_trace(name, source), decoder_trace(name, source, target)
    return tuple(residual.stream(trace) for trace in traces)


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def gradients(name: str, source: Words, target: Words) -> xr.Dataset:
    """The gradient at the decoder's stream, with and without the residual."""
    return residual.trained(runs_seq2seq.translator(name), source, target, decoder_trace(name, source, target))


@st.cache_data(max_entries=40, show_spinner=False)
def drawn_gradients(n_layers: int, seed: int) -> xr.Dataset:
    """The same of an untrained stack."""
    return residual.drawn(StackParams(n_layers=n_layers), seed=seed)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def without(name: str, source: Words, target: Words, chosen: tuple[tuple[str, int, str], ...]) -> knock_out.Outcome:
    """A translator with parts taken out, and what it thinks of the tokens of `target`, written before."""
    return knock_out.without(runs_seq2seq.translator(name), source, target, knock_out.offs(chosen))


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def stepwise_and_parallel(name: str, source: Words, target: Words) -> xr.Dataset:
    """One word a step beside all words at once."""
    return stepwise.compare(runs_seq2seq.translator(name), source, target)


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def names_trace(name: str, text: str, off: Off = NOTHING_OFF) -> xr.Dataset:
    """Every inner value of a name classifier, "transformer" or a session's own of that kind, on one folded name."""
    return transformer_names_trace.trace(runs.network(name), text, off)


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def endless(name: str, source: Words) -> bulk.Translation:
    """What a translator writes if it may never end the sentence, until the limit."""
    found = runs_seq2seq.translator(name)
    read = batches.left([np.array(found.source.encode(source), np.int64)])
    limit = bulk.most(len(source))
    best = search.greedy(decoding.decoder(found.net, read), SOS, EOS, limit, banned=(EOS,))
    return bulk.Translation(list(source), found.target.decode(best.content), best.log_prob, best.reason, None)


@st.cache_resource(max_entries=4, ttl=3600, show_spinner=False)
def bert_trace_of(name: str, text: str, off: Off = NOTHING_OFF) -> xr.Dataset:
    """Every inner value of a pretrained encoder on a text: 11 MB for 24 tokens; to be read, never to be changed."""
    return bert_trace.trace(bert(name), text, off)


@st.cache_resource(max_entries=256, ttl=3600, show_spinner=False)
def embedded(name: str, most: int, digest: str, part: tuple[int, int], _texts: list[str]) -> embeddings.Embedded:
    """Sentences as vectors: the part from one place to another of the list with this hash."""
    return embeddings.embed(bert(name), _texts, most)


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def neighbours(name: str, most: int, digest: str, k: int, _vectors: np.ndarray) -> embeddings.Nearest:
    """The most alike of all sentences of the list with this hash."""
    return embeddings.nearest(_vectors, k)


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def sentence_map(name: str, most: int, digest: str, _vectors: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """The same sentences in the plane of their largest spread, and the shares of it."""
    return embeddings.plane(_vectors)


@st.cache_data(max_entries=60, show_spinner=False)
def costs(sizes: Sizes) -> xr.Dataset:
    """What each kind of layer costs over length."""
    return complexity_trace.costs(sizes)


@st.cache_data(max_entries=60, ttl=3600, show_spinner=False)
def paths(sizes: Sizes, words: Words) -> xr.Dataset:
    """Steps from word to word in each kind of layer."""
    return complexity_trace.paths(sizes, words)


@st.cache_data(show_spinner=False)
def measured() -> tuple[dict, list[complexity_measure.Point]]:
    """The shipped measurement of layers."""
    return complexity_measure.read()


def _held_pairs(n: int) -> list[grammar.Pair]:
    held = runs_seq2seq.held_out()
    rows = zip(held.source[:n], held.target[:n], held.links[:n], strict=True)
    return [grammar.Pair(tuple(a.split()), tuple(b.split()), tuple(links)) for a, b, links in rows]


@st.cache_resource(max_entries=32, show_spinner=False)
def head_scores(name: str, view: str) -> dict[str, np.ndarray]:
    """What a translator's heads do on average over HELD held-out sentences, [layer head] each; view "texts": what a
    pretrained encoder's do over HELD_TEXTS of them in English.
    """
    if view == "texts":
        return heads.over_texts(bert(name), runs_seq2seq.held_out().target[:HELD_TEXTS])
    return heads.over(runs_seq2seq.translator(name), _held_pairs(HELD), view)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def head_changes(name: str, source: Words, target: Words, view: str) -> np.ndarray:
    """By how much log P of the tokens of `target` changes without each single head; view "texts": how far the vector
    of the text that stands alone in `source` moves, see `heads.moves`.
    """
    if view == "texts":
        return heads.moves(bert(name), source[0])
    return heads.changes(runs_seq2seq.translator(name), source, target, view)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def without_heads(name: str, source: Words, target: Words, view: str, off: Heads) -> knock_out.Outcome:
    """A translator with heads of a view taken out, and what it thinks of its old answer."""
    return knock_out.without(runs_seq2seq.translator(name), source, target, heads.offs(view, off))


@st.cache_data(max_entries=500, ttl=86_400, show_spinner=False)
def bleu_without_heads(name: str, view: str, off: Heads) -> float:
    """BLEU on HELD held-out sentences with heads of a view taken out."""
    return heads.bleu_without(runs_seq2seq.translator(name), _held_pairs(HELD), heads.offs(view, off))


@st.cache_resource(max_entries=32, show_spinner=False)
def pruned(name: str, view: str) -> heads.Pruned:
    """BLEU on HELD held-out sentences without each single head of a view, and one after the other."""
    return heads.pruned(runs_seq2seq.translator(name), _held_pairs(HELD), view)


@st.cache_resource(max_entries=8, ttl=3600, show_spinner=False)
def head_parts(name: str, text: str, view: str, written: Words, _trace: xr.Dataset) -> tuple[xr.Dataset, float]:
    """What each head adds at each place, and by how much their sum misses what attention adds."""
    end = "_c" if view == "cross" else ""
    return heads.parts(_trace, end), heads.summed(_trace, end)


@st.cache_data(max_entries=100, show_spinner=False)
def position_codes(n: int, d: int, base: float) -> xr.Dataset:
    """Sinusoidal codes of n places."""
    return positional_trace.sinusoidal(n, d, base)


@st.cache_data(max_entries=100, show_spinner=False)
def position_rotation(n: int, d: int, base: float, k: int) -> xr.Dataset:
    """The rotation that takes each of them to that of the place k further."""
    return positional_trace.rotation(n, d, base, k)


@st.cache_data(max_entries=60, show_spinner=False)
def learned_positions(name: str, n: int) -> xr.Dataset:
    """What a translator has learned for n places of the source."""
    return positional_trace.learned(runs_seq2seq.translator(name), n)


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def turned(name: str, source: Words, n: int, at: tuple[int, int, int, int]) -> xr.Dataset:
    """A query and a key of a translator with rotary positions at n places; at: layer, head, their words."""
    return positional_trace.rotary(encoder_trace(name, source), n, *at)


@st.cache_data(max_entries=100, ttl=3600, show_spinner=False)
def shuffled(translators: tuple[tuple[str, str], ...], source: Words, order: tuple[int, ...]) -> xr.Dataset:
    """What encoders, (kind of positions, name) each, make of a sentence and of its words in another order."""
    other = tuple(source[at] for at in order)
    traces = {kind: (encoder_trace(name, source), encoder_trace(name, other)) for kind, name in translators}
    return positional_trace.shuffled(traces, order)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def of_tokens(name: str, source: Words) -> bulk.Translation:
    """What a translator makes of tokens, the likeliest word at every step."""
    found = runs_seq2seq.translator(name)
    return bulk.translate(found.net, found.source, found.target, [" ".join(source)], is_cut=True)[0]


@st.cache_data(max_entries=200, ttl=3600, show_spinner=False)
def taught(given: attention_teaching.Teaching) -> xr.Dataset:
    """The matrices of the small head."""
    return attention_teaching.trace(given)


@st.cache_data(max_entries=500, ttl=3600, show_spinner=False)
def tempered(scores: tuple[float, ...], words: Words) -> xr.Dataset:
    """The softmax of a row of scores at TEMPERATURES."""
    return softmax_scale.at_temperatures(scores, TEMPERATURES, words)


@st.cache_data(max_entries=8, show_spinner=False)
def saturated(n_keys: int) -> xr.Dataset:
    """Entropy and gradient of softmax with and without √d_k, by d_k."""
    return softmax_scale.by_size((4, 8, 16, 32, 64, 128, 256, 512), n_keys)
