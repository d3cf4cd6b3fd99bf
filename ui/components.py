"""Mounts our own components, each registered once: `assets/components/<name>.js` and what all share.

Their code travels with the copy-link button (`charts.base.copylink`): a page without it shows no component.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import streamlit as st

from charts.base import Component
from charts.payload import pack
from ui.language import t

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "components"
NAMES = ("matrix", "stepper", "plane", "trellis", "graph", "needle", "wires", "copylink")


def _read(name: str, kind: str) -> str:
    """A file without comment lines and indentation, for it travels to every browser."""
    text = (FOLDER / f"{name}.{kind}").read_text("utf-8")
    return re.sub(r"\n(?:[ \t]*(?://[^\n]*|/\*\*[^\n]*\*/)?\n)*[ \t]*", "\n", f"\n{text}")


def _code() -> str:
    """The code of all components: what they share, then one scope each, kept as an object of functions."""
    scopes = [f"{name}: (() => {{{_read(name, 'js').replace('export default', 'return')}}})()," for name in NAMES]
    return "\n".join([_read("_shared", "js"), "const COMPONENTS = {", *scopes, "};"])


CODE = _code()
_READY = f"""
const KEY = "unrolled {sha256(CODE.encode()).hexdigest()[:16]}";
const READY = (window[KEY] ??= (() => {{
let resolve;
const promise = new Promise((done) => (resolve = done));
return {{ promise, resolve }};
}})());
"""


def _script(name: str) -> str:
    """Only the copy-link button, which stands in the frame of every page, carries the code; the others wait for it.

    Streamlit sends a component's script again with each change of its data: 40 kB for a matrix of 1 kB.
    """
    if name == "copylink":
        return f"{CODE}{_READY}READY.resolve(COMPONENTS);\nexport default COMPONENTS.copylink;\n"
    return f"{_READY}export default async (component) => (await READY.promise).{name}(component);\n"


_MOUNTED = {
    name: st.components.v2.component(
        f"unrolled_{name}",
        html=f'<div class="u {name}"></div>',
        css=_read("_shared", "css") + _read(name, "css"),
        js=_script(name),
    )
    for name in NAMES
}


def mount(component: Component, key: str, alt: str, words: Mapping[str, object]) -> None:
    """Draw a component; `alt` is its accessible name.

    A cell or point that is picked lies in `st.session_state[f"{key}__picked"]` before the rerun it causes:
    `{"variable": name, "position": {dim: index, …}}` of a matrix.
    """
    slot = f"{key}__picked"

    def picked() -> None:
        st.session_state[slot] = cell(st.session_state[key].pick)

    header = {**component.header, "alt": alt, "words": dict(words), "picked": st.session_state.get(slot)}
    _MOUNTED[component.name](key=key, data=pack(header, component.arrays), on_pick_change=picked)


def cell(value: object) -> dict | None:
    """What the browser sent as a picked cell or point, or None if it is not one: a client can send anything."""
    if not isinstance(value, Mapping) or not isinstance(value.get("position"), Mapping):
        return None
    position = {
        str(dim): index for dim, index in value["position"].items() if type(index) is int and 0 <= index < 2**31
    }
    if len(position) != len(value["position"]):
        return None
    return {"variable": str(value.get("variable"))[:80], "position": position}


def words(pick: str = "") -> dict[str, object]:
    """Every word that the components show, in the session's language; `pick` says what picking a cell does."""
    return {
        "pick": pick,
        "matrix": t("matrix"),
        "matrix_help": t("Arrow keys move over the cells, Enter picks the cell."),
        "matrix_pages": t("Page up and page down move the slider."),
        "hint_move": t("← → ↑ ↓ cell"),
        "hint_explain": t("Enter explains"),
        "hint_pick": t("Enter picks"),
        "hint_step": t("Esc back to stepping"),
        "hint_leave": t("Esc leaves"),
        "axis": t("{axis}: {label}"),
        "at": t("{label} ({place} of {size})"),
        "column_max": t("largest of its column"),
        "row_max": t("largest of its row"),
        "scale_prob": t("probability"),
        "scale_log": t("log-probability: 0 is certain"),
        "scale_signed": t("blue below zero, orange above"),
        "scale_count": t("count"),
        "scale_index": t("one colour a number"),
        "first": t("First"),
        "back": t("Back"),
        "play": t("Play"),
        "pause": t("Pause"),
        "forward": t("Forward"),
        "last": t("Last"),
        "speed": t("Speed"),
        "step_of": t("Step {step} of {steps}: {label}"),
        "step_short": t("{step} of {steps}"),
        "flip": t("the answer changes here"),
        "plane": t("plane of points"),
        "plane_help": t("Arrow keys move along the path."),
        "nearest": t("Nearest: {label}, {group}"),
        "groups": t("Groups"),
        **_hmm_words(),
        **_wires_words(),
        "copy_link": t("Copy link"),
        "copied": t("Link copied"),
        "copy_by_hand": t("Copy this address"),
    }


