"""Step through: a name read character by character, every inner value of the network in view."""

import streamlit as st

from charts.matrix import matrix
from charts.plane import plane
from charts.stepper import stepper
from ui import models, names, page, runs
from ui.language import localise, prose, t
from ui.page import Figure

SOFTMAX = ("logits", "shifted", "log_probs", "probs")


def answers() -> tuple:
    """Controls, stepper and both networks' answers; returns (network, name, its trace, the finding, both traces)."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        name = names.box(t("Name"))
    with right:
        model = models.picker(models.PLAIN)
    pair = {each: localise(runs.name_trace(each, name)) for each in models.pair(model)}
    read, finding = names.reading(pair[model]), names.finding(pair[model])
    st.markdown(f"#### {page.plain(finding)}")
    page.steps(stepper(list(name), names.captions(read), flips=read.flips, index=page.cursor("t", len(name))), finding)
    look = {"highlight": "column_max", "domain": names.span(*pair.values())}
    page.row(*(page.whole(e, "log_probs", names.finding(e), f"step_{n}", n, **look) for n, e in pair.items()))
    st.markdown(prose("step", 1))
    return model, name, pair[model], finding, pair


def inside(trace, finding: str) -> None:
    """The values at the letter: input, hidden states, scores up to probabilities, what each letter adds."""
    st.subheader(t("Inside, at this letter"), anchor=False)
    states = names.balanced(trace["h_prev"], trace["h"])
    units = t("{n} hidden units at the current letter.", n=trace.sizes["unit"])
    hidden = (page.at(trace, each, "time", units, "step", wrap=16, domain=states) for each in ("h_prev", "h"))
    letter = page.at(trace, "x", "time", t("One cell is 1: the letter that is read."), "step", wrap=10)
    page.row(letter, *hidden, widths=[2, 3, 3])
    st.subheader(t("From scores to probabilities"), anchor=False)
    st.markdown(prose("step", 2))
    page.row(*(page.at(trace, each, "time", finding, "step", marks="bar") for each in SOFTMAX))


def additions(trace, pair: dict) -> None:
    """The lecture's cell: each letter's share, and their sum; a cell with tanh: how each letter changed the scores."""
    st.subheader(t("What each letter adds"), anchor=False)
    linear = next((each for each in (trace, *pair.values()) if "contribution" in each), None)
    if linear is not None:
        st.markdown(prose("step", 3))
        parts = matrix(names.unread(linear["contribution"]), "language", "source", slider="time", show_slider=False)
        title, alt = f"`lecture` {page.title(linear['contribution'])}", names.strongest(linear)
        total = page.at(linear, "logits", "time", names.finding(linear), "step_total", marks="bar")
        total = total._replace(title=t("**The sum of a row:** $o_t$"))
        page.row(Figure(parts, "step_parts", alt, title, linear), total, widths=[3, 2])
    if "contribution" not in trace:
        st.markdown(prose("step", 4))
        page.row(page.whole(trace, "change", t("How every letter changes every score."), "step_change", "elman"))


@st.fragment
def body() -> None:
    """All that a new name or another network changes."""
    model, name, trace, finding, pair = answers()
    inside(trace, finding)
    additions(trace, pair)
    st.subheader(t("The path of the hidden state"), anchor=False)
    st.markdown(prose("step", 5))
    points, path, axes = names.plane(model, name)
    page.draw(plane(points, path, axes=axes), "step_plane", t("The hidden state's way, letter by letter."))


page.head("step", t("A name, letter by letter"))
body()
page.computed(
    "step",
    6,
    ["engine/rnn.py", "engine/rnn_trace.py", "engine/rnn_explain.py"],
    localise(runs.example()),
)
