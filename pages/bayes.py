"""Bayes by language model: which language's n-grams would have written this name, and which letter says so."""

import streamlit as st

from ui import bayes, names, page, report
from ui import bayes_parts as parts
from ui.language import prose, t

SOURCES = ["engine/bayes.py", "engine/bayes_tables.py", "engine/bayes_trace.py", "engine/bayes_training.py",
           "engine/ngram_fit.py"]  # fmt: skip


@st.fragment
def body() -> None:
    """All that another name, prior or comparison changes."""
    left, middle, right = st.columns([4, 3, 6], vertical_alignment="bottom", gap="medium")
    with middle:
        prior = report.prior_picker()
    with right:
        against = bayes.against()
    with left:
        name = names.box(t("Name or text"))
    trace = bayes.reading(name, prior)
    said = bayes.finding(trace)
    st.markdown(f"#### {page.plain(said)}")
    st.markdown(page.plain(bayes.decided(trace)))
    parts.steps(trace, said)
    parts.shares(trace, against, said)
    st.markdown(prose("bayes", 1))
    st.subheader(t("From letters to the answer"), anchor=False)
    st.markdown(prose("bayes", 2))
    parts.sums(trace, against, said)
    st.subheader(t("The same with hidden states"), anchor=False)
    st.markdown(prose("bayes", 5))
    parts.hidden(name)
    st.subheader(t("Where counting and a network part"), anchor=False)
    st.markdown(prose("bayes", 3))
    parts.differing(prior)
    page.computed("bayes", 4, SOURCES, trace)


page.head("bayes", t("Bayes by language model"))
body()