def _hmm_words() -> dict[str, object]:
    """The words of the trellis and of the state graph."""
    return {
        "trellis": t("trellis"),
        "trellis_help": t("Left and right step; up and down choose a candidate or the observation; Enter picks it."),
        "trellis_help_whole": t("Arrow keys move over the nodes, space chooses an arc, Enter picks."),
        "trellis_at": t("t = {t}, {state}"),
        "trellis_observed": t("observed"),
        "trellis_start": t("{at}: the start, {value}"),
        "trellis_max": t("{at}: best from {from}, {value}"),
        "trellis_none": t("{at}: no way leads here"),
        "trellis_sum": t("{at}: sum of {n} candidates, {value}"),
        "trellis_end": t("{at}: the end, {value}"),
        "trellis_largest": t("{at}: the largest of the last column, {value}"),
        "trellis_back": t("Back to {at}: the best way to {next}"),
        "trellis_from": t("from"),
        "trellis_to": t("to"),
        "trellis_start_row": t("start"),
        "trellis_last_row": t("end"),
        "trellis_winner": t("winner"),
        "trellis_explain": t("Explain this cell"),
        "trellis_ahead": t("not computed yet"),
        "trellis_paths": t("Paths"),
        "trellis_candidates": t("Candidates of this cell"),
        "trellis_summary": t(
            "{states} states at {times} times are too many to step through. "
            "The strongest cell of a column is its likeliest state."
        ),
        "trellis_cut": t(
            "{states} states at {times} times are too many to step through. "
            "The strongest cell of a column is its likeliest state. "
            "The first {shown} times are shown."
        ),
        "graph": t("state graph"),
        "graph_help": t("Left and right move over the states, up and down over a state's arrows, Enter picks."),
        "graph_start": t("start {value}"),
        "graph_emits": t("emits {symbols}"),
        "graph_now": t("t = {t}: {state}"),
        "graph_now_seen": t("t = {t}: {state}, observed {symbol}"),
    }


def _wires_words() -> dict[str, object]:
    """The words of the block diagram; `wires_names` are those of the boxes and stages in `charts.diagrams`."""
    return {
        "wires": t("block diagram"),
        "wires_help": t("Arrow keys move over the boxes, page up and page down change the unit, Enter picks the box."),
        "wires_parts": t("Parts of the step"),
        "wires_at": t("t = {t} ({label}), unit {unit}"),
        "wires_whole": t("The whole step"),
        "wires_hint": t("The buttons go through its parts, the letters through time."),
        "wires_open": t("how open a gate is"),
        "wires_vector": t("all units at once"),
        "wires_peephole": t("peephole"),
        "wires_names": {
            "Block input": t("Block input"),
            "Input gate": t("Input gate"),
            "Forget gate": t("Forget gate"),
            "Cell": t("Cell"),
            "Output gate": t("Output gate"),
            "Block output": t("Block output"),
            "Reset gate": t("Reset gate"),
            "Update gate": t("Update gate"),
            "Candidate": t("Candidate"),
            "State": t("State"),
            **_wires_boxes(),
        },
    }


def _wires_boxes() -> dict[str, str]:
    return {
        "cell before": t("cell before"),
        "output before": t("output before"),
        "state before": t("state before"),
        "letter read": t("letter read"),
        "block input": t("block input"),
        "input gate": t("input gate"),
        "forget gate": t("forget gate"),
        "output gate": t("output gate"),
        "reset gate": t("reset gate"),
        "update gate": t("update gate"),
        "candidate": t("candidate"),
        "sum of the block input": t("sum of the block input"),
        "sum of the input gate": t("sum of the input gate"),
        "sum of the forget gate": t("sum of the forget gate"),
        "sum of the output gate": t("sum of the output gate"),
        "sum of the reset gate": t("sum of the reset gate"),
        "sum of the update gate": t("sum of the update gate"),
        "sum of the candidate": t("sum of the candidate"),
        "what is written": t("what is written"),
        "what is kept": t("what is kept"),
        "what is shown": t("what is shown"),
        "what the old state contributes to the candidate": t("what the old state contributes to the candidate"),
        "what the reset gate lets through": t("what the reset gate lets through"),
        "1 − update gate": t("1 − update gate"),
        "kept plus written": t("kept plus written"),
        "cell": t("cell"),
        "cell, squashed": t("cell, squashed"),
        "cell, to the next step": t("cell, to the next step"),
        "state, to the next step": t("state, to the next step"),
        "output": t("output"),
    }
