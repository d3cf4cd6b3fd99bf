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
from ui.component_words import words as words  # part of what this module offers

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "components"
NAMES = (
    "matrix", "stepper", "plane", "trellis", "graph", "needle", "wires", "links", "tree", "ngrams",
    "phrase", "offers", "heads", "rows", "strips", "copylink",
)  # fmt: skip
LONGEST_ROW = 1024
LONGEST_LINE = 1024


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
    `{"variable": name, "position": {dim: index, …}}` of a matrix. A row that was edited lies with its new weights
    in `st.session_state[f"{key}__edited"]`, a line that was typed in `st.session_state[f"{key}__said"]`.
    """
    slot = f"{key}__picked"

    def picked() -> None:
        st.session_state[slot] = cell(st.session_state[key].pick)

    def edited() -> None:
        st.session_state[f"{key}__edited"] = row(st.session_state[key].edit)

    def said() -> None:
        st.session_state[f"{key}__said"] = line(st.session_state[key].say)

    hears = {"on_edit_change": edited} if component.header.get("edit") else {}
    hears |= {"on_say_change": said} if component.header.get("say") else {}
    header = {**component.header, "alt": alt, "words": dict(words), "picked": st.session_state.get(slot)}
    _MOUNTED[component.name](key=key, data=pack(header, component.arrays), on_pick_change=picked, **hears)


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


def row(value: object) -> dict | None:
    """What the browser sent as an edited row, its weights summing to 1, or None if it is not one."""
    place = cell(value)
    weights = value.get("row") if place else None
    if not isinstance(weights, list) or not 1 <= len(weights) <= LONGEST_ROW:
        return None
    if not all(type(weight) in (int, float) and 0 <= weight <= 1 for weight in weights):
        return None
    total = sum(weights)
    return place | {"row": [weight / total for weight in weights]} if abs(total - 1) < 1e-3 else None


def line(value: object) -> str | None:
    """What the browser sent as a typed line, or None if it is not one."""
    text = value.get("text") if isinstance(value, Mapping) else None
    return text if isinstance(text, str) and len(text) <= LONGEST_LINE else None
