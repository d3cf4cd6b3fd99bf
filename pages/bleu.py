"""BLEU: two translations of a sentence factor by factor, and a whole file of them."""

import streamlit as st

from ui import bleu, bleu_asked, bleu_corpus, page
from ui.language import prose, t

SOURCES = ["engine/bleu.py", "engine/bleu_words.py", "engine/bleu_trace.py", "engine/bleu_explain.py"]


def one_sentence() -> None:
    """Two translations of a sentence: words, factors, numbers, counts."""
    ask = bleu_asked.asked()
    if not bleu_asked.ready(ask):
        return
    found = bleu.traces(ask)
    said = bleu.finding(*found)
    st.markdown(f"#### {page.plain(said)}")
    if why := bleu.about(found):
        st.markdown(page.plain(why))
    page.row(bleu.words(ask, found, said))
    page.row(bleu.way(found, said))
    for name, trace in zip(bleu_asked.NAMES, found, strict=True):
        st.latex(bleu.formula(trace, name))
    st.markdown(prose("bleu", 1))
    page.row(*bleu.numbers(found))
    st.subheader(t("Clipped counts"), anchor=False)
    st.markdown(prose("bleu", 2))
    bleu.table(found)


@st.fragment
def body() -> None:
    """All that another text or option changes."""
    if bleu_asked.corpus():
        bleu_corpus.show()
    else:
        one_sentence()


page.head("bleu", t("BLEU"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
page.computed("bleu", 4, SOURCES, bleu.glossary())
with shown:
    body()
