"""A page of block diagrams on small networks with random numbers, for the browser tests and for looking at them."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.diagrams import GRU, LSTM
from charts.matrix import matrix
from charts.stepper import stepper
from charts.wires import wires
from ui import components

HOSTILE = ["<img src=x onerror=window.hacked=1>", "‮abc", " ", "W" * 40, "雨"]


def sigma(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def labelled(letters: list[str], rows: list[dict[str, np.ndarray]]) -> xr.Dataset:
    """One variable a name, (time, unit)."""
    stacked = {name: ((("time", "unit")), np.stack([row[name] for row in rows])) for name in rows[0]}
    data = xr.Dataset(stacked, coords={"time_label": ("time", np.asarray(letters, object))})
    for name, array in data.data_vars.items():
        array.attrs |= {"name": name, "kind": "signed"}
    return data


def lstm(letters: list[str], units: int, peepholes: bool, seed: int = 3) -> xr.Dataset:
    """The slide's equations on random inputs and weights."""
    rng, rows, y, c = np.random.default_rng(seed), [], np.zeros(units), np.zeros(units)
    R, p = rng.normal(0, 1.2 / units**0.5, (4, units, units)), rng.normal(0, 1, (3, units)) * peepholes
    for x in rng.normal(0.3, 1.2, (len(letters), 4, units)):
        z_bar, i_bar, f_bar, o_bar = x + R @ y
        peep = {"peep_i": p[0] * c, "peep_f": p[1] * c}
        row = {"z_bar": z_bar, "z": np.tanh(z_bar), "i_bar": i_bar + peep["peep_i"], "f_bar": f_bar + peep["peep_f"]}
        row |= {"i": sigma(row["i_bar"]), "f": sigma(row["f_bar"])}
        c = row["z"] * row["i"] + c * row["f"]
        peep["peep_o"] = p[2] * c
        row |= {"c": c, "o_bar": o_bar + peep["peep_o"], "o": sigma(o_bar + peep["peep_o"])}
        y = np.tanh(c) * row["o"]
        rows.append(row | {"y": y} | (peep if peepholes else {}))
    return labelled(letters, rows)


def gru(letters: list[str], units: int, seed: int = 4) -> xr.Dataset:
    """The same for the gated recurrent unit."""
    rng, rows, h = np.random.default_rng(seed), [], np.zeros(units)
    R = rng.normal(0, 1.2 / units**0.5, (3, units, units))
    for x in rng.normal(0, 1.2, (len(letters), 3, units)):
        r_bar, z_bar, u = x[0] + R[0] @ h, x[1] + R[1] @ h, R[2] @ h
        r, z = sigma(r_bar), sigma(z_bar)
        n_bar = x[2] + r * u
        h = (1 - z) * np.tanh(n_bar) + z * h
        rows.append(
            {"r_bar": r_bar, "r": r, "z_bar": z_bar, "z": z, "u": u, "n_bar": n_bar, "n": np.tanh(n_bar), "h": h}
        )
    return labelled(letters, rows)


def page() -> None:
    """Letters, the diagram, and a matrix that shares its cursors."""
    st.set_page_config(layout="wide")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    words = list("Satoshi")
    MODELS = {
        "peephole": (lambda: lstm(words, 6, True), LSTM), "lstm": (lambda: lstm(words, 64, False), LSTM),
        "gru": (lambda: gru(words, 6), GRU), "hostile": (lambda: lstm(HOSTILE, 3, True), LSTM),
        "one": (lambda: lstm(["a"], 1, True), LSTM),
    }  # fmt: skip
    name = st.radio("Model", list(MODELS), horizontal=True, key="model", bind="query-params")
    if st.toggle("Large", key="large", bind="query-params"):
        st.html("<style>html{font-size:22px}</style>")
    data, diagram = MODELS[name][0](), MODELS[name][1]
    texts = components.words(pick="Click: how it is computed")
    letters = data["time_label"].values.tolist()
    components.mount(stepper(letters), "stepper", "Letters", texts)
    components.mount(wires(data, diagram), "wires", f"The {name} block", texts)
    components.mount(matrix(data["h" if name == "gru" else "c"], "unit", "time"), "matrix", "The state", texts)
    components.mount(copylink({"lang": "en"}), "copy", "Copy link", texts)
    st.code(f"runs {st.session_state['runs']} picked {st.session_state.get('wires__picked')}")


if __name__ == "__main__":  # the tests take their numbers from here
    page()
