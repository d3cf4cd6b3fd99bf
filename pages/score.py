"""Score: a list of names in, pasted or as a file; the likeliest languages of each out, to filter and to download."""

import streamlit as st

from charts import marks
from ui import models, page, report, runs, scores, uploads
from ui.language import localise, t

page.head("score", t("Score a list of names"))
left, right = st.columns([3, 2], gap="medium")
with left:
    text = uploads.box()
with right:
    uploads.drop()
    with st.container(horizontal=True, gap="medium"):
        model = models.picker(first=models.BEST, key="score_model")
        prior = report.prior_picker()

read = uploads.read(uploads.source(text))
uploads.left_out(read.bad)
if read.names.empty:
    st.warning(t("No row holds a name that can be scored."), icon=":material/warning:")
    st.stop()

kept = scores.filters(scores.score(read, model, prior))
found = scores.counts(kept)
finding = scores.finding(found, model)
st.markdown(f"#### {page.plain(finding)}")
picked = scores.table(kept)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    scores.step_through(picked, model)
    scores.downloads(kept, read)
bars = marks.bars(found, t("names"), t("language"), form=",d")
page.draw(bars, "score_found", finding, t("**Languages found**"))
sources = ["engine/readers/table.py", "engine/scoring.py", "engine/combined.py"]
page.computed("score", 1, sources, localise(runs.example()[["log_probs", "probs"]]))
