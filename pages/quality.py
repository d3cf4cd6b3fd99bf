"""How good is it? Held-out names: confusions, recall beside training size, calibration, top-k, for two networks."""

import streamlit as st

from charts import marks
from charts.matrix import matrix
from ui import models, page, report
from ui.language import prose, t
from ui.page import Figure

page.head("quality", t("How good is it?"))
left, right = st.columns(2, vertical_alignment="bottom")
with left:
    model = models.picker()
with right:
    prior = report.prior_picker()
both = report.evaluations(models.pair(model), prior)
found = both[model]
report.figures(both, model)

st.subheader(t("Which languages are confused?"), anchor=False)
st.markdown(prose("quality", 1))
page.row(
    *(
        Figure(
            matrix(each["share"], "language", "guess"), f"quality_{name}", report.confusion_finding(name, each),
            f"{report.title(name, model)}  \n{page.title(each['share'])}", below=report.names_below(name, prior, each),
        )
        for name, each in both.items()
    )
)  # fmt: skip
for name, each in both.items():
    st.markdown(page.plain(report.confusion_finding(name, each)))

words, order = report.words(), {"order": models.SERIES}
st.subheader(t("Who is found, and how many names there were to learn from"), anchor=False)
st.markdown(prose("quality", 2))
recall = marks.pairs(report.recall_table(both), t("share of held-out names found"), words, **order)
page.draw(recall, key="quality_recall", alt=report.recall_finding(model, found))

left, right = st.columns(2, gap="medium")
with left:
    st.subheader(t("Is it sure when it is right?"), anchor=False)
    st.markdown(prose("quality", 3))
    axes = t("probability of the first guess"), t("share right")
    curve = marks.against_diagonal(report.calibration_table(both), *axes, words, **order)
    page.draw(curve, key="quality_calibration", alt=report.calibration_finding(model, found))
with right:
    st.subheader(t("Among the first k"), anchor=False)
    st.markdown(prose("quality", 4))
    top = marks.lines(report.top_table(both), "k", t("share found"), words, **order, form="%")
    page.draw(top, key="quality_topk", alt=report.top_finding(model, found))
page.computed("quality", 5, ["engine/evaluate.py", "engine/names.py"], found)
