"""States down, time across: forward, backward or Viterbi cell by cell with all candidates; or γ, ξ and paths whole."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component
from charts.payload import axis, labels_of, ordered, tidy, variable

MOST_STATES, MOST_TIMES = 12, 150  # beyond, a summary: coloured cells and paths, nothing steps
MOST_COLUMNS = 3000  # of a summary; what is cut off is said
TINY = 1e-30  # probabilities below travel as logarithms: float32 ends at 1e-38


def trellis(
    nodes: xr.DataArray,
    *,
    arcs: xr.DataArray | None = None,
    back: xr.DataArray | None = None,
    paths: xr.DataArray | None = None,
    emission: xr.DataArray | None = None,
    pi: xr.DataArray | None = None,
    observations: Sequence[str] = (),
    order: Literal["forward", "backward"] | None = "forward",
    rule: Literal["max", "sum"] | None = "max",
    trace_back: bool = False,
    hero: int | None = None,
    slider: str | None = None,
    show_slider: bool = True,
    dim: str = "move",
    param: str | None = "k",
    index: int | None = None,
    cursors: Mapping[str, Mapping] | None = None,
    notes: str | None = None,
) -> Component:
    """A trellis that steps in the browser over its cells, time by time, and then traces the best path back.

    nodes (time, state): numbers of the cells, kind "prob" or "log". arcs (step, state, next_state): the candidates;
    of both the dim `slider` may lead, with a range input or (show_slider False) a line of text at its cursor.
    back (step, next_state): the winner's index, else the last largest arc. paths (decoder, time): indices of states,
    NaN or -1 where a path is not; the one at place `hero` is drawn solid and thick, the others broken. emission
    (time, state) and pi (state) are shown beside the candidates.
    order None shows everything at once, arcs as wide and nodes as dark as their numbers; with an order the paths
    come after the last move. dim, param, index: the shared cursor of the moves, its URL parameter, where it starts;
    two trellises on a page need two dims and parameters. cursors: as in `matrix`, for the slider's dim and time.
    Picking sends `{"variable": …, "position": …}` of a node (time, state), an arc (step, state, next_state) or of
    "O" (time). Raises ValueError for an array with other dims or sizes, and for an empty one.
    """
    lead = [slider] if slider else []
    parts = _parts(lead, nodes, arcs=arcs, back=back, paths=paths, emission=emission, pi=pi)
    time = _times(nodes, observations)
    summary = _summary(time, parts)
    if not lead:
        _complete(parts, rule, trace_back and order == "forward" and not summary)
    own = {dim: {"param": param, "index": None if index is None else int(index)}} if order and not summary else {}
    header = _described(nodes, arcs) | {
        "time": time, "slider": axis(nodes, slider) if slider else None, "range": show_slider, "dim": dim,
        "order": None if summary else order, "rule": rule, "summary": summary, "notes": notes,
        "paths": [] if paths is None else _names(paths, "decoder"), "hero": hero, "logged": _logged(parts, nodes),
        "cursors": own | {name: dict(cursor) for name, cursor in (cursors or {}).items()},
    }  # fmt: skip
    return Component("trellis", header, parts, lambda: _table(nodes, back, paths))


def _parts(lead: list[str], nodes: xr.DataArray, **given: xr.DataArray | None) -> dict[str, np.ndarray]:
    """The values of all that is given, axes in the order of the component's code, empty ones left out."""
    dims = {
        "arcs": [*lead, "step", "state", "next_state"], "back": ["step", "next_state"],
        "paths": ["decoder", "time"], "emission": ["time", "state"], "pi": ["state"],
    }  # fmt: skip
    parts = {"nodes": ordered(nodes, [*lead, "time", "state"])}
    parts |= {name: ordered(array, dims[name]) for name, array in given.items() if array is not None}
    _check(parts, len(lead))
    return {name: part for name, part in parts.items() if part.size}


def _times(nodes: xr.DataArray, observations: Sequence[str]) -> dict:
    time = axis(nodes, "time")
    if len(observations) not in (0, time["size"]):
        raise ValueError(f"{len(observations)} observations for {time['size']} times")
    return time | ({"labels": list(map(str, observations))} if len(observations) else {})


def _logged(parts: dict[str, np.ndarray], nodes: xr.DataArray) -> list[str]:
    """Which probabilities are too small for float32; their logarithms take their place."""
    if nodes.attrs.get("kind", "prob") != "prob":
        return []
    logged = [name for name in ("nodes", "arcs") if name in parts and ((parts[name] > 0) & (parts[name] < TINY)).any()]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts |= {name: np.log(parts[name]) for name in logged}
    return logged


