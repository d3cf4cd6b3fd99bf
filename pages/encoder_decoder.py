"""Encoder–decoder: a sentence read into one vector, and its translation written from it, word by word."""

import streamlit as st

from ui import encoder_decoder, page
from ui import encoder_decoder_parts as parts
from ui.language import prose, t


def reading(ask, trace) -> tuple[list[int], str]:
    """The words in the order in which the encoder reads them, and its states; returns what the controls say."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(t("Reading: the encoder"), anchor=False, width="content")
        shown, units = parts.controls(ask, trace)
    parts.steps_of_reading(ask, trace)
    parts.encoder(trace, units, shown)
    st.latex(r"h_t=\mathrm{EncoderRNN}\big(e(x_t),\,h_{t-1}\big)")
    st.markdown(prose("encoder_decoder", 1 + ("read_back_at" in trace)))
    return units, shown


def handed_over(ask, trace, units: list[int]) -> None:
    """The context vector."""
    st.subheader(t("Handing over: the context vector"), anchor=False)
    st.markdown(f"**{encoder_decoder.passes(ask, trace)}**")
    parts.context(trace, units)


def writing(trace, units: list[int], shown: str) -> None:
    """The decoder step by step."""
    st.subheader(t("Writing: the decoder"), anchor=False)
    attends = "weights" in trace
    inputs = r"[d(y_{t-1});c_t]" if attends else "d(y_{t-1})"
    st.latex(rf"s_t=\mathrm{{DecoderRNN}}\big({inputs},\,s_{{t-1}}\big)\qquad\hat y_t=f(s_t)")
    st.markdown(prose("encoder_decoder", 3 + attends))
    st.markdown(f"**{page.plain(encoder_decoder.doubtful(trace))}**")
    parts.steps_of_writing(trace)
    parts.decoder(trace, units, shown)
    st.markdown(page.plain(encoder_decoder.ending(trace)))
    parts.ending(trace)


@st.fragment
def body() -> None:
    """All that another sentence or network changes."""
    ask = encoder_decoder.asked()
    got = encoder_decoder.answer(ask)
    st.markdown(f"#### {page.plain(encoder_decoder.finding(ask, got))}")
    verdict, large = encoder_decoder.verdict(ask, got), st.session_state.get("large")
    if not large:
        st.markdown(verdict)
    with st.container():
        units, shown = reading(ask, got.trace)
    if large:  # the first screen has room for the picture only
        st.markdown(verdict)
    handed_over(ask, got.trace, units)
    with st.container():
        writing(got.trace, units, shown)
    page.computed("encoder_decoder", 5, encoder_decoder.SOURCES, got.trace)


page.head("encoder_decoder", t("Encoder–decoder"))
body()
