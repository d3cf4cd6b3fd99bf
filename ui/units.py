"""What does a unit know?: the span that is asked about, the units that switch on over it, and where else they do."""

import re
from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from engine.units import Rule, Span, suggested
from engine.units_trace import Matches
from ui import choices, models, names, page, runs_rnn
from ui.language import N_, localise, t
from ui.page import Figure, plain

NETWORKS = ("elman", "gru", "lstm", "lstm-peephole", "lecture")  # one layer, one direction
PICKS = (
    ("-ova", "Semenova", 5, 8), ("-ski", "Kowalski", 5, 8), ("Mc-", "McCarthy", 0, 2), ("-ez", "Fernandez", 7, 9),
    ("-opoulos", "Papadopoulos", 5, 12), ("-mann", "Zimmermann", 6, 10), ("van", "van Rooij", 0, 3),
)  # fmt: skip
LETTERS = 3  # of the span that a name begins with: its last ones
LEVELS = tuple(k / 20 for k in range(1, 21))
LEVEL = 0.3
UNITS = 12  # shown where none is found
STATES = {"y": N_("output y"), "c": N_("cell c")}


class Asked(NamedTuple):
    """The span, the network with the number of its state (0 the output, 1 an LSTM's cell), and the rule."""

    span: Span
    model: str
    kept: int
    rule: Rule


def bar() -> Asked:
    """The controls: name and network, spans to try, span and rule."""
    left, right = st.columns([3, 5], vertical_alignment="bottom")
    with left:
        name = names.box(t("Name"))
    with right:
        model = models.picker(NETWORKS, NETWORKS[0])
    _check(model)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Spans to try"), width="content")
        for label, *pick in PICKS:
            st.button(label, key=f"units_pick_{label}", on_click=_pick, args=pick, help=pick[0], type="tertiary")
    left, middle, right = st.columns([3, 2, 3], vertical_alignment="bottom", gap="medium")
    with left:
        span = _span(name)
    with middle:
        level = st.slider(
            t("A unit counts as on from"), LEVELS[0], LEVELS[-1], LEVEL, LEVELS[0], key="level", bind="query-params",
            help=t("A unit is on where its state is at least this far from 0, upwards or downwards."),
        )  # fmt: skip
    with right, st.container(horizontal=True, gap="medium"):
        before = st.toggle(t("Off before"), True, key="off_before", bind="query-params",
                           help=t("Only units that are not on at the letter before the span."))  # fmt: skip
        after = st.toggle(t("Off after"), key="off_after", bind="query-params",
                          help=t("Only units that are not on at the letter after the span."))  # fmt: skip
        kept = _kept(model)
    return Asked(span, model, kept, Rule(round(float(level), 2), bool(before), bool(after)))


def _check(model: str) -> None:
    """Stops the page with a message where a network has no states that it can show, or too many of them."""
    n = runs_rnn.has_units(model)
    if n is None:
        st.info(t("This page takes networks of one layer that read in one direction: their state after a letter is one "
                  "of what has been read so far."), icon=":material/info:")  # fmt: skip
        st.stop()
    if n > runs_rnn.MOST_UNITS:
        st.info(t("This page takes networks of at most {most} units, for it keeps the state of every unit at every "
                  "letter of the data; this one has {n}.", most=runs_rnn.MOST_UNITS, n=n),
                icon=":material/info:")  # fmt: skip
        st.stop()


def _pick(name: str, begin: int, end: int) -> None:
    st.session_state["name"] = st.session_state["units_name"] = name
    st.session_state["units_picks"] = st.session_state.get("units_picks", 0) + 1  # a new slider, at that span
    st.query_params["span"] = f"{begin + 1}-{end}"


def _kept(model: str) -> int:
    """Which state of an LSTM is looked at."""
    if models.kind(model) not in ("lstm", "lstm-peephole"):
        return 0

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(t("State"), words, default=at, required=True, label_visibility="collapsed", **given)

    options = {word: t(said) for word, said in STATES.items()}
    return list(STATES).index(choices.one("units_state", options, show, "y", link="state"))


