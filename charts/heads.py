"""All heads of all layers at once: a small heat map each, of which one is chosen."""

from collections.abc import Collection, Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.payload import index_of, ordered, tidy, variable

MOST = 128  # words across
LEVELS = 255  # of a weight: the small maps have one byte a cell


def heads(
    weights: xr.DataArray, *, order: Sequence[tuple[int, int]] | None = None, captions: Sequence[str] = (),
    off: Collection[tuple[int, int]] = (), cursors: Mapping[str, Mapping] | None = None,
) -> Component:  # fmt: skip
    """A small heat map for each (layer, head) of `weights`, dims layer, head and two more (rows, columns), 0…1.

    order: the heads in the order in which they stand, else layer by layer, a row a layer; captions: a short text under
    each, in that order; off: those that are taken out. A layer keeps the number it has in the whole trace.
    Choosing a head moves the shared cursors of `layer` and `head`, whose parameters in the link `cursors` names as in
    `matrix`; nothing is sent.
    Raises ValueError for other dims, weights outside of 0…1, too many words, an order that does not fit.
    """
    if weights.dims[:2] != ("layer", "head") or weights.ndim != 4:
        raise ValueError(f"{variable(weights)}: dims {weights.dims} are not layer, head and two more")
    values = ordered(weights, weights.dims)
    if 0 in values.shape or max(values.shape[2:]) > MOST:
        raise ValueError(f"{variable(weights)}: 1…{MOST} words can be drawn, not {values.shape[2:]}")
    if values.min() < -1e-6 or values.max() > 1 + 1e-6:
        raise ValueError(f"{variable(weights)}: weights do not lie in 0…1")
    layers = index_of(weights, "layer")
    every = [(layer, head) for layer in layers for head in range(values.shape[1])]
    standing = [tuple(map(int, each)) for each in order] if order is not None else every
    if sorted(standing) != every or len(captions) not in (0, len(every)):
        raise ValueError(f"{variable(weights)}: an order of {len(standing)} heads, {len(captions)} captions")
    header = {
        "shape": list(values.shape), "layers": layers, "order": [list(each) for each in standing],
        "is_sorted": order is not None, "captions": list(map(str, captions)),
        "off": [list(each) for each in off],
        "cursors": {dim: dict((cursors or {}).get(dim, {})) for dim in ("layer", "head")},
    }  # fmt: skip
    return Component("heads", header, {"weights": squeezed(values)}, lambda: tidy(weights))


def squeezed(values: np.ndarray) -> np.ndarray:
    """Weights as bytes, four in the place of a float32."""
    levels = np.rint(values.reshape(-1) * LEVELS).astype(np.uint8)
    return np.pad(levels, (0, -len(levels) % 4)).view("<f4")


def spread(block: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The inverse of `squeezed`, to half a level."""
    levels = np.ascontiguousarray(block, "<f4").view(np.uint8)[: int(np.prod(shape))]
    return levels.reshape(shape) / LEVELS


def picture(component: Component) -> Spec:
    """A still picture of the small maps for files: a row a layer, a column a head."""
    header = component.header
    values = spread(component.arrays["weights"], header["shape"])
    at = np.indices(values.shape).reshape(4, -1)
    columns = {"layer": np.array(header["layers"])[at[0]] + 1, "head": at[1] + 1, "row": at[2], "column": at[3]}
    data = pd.DataFrame(columns | {"weight": values.reshape(-1).round(3)})
    cell = alt.Step(max(1, 640 // (values.shape[1] * max(values.shape[2:]))))
    place = {"axis": None, "type": "ordinal", "scale": alt.Scale(padding=0)}
    chart = alt.Chart(alt.Data(values=[])).mark_rect().encode(
        alt.X("column", **place), alt.Y("row", **place), alt.Row("layer:O"), alt.Column("head:O"),
        alt.Color("weight:Q", scale=alt.Scale(scheme="viridis", domain=[0, 1])),
    ).properties(width=cell, height=cell)  # fmt: skip
    return Spec(without_data(chart.to_dict()), data, component.table)
