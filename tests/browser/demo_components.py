"""A page of all components on made-up numbers, for the browser tests and for looking at them: `streamlit run` it."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.matrix import matrix
from charts.plane import plane
from charts.stepper import stepper
from ui import components

LANGUAGES = [
    "Arabic", "Chinese", "Czech", "Dutch", "English", "French", "German", "Greek", "Irish", "Italian", "Japanese",
    "Korean", "Polish", "Portuguese", "Russian", "Scottish", "Spanish", "Vietnamese",
]  # fmt: skip
NAMES = {
    "short": list("Ng"),
    "usual": list("Dell Acqua"),
    "long": list("Wolfeschlegelsteinhausenbergerdorffvoralternwarengewissenh"),
    "hostile": ["<img src=x onerror=window.hacked=1>", "‮abc", "👩‍👩‍👧", "W" * 60, "</script><b>b", "ش"],
}


def trace(letters: list[str], units: int = 128) -> xr.Dataset:
    """A smooth made-up run: scores wander, the softmax and its logarithm follow."""
    rng, T = np.random.default_rng(len(letters)), len(letters)
    logits = np.cumsum(rng.normal(0, 1.3, (T, 18)), 0)
    log_probs = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    h = np.tanh(np.cumsum(rng.normal(0, 0.5, (T, units)), 0))
    arrays = {
        "log_probs": (("time", "language"), log_probs, "log"),
        "probs": (("time", "language"), np.exp(log_probs), "prob"),
        "h": (("time", "unit"), h, "signed"),
        "count": (("time", "language"), rng.poisson(3, (T, 18)), "count"),
        "guess": (("time", "language"), np.argsort(logits), "index"),
        "contribution": (("time", "language", "source"), rng.normal(0, 1, (T, 18, T)), "signed"),
    }
    data = xr.Dataset({
        name: xr.DataArray(v, dims=d, attrs={"name": name, "kind": k, "dims": " ".join(d)})
        for name, (d, v, k) in arrays.items()
    })  # fmt: skip
    labels = {"time": letters, "language": LANGUAGES, "source": letters}
    words = {"time": "letter", "source": "letter"}
    index = {dim: (dim, np.arange(size), {"word": words.get(dim, dim)}) for dim, size in data.sizes.items()}
    return data.assign_coords(
        index | {f"{dim}_label": (dim, np.asarray(names, object)) for dim, names in labels.items()}
    )


def cloud(states: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three thousand points in six groups and a path among them."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 6, 3000)
    centre = np.array([[0, 3], [3, 1], [2, -3], [-2, -3], [-4, 0], [-1, 0]])[group]
    xy = centre + rng.normal(0, 1.1, (3000, 2))
    points = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "group": np.array(LANGUAGES)[group * 3]})
    points["label"] = [f"name {k}" for k in range(3000)]
    way = np.cumsum(states[:, :2], 0)
    return points, pd.DataFrame({"x": way[:, 0], "y": way[:, 1]})


st.set_page_config(layout="wide")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
name = st.radio("Name", list(NAMES), index=1, horizontal=True, key="name", bind="query-params")
FIGURES = ["heat", "bars", "state", "block", "cube", "count", "plane", "holes", "answer", "ends"]
figures = st.multiselect("Figures", FIGURES, default=FIGURES[:2], key="figures", bind="query-params")
st.text_input("Text", key="text")
letters = NAMES[name]
data = trace(letters)
words = components.words(pick="Click: how it is computed")
best = data["probs"].values.argmax(1)
flips = [k for k in range(1, len(letters)) if best[k] != best[k - 1]]
top = data["probs"].values.max(1)
captions = [f"{LANGUAGES[b]}\n{p:.0%}" for b, p in zip(best, top, strict=True)]
components.mount(stepper(letters, captions, flips=flips, strengths=top), "stepper", "Letters of the name", words)
if "heat" in figures:
    st.markdown("**Log-probability of a language after each letter**")
    chart = matrix(data["log_probs"], "language", "time", highlight="column_max")
    components.mount(chart, "heat", "Log-probabilities, 18 languages by letter", words)
if "bars" in figures:
    left, right = st.columns(2)
    with left:
        chart = matrix(data["probs"], "language", slider="time", marks="bar", show_slider=False)
        components.mount(chart, "bars", "Probabilities after the letter", words)
    with right:
        chart = matrix(data["h"], "unit", slider="time", wrap=16)
        components.mount(chart, "block", "Hidden state after the letter", words)
if "state" in figures:
    components.mount(matrix(data["h"], "unit", "time", compact=True), "state", "Hidden states", words)
if "cube" in figures:
    chart = matrix(data["contribution"], "language", "source", "time", show_values="never", notes="What a letter adds.")
    components.mount(chart, "cube", "Contributions", words)
if "count" in figures:
    components.mount(matrix(data["count"], "time", "language"), "count", "Counts", words)
    components.mount(matrix(data["guess"], "language", "time", compact=True), "rank", "Ranks", words)
    components.mount(matrix(data["probs"], "language", "time", reveal=True), "probs", "Probabilities", words)
if "holes" in figures:
    unread = data["log_probs"].copy()
    unread[len(letters) // 2 :] = np.nan
    chart = matrix(unread, "language", "time")
    components.mount(chart, "holes", "Log-probabilities of the letters read so far", words)
    chart = matrix(unread.isel(time=-1), "language", marks="bar")
    components.mount(chart, "unread", "Log-probabilities after a letter that is not read yet", words)
if "ends" in figures:
    attrs = {"name": "ends", "kind": "signed", "dims": "net place"}
    ends = xr.DataArray([[0.0, -np.inf, np.nan, -9.0]], dims=["net", "place"], attrs=attrs)
    chart = matrix(ends, "net", "place", show_values="never", domain=(-3.0, 3.0))
    components.mount(chart, "ends", "A zero, no number and what lies below the scale", words)
if "plane" in figures:
    points, path = cloud(data["h"].values)
    components.mount(plane(points, path.assign(label=letters)), "plane", "Hidden states in two dimensions", words)
components.mount(copylink({"lang": "en"}), "copy", "Copy link", words)
st.code(f"runs {st.session_state['runs']} picked {st.session_state.get('heat__picked')} t {st.query_params.get('t')}")
if "answer" in figures and st.session_state.get("heat__picked"):
    st.container(height=900, border=False)
    st.container(key="heat__explanation", height=240).write("How it is computed")
