"""Score: a list of names in, pasted or as a file; the likeliest languages of each out, to filter and to download."""

import streamlit as st

from charts import marks
from ui import models, page, report, scores, uploads
from ui.language import t

page.head("score", t("Score a list of names"))
left, right = st.columns([3, 2], gap="medium")
with left:
    text = uploads.box()
with right:
    uploads.drop()
    with st.container(horizontal=True, gap="medium"):
        model = models.picker(default="elman")
        prior = report.prior_picker()

read = uploads.read(uploads.source(text))
uploads.left_out(read.bad)
if read.names.empty:
    st.warning(t("No row holds a name that can be scored."), icon=":material/warning:")
    st.stop()

kept = scores.filters(scores.score(read, model, prior))
found = scores.counts(kept)
st.markdown(f"#### {page.plain(scores.finding(found))}")
picked = scores.table(kept)
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.caption(t("Select a row to step through that name."), width="content")
    scores.downloads(kept)
if picked:
    st.switch_page("pages/step.py", query_params={"name": picked})
page.draw(marks.bars(found, t("names"), form=",d"), "score_found", scores.finding(found), t("**Languages found**"))
page.computed("score", 1, ["engine/readers/table.py", "engine/scoring.py", "engine/rnn.py"])
