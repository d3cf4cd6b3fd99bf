"""One block: what attention and the feed-forward network add to the residual stream, and what happens without them."""

import streamlit as st

from ui import block, block_gradient, block_parts, block_without, page
from ui.language import prose, t


def sums(got) -> None:
    """The stream through a layer, sum by sum."""
    st.subheader(t("The stream through one layer"), anchor=False)
    st.latex(r"X_2=X_1+\mathrm{Layer}(X_1)")
    st.markdown(prose("block", 1 + got.is_decoder))
    block_parts.steps(got)
    block_parts.sums(got)


def feed_forward(got) -> None:
    """Which hidden units are on; the network as a convolution."""
    st.subheader(t("The feed-forward network"), anchor=False)
    st.latex(r"\mathrm{FFN}(x)=\max(0,\,xW_1+b_1)\,W_2+b_2")
    st.markdown(f"**{page.plain(block.active(got))}**")
    block_parts.hidden(got)
    st.markdown(prose("block", 3))
    st.markdown(f"**{block.convolution(got)}**")
    block_parts.convolution(got)


@st.fragment
def body() -> None:
    """All that another sentence or side changes."""
    got = block.asked()
    st.markdown(f"#### {page.plain(block.finding(got))}")
    block_parts.lengths(got)
    with st.container():
        sums(got)
        feed_forward(got)
    st.subheader(t("Take a part out"), anchor=False)
    block_without.show(got)
    st.subheader(t("The way back: gradients"), anchor=False)
    block_gradient.show(got)
    page.computed("block", 6, block.SOURCES, got.trace)


page.head("block", t("One block"))
body()
