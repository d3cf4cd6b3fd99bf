"""Memory: three tasks whose answer lies far back, and how far each cell's memory reaches."""

import streamlit as st

from ui import memory, memory_live, page, runs_rnn
from ui.language import localise, prose, t


@st.fragment
def body() -> None:
    """All that another task, distance or cell changes."""
    point = memory.chooser()
    overview = localise(runs_rnn.memory_overview(point.task))
    flows = memory.flows(point)
    st.markdown(f"#### {page.plain(memory.finding(point, overview))}")
    memory.first_row(point, overview, flows)
    memory.example(point, flows)
    st.subheader(t("One network"), anchor=False)
    point = memory.cell(point)
    st.markdown(prose("memory", 1))
    memory_live.panel(*point)
    st.markdown(prose("memory", 2))
    memory.inside(point, flows)
    st.subheader(t("All figures of this task"), anchor=False)
    memory.every(overview, point)


page.head("memory", t("How far back does a network remember?"))
body()
st.subheader(t("A published point"), anchor=False)
st.markdown(prose("memory", 3))
memory.published()
sources = ["engine/memory.py", "engine/memory_training.py", "engine/memory_flow.py", "engine/memory_kernels.py"]
page.computed("memory", 4, sources, localise(runs_rnn.memory_flows("recall", 20)))
