"""Chain rule: the probability of a text, factor by factor, for n = 1 … 5."""

import streamlit as st

from ui import chain_rule, chain_rule_asked, page
from ui import chain_rule_parts as parts
from ui.language import prose, t

SOURCES = ["engine/ngram_counts.py", "engine/ngram_fit.py", "engine/ngram.py", "engine/ngram_trace.py"]


@st.fragment
def body() -> None:
    """All that another text, corpus, n or smoothing changes."""
    ask = chain_rule_asked.asked()
    found = chain_rule.traces(ask)
    trace, said = found[ask.order - 1], chain_rule.finding(found)
    st.markdown(f"#### {page.plain(said)}")
    for more in (chain_rule.zeros(found), chain_rule.unknown(ask)):
        if more:
            st.markdown(page.plain(more))
    parts.steps(ask, trace, said)
    parts.factors(found, said)
    st.markdown(prose("chain_rule", 1))
    st.markdown(chain_rule.product(trace, ask.order))
    parts.behind(ask, trace, said)
    parts.sums(found, said)
    parts.smoothings(ask)
    page.computed("chain_rule", 5, SOURCES, trace)


page.head("chain_rule", t("Chain rule"))
body()
