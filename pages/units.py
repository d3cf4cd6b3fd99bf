"""What does a unit know?: a span of a name, the units that switch on over it, and what they do elsewhere."""

import streamlit as st

from ui import page, runs_rnn, units, units_contexts, units_matches
from ui.language import localise, prose, t


def where_else(ask, matches, trace) -> None:
    """The units over the letters, and the other names where they do the same."""
    heat = units.heat_map(ask, trace)
    if not matches.n:
        page.row(heat)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        page.row(heat)
    with right:
        st.markdown(t("**Other names where they do the same**"))
        st.markdown(units_matches.listed(ask, matches))
    units_matches.rest(matches)


def by_chance(matches, trace, said: list[str]) -> None:
    """What the matches share, beside random spans."""
    st.subheader(t("How often by chance?"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(prose("units", 1))
        st.markdown(f"**{page.plain(units_matches.summary(trace, matches))}**")
    with right:
        page.row(units_matches.by_chance(matches, trace, " ".join(said[1:])))
    st.markdown(prose("units", 2))
    page.row(*units_matches.bars(trace))


@st.fragment
def one_unit(ask, trace) -> None:
    """The places where one unit is most extreme."""
    st.subheader(t("One unit, all names"), anchor=False)
    st.markdown(prose("units", 3))
    unit, sign = units_contexts.picked(ask, trace)
    found = units_contexts.contexts(ask, unit, sign)
    said = units_contexts.finding(found, unit, sign)
    st.markdown(f"**{page.plain(said)}**")
    page.row(units_contexts.places(found, said), units_contexts.languages(found, said))
    if endings := units_contexts.endings(found, said):
        page.row(*endings)


@st.fragment
def body() -> None:
    """All that another span, name or network changes."""
    ask = units.bar()
    matches, trace = units.found(ask)
    st.markdown(f"#### {page.plain(units.finding(ask, trace))}")
    said = units_matches.shares(ask, matches, trace) if matches.least else []
    if said:
        st.markdown("\n".join(f"- {page.plain(each)}" for each in said))
    else:
        units.lower(ask, trace)
    where_else(ask, matches, trace)
    if matches.n:
        by_chance(matches, trace, said)
    one_unit(ask, trace)


page.head("units", t("What does a unit know?"))
body()
page.computed(
    "units", 4, ["engine/units.py", "engine/units_chance.py", "engine/units_trace.py", "engine/units_explain.py"],
    localise(runs_rnn.unit_example()),
)  # fmt: skip
