"""n-grams: what follows what, what comes next by order, sparse counts and fitting, texts that are written."""

import streamlit as st

from ui import ngrams, ngrams_asked, ngrams_runs, page
from ui import ngrams_parts as parts
from ui.language import localise, prose, t

SOURCES = ["engine/ngram_counts.py", "engine/ngram_fit.py", "engine/ngram.py", "engine/ngram_explore.py"]


def following(ask) -> None:
    """What follows the beginning: the tree, and what each order adds."""
    with st.spinner(t("Counting n-grams …")):
        found = localise(ngrams_runs.follow(ask.corpus, ask.params, ask.tokens))
    said = ngrams.finding(ask, found)
    st.markdown(f"#### {page.plain(said)}")
    model = ngrams_runs.model(ask.corpus, ask.params)
    if more := [each for each in (ngrams.unknown(ask, model), ngrams.backed_off(ask, model)) if each]:
        st.markdown(page.plain(" ".join(more)))
    parts.go_on(found, ask)
    tree = localise(ngrams_runs.tree(ask.corpus, ask.params, ask.tokens))
    parts.tree(tree, ask, ngrams.way(tree))
    if found.sizes["rank"]:
        st.subheader(t("What each order adds"), anchor=False)
        st.markdown(prose("ngrams", 1))
        parts.orders(found, ask, said)


def counted(ask):
    """Under- and overfitting, and how sparse the counts are."""
    st.subheader(t("Too short, too long"), anchor=False)
    st.markdown(prose("ngrams", 2))
    with st.spinner(t("Judging models …")):
        sparse = localise(ngrams_runs.sparsity(ask.corpus))
    said = ngrams.fitting(ask, sparse)
    st.markdown(f"**{page.plain(said)}** {page.plain(ngrams.against(sparse))}")
    parts.fitting(sparse, ask, said)
    st.subheader(t("Sparse counts"), anchor=False)
    st.markdown(prose("ngrams", 3))
    st.markdown(f"**{page.plain(ngrams.sparse_said(sparse, ask.order))}**")
    parts.sparsity(sparse)
    return sparse


def writing(ask) -> None:
    """Texts that the models write, by n."""
    st.subheader(t("What the models write"), anchor=False)
    st.markdown(prose("ngrams", 4))
    seed, heat = ngrams_asked.written()
    texts = ngrams_runs.written(ask.corpus, ask.method, seed, heat)
    st.markdown(f"**{page.plain(ngrams.writing(ask, texts))}**")
    parts.written(ask, texts)


@st.fragment
def body() -> None:
    """All that another text, n, smoothing, beginning or seed changes."""
    ask = ngrams_asked.asked()
    following(ask)
    sparse = counted(ask)
    writing(ask)
    page.computed("ngrams", 5, SOURCES, sparse)


page.head("ngrams", t("n-grams"))
body()
