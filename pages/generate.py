"""Generate: a model of letters invents names, letter by letter; what it draws from, looks at, and whether it copies."""

import streamlit as st

from ui import generate, generate_said, page
from ui import generate_views as views
from ui.language import prose, t


def inside(got) -> None:
    """What the heads look at, and which letter each layer would already write."""
    st.subheader(t("What it looks at"), anchor=False)
    st.markdown(prose("generate", 2))
    said = generate_said.looking(got)
    st.markdown(f"**{page.plain(said)}**")
    views.heads(got, said)
    views.lines(got, said)
    st.subheader(t("The letter through the layers"), anchor=False)
    st.markdown(prose("generate", 3))
    said = generate_said.through(got)
    st.markdown(f"**{page.plain(said)}**")
    views.lens(got, said)


def many(ask) -> None:
    """More names of the language, and the same seed in all languages."""
    st.subheader(t("Invented or copied?"), anchor=False)
    st.markdown(prose("generate", 4))
    st.markdown(generate_said.quality())
    left, right = st.columns([5, 4], gap="medium")
    with left:
        views.dozen(ask)
    with right:
        views.compared(ask)


@st.fragment
def body() -> None:
    """All that another language, beginning, cut-off or seed changes."""
    ask = generate.asked()
    got = generate.found(ask)
    finding = generate_said.finding(ask, got)
    st.markdown(f"#### {page.plain(finding)}")
    st.markdown(page.plain(generate_said.drawing(got)))
    views.steps(got)
    views.step(ask, got, finding)
    st.markdown(prose("generate", 1))
    inside(got)
    many(ask)
    page.computed("generate", 5, generate.SOURCES, got.trace)


page.head("generate", t("Generate"))
body()
