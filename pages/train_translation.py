"""Train a translator: loss, BLEU and the alignment of one sentence, at every check; run, stop, compare, take along."""

import streamlit as st

from ui import choices, page, translation_align, translation_take, translation_training, translation_watch
from ui.language import prose, t

SOURCES = [
    "engine/translation/training.py", "engine/translation/judging.py", "engine/seq2seq.py", "engine/worker.py",
    "ui/jobs.py",
]  # fmt: skip

page.head("train_translation", t("Train a translator"))
choices.unused("translator", "step")
large = st.session_state.get("large")
left, right = st.columns([4, 6] if large else [3, 7], gap="medium")
with right, st.container(key="train_own"):  # on a phone it stands before the form
    shown = translation_training.chosen()
    translation_watch.panel(shown)
with left:
    translation_training.controls()

st.subheader(t("How it learned"), anchor=False)
st.markdown(prose("train_translation", 1))
translation_watch.comparison(shown)

translation_align.history(shown)

st.subheader(t("Take the translator along"), anchor=False)
translation_take.take(shown)
page.computed("train_translation", 2, SOURCES, translation_align.trace(shown))
