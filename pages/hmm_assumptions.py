"""Assumptions: each of the HMM's three assumptions broken on purpose, and what the model then loses."""

import streamlit as st

from ui import hmm_assumptions, hmm_models, page
from ui.language import localise, prose, t

PARTS = {kind: part for part, kind in enumerate(hmm_assumptions.KINDS, 1)}


@st.fragment
def body(key: str) -> None:
    """All that another assumption or strength changes."""
    asked = hmm_assumptions.controls(key)
    st.markdown(prose("hmm_assumptions", PARTS[asked.kind]))
    trace = hmm_assumptions.run(key, asked)
    finding, shown = hmm_assumptions.finding(trace), hmm_assumptions.shown(trace)
    st.markdown(f"#### {page.plain(finding)}")
    left, right = st.columns(2, gap="medium")
    with left:
        page.draw(
            hmm_assumptions.cumulated(trace),
            "as_sum",
            finding,
            t("**How far the HMM falls behind**, in nats"),
        )
    with right:
        chart = hmm_assumptions.swept(key, asked)
        if chart:
            page.draw(chart, "as_loss", t("Loss against strength."), t("**Loss against strength**, in nats a symbol"))
    st.subheader(t("What shows it"), anchor=False)
    st.markdown(prose("hmm_assumptions", 4))
    st.markdown(f"**{page.plain(shown)}**")
    page.row(*hmm_assumptions.figures(trace, shown))


page.head("hmm_assumptions", t("Assumptions: what an HMM takes for granted"))
key = hmm_models.bar()
body(key)
example = hmm_assumptions.Asked("second_order", 0.7, 0)
page.computed(
    "hmm_assumptions", 5, ["engine/hmm/assumptions.py", "engine/hmm/learn.py"],
    localise(hmm_assumptions.run("preset:weather", example)),
)  # fmt: skip
