"""LSTM gates: what the page says and shows of one reading by an LSTM or a GRU."""

import numpy as np
import streamlit as st
import xarray as xr

from charts.diagrams import GRU, LSTM
from charts.matrix import matrix
from charts.wires import wires
from engine.similarity import similarity_order
from ui import choices, models, page, runs_rnn
from ui.hmm_words import signed
from ui.language import N_, localise, t
from ui.page import Figure

NETWORKS = ("lstm-peephole", "lstm", "gru")
ROWS = {"lstm": (("z", "i", "f"), ("c", "o", "y")), "gru": (("r", "z"), ("n", "h"))}
SPAN = (-1.0, 1.0)  # the scale of all maps: only the cell can leave it
ORDERS = {"alike": N_("similar ones together"), "index": N_("by index")}
SOURCES = {
    "lstm": ["engine/lstm.py", "engine/lstm_trace.py", "engine/lstm_explain.py", "engine/lstm_difference.py"],
    "gru": ["engine/gru.py", "engine/gru_trace.py", "engine/gru_explain.py"],
}


def network() -> str:
    """The choice of a network; one that the link asks for and that is not among them is said."""
    asked = st.query_params.get("cell")
    gone = asked and asked.startswith(models.OWN) and asked not in models.names(asked=asked)  # the picker says so
    if asked and not gone and asked not in models.names(NETWORKS, asked):
        st.warning(page.plain(t("The link asks for {param}={value}, which does not exist here; it is left out.",
                                param="cell", value=asked[:40])))  # fmt: skip
    return models.picker(NETWORKS, NETWORKS[0], key="cell")


def cursor(param: str, size: int) -> int:
    """The index that the link asks for, else the last one; a bad or too large value is said."""
    asked = st.query_params.get(param, "")
    if asked.isdecimal() and len(asked) < 6 and int(asked) >= size:  # of any other bad value the frame tells
        st.warning(t("The link asks for {param}={value}, which is not a position; the last one is shown.",
                     param=param, value=asked))  # fmt: skip
    return page.cursor(param, size)


def reading(model: str, name: str) -> xr.Dataset:
    """Every inner value of a name in a network, in the session's words."""
    return localise((runs_rnn.gru_gates if models.kind(model) == "gru" else runs_rnn.gates)(model, name))


def cell(trace: xr.Dataset) -> str:
    """Which of the two cells a trace is of, "lstm" or "gru"."""
    return "gru" if "n_bar" in trace else "lstm"


def finding(trace: xr.Dataset) -> str:
    """How open the gates are, and where most is forgotten."""
    mean = {name: trace[name].values.mean() for row in ROWS[cell(trace)] for name in row}
    if cell(trace) == "gru":
        said = t(
            "On average the reset gate is {r:.0%} open and the update gate keeps {z:.0%} of the old state.", **mean
        )
        told = N_("It overwrites most at letter {k} ({letter}): only {f:.0%} of the state is kept there.")
    else:
        said = t("On average the input gate is {i:.0%} open, the forget gate {f:.0%}, the output gate {o:.0%}.", **mean)
        told = N_("It forgets most at letter {k} ({letter}): the forget gate is {f:.0%} open there.")
    if trace.sizes["time"] == 1:
        return said
    kept = trace["z" if cell(trace) == "gru" else "f"].values[1:].mean(1)  # at the first letter there is nothing yet
    at = int(kept.argmin()) + 1
    letter = shown_letter(trace["time_label"].values[at])
    return f"{said} {t(told, k=at + 1, letter=letter, f=kept[at - 1])}"


def shown_letter(letter: str) -> str:
    """A letter in a sentence: a space is to be seen."""
    return letter if letter.strip() else "␣"


def order(model: str, name: str, trace: xr.Dataset) -> list[int]:
    """The switch between the two orders of the units, and the one chosen."""
    if buttons("lstm_order", t("Units"), ORDERS, "alike", "order") == "index":
        return list(range(trace.sizes["unit"]))
    return similarity_order(trace["h"].values) if cell(trace) == "gru" else runs_rnn.unit_order(model, name)


def maps(trace: xr.Dataset, variables: tuple[str, ...], units: list[int]) -> list[Figure]:
    """Heat maps units × letters on the common scale, each following the letter."""
    keys = {name: f"{cell(trace)}_{name}" for name in variables}
    return [heat_map(trace, name, units, key, domain=SPAN)._replace(below=_to_block) for name, key in keys.items()]


def _to_block(picked: dict | None) -> None:
    """A button that shows the unit of a picked cell in the block."""
    unit = (picked or {}).get("position", {}).get("unit")
    if unit is not None and st.button(t("Show unit {unit} in the block", unit=unit), icon=":material/schema:"):
        st.query_params["unit"] = str(unit)
        st.rerun()


def heat_map(trace: xr.Dataset, name: str, units: list[int], key: str, **look: object) -> Figure:
    """A variable as a map of units × letters; `look` as in `matrix`."""
    array = trace[name]
    most, (time, unit) = float(np.abs(array.values).max()), np.unravel_index(np.abs(array.values).argmax(), array.shape)
    alt = t("{what}: largest in size {value:.2f}, unit {unit} at letter {k}.", what=array.attrs["meaning"],
            value=float(array.values[time, unit]) if most else 0.0, unit=int(unit), k=int(time) + 1)  # fmt: skip
    chart = matrix(array.isel(unit=units), "unit", "time", compact=True, show_values="never", **look)
    return Figure(chart, key, alt, page.title(array), trace)


def beyond(trace: xr.Dataset) -> str:
    """What the scale is, and where the cell leaves it."""
    if cell(trace) == "gru":
        return t("One scale for all four, −1 … 1.")
    low, high = float(trace["c"].values.min()), float(trace["c"].values.max())
    if max(-low, high) <= SPAN[1]:
        return t("One scale for all six, −1 … 1.")
    said = t("One scale for all six, −1 … 1. The cell goes beyond it, {low:.1f} … {high:.1f}, in the end colour.",
             low=low, high=high)  # fmt: skip
    return signed(said)


def diagram(trace: xr.Dataset) -> Figure:
    """The block with the values of one unit on its wires, at the letter."""
    size, is_gru = trace.sizes["unit"], cell(trace) == "gru"
    loudest = int(np.abs(trace["h" if is_gru else "c"].values[-1]).argmax())
    unit = cursor("unit", size) if "unit" in st.query_params else loudest
    alt = t("The LSTM block with the values of one unit at the current letter.")
    if is_gru:
        alt = t("The GRU block with the values of one unit at the current letter.")
    title = t("**The block** at this letter, one unit of {n}", n=size)
    return Figure(wires(trace, GRU if is_gru else LSTM, unit=unit), f"{cell(trace)}_block", alt, title, trace)


def buttons(key: str, label: str, options: dict[str, str], first: str, link: str, heading: str = "collapsed") -> str:
    """A choice among a few translated words, in a row of buttons."""

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(label, words, default=at, required=True, label_visibility=heading, **given)

    return choices.one(key, {word: t(said) for word, said in options.items()}, show, first, link=link)
