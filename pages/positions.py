"""Positional encoding: where a word stands, told by waves, by a learned table, by turning, or not at all."""

import streamlit as st

from ui import page, positions, positions_parts, positions_quality, positions_shuffle
from ui.language import localise, prose, t
from ui.runs_transformer import position_codes


@st.fragment
def codes() -> None:
    """All that the kind and its sizes change."""
    got = positions.asked()
    st.markdown(f"#### {page.plain(positions.finding(got))}")
    if got.trace is None:
        return
    positions_parts.maps(got)
    with st.container():
        positions_parts.lines(got)
    if got.kind == "sinusoidal":
        with st.container():
            positions_parts.rotation(got)


@st.fragment
def shuffle() -> None:
    """All that another sentence or order changes."""
    st.subheader(t("Shuffle the words"), anchor=False)
    st.markdown(prose("positions", 2))
    got = positions_shuffle.asked()
    st.markdown(f"#### {page.plain(positions_shuffle.finding(got))}")
    positions_shuffle.compared(got)
    positions_shuffle.translations(got)
    with st.container():
        positions_shuffle.outputs(got)


page.head("positions", t("Positional encoding"))
codes()
shuffle()
st.subheader(t("Translators with each kind"), anchor=False)
st.markdown(prose("positions", 4))
positions_quality.show()
first = localise(position_codes(positions.N_PLACES, positions.N_UNITS, float(positions.BASE)))
page.computed("positions", 5, positions.SOURCES, first)
