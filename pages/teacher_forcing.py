"""Teacher forcing: a decoder fed the true words and one fed its own, in step on one pair; the step where they part."""

import streamlit as st

from ui import encoder_decoder, page, teacher_forcing
from ui.language import prose, t


@st.fragment
def body() -> None:
    """All that another sentence, translation or network changes."""
    ask = encoder_decoder.asked(teacher_forcing.FIRST)
    found = teacher_forcing.pair(ask, teacher_forcing.truth(ask))
    st.markdown(f"#### {page.plain(teacher_forcing.finding(found))}")
    st.markdown(page.plain(teacher_forcing.after(found)))
    with st.container():
        teacher_forcing.steps(found)
        teacher_forcing.here(found)
        st.markdown(page.plain(teacher_forcing.loss_said(found)))
        teacher_forcing.true_word(found)
    st.markdown(prose("teacher_forcing", 1))
    teacher_forcing.exposure(ask.name)
    st.markdown(prose("teacher_forcing", 2))
    page.computed("teacher_forcing", 3, teacher_forcing.SOURCES, found.forced)


page.head("teacher_forcing", t("Teacher forcing"))
body()
