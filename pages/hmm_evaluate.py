"""Evaluate, the first problem: how probable is what was observed? Forward, backward, and all paths one by one."""

import streamlit as st

from charts.stretches import stretches
from charts.trellis import trellis
from ui import hmm_evaluate, hmm_models, hmm_words, page, runs_hmm
from ui.language import localise, prose, t


def walk(key: str, O: tuple[int, ...], trace, finding: str) -> None:
    """The trellis, forward or backward, every sum with its terms."""
    way = hmm_evaluate.direction()
    nodes, arcs = hmm_evaluate.tables(trace, way)
    hmm_words.too_large(trace)
    chart = trellis(
        trace[nodes], arcs=trace[arcs], pi=trace["pi"], emission=trace["b"], order=way, rule="sum",
        observations=trace["time_label"].values, index=hmm_words.start("evaluate", key, O, trace[nodes].size),
    )  # fmt: skip
    hint = t("Click an observation above the trellis to change it, a node or an arc to see how it is computed.")
    shown = {"trace": hmm_words.unpicked(trace), "below": hmm_words.changing(key, O, hint)}
    page.draw(chart, f"evaluate_{way}", finding, **shown)


def inside(trace) -> None:
    """Both tables and the posterior side by side, and why columns of α do not sum to 1."""
    st.subheader(t("Forward, backward, posterior"), anchor=False)
    st.markdown(prose("hmm_evaluate", 2))
    shown = hmm_evaluate.readable(trace)
    hmm_evaluate.side_by_side(hmm_evaluate.table(trace, name) for name in shown)
    st.subheader(t("Why the columns of α do not sum to 1"), anchor=False)
    st.markdown(prose("hmm_evaluate", 3))
    finding = hmm_evaluate.sums(trace)
    st.markdown(page.plain(finding))
    hmm_evaluate.side_by_side(hmm_evaluate.falling(trace, finding))


@st.fragment
def long_run(key: str) -> None:
    """A long sequence: where plain products end and the scaled ones go on."""
    st.subheader(t("Scaled against plain products"), anchor=False)
    st.markdown(prose("hmm_evaluate", 4))
    said, data, order = hmm_evaluate.underflow(key, *hmm_evaluate.controls())
    st.markdown(page.plain(said))
    called = {"run": t("computed as")}
    page.draw(
        stretches(data, "t", "log10 P(O₁…O_t)", called, order=order, form=",d", names="bottom"), "evaluate_long", said
    )


@st.fragment
def body(key: str) -> None:
    """All that other observations change."""
    O = hmm_models.observations(key)
    trace = localise(runs_hmm.trace(key, O))
    dead = hmm_words.dead_end(trace)
    if dead is not None:
        hmm_words.say_impossible(trace, dead)
        walk(key, O, trace, t("P(O) = 0."))
        return
    finding = hmm_evaluate.finding(trace)
    st.markdown(f"#### {page.plain(finding)}")
    walk(key, O, trace, finding)
    st.subheader(t("log P(O) in three ways"), anchor=False)
    st.markdown(prose("hmm_evaluate", 1))
    st.markdown(hmm_evaluate.three_ways(trace))
    inside(trace)


page.head("hmm_evaluate", t("Evaluate: how probable is what was observed?"))
key = hmm_models.bar()
body(key)
long_run(key)
page.computed(
    "hmm_evaluate", 5, ["engine/hmm/model.py", "engine/hmm/trace.py", "engine/hmm/underflow.py"],
    localise(runs_hmm.trace("preset:weather", (0, 1))),
)  # fmt: skip
