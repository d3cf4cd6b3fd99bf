"""Costs of layers as labelled results: over length, and from word to word."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
import xarray as xr

from engine.complexity import LAYERS, TITLES, Sizes, longest, operations, reach, sequential
from engine.errors import N_, InputError
from engine.trace import Var, label

COSTS = {
    "term": Var("layer length", r"O(\cdot)", "operations of Table 1 with the numbers filled in", "count"),
    "operations": Var("layer length", r"n_{\text{mul}}", "multiply-adds of one layer of ours", "count"),
    "sequential": Var("layer length", r"n_{\text{seq}}", "steps that wait for each other", "count"),
    "longest": Var("layer length", r"\max_{ij} d(i, j)", "longest path between two words", "count"),
}
PATHS = {"path": Var("layer source target", "d(i, j)", "steps from one word to another", "count")}
AXES = {"layer": N_("layer"), "length": N_("length"), "source": N_("from"), "target": N_("to")}
LENGTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
DRAWN = ("attention", "rnn", "cnn", "cnn-dilated", "restricted")  # gru and lstm go the way of the rnn
N_WORDS = 24  # whose paths are drawn one by one


def _attrs(sizes: Sizes, **more: object) -> dict:
    return {"module": "engine.complexity_explain", **asdict(sizes), **more}


def costs(sizes: Sizes, lengths: Sequence[int] = LENGTHS) -> xr.Dataset:
    """What each layer costs at each length and at n. Raises InputError if a size is out of range."""
    every = sorted({*lengths, sizes.checked().n})
    at = [replace(sizes, n=n) for n in every]
    compute = {
        "term": lambda layer, s: LAYERS[layer].term(s), "operations": operations, "sequential": sequential,
        "longest": longest,
    }  # fmt: skip
    inner = {
        name: np.array([[value(layer, s) for s in at] for layer in LAYERS], float) for name, value in compute.items()
    }
    labels = {"layer": [TITLES[layer] for layer in LAYERS], "length": list(map(str, every))}
    at = _attrs(sizes, layers=list(LAYERS), lengths=every)
    return label(inner, COSTS, at, ("layer",), AXES, **labels)


def paths(sizes: Sizes, words: Sequence[str]) -> xr.Dataset:
    """Steps from every word to every other in each layer; n is the number of words. Raises InputError."""
    if not 2 <= len(words) <= N_WORDS:
        raise InputError("Between {low} and {high} words can be drawn.", low=2, high=N_WORDS)
    sizes = replace(sizes, n=len(words)).checked()
    inner = {"path": np.stack([reach(layer, sizes, range(len(words))) for layer in DRAWN])}
    labels = {"layer": [TITLES[layer] for layer in DRAWN], "source": list(words), "target": list(words)}
    return label(inner, PATHS, _attrs(sizes, layers=list(DRAWN)), ("layer",), AXES, **labels)
