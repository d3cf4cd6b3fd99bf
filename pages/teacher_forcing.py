"""Teacher forcing: a decoder fed the true words and one fed its own, in step on one pair; the step where they part."""

import streamlit as st

from ui import encoder_decoder, page, teacher_forcing, translators
from ui.language import prose, t


def both(found: teacher_forcing.Pair):
    """Both decoders side by side; returns the inner values of the one that is fed the true words."""
    st.markdown(f"#### {page.plain(teacher_forcing.finding(found))}")
    st.markdown(page.plain(teacher_forcing.after(found)))
    with st.container():
        teacher_forcing.steps(found)
        teacher_forcing.here(found)
        st.markdown(page.plain(teacher_forcing.loss_said(found)))
        teacher_forcing.true_word(found)
    return found.forced


@st.fragment
def body() -> None:
    """All that another sentence, translation or network changes."""
    ask = encoder_decoder.asked(teacher_forcing.FIRST, translators.SHIPPED, None)
    words = teacher_forcing.truth(ask)
    trace = both(teacher_forcing.pair(ask, words)) if words else teacher_forcing.alone(ask)
    st.markdown(prose("teacher_forcing", 1))
    teacher_forcing.exposure(ask.name)
    st.markdown(prose("teacher_forcing", 2))
    page.computed("teacher_forcing", 3, teacher_forcing.SOURCES, trace)


page.head("teacher_forcing", t("Teacher forcing"))
body()
