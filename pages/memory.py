"""Memory: three tasks whose answer lies far back, and how far each cell's memory reaches."""

import streamlit as st

from ui import memory, memory_inside, memory_live, page
from ui.language import prose, t


@st.fragment
def body() -> None:
    """All that another task, distance or cell changes."""
    point = memory.chooser()
    overview, flows = memory.overview(point), memory.flows(point)
    st.markdown(f"#### {page.plain(memory.finding(point, overview))}")
    memory.first_row(point, overview, flows)
    memory_inside.example(point, flows)
    st.subheader(t("One network"), anchor=False)
    point = memory.cell(point)
    st.markdown(prose("memory", 1))
    memory_live.panel(*point)
    st.markdown(prose("memory", 2))
    memory_inside.inside(point, flows)
    st.subheader(t("All figures of this task"), anchor=False)
    memory.every(overview, point)


page.head("memory", t("How far back does a network remember?"))
body()
st.subheader(t("A published point"), anchor=False)
st.markdown(prose("memory", 3))
memory_inside.published()
page.computed("memory", 4, memory.SOURCES, memory.example_trace())
