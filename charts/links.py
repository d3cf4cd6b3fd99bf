"""Words to words: lines as strong as the weights between a source and a target, one colour a head."""

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.payload import axis, fixed, ordered, tidy, variable

MOST_WORDS, MOST_HEADS = 128, 32
WEAKEST = 0.01  # weaker lines are drawn neither here nor in the browser
LAYOUTS = ("auto", "rows", "columns")


def links(
    weights: xr.DataArray,
    *,
    source: str = "source",
    target: str = "target",
    head: str | None = None,
    slider: str | None = None,
    truth: xr.DataArray | np.ndarray | None = None,
    heads: Sequence[int] | None = None,
    layout: Literal["auto", "rows", "columns"] = "auto",
    cursors: Mapping[str, Mapping] | None = None,
    notes: str | None = None,
) -> Component:
    """Lines from the words of dim `source` to those of dim `target`, as strong as `weights` (target, source), 0…1.

    head: a dim whose places have a colour and a chip each (a head, a layer, a decoder), `heads` those shown at first
    (None: all). slider: a dim whose shared cursor says which slice is shown. NaN is a weight not known yet.
    truth: boolean (target, source), drawn as dotted lines. layout: "rows" puts the words in two lines of text,
    "columns" in two columns, "auto" in rows where both fit the width.
    cursors: as in `matrix`; where the cursor of `target` stands, the page shows the lines of that word.
    Picking sends `{"variable": name, "position": {dim: index, …}}`: a line, or the strongest line of a word.
    Raises ValueError for other dims, weights outside of 0…1, too many words or heads, a truth of another shape.
    """
    dims = [dim for dim in (slider, head, target, source) if dim]
    values = ordered(weights, dims)
    _check(weights, values, head, layout)
    arrays = {"weights": values}
    if truth is not None:
        arrays["truth"] = _true(truth, values.shape[-2:], [target, source])
    shown = None if heads is None else sorted({int(place) for place in heads} & set(range(weights.sizes.get(head, 0))))
    header = {
        "variable": variable(weights), "source": axis(weights, source), "target": axis(weights, target),
        "head": axis(weights, head) if head else None, "heads": shown,
        "slider": axis(weights, slider) if slider else None, "fixed": fixed(weights), "layout": layout, "notes": notes,
        "cursors": {dim: dict(cursor) for dim, cursor in (cursors or {}).items()},
    }  # fmt: skip
    return Component("links", header, arrays, lambda: _table(weights, dims, arrays.get("truth")))


def _check(weights: xr.DataArray, values: np.ndarray, head: str | None, layout: str) -> None:
    name, (n, m) = variable(weights), values.shape[-2:]
    if layout not in LAYOUTS:
        raise ValueError(f"layout {layout!r} is none of {LAYOUTS}")
    if 0 in values.shape:
        raise ValueError(f"{name} is empty: {dict(weights.sizes)}")
    if max(n, m) > MOST_WORDS:
        raise ValueError(f"{name}: {max(n, m)} words, at most {MOST_WORDS} can be linked")
    if head and weights.sizes[head] > MOST_HEADS:
        raise ValueError(f"{name}: {weights.sizes[head]} of {head}, at most {MOST_HEADS} can be told apart")
    known = values[~np.isnan(values)]
    if known.size and not (known.min() >= -1e-6 and known.max() <= 1 + 1e-6):
        raise ValueError(f"{name}: weights from {known.min():.4g} to {known.max():.4g} do not lie in 0…1")


def _true(truth: xr.DataArray | np.ndarray, shape: tuple[int, ...], dims: Sequence[str]) -> np.ndarray:
    values = ordered(truth, dims) if isinstance(truth, xr.DataArray) else np.asarray(truth)
    if values.shape != shape:
        raise ValueError(f"the truth has shape {values.shape}, the weights need {shape}")
    return values.astype(bool)


def _table(weights: xr.DataArray, dims: Sequence[str], truth: np.ndarray | None) -> pd.DataFrame:
    """One row a pair of words and head: positions, words, `value`, and where it is known whether the pair is true."""
    table = tidy(weights.transpose(*dims))
    if truth is not None:
        table["true"] = np.broadcast_to(truth, weights.transpose(*dims).shape).reshape(-1)
    return table


def picture(component: Component) -> Spec:
    """A still picture of the lines for files: two columns of words, the mean of the heads, the last slice."""
    header, weights = component.header, component.arrays["weights"]
    weights = weights[-1] if header["slider"] else weights
    weights = np.nan_to_num(weights.mean(0) if header["head"] else weights)
    sides = {
        side: header[side]["labels"] or list(map(str, range(header[side]["size"]))) for side in ("source", "target")
    }
    most = max(map(len, sides.values()))
    rows = [{"part": side, "x": x, "y": (k + 0.5) * most / len(words), "text": word}
            for x, (side, words) in enumerate(sides.items()) for k, word in enumerate(words)]  # fmt: skip
    at = {side: [row["y"] for row in rows if row["part"] == side] for side in sides}
    rows += [{"part": "line", "x": 0, "y": at["source"][j], "x2": 1, "y2": at["target"][i], "weight": float(w)}
             for (i, j), w in np.ndenumerate(weights) if w >= WEAKEST]  # fmt: skip
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[most, 0], nice=False))
    base = alt.Chart(alt.Data(values=[])).encode(alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, 1.5])), y)
    part, scale = alt.datum.part, alt.Scale(domain=[0, 1], range=[0.4, 6])
    lines = base.transform_filter(part == "line").mark_rule(color="#0b5c68").encode(
        alt.X2("x2:Q"), alt.Y2("y2:Q"), alt.StrokeWidth("weight:Q", scale=scale, legend=None),
        alt.Opacity("weight:Q", scale=alt.Scale(domain=[0, 1], range=[0.15, 1]), legend=None),
    )  # fmt: skip
    words = [base.transform_filter(part == side).mark_text(align=align, dx=dx, fontSize=13).encode(text="text:N")
             for side, align, dx in (("source", "right", -6), ("target", "left", 6))]  # fmt: skip
    chart = (lines + words[0] + words[1]).properties(width=520, height=24 * most)
    return Spec(
        without_data(chart.to_dict()),
        pd.DataFrame(rows).fillna({"text": "", "x2": 0, "y2": 0, "weight": 0}),
        component.table,
    )
