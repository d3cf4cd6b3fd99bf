"""LSTM gates: what the page says and shows of one reading, and what switches and clamps change in it."""

from typing import NamedTuple

import numpy as np
import streamlit as st
import xarray as xr

from charts.diagrams import LSTM
from charts.matrix import matrix
from charts.wires import wires
from engine.lstm import OPEN, Switches
from engine.lstm_trace import Clamp
from ui import choices, names, page, runs_rnn
from ui.hmm_words import signed
from ui.language import N_, t
from ui.page import Figure

NETWORKS = ("lstm-peephole", "lstm")
ROWS = (("z", "i", "f"), ("c", "o", "y"))
SPAN = (-1.0, 1.0)  # the scale of all six maps: only the cell can leave it
SCALES = tuple(f"{k / 4:g}" for k in range(9))  # 0 … 2
HALF = "0.5"
OFF = {"peepholes": 0.0, "forget": None, "output": None}  # the factor of what is off: None is a gate that is always 1
ORDERS = {"alike": N_("similar ones together"), "index": N_("by index")}
SWITCHES = {"on": N_("on"), "off": N_("off"), "scaled": N_("scaled")}
CLAMPS = {"none": N_("none"), "i": N_("input gate i"), "f": N_("forget gate f"), "o": N_("output gate o")}
EVERYWHERE = "all"


def finding(trace: xr.Dataset) -> str:
    """The answer, and how open the gates are."""
    i, f, o = (trace[name].values.mean() for name in ("i", "f", "o"))
    said = t("On average the input gate is {i:.0%} open, the forget gate {f:.0%}, the output gate {o:.0%}.",
             i=i, f=f, o=o)  # fmt: skip
    if trace.sizes["time"] > 1:
        kept = trace["f"].values[1:].mean(1)  # at the first letter there is nothing to forget
        at = int(kept.argmin()) + 1
        letter = _letter(trace["time_label"].values[at])
        said += " " + t("It forgets most at letter {k} ({letter}): the forget gate is {f:.0%} open there.",
                        k=at + 1, letter=letter, f=kept[at - 1])  # fmt: skip
    return said


def _letter(letter: str) -> str:
    """A letter in a sentence: a space is to be seen."""
    return letter if letter.strip() else "␣"


def order(model: str, name: str, trace: xr.Dataset) -> list[int]:
    """The switch between the two orders of the units, and the one chosen."""
    chosen = _words("lstm_order", t("Units"), ORDERS, "alike", "order")
    return runs_rnn.unit_order(model, name) if chosen == "alike" else list(range(trace.sizes["unit"]))


def maps(trace: xr.Dataset, variables: tuple[str, ...], units: list[int]) -> list[Figure]:
    """Heat maps units × letters on the common scale, each following the letter."""
    return [_map(trace, name, units, f"lstm_{name}", domain=SPAN)._replace(below=_to_block) for name in variables]


def _to_block(picked: dict | None) -> None:
    """A button that shows the unit of a picked cell in the block."""
    unit = (picked or {}).get("position", {}).get("unit")
    if unit is not None and st.button(t("Show unit {unit} in the block", unit=unit), icon=":material/schema:"):
        st.query_params["unit"] = str(unit)
        st.rerun()


def _map(trace: xr.Dataset, name: str, units: list[int], key: str, **look: object) -> Figure:
    array = trace[name]
    most, (time, unit) = float(np.abs(array.values).max()), np.unravel_index(np.abs(array.values).argmax(), array.shape)
    alt = t("{what}: largest in size {value:.2f}, unit {unit} at letter {k}.", what=array.attrs["meaning"],
            value=float(array.values[time, unit]) if most else 0.0, unit=int(unit), k=int(time) + 1)  # fmt: skip
    chart = matrix(array.isel(unit=units), "unit", "time", compact=True, show_values="never", **look)
    return Figure(chart, key, alt, page.title(array), trace)


def beyond(trace: xr.Dataset) -> str:
    """Where the cell leaves the common scale."""
    low, high = float(trace["c"].values.min()), float(trace["c"].values.max())
    if max(-low, high) <= SPAN[1]:
        return t("One scale for all six, −1 … 1.")
    said = t("One scale for all six, −1 … 1. The cell goes beyond it, {low:.1f} … {high:.1f}, in the end colour.",
             low=low, high=high)  # fmt: skip
    return signed(said)


def diagram(trace: xr.Dataset) -> Figure:
    """The lecture's block with the values of one unit on its wires, at the letter."""
    size = trace.sizes["unit"]
    loudest = int(np.abs(trace["c"].values[-1]).argmax())
    unit = page.cursor("unit", size) if "unit" in st.query_params else loudest
    alt = t("The LSTM block with the values of one unit at the current letter.")
    title = t("**The block** at this letter, one unit of {n}", n=size)
    return Figure(wires(trace, LSTM, unit=unit), "lstm_block", alt, title, trace)


# ── what is changed ────────────────────────────────────────────────────────────────────────────────────────────


class Change(NamedTuple):
    """Switches and clamps, in words; `is_example` where they are the page's own and not the reader's."""

    switches: Switches
    clamp: tuple[Clamp, ...]
    said: str
    is_example: bool


