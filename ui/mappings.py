"""In short, the first panel: two names with one beginning, and what an exchanged letter reaches."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from engine import orders, weights
from engine.text import fold
from ui import choices, names, page, runs_rnn
from ui.language import localise, prose, t
from ui.page import Figure, plain

NETWORKS = ("elman", "gru", "lstm", "lstm-peephole", "lecture")  # those of one direction, in the order of their colours

CHANGED = 24  # letters of a name that are exchanged


class Asked(NamedTuple):
    """What the bar asks for: two folded names, the second "" where there is none to compare with, and a network."""

    name: str
    other: str
    model: str


def networks() -> list[str]:
    """The shipped recurrent networks."""
    shipped = set(weights.shipped())
    return [name for name in NETWORKS if f"names-{name}" in shipped]


def bar() -> Asked:
    """The name of the session, a second one, and the network; an empty second box is filled from the data."""
    left, middle, right = st.columns([3, 3, 5], vertical_alignment="bottom")
    with left:
        name = names.box(t("Name"))
    found = partner(name)
    with middle:
        raw = st.text_input(
            t("Second name"), key="map_other", max_chars=names.LONGEST, bind="query-params", live=True,
            autocomplete="off", placeholder=found, persist_state="session",
            help=t("Empty: the name of the data that shares most letters with the beginning of the first."),
        )  # fmt: skip
    other = fold((raw or "").strip()).text.strip() or found
    with right:
        model = _network()
    return Asked(name, other, model)


def partner(name: str) -> str:
    """The name of the data to compare with: most letters in common, then parting; else one with the first letter."""
    every = runs_rnn.all_names()
    found = orders.same_beginning(every, name)
    return found or next((other for other in every if other[0] == name[0] and other != name), "")


def _network() -> str:
    options = {name: name for name in networks()}

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(t("Network"), words, default=at, required=True, **given)

    first = "gru" if "gru" in options else next(iter(options))
    return choices.one("map_net", options, show, first, link="map_net")


def _together(asked: Asked, trace: xr.Dataset) -> str:
    """How long the two names, and with them the states, are the same."""
    same, T = orders.common_prefix(asked.name, asked.other), trace.sizes["time"]
    if not same:
        return t("{a} and {b} differ from the first letter on.", a=asked.name, b=asked.other)
    most = float(abs(trace["difference"].values[:same]).max())
    given = {"a": asked.name, "b": asked.other, "n": same, "beginning": asked.name[:same], "model": asked.model,
             "most": f"{most:g}"}  # fmt: skip
    if same == T:
        return t(
            "One name begins with the other: on {beginning} the states of {model} differ by exactly {most}.", **given
        )
    if same == 1:
        return t("{a} and {b} begin with {beginning}: there the states of {model} differ by exactly {most}.", **given)
    return t("{a} and {b} begin with the same {n} letters, {beginning}: up to there the states of {model} differ by "
             "exactly {most}.", **given)  # fmt: skip


def _parted(trace: xr.Dataset, same: int) -> str:
    """How far the states and the answers are apart from the first different letter on."""
    if same == trace.sizes["time"]:
        return ""
    gap = float(abs(trace["difference"].values[same]).max())
    return t("At letter {k} they part, by up to {gap:.2f} a unit.", k=same + 1, gap=gap)


def _reached(changes: xr.Dataset) -> str:
    """What an exchanged first letter does to every later state and to the last answer."""
    reach, turned = changes["reach"].values[0], changes["turned"].values[0]
    if len(reach) == 1:
        return t("Another letter in its place turns the answer in {share:.0%} of cases.", share=float(turned[-1]))
    return t(
        "Another first letter moves every later state, on average by {first:.2f} a unit at once and still by "
        "{last:.2g} at the end, where it turns the answer in {share:.0%} of cases. Before a changed letter no state "
        "moves: {most}.",
        first=float(reach[0]), last=float(reach[-1]), share=float(turned[-1]),
        most=f"{float(np.tril(changes['reach'].values, -1).max()):g}",
    )  # fmt: skip


def _curve(trace: xr.Dataset) -> pd.DataFrame:
    """Distance of the states and of the answers, letter by letter."""
    called = {"distance": t("states: mean difference of a unit"), "apart": t("answers: probability that differs")}
    return pd.DataFrame(
        {"x": place + 1, "y": float(value), "run": said, "part": ""}
        for variable, said in called.items()
        for place, value in enumerate(trace[variable].values)
    )


def prefixes(asked: Asked) -> None:
    """The panel: every output encodes its prefix."""
    st.subheader(t("1 · Each output encodes all letters read so far"), anchor=False)
    if not asked.other:
        st.info(t("No other name of the data begins with {letter}: type a second name.", letter=plain(asked.name[0])),
                icon=":material/keyboard:")  # fmt: skip
    elif asked.other == asked.name:
        st.info(t("Both names are {name}: type another second name.", name=plain(asked.name)),
                icon=":material/keyboard:")  # fmt: skip
    else:
        _compare(asked)
    st.markdown(prose("mappings", 1))
    _changes(asked)


def _compare(asked: Asked) -> None:
    """Both names side by side; where all there is to compare is one equal letter, in words alone."""
    trace = localise(runs_rnn.prefix_pair(asked.model, asked.name, asked.other))
    same = orders.common_prefix(asked.name, asked.other)
    said = f"{_together(asked, trace)} {_parted(trace, same)}".strip()
    st.markdown(f"#### {plain(said)}")
    if same == trace.sizes["time"] == 1:
        return
    look = {"rows": "unit", "columns": "time", "compact": True, "show_values": "never"}
    heat = matrix(trace["difference"], **look)
    page.row(
        Figure(curves(_curve(trace), t("letter"), t("distance"), points=True, height=260), "map_distance", said,
               t("**How far the two are apart**")),
        Figure(heat, "map_difference", said, page.title(trace["difference"]), trace),
        widths=[2, 3],
    )  # fmt: skip


def _changes(asked: Asked) -> None:
    """The reverse: a letter exchanged."""
    changes = localise(runs_rnn.letter_changes(asked.model, asked.name[:CHANGED].strip()))
    said = _reached(changes)
    st.markdown(f"**{plain(said)}**")
    if len(asked.name) > CHANGED:
        st.caption(t("Of the first {n} letters.", n=CHANGED))
    figures = (
        Figure(matrix(changes[each], "changed", "time", domain=domain), f"map_{each}", said,
               page.title(changes[each]), changes)
        for each, domain in (("reach", names.balanced(changes["reach"])), ("turned", (0.0, 1.0)))
    )  # fmt: skip
    page.row(*figures)
