"""A page of trellises and state graphs on a small model, for the browser tests and for looking at them."""

import sys
from pathlib import Path

import numpy as np
import streamlit as st
import xarray as xr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.graph import graph
from charts.matrix import matrix
from charts.stepper import stepper
from charts.trellis import trellis
from ui import components

FRIEND = {
    "S": ["Rainy", "Sunny"], "V": ["walk", "shop", "clean"], "pi": [0.6, 0.4], "A": [[0.7, 0.3], [0.4, 0.6]],
    "B": [[0.1, 0.4, 0.5], [0.6, 0.3, 0.1]], "O": ["walk", "shop", "clean", "clean", "walk"],
}  # fmt: skip
HOSTILE = ["<img src=x onerror=window.hacked=1>", "‮abc شمس", "雨天而且刮着很大的风的日子", "W" * 40]


def drawn(N: int, T: int, M: int = 5, names: list[str] | None = None) -> dict:
    """A model drawn at random."""
    rng = np.random.default_rng(N)
    rows = [rng.dirichlet(np.full(size, 0.7), N) for size in (N, M)]
    V = [f"o{k}" for k in range(M)]
    return {"S": names or [f"state {k}" for k in range(N)], "V": V, "pi": rng.dirichlet(np.ones(N)), "A": rows[0],
            "B": rows[1], "O": [V[k] for k in rng.integers(0, M, T)]}  # fmt: skip


MODELS = {
    "friend": FRIEND, "four": drawn(4, 7), "large": drawn(8, 120), "huge": drawn(20, 60), "long": drawn(3, 400),
    "hostile": drawn(4, 6, 4, HOSTILE), "one": drawn(1, 1, 2), "sixteen": drawn(16, 8), "five": drawn(5, 8),
    "three": drawn(3, 6),
}  # fmt: skip


def trace(model: dict) -> xr.Dataset:
    """Forward, backward, Viterbi and posteriors by the definitions."""
    pi, A, B = (np.asarray(model[name], float) for name in ("pi", "A", "B"))
    O, N, T = [model["V"].index(o) for o in model["O"]], len(pi), len(model["O"])
    b = B[:, O].T
    alpha, delta, beta = (np.ones((T, N)) for _ in range(3))
    alpha[0] = delta[0] = pi * b[0]
    for t in range(1, T):
        alpha[t], delta[t] = alpha[t - 1] @ A * b[t], (delta[t - 1][:, None] * A).max(0) * b[t]
        beta[T - t - 1] = A @ (b[T - t] * beta[T - t])
    gamma = alpha * beta / alpha[-1].sum()
    candidate, arrival = ((x[:-1, :, None] * A * b[1:, None]) for x in (delta, alpha))
    departure = A * (b * beta)[1:, None]
    psi = N - 1 - candidate[:, ::-1].argmax(1)
    path = [int(delta[-1].argmax())]
    for row in psi[::-1]:
        path.append(int(row[path[-1]]))
    paths = np.array([b.argmax(1), gamma.argmax(1), path[::-1], path[::-1]])
    xi = arrival * beta[1:, None] / alpha[-1].sum()
    cell, step = ("time", "state"), ("step", "state", "next_state")
    arrays = {
        "pi": ("state", pi), "A": (("state", "next_state"), A), "B": (("state", "symbol"), B), "b": (cell, b),
        "alpha": (cell, alpha), "beta": (cell, beta), "delta": (cell, delta), "gamma": (cell, gamma),
        "candidate": (step, candidate), "arrival": (step, arrival), "departure": (step, departure), "xi": (step, xi),
        "psi": (("step", "next_state"), psi), "path": (("decoder", "time"), paths),
        "log_delta": (cell, np.log(delta)), "log_candidate": (step, np.log(candidate)),
        "gammas": (("iteration", *cell), np.stack([gamma ** (k / 4) for k in range(5)])),
        "xis": (("iteration", *step), np.stack([xi ** (k / 4) for k in range(5)])),
    }  # fmt: skip
    kinds = {"psi": "index", "path": "index", "log_delta": "log", "log_candidate": "log"}
    data = xr.Dataset({
        name: xr.DataArray(v, dims=d, attrs={"name": name, "kind": kinds.get(name, "prob")})
        for name, (d, v) in arrays.items()
    })  # fmt: skip
    labels = {"time": model["O"], "state": model["S"], "next_state": model["S"], "symbol": model["V"],
              "decoder": ["greedy 0.00012", "posterior 0.0011", "Viterbi 0.0013", "brute force 0.0013"]}  # fmt: skip
    index = {dim: np.arange(size) for dim, size in data.sizes.items()}
    return data.assign_coords(index | {f"{d}_label": (d, np.asarray(names, object)) for d, names in labels.items()})


st.set_page_config(layout="wide")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
name = st.radio("Model", list(MODELS), horizontal=True, key="model", bind="query-params")
FIGURES = ["viterbi", "forward", "backward", "posterior", "learn", "log", "matrix", "stepper", "graph"]
figures = st.multiselect("Figures", FIGURES, default=["viterbi"], key="figures", bind="query-params")
with np.errstate(all="ignore"):  # a long sequence has probability 0
    data, model = trace(MODELS[name]), MODELS[name]
words = components.words(pick="Click: how it is computed")
delta = {"arcs": data["candidate"], "back": data["psi"], "emission": data["b"], "pi": data["pi"]}
charts = {
    "viterbi": lambda: trellis(data["delta"], **delta, paths=data["path"], trace_back=True),
    "forward": lambda: trellis(data["alpha"], arcs=data["arrival"], emission=data["b"], pi=data["pi"], rule="sum",
                               dim="move_forward", param="kf"),
    "backward": lambda: trellis(data["beta"], arcs=data["departure"], order="backward", rule="sum",
                                dim="move_backward", param="kb"),
    "posterior": lambda: trellis(data["gamma"], arcs=data["xi"], paths=data["path"], order=None),
    "learn": lambda: trellis(data["gammas"], arcs=data["xis"], order=None, slider="iteration",
                             cursors={"iteration": {"param": "i"}}),
    "log": lambda: trellis(data["log_delta"], arcs=data["log_candidate"], trace_back=True, dim="move_log", param="kl"),
    "matrix": lambda: matrix(data["delta"], "state", "time"),
    "stepper": lambda: stepper(model["O"]),
    "graph": lambda: graph(data["A"], pi=data["pi"], B=data["B"], path=data["path"].values[2], observed=model["O"]),
}  # fmt: skip
for figure in figures:
    components.mount(charts[figure](), figure, f"The {figure} figure of {name}", words)
components.mount(copylink({"lang": "en"}), "copy", "Copy link", words)
picks = {figure: st.session_state.get(f"{figure}__picked") for figure in figures}
st.code(f"runs {st.session_state['runs']} picked {[pick for pick in picks.values() if pick]}")
