"""Encoder → decoder: the Transformer writes one token a step, and computes all of them at once in training."""

import streamlit as st

from ui import page, transformer_decoder
from ui import transformer_decoder_parts as parts
from ui.language import prose, t


def one_step(got) -> None:
    """What a step sees: itself and those before it, and the words read."""
    parts.steps(got.trace)
    parts.attention(got)
    st.markdown(prose("transformer_decoder", 1))
    st.markdown(f"**{page.plain(transformer_decoder.doubtful(got))}**")
    parts.words(got.trace)


def ending(got) -> None:
    """The end, and what if it never comes."""
    st.subheader(t("And if it never says <eos>?"), anchor=False)
    st.markdown(prose("transformer_decoder", 3))
    parts.ending(got)
    st.markdown(transformer_decoder.never(got))


@st.fragment
def body() -> None:
    """All that another sentence or network changes."""
    got = transformer_decoder.asked()
    st.markdown(f"#### {page.plain(transformer_decoder.finding(got))}")
    st.markdown(transformer_decoder.verdict(got))
    with st.container():
        one_step(got)
        st.subheader(t("A map from prefixes to words"), anchor=False)
        st.markdown(prose("transformer_decoder", 2))
        parts.mapping(got)
        ending(got)
    st.subheader(t("One word a step, or all at once"), anchor=False)
    st.markdown(prose("transformer_decoder", 4))
    parts.both_ways(got)
    transformer_decoder.further(got)
    page.computed("transformer_decoder", 5, transformer_decoder.SOURCES, got.trace)


page.head("transformer_decoder", t("Encoder → decoder"))
body()
