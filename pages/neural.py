"""Neural language models: a window and a recurrent network beside the n-gram, on the same text; trained live."""

import streamlit as st

from ui import neural, neural_asked, neural_live, neural_parts, page
from ui.language import prose, t


def inside(found) -> None:
    """Embeddings and hidden layers at the cursor, and the maps of the embeddings."""
    st.subheader(t("Inside, at this token"), anchor=False)
    st.markdown(prose("neural", 4))
    for each in found[1:]:
        neural_parts.inside(each)


@st.fragment
def body() -> None:
    """All that another text, corpus, n or network changes."""
    ask = neural_asked.asked()
    found = neural.readings(ask)
    said = neural.finding(found, ask.of.unit)
    st.markdown(f"#### {page.plain(said)}")
    neural_parts.nothing_shipped(found)
    if strange := neural.unknown(found):
        st.markdown(page.plain(strange))
    neural_parts.steps(found, said)
    neural_parts.factors(found, said)
    st.markdown(t("**What each expects at this place**"))
    neural_parts.expected(found, ask, said)
    st.subheader(t("On held-out text"), anchor=False)
    rows = neural.held_out(ask, found)
    ranked = neural.ranked(rows, ask.of.unit)
    st.markdown(f"**{page.plain(ranked)}**")
    st.markdown(prose("neural", 2))
    neural_parts.held_out(ask, rows, ranked)
    st.subheader(t("Train one now"), anchor=False)
    st.markdown(prose("neural", 3))
    neural_live.section(ask)
    if len(found) > 1:
        inside(found)
        st.subheader(t("Which tokens are alike?"), anchor=False)
        st.markdown(prose("neural", 5))
        neural_parts.maps(found, ask)
    page.computed("neural", 6, neural.SOURCES, neural_parts.example(found))


page.head("neural", t("Neural language models"))
body()
