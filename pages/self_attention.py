"""Self-attention: the lecture's picture with numbers, from X to Z, and what √d_k is for."""

import streamlit as st

from ui import page, self_attention, self_attention_scale
from ui import self_attention_parts as parts
from ui.language import prose, t


@st.fragment
def body() -> None:
    """All that another sentence, head or number changes."""
    got = self_attention.asked()
    st.markdown(f"#### {page.plain(self_attention.finding(got))}")
    with st.container():
        parts.steps(got)
        parts.projected(got)
        st.markdown(prose("self_attention", 1))
        parts.scored(got)
        parts.taken(got)
        st.latex(r"\mathrm{Attention}(Q,K,V)=\mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V=Z")
    st.subheader(t("What √d_k is for"), anchor=False)
    st.markdown(prose("self_attention", 2))
    self_attention_scale.row_of(got)
    st.markdown(prose("self_attention", 3))
    self_attention_scale.by_size(got)
    page.computed("self_attention", 4, self_attention.SOURCES, got.trace)


page.head("self_attention", t("Self-attention"))
body()
