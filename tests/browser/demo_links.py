"""A page of words linked with words on made-up weights, for the browser tests and for looking at them."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.links import links
from charts.matrix import matrix
from charts.stepper import stepper
from ui import components

SENTENCES = {
    "short": ("ich habe das Buch gelesen .", "I have read the book . <eos>", [0, 1, 4, 2, 3, 5, 5]),
    "long": (
        "wenn das Wetter morgen schön ist , fahren wir mit unseren alten Freunden aus der Schule an das Meer , weil "
        "die Kinder dort seit vielen Jahren gerne schwimmen .",
        "if the weather is nice tomorrow , we go to the sea with our old friends from school , because the children "
        "have liked to swim there for many years . <eos>",
        [0, 1, 2, 5, 4, 3, 6, 8, 7, 16, 17, 18, 9, 10, 11, 12, 13, 15, 19, 20, 21, 22, 27, 27, 28, 28, 23, 24, 25, 26,
         29, 29],
    ),
    "hostile": ("<img/src=x/onerror=window.hacked=1> ‮abc " + "W" * 60 + " 雨", "ش </script><b>b 👩‍👩‍👧 ␣",
                [0, 1, 2, 3]),
}  # fmt: skip

SAID = ["the", "animal", "did", "not", "cross", "the", "street", "because", "it", "was", "too", "tired", "to", "go"]


def alignment(n: int, m: int, place: list[int], sharp: float = 4.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(weights, truth), each (n, m): a softmax whose largest score is mostly at the true place."""
    rng, truth = np.random.default_rng(seed), np.zeros((n, m), bool)
    truth[np.arange(n), place] = True
    scores = rng.normal(0, 1.1, (n, m)) + sharp * truth
    return np.exp(scores) / np.exp(scores).sum(1, keepdims=True), truth


def labelled(values: np.ndarray, name: str, **words: list[str]) -> xr.DataArray:
    """Dims `words`, the last of the array, and before them `head`."""
    dims = ["head"][: values.ndim - len(words)] + list(words)
    coords = {f"{dim}_label": (dim, np.asarray(each, object)) for dim, each in words.items()}
    attrs = {"name": name, "kind": "prob", "dims": " ".join(dims)}
    return xr.DataArray(values, dims=dims, coords=coords, attrs=attrs)


def translation(name: str) -> tuple[xr.DataArray, np.ndarray]:
    """Weights (target, source) of one of SENTENCES and what is true."""
    german, english, place = SENTENCES[name]
    source, target = german.split(" "), english.split(" ")
    weights, truth = alignment(len(target), len(source), place)
    return labelled(weights, "weights", target=target, source=source), truth


def heads(n_heads: int, size: int) -> xr.DataArray:
    """Self-attention of made-up heads (head, query, key)."""
    words, rng = [SAID[k % len(SAID)] for k in range(size)], np.random.default_rng(1)
    scores = rng.normal(0, 1.6, (n_heads, size, size)) + 3 * np.eye(size)[None, :, np.roll(np.arange(size), 1)]
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    return labelled(weights, "attention", query=words, key=words)


def page() -> None:
    """A translation with its stepper and matrix, or the heads of a self-attention."""
    st.set_page_config(layout="wide")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    name = st.radio("Sentence", [*SENTENCES, "heads", "many"], horizontal=True, key="name", bind="query-params")
    free = st.toggle("Without a stepper", key="free", bind="query-params")
    if st.toggle("Large", key="large", bind="query-params"):
        st.html("<style>html{font-size:22px}</style>")
    words = components.words(pick="Click: how it is computed")
    if name in SENTENCES:
        weights, truth = translation(name)
        if not free:
            components.mount(
                stepper(weights["target_label"].values.tolist(), dim="target", param="t"), "stepper", "Words", words
            )
        components.mount(links(weights, truth=truth), "links", "Which words a word looks at", words)
        components.mount(matrix(weights, "target", "source", outline=truth, edit=True), "matrix", "As a matrix", words)
    else:
        chart = links(
            heads(*((4, 12) if name == "heads" else (16, 40))), source="key", target="query", head="head",
            layout="columns",
        )  # fmt: skip
        components.mount(chart, "links", "Which words a word looks at, head by head", words)
    components.mount(copylink({"lang": "en"}), "copy", "Copy link", words)
    st.code(f"runs {st.session_state['runs']} picked {st.session_state.get('links__picked')}")
    st.code(f"edited {st.session_state.get('matrix__edited')} matrix {st.session_state.get('matrix__picked')}")


if __name__ == "__main__":  # the tests take their numbers from here
    page()
