"""Decoding: greedy, a beam as a tree, sampling; force a word, forbid the end, and see what it does."""

import streamlit as st

from ui import decoding, decoding_said, page
from ui import decoding_views as views
from ui.language import prose, t


def answer(ask, found) -> str:
    """The finding, and where the user wished for something, the original beside it."""
    finding = decoding_said.finding(ask, found)
    st.markdown(f"#### {page.plain(finding)}")
    if told := decoding_said.about(ask, found):
        st.markdown(page.plain(" ".join(told)))
    if ask.never:
        st.markdown(f"**{page.plain(decoding_said.endless(ask, found))}**")
    if ask.forced or ask.never:
        views.compared(ask, found, decoding.found(ask.free))
    return finding


@st.fragment
def body() -> None:
    """All that another sentence, search or wish changes."""
    with st.container(gap="xsmall"):
        ask = decoding.asked()
        if ask is None:
            return
        found = decoding.found(ask)
        finding = answer(ask, found)
    views.steps(ask, found)
    if ask.never:
        views.ending(found)
    if ask.kind == "beam":
        views.grown(ask, found, finding)
        views.results(ask, found)
    st.markdown(prose("decoding", {"greedy": 1, "beam": 2, "sampling": 3}[ask.kind]))
    views.step(ask, found, finding)
    if ask.kind == "sampling" and not ask.never:
        views.variety(ask)
    st.subheader(t("Adding up"), anchor=False)
    st.markdown(prose("decoding", 4))
    views.sums(found)
    if not ask.never:
        views.ending(found)
    page.computed("decoding", 5, decoding.SOURCES, found.tree if found.tree is not None else found.steps)


page.head("decoding", t("Decoding"))
body()
