"""Heads: all of them at once, one of them large, what each does and adds, and what is lost without it."""

import streamlit as st

from ui import heads, heads_asked, heads_off, heads_parts, page
from ui.language import prose, t


@st.fragment
def body() -> None:
    """All that another sentence, network or view changes."""
    got = heads_asked.found(heads_asked.asked())
    got = got._replace(off=heads_off.standing(got))
    seen = heads_parts.parts(got)
    heads_parts.grid(got, seen)
    if got.is_bert:
        st.markdown(prose("heads", 1))
        heads_parts.sought(got)
    heads_parts.lines(got, seen)
    st.subheader(t("What each head does"), anchor=False)
    st.markdown(prose("heads", heads.measured_part(got)))
    heads_parts.does(got)
    st.subheader(t("Side by side, times $W_O$"), anchor=False)
    st.markdown(f"${heads.EQUATION}$")
    st.markdown(prose("heads", 4))
    heads_parts.adds(got)
    st.subheader(t("Kill or keep heads"), anchor=False)
    st.markdown(prose("heads", 5))
    heads_off.outcome(got, heads_off.chosen(got))
    heads_off.changes(got)
    if got.name == heads.TRANSLATOR:
        heads_off.pruned(got)
    page.computed("heads", 6, heads.SOURCES, got.trace)


page.head("heads", t("Heads"))
body()
