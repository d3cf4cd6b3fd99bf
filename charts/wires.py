"""A block diagram of one step of a model: its wires and boxes carry the values of one unit at one time."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component
from charts.payload import axis, ordered, tidy

Kind = Literal["sigma", "tanh", "times", "plus", "minus", "memory", "input", "output"]
DIMS = ("time", "unit")
Point = tuple[float, float]
OPTIONAL = re.compile(r"\[(\w+):([^\]]*)\]")  # "[peep_i: + p_i c_{t-1}]": only where the variable is there


class Box(NamedTuple):
    """A part of a diagram at a place of its grid (x along the flow, y down).

    kind: "sigma" a gate, filled by how open it is, "tanh", "times", "plus", "minus" (1 − what comes in), "memory",
    "input", "output". variable: what leaves the box; None for what has no number (a letter shows its label).
    symbol: with `_` before a subscript, "c_{t-1}". title: English, translated by the page.
    """

    name: str
    kind: Kind
    x: float
    y: float
    variable: str | None = None
    symbol: str = ""
    title: str = ""


class Wire(NamedTuple):
    """A connection of two boxes; variable None carries whole vectors and no number.

    thin: a peephole, left out where its variable is not among the values. via: corners on the way. spot: where the
    number stands (default: in the middle of the longest stretch).
    """

    source: str
    target: str
    variable: str | None = None
    thin: bool = False
    via: tuple[Point, ...] = ()
    spot: Point | None = None


class Stage(NamedTuple):
    """A part of the step: its name in English, the boxes that are computed in it, its equations.

    lines: "{f} = σ({f_bar})"; a variable in braces becomes its symbol, then its number.
    """

    name: str
    boxes: tuple[str, ...]
    lines: tuple[str, ...]


class Diagram(NamedTuple):
    """Boxes in the order in which they are computed, wires, stages.

    previous: variables that are others one step before (0 at the first), {"c_prev": "c"}. symbols: of variables that
    no box has.
    """

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    stages: tuple[Stage, ...]
    previous: Mapping[str, str]
    symbols: Mapping[str, str]


def wires(
    values: xr.Dataset | Mapping[str, xr.DataArray],
    diagram: Diagram,
    *,
    unit: int | None = 0,
    stages: Sequence[Stage] | None = None,
    domain: tuple[float, float] | None = None,
    cursors: Mapping[str, Mapping] | None = None,
    notes: str | None = None,
) -> Component:
    """A diagram with the values of one unit at the shared cursor of `time`; unit and stage are chosen in the browser.

    values: by the diagram's variables, dims (time, unit), `time_label` the letters; others are not sent. What is
    missing is computed where the diagram says how: one step before (`previous`), products, sums, tanh, 1 − value.
    unit: where the cursor of `unit` starts (None leaves it). domain: of the colours; default as wide as what the boxes
    give out, sums apart. cursors: as in `matrix`; by default the link keeps `unit` and `stage` (0 is the whole step).
    Picking a box whose variable is among `values` sends `{"variable": name, "position": {"time": …, "unit": …}}`.
    Raises ValueError for a variable that is missing, has other dims or another size, and for empty values.
    """
    given = {name: values[name] for name in values if name in _variables(diagram)}
    first = next(iter(given.values()), None)
    if first is None or 0 in first.shape:
        raise ValueError(f"no value of the diagram is given, or it is empty: {list(map(str, values))}")
    arrays = {str(name): ordered(da, DIMS).astype(np.float32) for name, da in given.items()}
    if len({array.shape for array in arrays.values()}) > 1:
        raise ValueError(f"sizes differ: { {name: array.shape for name, array in arrays.items()} }")
    shown = [wire for wire in diagram.wires if not wire.thin or wire.variable in arrays]
    _complete(arrays, diagram, shown)
    parts = diagram.stages if stages is None else tuple(stages)
    own = {"unit": {"param": "unit", "index": unit}, "stage": {"param": "stage", "index": None}}
    header = {
        "boxes": _boxes(diagram, parts, set(given)), "wires": _wires(diagram, shown),
        "stages": [{"name": part.name, "lines": _lines(part, arrays)} for part in parts],
        "symbols": _symbols(diagram), "time": axis(first, "time"), "unit": axis(first, "unit"),
        "domain": list(map(float, domain)) if domain else _domain(arrays, diagram), "notes": notes,
        "cursors": own | {dim: dict(cursor) for dim, cursor in (cursors or {}).items()},
    }  # fmt: skip
    return Component("wires", header, arrays, lambda: _table(first, arrays))


def _variables(diagram: Diagram) -> set[str]:
    """All variables that a diagram shows."""
    names = {part.variable for part in (*diagram.boxes, *diagram.wires)} - {None}
    return names | set(diagram.previous) | set(diagram.previous.values())


def _complete(arrays: dict[str, np.ndarray], diagram: Diagram, shown: Sequence[Wire]) -> None:
    """Compute what is missing, in the order of the boxes, in place."""
    for name, source in diagram.previous.items():
        if name not in arrays and source in arrays:
            arrays[name] = np.concatenate([np.zeros_like(arrays[source][:1]), arrays[source][:-1]])
    for box in diagram.boxes:
        if box.variable is None or box.variable in arrays:
            continue
        into = [wire.variable for wire in shown if wire.target == box.name]
        if box.kind not in _ACTS or not into or not all(name in arrays for name in into):
            raise ValueError(f"no values of {box.variable}, only {sorted(arrays)}")
        arrays[box.variable] = _ACTS[box.kind]([arrays[name] for name in into])
    if missing := {wire.variable for wire in shown} - {None, *arrays}:
        raise ValueError(f"no values of {sorted(missing)}, only {sorted(arrays)}")


_ACTS = {
    "times": lambda parts: np.prod(parts, axis=0),
    "plus": lambda parts: np.sum(parts, axis=0),
    "minus": lambda parts: 1 - parts[0],
    "tanh": lambda parts: np.tanh(parts[0]),
    "output": lambda parts: parts[0],
}


def _boxes(diagram: Diagram, stages: Sequence[Stage], given: set[str]) -> list[dict]:
    """Each box with the number of its stage (0: known before the step) and whether Python can explain it."""
    when = {name: place for place, stage in enumerate(stages, 1) for name in stage.boxes}
    return [box._asdict() | {"stage": when.get(box.name, 0), "pick": box.variable in given} for box in diagram.boxes]


def _wires(diagram: Diagram, shown: Sequence[Wire]) -> list[dict]:
    """Wires with the places of their boxes in the list of boxes."""
    place = {box.name: k for k, box in enumerate(diagram.boxes)}
    return [wire._asdict() | {"source": place[wire.source], "target": place[wire.target]} for wire in shown]


def _lines(stage: Stage, arrays: Mapping[str, np.ndarray]) -> list[str]:
    return [OPTIONAL.sub(lambda part: part[2] if part[1] in arrays else "", line) for line in stage.lines]


def _symbols(diagram: Diagram) -> dict[str, str]:
    return {box.variable: box.symbol for box in diagram.boxes if box.variable} | dict(diagram.symbols)


def _domain(arrays: Mapping[str, np.ndarray], diagram: Diagram) -> list[float]:
    """−m…m with the largest finite size of what the boxes give out, at least 1; sums before a squashing apart."""
    names = {box.variable for box in diagram.boxes if box.kind != "plus" and box.variable}
    sizes = [np.abs(arrays[name][np.isfinite(arrays[name])]).max(initial=1) for name in names]
    most = float(max(sizes, default=1.0))
    return [-most, most]


def _table(like: xr.DataArray, arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a variable, time and unit."""
    like = like.transpose(*DIMS)
    tables = [tidy(like.copy(data=values)).assign(variable=name) for name, values in arrays.items()]
    table = pd.concat(tables, ignore_index=True)
    return table[["variable", *(column for column in table if column != "variable")]]
