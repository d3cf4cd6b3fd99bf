"""Cells side by side: one name through six networks, what they answer and what of the past mattered for it."""

import streamlit as st

from ui import cells, names, page, runs_rnn
from ui.language import localise, prose, t


@st.fragment
def body() -> None:
    """All that another name, measure or answer changes."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        name = names.box(t("Name"))
    with right:
        language = cells.asked()
    measure, name = cells.measure(), cells.shortened(name)
    trace = localise(runs_rnn.side_by_side(name, measure, language))
    finding = cells.finding(trace)
    st.markdown(f"#### {page.plain(finding)}")
    cells.steps(trace, finding)
    page.row(cells.influence(trace, measure), cells.answers(trace))
    st.markdown(f"**{page.plain(cells.strongest(trace, measure))}**")
    st.markdown(cells.table(trace, measure))
    st.markdown(prose("cells", 1))
    st.subheader(t("Letter by letter"), anchor=False)
    st.markdown(prose("cells", 2))
    for network in range(trace.sizes["network"]):
        page.row(*cells.reading(trace, network))


page.head("cells", t("Cells side by side"))
body()
page.computed(
    "cells", 3, ["engine/influence.py", "engine/influence_trace.py", "engine/influence_explain.py", "engine/window.py"],
    localise(runs_rnn.side_by_side("A", "integrated", None)),
)  # fmt: skip