def _span(name: str) -> Span:
    """The slider over the letters; the link keeps another span than the last letters of the name."""
    if st.session_state.get("units_name", name) != name:
        st.query_params.pop("span", None)
    st.session_state["units_name"] = name
    first = (max(0, len(name) - LETTERS), len(name))
    begin, end = _linked(name) or first
    if len(name) == 1:
        return Span(name, 0, 1)
    key = f"units_span_{name}_{st.session_state.get('units_picks', 0)}"

    def changed() -> None:
        low, high = st.session_state[key]
        st.query_params["span"] = f"{low + 1}-{high + 1}"

    low, high = st.select_slider(
        t("Span"), list(range(len(name))), (begin, end - 1), key=key, on_change=changed,
        format_func=lambda at: f"{at + 1} {name[at]}",
    )  # fmt: skip
    return Span(name, low, high + 1)


def _linked(name: str) -> tuple[int, int] | None:
    """The span of the link; a bad one is said and not used."""
    said = st.query_params.get("span")
    if said is None:
        return None
    found = re.fullmatch(r"([1-9]\d?)-([1-9]\d?)", said, re.ASCII)
    if found and int(found[1]) <= int(found[2]) <= len(name):
        return int(found[1]) - 1, int(found[2])
    st.warning(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                 param="span", value=plain(said[:40])))  # fmt: skip
    return None


def found(ask: Asked) -> tuple[Matches, xr.Dataset]:
    """The matches, and their trace in the session's language."""
    language, _ = runs_rnn.reference(ask.model, ask.span.text)
    with st.spinner(t("Reading all names …")):
        matches = runs_rnn.unit_span(ask.model, ask.kept, ask.span, ask.rule, language)
    return matches, localise(matches.trace)


def finding(ask: Asked, trace: xr.Dataset) -> str:
    """How many units switch on over the span."""
    signs = trace["found"].values
    said = {"letters": ask.span.letters, "name": ask.span.text, "all": len(signs), "n": int((signs != 0).sum())}
    if not said["n"]:
        return t("No unit switches on over “{letters}” in {name} from {level:.2f}.", level=ask.rule.threshold, **said)
    return t("{n} of {all} units switch on over “{letters}” in {name}: {up} upwards, {down} downwards.",
             up=int((signs > 0).sum()), down=int((signs < 0).sum()), **said)  # fmt: skip


def lower(ask: Asked, trace: xr.Dataset) -> None:
    """Where no unit is found, the threshold at which there are some."""
    level = suggested(trace["state"].values, ask.span.begin, ask.span.end, ask.rule, LEVELS)
    if level is None:
        st.info(t("No lower threshold finds one either: choose another span, or units that are on before it too."),
                icon=":material/info:")  # fmt: skip
        return

    def set_level() -> None:
        st.session_state["level"] = level

    n = np.count_nonzero(runs_rnn.switched(trace["state"].values, ask.span, ask.rule._replace(threshold=level)))
    st.button(t("{n} units switch on from {level:.2f}: take this threshold", n=n, level=level), on_click=set_level,
              icon=":material/tune:", key="units_lower")  # fmt: skip


def chosen(trace: xr.Dataset) -> list[int]:
    """The units that are shown: those that are looked for elsewhere, or those that change most where there are none."""
    if trace.attrs["chosen"]:
        return list(trace.attrs["chosen"])
    return np.argsort(-np.abs(trace["rise"].values), kind="stable")[:UNITS].tolist()


def heat_map(ask: Asked, trace: xr.Dataset) -> Figure:
    """The units over the letters, the letters of the span in brackets."""
    signs, shown = trace["found"].values, chosen(trace)
    letters = [str(letter) for letter in trace["time_label"].values]
    letters[ask.span.begin] = f"[{letters[ask.span.begin]}"
    letters[ask.span.end - 1] += "]"
    rows = [f"{unit} {arrow(signs[unit])}" for unit in range(len(signs))]
    words = {"time_label": ("time", np.asarray(letters)), "unit_label": ("unit", np.asarray(rows))}
    array = trace["state"].assign_coords(words).isel(unit=shown)
    said = t("Units {units}, those that rise most over the span first.", units=", ".join(map(str, shown)))
    more = int((signs != 0).sum()) - len(shown)
    note = t("The {n} units that rise most are shown; they are looked for in the other names.", n=len(shown))
    look = {"domain": names.balanced(array), "notes": note if more > 0 else None, "seek": ask.span.begin}
    return Figure(matrix(array, "unit", "time", **look), "units_states", said, page.title(array), trace)


def arrow(sign: float) -> str:
    """Which way a unit switches on."""
    return {1: "↑", -1: "↓"}.get(int(sign), "")
