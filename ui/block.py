"""One block: which sentence through which stack, and what its layers do to the stream, in words."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from ui import choices, runs_seq2seq, runs_transformer, sentence
from ui.encoder_decoder import EOS, EXAMPLES, Asked
from ui.language import N_, localise, t

SOURCES = ["engine/transformer_block.py", "engine/transformer_values.py", "engine/residual.py",
           "engine/transformer_explain.py", "engine/residual_explain.py"]  # fmt: skip
NETWORK = "transformer"
SIDES = {"encoder": N_("Encoder"), "decoder": N_("Decoder")}
PARTS = {"attention": N_("attention"), "cross": N_("cross-attention"), "ffn": N_("feed-forward network"),
         "residual": N_("residual")}  # fmt: skip


class Got(NamedTuple):
    """What was asked, the tokens written, and one side's inner values: of its stack, and of what they do."""

    ask: Asked
    written: tuple[str, ...]
    side: str
    trace: xr.Dataset
    stream: xr.Dataset

    @property
    def is_decoder(self) -> bool:
        """Whether it is the decoder that is looked at."""
        return self.side == "decoder"


def asked() -> Got:
    """The controls, and what follows from them."""
    left, right = st.columns([4, 2], vertical_alignment="bottom", gap="small")
    own = runs_seq2seq.translator(NETWORK).source
    with left:
        text = sentence.box(own.vocabulary if own.kind == "words" else (), EXAMPLES, t("German sentence"))
    words = tuple(sentence.words(text, own))
    sentence.say_unknown(words, own)
    if not words:
        st.info(t("The network sees no word in this."), icon=":material/keyboard:")
        st.stop()
    side = choices.one("block_side", {key: t(word) for key, word in SIDES.items()}, _buttons(right), "encoder", "side")
    found = runs_seq2seq.greedy(NETWORK, text)
    written = (*found.tokens, *([EOS] if found.reason == "eos" else []))
    trace = _trace(words, written, side)
    stream = localise(runs_transformer.streams(NETWORK, words, written)[side == "decoder"])
    return Got(Asked(NETWORK, text, words), written, side, trace, stream)


def _trace(words: tuple[str, ...], written: tuple[str, ...], side: str) -> xr.Dataset:
    if side == "encoder":
        return localise(runs_transformer.encoder_trace(NETWORK, words))
    return localise(runs_transformer.decoder_trace(NETWORK, words, written))


def _buttons(column):
    def show(words: list, at: object, **given: object):
        return column.segmented_control(t("Stack"), words, default=at, required=True, **given)

    return show


def finding(got: Got) -> str:
    """How much the parts add on average, against the stream's own length."""
    share = got.stream["added"].values / got.stream["before"].values
    mean, parts = share.mean(2), [str(part) for part in got.stream["part"].values]
    layer, part = np.unravel_index(int(mean.argmax()), mean.shape)
    names = list(PARTS)
    keys = [key for key in names if key != "residual" and (key != "cross" or got.is_decoder)]
    low_layer, low_part = np.unravel_index(int(mean.argmin()), mean.shape)
    assert len(keys) == len(parts)
    return t(
        "The stream is never replaced, only added to: most by the {most} of layer {k} ({p:.0%} of the stream’s own "
        "length), least by the {least} of layer {j} ({q:.0%}).", most=t(PARTS[keys[part]]), k=layer + 1,
        p=mean[layer, part], least=t(PARTS[keys[low_part]]), j=low_layer + 1, q=mean[low_layer, low_part],
    )  # fmt: skip


def active(got: Got) -> str:
    """How many hidden units are on."""
    share, words = got.stream["active"].values, [str(word) for word in got.trace["query_label"].values]
    layer, place = np.unravel_index(int(share.argmax()), share.shape)
    off = 1 - (got.trace["hidden"].values > 0).any(1).mean()
    return t(
        "A word switches on {p:.0%} of the hidden units on average, most of them “{word}” in layer {k}: {q:.0%}. "
        "{off:.0%} of the units stay off for every word of this sentence.", p=share.mean(), word=words[place],
        k=layer + 1, q=share[layer, place], off=off,
    )  # fmt: skip


def convolution(got: Got) -> str:
    """Both ways of computing the network give the same numbers; Markdown."""
    gap = float(np.abs(got.trace["ffn"].values - got.stream["convolved"].values).max())
    return t("Two computations, the same numbers: the largest difference of all {n:,} cells is {gap:.1e}.",
             n=got.stream["convolved"].size, gap=gap)  # fmt: skip
