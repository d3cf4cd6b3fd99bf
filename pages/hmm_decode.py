"""Decode, the second problem: the likeliest hidden states, by four decoders on one trellis."""

import streamlit as st

from charts.stretches import stretches
from charts.trellis import trellis
from ui import hmm_decode, hmm_models, hmm_words, page, runs_hmm
from ui.language import localise, prose, t


def walk(key: str, O: tuple[int, ...], trace, finding: str, possible: bool) -> None:
    """The trellis with every candidate, the trace back and the decoders' paths."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        nodes, arcs = hmm_decode.scale(trace)
        hmm_decode.search(key, O)
    hmm_words.too_large(trace)
    moves = trace[nodes].size + trace.sizes["time"] * possible
    chart = trellis(
        trace[nodes], arcs=trace[arcs], back=trace["psi"], paths=hmm_decode.lines(trace) if possible else None,
        pi=trace["pi"], emission=trace["b"], order="forward", rule="max", trace_back=possible,
        hero=hmm_decode.VITERBI, observations=trace["time_label"].values,
        index=hmm_words.start("decode", key, O, moves),
    )  # fmt: skip
    hint = t("Click an observation above the trellis to change it and watch the path, a node or an arc for its proof.")
    shown = {"trace": hmm_words.unpicked(trace), "below": hmm_words.changing(key, O, hint)}
    page.draw(chart, "decode_trellis", finding, **shown)


@st.fragment
def one_probability(key: str, O: tuple[int, ...], trace) -> None:
    """Where the best path flips while one probability changes."""
    st.subheader(t("One probability decides"), anchor=False)
    st.markdown(prose("hmm_decode", 2))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        said, data, order, table = hmm_decode.vary(key, O, trace)
        st.markdown(f"**{page.plain(said)}**")
        st.markdown(table)
    with right:
        called = {"run": t("best path")}
        chart = stretches(data, t("value of the probability"), t("lead in log P"), called, order=order)
        page.draw(chart, "decode_lead", said, t("**Lead of the best path over the second best**"))


@st.fragment
def body(key: str) -> None:
    """All that other observations change."""
    O = hmm_models.observations(key)
    trace = localise(runs_hmm.trace(key, O))
    dead = hmm_words.dead_end(trace)
    if dead is not None:
        hmm_words.say_impossible(trace, dead)
        walk(key, O, trace, t("No path is possible."), possible=False)
        return
    finding = hmm_decode.finding(trace)
    st.markdown(f"#### {page.plain(finding)}")
    walk(key, O, trace, finding, possible=True)
    st.subheader(t("Four decoders"), anchor=False)
    st.markdown(hmm_decode.table(trace))
    st.markdown(prose("hmm_decode", 1))
    one_probability(key, O, trace)


page.head("hmm_decode", t("Decode: which states are behind it?"))
key = hmm_models.bar()
body(key)
page.computed(
    "hmm_decode", 3, ["engine/hmm/model.py", "engine/hmm/trace.py", "engine/hmm/search.py", "engine/hmm/flips.py"],
    localise(runs_hmm.trace("preset:weather", (0, 1))),
)  # fmt: skip
