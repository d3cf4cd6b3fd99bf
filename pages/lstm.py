"""LSTM gates: one name through an LSTM or a GRU, every gate a heat map, the block with its values, and switches."""

import streamlit as st

from charts.stepper import stepper
from ui import lstm, lstm_change, names, page, runs_rnn
from ui.language import localise, prose, t


def answer(name: str, trace) -> str:
    """The finding and the stepper of the page."""
    finding = names.finding(trace)
    st.markdown(f"#### {page.plain(finding)}")
    st.markdown(page.plain(lstm.finding(trace)))
    read = names.reading(trace)
    chart = stepper(list(name), names.captions(read), flips=read.flips, index=lstm.cursor("t", len(name)), hover=True)
    page.steps(chart, finding)
    return finding


def heat_maps(model: str, name: str, trace) -> list[int]:
    """The maps on one scale; returns the order of their units."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        units = lstm.order(model, name, trace)
        st.caption(lstm.beyond(trace))
    for variables in lstm.ROWS[lstm.cell(trace)]:
        page.row(*lstm.maps(trace, variables, units))
    return units


def block(trace, finding: str) -> None:
    """The diagram at the letter, and the prediction there."""
    st.subheader(t("The block, at this letter"), anchor=False)
    st.markdown(prose("lstm", 4 if lstm.cell(trace) == "gru" else 1))
    answers = page.at(trace, "probs", "time", finding, lstm.cell(trace), marks="bar")
    page.row(lstm.diagram(trace), answers, widths=[5, 2])


@st.fragment
def what_if(model: str, name: str, trace, units: list[int]) -> None:
    """Switches and clamps, and what they change."""
    st.subheader(t("Switch it off, clamp it"), anchor=False)
    st.markdown(prose("lstm", 2))
    change = lstm_change.change(model, name)
    if change.is_example:
        st.caption(t("Nothing is changed yet. As an example, this is what the network loses without a part of it."))
    after = localise(runs_rnn.gates(model, name, change.switches, change.clamp))
    st.markdown(f"**{page.plain(lstm_change.effect(change, trace, after))}**")
    difference = localise(runs_rnn.gates_changed(model, name, change.switches, change.clamp))
    page.row(*lstm_change.compared(difference, trace, after, units), widths=[5, 3, 3])


@st.fragment
def body() -> None:
    """All that a new name or another network changes."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        name = names.box(t("Name or text"))
    with right:
        model = lstm.network()
    trace = lstm.reading(model, name)
    finding = answer(name, trace)
    units = heat_maps(model, name, trace)
    block(trace, finding)
    if lstm.cell(trace) == "gru":
        st.caption(t("Peepholes, switches and clamps are for the LSTM: choose one above."))
    else:
        what_if(model, name, trace, units)
    page.computed("lstm", 5 if lstm.cell(trace) == "gru" else 3, lstm.SOURCES[lstm.cell(trace)], trace)


page.head("lstm", t("LSTM gates"))
body()
