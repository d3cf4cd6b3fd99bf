"""Attention: where the network looks for each word it writes, how that is computed, and what happens if it is moved."""

import streamlit as st

from ui import attention, attention_compare, attention_edit, attention_effect, attention_parts, page
from ui.encoder_decoder import answer, finding
from ui.language import prose, t


def looks(ask, got, known) -> None:
    """Where the network looks: in words, as a matrix, as lines."""
    st.markdown(f"{page.plain(attention.order(got.trace))} {attention.agreed(ask, got, known)}")
    attention_parts.steps(got.trace)
    attention_parts.alignment(got.trace, attention.truth(ask, got.trace, known))
    st.markdown(page.plain(attention.focus(got.trace)))


def one_step(ask, trace) -> None:
    """Score, weight and context of one step with numbers."""
    kind = ask.translator.params.attention
    st.subheader(t("One step: score, weight, context"), anchor=False)
    attention_parts.formulas(kind)
    st.markdown(prose("attention", 1 + (kind == "dot")))
    attention_parts.one_step(trace)


@st.fragment
def edit(ask, got) -> None:
    """Attention moved by hand, and the sentence written again from there."""
    st.subheader(t("Move it yourself"), anchor=False)
    st.markdown(prose("attention", 4))
    found = attention_edit.edited(ask, got)
    st.markdown(f"**{page.plain(attention_effect.effect(found))}**")
    attention_edit.controls(found)
    st.markdown(attention_effect.table(found))
    attention_effect.matrices(found)
    attention_effect.here(found)


@st.fragment
def body() -> None:
    """All that another sentence or network changes."""
    ask = attention.asked()
    got, known = answer(ask), attention.pair(ask)
    st.markdown(f"#### {page.plain(finding(ask, got))}")
    with st.container():
        looks(ask, got, known)
        one_step(ask, got.trace)
    edit(ask, got)
    st.subheader(t("Additive or dot product"), anchor=False)
    st.markdown(prose("attention", 3))
    attention_compare.both(ask, got)
    attention_compare.without(ask)
    page.computed("attention", 5, attention.SOURCES, got.trace)


page.head("attention", t("Attention"))
body()
