"""Start: one name in, the network's answer after every letter below it, and the map of the lecture."""

import streamlit as st

from charts.matrix import matrix
from charts.stepper import stepper
from ui import names, page, runs
from ui.language import localise, prose, t

page.head("home", t("See sequence models think, letter by letter"))

name = names.box(t("Type a name"))
trace = localise(runs.name_trace("elman", name))
read, finding = names.reading(trace), names.finding(trace)
st.markdown(f"#### {page.plain(finding)}")
page.steps(stepper(list(name), names.captions(read), flips=read.flips, index=page.cursor("t", len(name))), finding)
answers = matrix(trace["probs"], "language", "time", highlight="column_max")
page.draw(answers, "home_probs", finding, page.title(trace["probs"]), trace=trace)

st.subheader(t("The lecture as a map"), anchor=False)
page.cards(
    [
        ("step", ":material/footprint:", prose("home", 1)),
        ("quality", ":material/grid_on:", prose("home", 3)),
    ]
)
page.computed("home", 5, ["engine/rnn.py", "engine/rnn_trace.py", "engine/explain.py"], trace)
