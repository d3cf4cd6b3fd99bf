"""Translate a list: sentences in, pasted or as a file; translations with their probabilities out, BLEU beside."""

import streamlit as st

from ui import page, translate, translate_list
from ui.language import t

SOURCES = ["engine/translation/bulk.py", "engine/search.py", "engine/readers/table.py", "engine/bleu.py"]


@st.fragment
def body() -> None:
    """All that another list or network changes."""
    ask = translate_list.asked()
    if ask is None:
        return
    got = translate.result(ask)
    said, rows = translate.headline(got)
    picked = translate.table(rows)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        translate.opening(ask, picked)
        translate.downloads(ask, rows)
    if got.whole is not None:
        translate.spread(got, said)


page.head("translate", t("Translate a list"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
page.computed("translate", 1, SOURCES)
with shown:
    body()
