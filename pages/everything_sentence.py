"""A sentence through everything: the same tokens as columns of every model, one under the other."""

import streamlit as st

from ui import everything_sentence as asked
from ui import everything_sentence_parts as parts
from ui import page
from ui.language import t

SOURCES = [
    "engine/ngram.py", "engine/tagger.py", "engine/seq2seq.py", "engine/transformer.py", "engine/bert.py",
    "engine/everything_sentence.py", "engine/translation/shipping.py",
]  # fmt: skip


@st.fragment
def body() -> None:
    """All that another sentence changes."""
    got = asked.got(asked.asked())
    parts.glance(got)
    parts.language_models(got)
    parts.tagger(got)
    parts.encoders(got)
    parts.translations(got)
    parts.neighbours(got)


page.head("everything_sentence", t("A sentence through everything"))
shown = st.container()  # its content may stop the script; what is below it is drawn first
page.computed("everything_sentence", 9, SOURCES)
with shown:
    body()
