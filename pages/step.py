"""Step through: a name read character by character, every inner value of the network in view."""

import streamlit as st

from charts.matrix import matrix
from charts.plane import plane
from charts.stepper import stepper
from ui import models, names, page, runs
from ui.language import localise, prose, t
from ui.page import Figure

page.head("step", t("A name, letter by letter"))

left, right = st.columns([3, 2], vertical_alignment="bottom")
with left:
    name = names.box(t("Name"))
with right:
    model = models.picker()
other = "elman" if model == "lecture" else "lecture"
trace, beside = (localise(runs.name_trace(each, name)) for each in (model, other))
read, finding = names.reading(trace), names.finding(trace)


def at_letter(variable: str, alt: str = finding, **look: object) -> Figure:
    """A variable at the stepper's letter."""
    array = trace[variable]
    chart = matrix(array, next(dim for dim in array.dims if dim != "time"), slider="time", show_slider=False, **look)
    return Figure(chart, f"step_{variable}", alt, page.title(array), trace)


def over_time(each, key: str, label: str) -> Figure:
    """A network's log-probabilities after every letter, on the scale that both networks share."""
    chart = matrix(each["log_probs"], "language", "time", highlight="column_max", domain=names.span(trace, beside))
    return Figure(chart, key, names.finding(each), f"`{label}` {page.title(each['log_probs'])}", each)


st.markdown(f"#### {page.plain(finding)}")
page.steps(stepper(list(name), names.captions(read), flips=read.flips, index=page.cursor("t", len(name))), finding)
page.row(over_time(trace, "step_log", model), over_time(beside, "step_beside", other))
st.markdown(prose("step", 1))

st.subheader(t("Inside, at this letter"), anchor=False)
units = t("{n} hidden units at the current letter.", n=trace.sizes["unit"])
page.row(
    at_letter("x", t("One cell is 1: the letter that is read."), wrap=10),
    at_letter("h_prev", units, wrap=16), at_letter("h", units, wrap=16), widths=[2, 3, 3],
)  # fmt: skip

st.subheader(t("From scores to probabilities"), anchor=False)
st.markdown(prose("step", 2))
page.row(*(at_letter(variable, marks="bar") for variable in ("logits", "shifted", "log_probs", "probs")))

st.subheader(t("What each letter adds"), anchor=False)
is_linear = "contribution" in trace
st.markdown(prose("step", 3 if is_linear else 4))
if is_linear:
    parts = matrix(trace["contribution"], "language", "source", slider="time", show_slider=False)
    page.draw(parts, "step_parts", names.strongest(trace), page.title(trace["contribution"]), trace=trace)
else:
    change = matrix(trace["change"], "language", "time")
    page.draw(
        change, "step_change", t("How every letter changes every score."), page.title(trace["change"]), trace=trace
    )

st.subheader(t("The path of the hidden state"), anchor=False)
st.markdown(prose("step", 5))
points, axes = names.plane(model)
alt = t("The hidden state's way through the plane, letter by letter.")
page.draw(plane(points, runs.state_path(model, name), axes=axes), "step_plane", alt)
page.computed("step", 6, ["engine/rnn.py", "engine/rnn_trace.py", "engine/rnn_explain.py"], trace)
