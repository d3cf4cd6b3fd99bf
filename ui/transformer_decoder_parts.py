"""Encoder → decoder: the pictures of the growing mask, cross-attention, words, the map, the end, and both ways."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from charts.stepper import stepper
from ui import encoder_decoder, lstm, page, runs_transformer
from ui import transformer_decoder as about
from ui.encoder_decoder_parts import likeliest
from ui.language import localise, t
from ui.page import Figure

SOS = "<sos>"


def steps(trace: xr.Dataset) -> None:
    """The stepper over the words that are written; it starts where the network is least sure."""
    words, p = list(trace.attrs["target"]), np.exp(trace["p_word"].values)
    index = lstm.cursor("step", len(words)) if "step" in st.query_params else encoder_decoder.doubt(trace)
    chart = stepper(words, [f"{each:.0%}" for each in p], "query", "step", index, strengths=p.tolist(), hover=True)
    page.steps(chart, t("The words that are written, with their probabilities"))


def attention(got: about.Got) -> None:
    """Where a step looks: in what is written, a column longer with every step, and in what was read."""
    trace, layers = got.trace, got.trace.sizes["layer"]
    label = trace["query_label"]
    written = trace.assign_coords(query_label=("query", list(got.written), label.attrs))  # a place looks for this word
    last = layers - 1
    own = written["weights"].isel(layer=last).where(trace["mask"] == 1).assign_attrs(trace["weights"].attrs)
    cross = written["weights_c"].isel(layer=last)
    said = t("Layer {k} of {n}, head by head: where each step looks.", k=layers, n=layers)
    look = {"slider": "head", "reveal": True, "compact": True}
    page.row(
        Figure(matrix(own, "key", "query", **look), "decoder_self", said,
               t("**In what is written**: the mask grows by a column a step"), trace),
        Figure(matrix(cross, "source", "query", **look), "decoder_cross", said,
               t("**In what was read**: cross-attention adds a column"), trace),
    )  # fmt: skip


def words(trace: xr.Dataset) -> None:
    """The words weighed at each step and at this one."""
    found = likeliest(about.as_targets(trace)).drop_vars("target_label").rename(target="query")
    found = found.assign_coords(query=trace["query"], query_label=("query", list(trace.attrs["target"])))
    said = encoder_decoder.doubtful(about.as_targets(trace))
    named = trace.attrs["top_words"]
    top = trace["top_p"].assign_coords(query_label=("query", list(trace.attrs["target"])))
    bars = matrix(top, "rank", slider="query", show_slider=False, marks="bar", named=named)
    here = Figure(bars, "decoder_bars", said, t("**At this step**"), trace)
    if not found.sizes["word"]:
        page.row(here)
        return
    many = Figure(
        matrix(found, "word", "query", highlight="column_max", compact=True), "decoder_words", said,
        t("**The likeliest words at each step** $p_t$, up to {n}", n=trace.sizes["rank"]), trace,
    )  # fmt: skip
    page.row(many, here, widths=[3, 2])


def mapping(got: about.Got) -> None:
    """The decoder as the lecture writes it: {f(sos) = x₁; f(sos, x₁) = x₂; …}."""
    p, lines = np.exp(got.trace["p_word"].values), []
    for step, word in enumerate(got.written):
        prefix = ", ".join([SOS, *got.written[:step]])
        lines.append({t("prefix"): f"f({prefix})", t("next word"): word, t("probability"): float(p[step])})
    column = st.column_config.NumberColumn(format="percent")
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config={t("probability"): column})


def ending(got: about.Got) -> None:
    """The probability of the end against the words written."""
    p = got.trace["p_eos"].values
    data = pd.DataFrame({"x": range(1, len(p) + 1), "y": p, "run": about.EOS, "part": ""})
    chart = curves(data, t("step"), t("probability"), form="%", legend="none", points=True, height=180)
    title = t("**The probability that the sentence ends**, step by step")
    page.draw(chart, "decoder_end", about.ending(got), title)


def both_ways(got: about.Got) -> None:
    """The words one a step and all at once, and how many positions each way computes."""
    found = localise(runs_transformer.stepwise_and_parallel(about.NETWORK, got.ask.words, got.written))
    gap, n = float(found["gap"].values.max()), found.sizes["query"]
    said = t("The same numbers: over {n} steps and the whole vocabulary the log-probabilities differ by {gap:.0e} "
             "at most.", n=n, gap=gap)  # fmt: skip
    work = t("Writing takes {cached} positions through the decoder with cached keys and values, {anew} without the "
             "cache; in training, where all words are known, one pass does.",
             cached=int(found["cached"][-1]), anew=int(found["anew"][-1]))  # fmt: skip
    st.markdown(f"**{page.plain(said)}** {work}")
    table = pd.DataFrame({
        t("step"): range(1, n + 1), t("word"): got.written,
        t("log p, one a step"): found["stepped"].values, t("log p, all at once"): found["parallel"].values,
        t("largest difference"): [f"{each:.1e}" for each in found["gap"].values],
    })  # fmt: skip
    with st.expander(t("Step by step"), icon=":material/table_rows:"):
        st.dataframe(table, hide_index=True)
