"""Train: a network learns before one's eyes; its run can be watched, stopped, replayed, compared and taken along."""

import streamlit as st

from ui import page, replay, runs, training, watch
from ui.language import localise, prose, t

page.head("train", t("Train a network"))
left, right = st.columns([4, 7], gap="medium")
with left:
    training.controls()
with right, st.container(key="train_own" if training.has_own() else "train_shipped"):
    shown, beside, across = training.chosen()
    watch.panel(shown, beside, across)

st.subheader(t("What it knew at every checkpoint"), anchor=False)
st.markdown(prose("train", 1))
replay.replay(shown)

st.subheader(t("Two runs side by side"), anchor=False)
st.markdown(prose("train", 2))
replay.compare(shown, beside)

st.subheader(t("Take the network along"), anchor=False)
replay.take(shown)
sources = ["engine/training.py", "engine/recipes.py", "engine/worker.py", "ui/jobs.py"]
page.computed("train", 3, sources, localise(runs.example("names-elman")))
