"""Why not recurrent? Operations, steps in a row and paths of layers; their time and memory; how far they remember."""

import streamlit as st

from ui import page, runs_transformer, why_transformer, why_transformer_far, why_transformer_measured
from ui.language import localise, prose, t


@st.fragment
def counted() -> None:
    """All that the four sizes change."""
    sizes = why_transformer.sizes()
    st.markdown(f"#### {page.plain(why_transformer.finding(sizes))}")
    st.markdown(why_transformer.table(sizes))
    st.markdown(why_transformer.crossing(sizes))
    why_transformer.costs(sizes)
    st.subheader(t("From word to word"), anchor=False)
    st.markdown(prose("why_transformer", 1))
    why_transformer.paths(sizes)
    st.subheader(t("Measured"), anchor=False)
    st.markdown(prose("why_transformer", 2))


@st.fragment
def remembered() -> None:
    """All that another task changes."""
    st.subheader(t("LSTM 20 → 100 → 1000?"), anchor=False)
    st.markdown(prose("why_transformer", 3))
    why_transformer_far.section()


page.head("why_transformer", t("Why not recurrent?"))
counted()
why_transformer_measured.section()
remembered()
trace = localise(runs_transformer.costs(why_transformer.FIRST))
page.computed("why_transformer", 4, why_transformer.SOURCES, trace)
