"""LSTM gates: what switches and clamps change in a reading."""

from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine.lstm import OPEN, Switches
from engine.lstm_trace import Clamp
from ui import choices, models, names, page
from ui.language import N_, t
from ui.lstm import NETWORKS, ROWS, buttons, heat_map, shown_letter
from ui.page import Figure

SCALES = tuple(f"{k / 4:g}" for k in range(9))  # 0 … 2
HALF = "0.5"
OFF = {"peepholes": 0.0, "forget": None, "output": None}  # the factor of what is off: None is a gate that is always 1
SWITCHES = {"on": N_("on"), "off": N_("off"), "scaled": N_("scaled")}
CLAMPS = {"none": N_("none"), "i": N_("input gate i"), "f": N_("forget gate f"), "o": N_("output gate o")}
EVERYWHERE = "all"


class Change(NamedTuple):
    """Switches and clamps, in words; `is_example` where they are the page's own and not the reader's."""

    switches: Switches
    clamp: tuple[Clamp, ...]
    said: str
    is_example: bool


def change(model: str, name: str) -> Change:
    """The controls, and what they change; where they change nothing, the network without its peepholes."""
    columns, called = st.columns(4, gap="medium"), (t("Peepholes"), t("Forget gate"), t("Output gate"))
    switches, has_peepholes = OPEN, models.kind(model) == NETWORKS[0]
    for column, key, label in zip(columns, Switches._fields, called, strict=False):
        with column:
            if key == "peepholes" and not has_peepholes:
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
    if has_peepholes:
        return Change(OPEN._replace(peepholes=OFF["peepholes"]), (), t("Peepholes off"), True)
    return Change(OPEN._replace(forget=OFF["forget"]), (), _in_words("forget", called[1], OFF["forget"]), True)


def _switch(key: str, label: str) -> float | None:
    """One switch: its factor, or what stands for off."""
    stands = buttons(f"lstm_{key}", label, SWITCHES, "on", key, "visible")
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
        value = buttons("lstm_clamp_to", t("Value"), {"0": "0", "1": "1"}, "0", "to")
    letters = {str(k): f"{k} {shown_letter(letter)}" for k, letter in enumerate(name, 1)}
    places = {EVERYWHERE: t("all letters")} | letters
    hidden = {"label_visibility": "collapsed"}
    at = choices.one("lstm_clamp_at", places, choices.box(right, t("Letter"), **hidden), EVERYWHERE, link="at")
    return (Clamp(gate, None if at == EVERYWHERE else int(at) - 1, float(value)),)


def _clamped(clamp: Clamp, name: str) -> str:
    gate, value = t(CLAMPS[clamp.gate]), int(clamp.value)
    if clamp.time is None:
        return t("{gate} = {value} at all letters", gate=gate, value=value)
    return t("{gate} = {value} at letter {k} ({letter})", gate=gate, value=value, k=clamp.time + 1,
             letter=shown_letter(name[clamp.time]))  # fmt: skip


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
    variables = {name: f"{name} · {difference[name].attrs['meaning']}" for row in ROWS["lstm"] for name in row}
    shown = choices.one("lstm_shown", variables, choices.box(st.columns(3)[0], t("Difference of")), "y", link="show")
    what = heat_map(difference, shown, units, "lstm_difference")
    old, new = (
        page.at(each, "probs", "time", names.finding(each), f"lstm_{key}", marks="bar", compact=True)
        for key, each in (("before", before), ("after", after))
    )
    titles = (what.title, t("**As trained** $p_t$"), t("**Changed** $p_t$"))
    return tuple(each._replace(title=title) for each, title in zip((what, old, new), titles, strict=True))
