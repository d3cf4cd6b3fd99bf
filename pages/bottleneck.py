"""One vector for all: what is lost when a whole sentence must pass through one vector, and where the vectors lie."""

import streamlit as st

from ui import bottleneck, bottleneck_map, choices, page
from ui.language import prose, t


def lengths(names: tuple[str, str]) -> None:
    """How good both translators are by length, and which words they lose."""
    table, lost = bottleneck.scores(names)
    st.markdown(f"#### {page.plain(bottleneck.finding(table, names))}")
    page.row(*bottleneck.by_length(table, names))
    st.caption(page.plain(bottleneck.how_many(table)))
    st.subheader(t("Which words are lost"), anchor=False)
    said, figure = bottleneck.lost(lost, names)
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="center")
    with left:
        st.markdown(f"**{page.plain(said)}**")
        st.markdown(prose("bottleneck", 1))
    with right:
        page.row(figure)


@st.fragment
def growing(names: tuple[str, str]) -> None:
    """One sentence that grows, translated by both."""
    st.subheader(t("One sentence grows"), anchor=False)
    said, table = bottleneck.grown(bottleneck.chain(), names)
    st.markdown(f"**{page.plain(said)}**")
    st.caption(t("One sentence is a single sample: a longer one can come out right by luck and a shorter one wrong. "
                 "The curves above are over {n:,} sentences.", n=bottleneck.measured(names)))  # fmt: skip
    st.markdown(table)
    st.caption(t("Marked: the first word that is not the grammar's."))


@st.fragment
def places(name: str) -> None:
    """The context vectors as points, with the user's sentence."""
    st.subheader(t("Where the vectors lie"), anchor=False)
    st.markdown(prose("bottleneck", 2))
    words = bottleneck_map.typed(name)
    with st.container():
        labels = bottleneck_map.steps(name, words)
        said, figures = bottleneck_map.figures(name, words, labels)
        st.markdown(f"**{page.plain(said)}**")
        page.row(*figures, widths=[3, 2])


page.head("bottleneck", t("One vector for all"))
choices.unused("translator", "step")
shown = st.container()  # its last part may stop the script; what is below is drawn first
page.computed("bottleneck", 3, bottleneck.SOURCES)
with shown:
    names = bottleneck.pair()
    lengths(names)
    growing(names)
    places(names[0])
