"""A page of beam searches over a made-up language, for the browser tests and for looking at them."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.stepper import stepper
from charts.tree import tree
from ui import components

WORDS = ["<eos>", "the", "house", "is", "small", "tired", "children", "because", "weather", ".", "old", "and"]
HOSTILE = ["<eos>", "<img src=x onerror=window.hacked=1>", "‮abc", "W" * 60, "雨", "</script><b>b"]
SIZES = {"small": (4, 3, 3), "usual": (9, 3, 4), "large": (20, 5, 5), "hostile": (4, 2, 3)}


def beam(steps: int, width: int, candidates: int, words: list[str], seed: int = 5) -> xr.Dataset:
    """A beam search with random log-probabilities: each kept open node gets its `candidates` likeliest words."""
    rng = np.random.default_rng(seed)
    nodes = [{"parent": -1, "depth": 0, "log_prob": 0.0, "total": 0.0, "word": "<sos>", "kept": True, "ended": False}]
    open_nodes = [0]
    for depth in range(1, steps + 1):
        first = len(nodes)
        for at in open_nodes:
            logits = rng.normal(0, 2, len(words)) - np.where(np.arange(len(words)) == 0, 3 - depth * 5 / steps, 0)
            logs = logits - np.log(np.exp(logits).sum())
            for word in np.argsort(-logs)[:candidates]:
                total = nodes[at]["total"] + logs[word]
                nodes.append({"parent": at, "depth": depth, "log_prob": logs[word], "total": total,
                              "word": words[word], "kept": False, "ended": word == 0})  # fmt: skip
        new = sorted(range(first, len(nodes)), key=lambda k: -nodes[k]["total"])[:width]
        for k in new:
            nodes[k]["kept"] = True
        open_nodes = [k for k in new if not nodes[k]["ended"]]
        if not open_nodes:
            break
    score = np.array([node["total"] / ((5 + node["depth"]) / 6) ** 0.8 for node in nodes])
    ends = [k for k, node in enumerate(nodes) if node["kept"] and (node["ended"] or k in open_nodes)]
    best, at = np.zeros(len(nodes), bool), max(ends, key=lambda k: score[k])
    while at >= 0:
        best[at], at = True, nodes[at]["parent"]
    column = {name: [node[name] for node in nodes] for name in nodes[0]}
    arrays = {"parent": column["parent"], "depth": column["depth"], "log_prob": column["log_prob"], "score": score,
              "kept": column["kept"], "finished": np.array(column["ended"]) & column["kept"], "best": best}  # fmt: skip
    labels = {"node_label": ("node", np.asarray(column["word"], object))}
    data = xr.Dataset({name: ("node", np.asarray(values)) for name, values in arrays.items()}, coords=labels)
    for name, array in data.data_vars.items():
        array.attrs["name"] = name
    return data


def searched(name: str) -> xr.Dataset:
    """One of the searches of this page."""
    return beam(*SIZES[name], HOSTILE if name == "hostile" else WORDS)


def page() -> None:
    """Steps and the tree that grows with them."""
    st.set_page_config(layout="wide")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    name = st.radio("Search", list(SIZES), index=1, horizontal=True, key="name", bind="query-params")
    if st.toggle("Large", key="type", bind="query-params"):
        st.html("<style>html{font-size:22px}</style>")
    data, words = searched(name), components.words(pick="Click: how it is computed")
    best = data["node_label"].values[data["best"].values].tolist()[1:]
    components.mount(stepper(best, dim="step", param="t", index=len(best) - 1), "stepper", "Words", words)
    components.mount(tree(data), "tree", "The search tree", words)
    components.mount(copylink({"lang": "en"}), "copy", "Copy link", words)
    st.code(f"runs {st.session_state['runs']} picked {st.session_state.get('tree__picked')}")


if __name__ == "__main__":  # the tests take their numbers from here
    page()