def _described(nodes: xr.DataArray, arcs: xr.DataArray | None) -> dict:
    """What nodes and arcs are called, and of which kind they are."""
    header = {
        "variable": variable(nodes), "symbol": str(nodes.attrs.get("symbol", "")),
        "kind": str(nodes.attrs.get("kind", "prob")), "state": axis(nodes, "state"), "arcs": None,
    }  # fmt: skip
    if arcs is not None:
        kind, steps = str(arcs.attrs.get("kind", "prob")), axis(arcs, "step")["index"]
        header["arcs"] = {"variable": variable(arcs), "kind": kind, "index": steps}
    return header


def _complete(parts: dict, rule: str | None, trace_back: bool) -> None:
    """Add the winners where only the candidates are given, and the path that is traced back."""
    if rule == "max" and "arcs" in parts and "back" not in parts:
        parts["back"] = winners(parts["arcs"])
    if trace_back:
        parts["best"] = traced(parts["nodes"], parts.get("back", ()))


def _names(array: xr.DataArray, dim: str) -> list[str]:
    return labels_of(array, dim) or list(map(str, range(array.sizes[dim])))


def winners(arcs: np.ndarray) -> np.ndarray:
    """The last of the largest candidates of every cell: [step, state, next_state] → [step, next_state]."""
    known = np.where(np.isnan(arcs), -np.inf, arcs)
    return known.shape[1] - 1 - known[:, ::-1].argmax(1)


def traced(nodes: np.ndarray, back: Sequence[np.ndarray]) -> np.ndarray:
    """The path from the first largest node of the last column back along the winners, [time]."""
    path = [int(np.where(np.isnan(nodes[-1]), -np.inf, nodes[-1]).argmax())]
    for row in back[::-1]:
        path.append(int(np.clip(row[path[-1]], 0, nodes.shape[1] - 1)))
    return np.array(path[::-1])


def _check(parts: Mapping[str, np.ndarray], lead: int) -> None:
    nodes = parts["nodes"]
    if 0 in nodes.shape:
        raise ValueError(f"a trellis needs at least one time and one state, not {nodes.shape[lead:]}")
    *first, T, N = nodes.shape
    fits = {"arcs": (*first, T - 1, N, N), "back": (T - 1, N), "emission": (T, N), "pi": (N,)}
    if "paths" in parts:
        fits["paths"] = (len(parts["paths"]), T)
    for name, shape in fits.items():
        if name in parts and parts[name].shape != shape:
            raise ValueError(f"{name} has shape {parts[name].shape}; its nodes need {shape}")


def _summary(time: dict, parts: dict) -> dict | None:
    """What is too large to be stepped through: {"states", "times", "shown"}; cuts the parts in place."""
    *_, T, N = parts["nodes"].shape
    if N <= MOST_STATES and T <= MOST_TIMES:
        return None
    for name in ("arcs", "back", "pi", "emission"):
        parts.pop(name, None)
    shown = min(T, MOST_COLUMNS)
    parts["nodes"] = parts["nodes"][..., :shown, :]
    if "paths" in parts:
        parts["paths"] = parts["paths"][:, :shown]
    for name in ("labels", "index"):
        time[name] = time[name][:shown] if time[name] else None
    time["size"] = shown
    return {"states": N, "times": T, "shown": shown}


def _table(nodes: xr.DataArray, back: xr.DataArray | None, paths: xr.DataArray | None) -> pd.DataFrame:
    """One row a cell: time, state, value, and where known the best predecessor and the paths through it."""
    table, words = tidy(nodes), _names(nodes, "state")
    at = np.indices(nodes.shape).reshape(nodes.ndim, -1)
    time, state = at[nodes.dims.index("time")], at[nodes.dims.index("state")]
    if back is not None:
        winner = ordered(back, ["step", "next_state"])
        table["best_from"] = [words[int(winner[t - 1, j])] if t else "" for t, j in zip(time, state, strict=True)]
    if paths is not None:
        names, through = _names(paths, "decoder"), ordered(paths, ["decoder", "time"])
        table["paths"] = [", ".join(name for name, path in zip(names, through, strict=True) if path[t] == j)
                          for t, j in zip(time, state, strict=True)]  # fmt: skip
    return table
