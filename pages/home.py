"""Start: one name in, the network's answer after every letter below it, and the map of the lecture."""

import streamlit as st

from charts.matrix import matrix
from charts.stepper import stepper
from ui import names, page, runs
from ui.language import localise, prose, t
from ui.page import Figure


@st.fragment
def body() -> None:
    """All that a new name changes."""
    left, right = st.columns([2, 3], gap="medium", vertical_alignment="bottom")
    with left:
        name = names.box(t("Type a name"))
    trace = localise(runs.name_trace("elman", name))
    read, finding = names.reading(trace), names.finding(trace)
    right.markdown(f"#### {page.plain(finding)}")
    page.steps(stepper(list(name), names.captions(read), flips=read.flips, index=page.cursor("t", len(name))), finding)
    bars = matrix(trace["probs"], "language", slider="time", show_slider=False, marks="bar")
    page.row(
        page.whole(trace, "probs", finding, "home_probs", "elman", highlight="column_max"),
        Figure(bars, "home_bars", finding, t("**At this letter**"), trace),
        widths=[3, 2],
    )


page.head("home", t("See sequence models think, letter by letter"))
body()
st.subheader(t("The lecture as a map"), anchor=False)
st.markdown(f"**{t('Hidden Markov models')}**")
page.cards(
    [
        ("hmm_generate", ":material/casino:", prose("home", 1)),
        ("hmm_evaluate", ":material/functions:", prose("home", 2)),
        ("hmm_decode", ":material/route:", prose("home", 3)),
    ]
)
page.cards(
    [
        ("hmm_learn", ":material/trending_up:", prose("home", 4)),
        ("hmm_work", ":material/content_cut:", prose("home", 5)),
        ("hmm_assumptions", ":material/broken_image:", prose("home", 6)),
    ]
)
st.markdown(f"**{t('Recurrent networks')}**")
page.cards(
    [
        ("step", ":material/footprint:", prose("home", 7)),
        ("lstm", ":material/memory:", prose("home", 8)),
        ("cells", ":material/view_week:", prose("home", 9)),
    ]
)
page.cards(
    [
        ("memory", ":material/history:", prose("home", 10)),
        ("units", ":material/troubleshoot:", prose("home", 11)),
        ("network_work", ":material/precision_manufacturing:", prose("home", 12)),
    ]
)
page.cards(
    [
        ("mappings", ":material/summarize:", prose("home", 13)),
        ("train", ":material/model_training:", prose("home", 14)),
        ("quality", ":material/grid_on:", prose("home", 15)),
        ("score", ":material/checklist:", prose("home", 16)),
    ]
)
page.computed("home", 17, ["engine/rnn.py", "engine/rnn_trace.py", "engine/explain.py"], localise(runs.example()))