def change(model: str, name: str) -> Change:
    """The controls, and what they change; where they change nothing, the network without its peepholes."""
    columns, called = st.columns(4, gap="medium"), (t("Peepholes"), t("Forget gate"), t("Output gate"))
    switches = OPEN
    for column, key, label in zip(columns, Switches._fields, called, strict=False):
        with column:
            if key == "peepholes" and model != NETWORKS[0]:
                st.caption(t("This network has no peepholes."))
            else:
                switches = switches._replace(**{key: _switch(key, label)})
    with columns[3]:
        clamp = _clamp(name)
    named = zip(Switches._fields, called, switches, OPEN, strict=True)
    said = [_in_words(key, label, factor) for key, label, factor, normal in named if factor != normal]
    said += [_clamped(each, name) for each in clamp]
    if said:
        return Change(switches, clamp, t("; ").join(said), False)
    if model == NETWORKS[0]:
        return Change(OPEN._replace(peepholes=OFF["peepholes"]), (), t("Peepholes off"), True)
    return Change(OPEN._replace(forget=OFF["forget"]), (), _in_words("forget", called[1], OFF["forget"]), True)


def _words(key: str, label: str, options: dict[str, str], first: str, link: str, visible: str = "collapsed") -> str:
    """A choice among a few translated words, in a row of buttons."""

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(label, words, default=at, required=True, label_visibility=visible, **given)

    return choices.one(key, {word: t(said) for word, said in options.items()}, show, first, link=link)


def _switch(key: str, label: str) -> float | None:
    """One switch: its factor, or what stands for off."""
    stands = _words(f"lstm_{key}", label, SWITCHES, "on", key, "visible")
    if stands != "scaled":
        return 1.0 if stands == "on" else OFF[key]

    def show(words: list, at: str, **given: object) -> str:
        return st.select_slider(t("Factor"), words, at, label_visibility="collapsed", **given)

    return float(choices.one(f"lstm_{key}_x", {k: f"× {k}" for k in SCALES}, show, HALF, link=f"{key}_x"))


def _in_words(key: str, label: str, factor: float | None) -> str:
    if factor is None:
        return t("{gate} off (always 1)", gate=label)
    return t("Peepholes off") if factor == OFF[key] else t("{gate} × {factor:g}", gate=label, factor=factor)


def _clamp(name: str) -> tuple[Clamp, ...]:
    """The clamp: which gate, at which value, at which letter."""
    options = {word: t(said) for word, said in CLAMPS.items()}
    gate = choices.one("lstm_clamp", options, choices.box(st, t("Clamp")), "none", link="clamp")
    if gate == "none":
        return ()
    left, right = st.columns(2)
    with left:
        value = _words("lstm_clamp_to", t("Value"), {"0": "0", "1": "1"}, "0", "to")
    places = {EVERYWHERE: t("all letters")} | {str(k): f"{k} {_letter(letter)}" for k, letter in enumerate(name, 1)}
    hidden = {"label_visibility": "collapsed"}
    at = choices.one("lstm_clamp_at", places, choices.box(right, t("Letter"), **hidden), EVERYWHERE, link="at")
    return (Clamp(gate, None if at == EVERYWHERE else int(at) - 1, float(value)),)


def _clamped(clamp: Clamp, name: str) -> str:
    gate, value = t(CLAMPS[clamp.gate]), int(clamp.value)
    if clamp.time is None:
        return t("{gate} = {value} at all letters", gate=gate, value=value)
    return t("{gate} = {value} at letter {k} ({letter})", gate=gate, value=value, k=clamp.time + 1,
             letter=_letter(name[clamp.time]))  # fmt: skip


def effect(change: Change, before: xr.Dataset, after: xr.Dataset) -> str:
    """What the change does to the answer, in words."""
    old, new = names.reading(before), names.reading(after)
    params = {
        "change": change.said,
        "before": old.best[-1],
        "after": new.best[-1],
        "p": old.prob[-1],
        "q": new.prob[-1],
    }
    if old.best[-1] != new.best[-1]:
        said = t("{change}: the answer flips from {before} ({p:.1%}) to {after} ({q:.1%}).", **params)
    else:
        said = t("{change}: the answer stays {before}, {p:.1%} → {q:.1%}.", **params)
    flips = sum(a != b for a, b in zip(old.best[:-1], new.best[:-1], strict=True))
    rest = t("Before the last letter the two answers differ at {n} of {m}.", n=flips, m=len(old.best) - 1)
    return f"{said} {rest}" if flips else said


def compared(
    difference: xr.Dataset, before: xr.Dataset, after: xr.Dataset, units: list[int]
) -> tuple[Figure, Figure, Figure]:
    """The difference of one variable as a map, and the two predictions at the letter as bars."""
    variables = {name: f"{name} · {difference[name].attrs['meaning']}" for row in ROWS for name in row}
    shown = choices.one("lstm_shown", variables, choices.box(st.columns(3)[0], t("Difference of")), "y", link="show")
    what = _map(difference, shown, units, "lstm_difference")
    old, new = (
        page.at(each, "probs", "time", names.finding(each), f"lstm_{key}", marks="bar", compact=True)
        for key, each in (("before", before), ("after", after))
    )
    titles = (what.title, t("**As trained** $p_t$"), t("**Changed** $p_t$"))
    return tuple(each._replace(title=title) for each, title in zip((what, old, new), titles, strict=True))
