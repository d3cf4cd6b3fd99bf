"""Learning curves: one colour a run, one dash a part of its data, in the order in which they come."""

from functools import lru_cache
from typing import Literal

import altair as alt
import pandas as pd

from charts.base import Spec

COLUMNS = ("x", "y", "run", "part")


@lru_cache(maxsize=64)
def _curves(x: str, y: str, form: str, legend: str, points: bool, height: int) -> dict:
    inside = alt.Legend(orient="top-right" if legend == "run" else "bottom-right", title=None, labelLimit=240)
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("x:Q", title=x, scale=alt.Scale(zero=True, nice=False), axis=alt.Axis(format="~s", tickCount=6)),
        alt.Y("y:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(format=form, tickCount=5)),
        alt.Color("run:N", sort=None, legend=inside if legend == "run" else None),
    )
    dash = alt.StrokeDash("part:N", sort=None, legend=inside if legend == "part" else None)
    line = base.mark_line(strokeWidth=2.2).encode(dash)
    tip = [
        alt.Tooltip("run:N", title=" "), alt.Tooltip("part:N", title=" "), alt.Tooltip("x:Q", title=x, format=",~r"),
        alt.Tooltip("y:Q", title=y, format=".1%" if form == "%" else ".4f"),
    ]  # fmt: skip
    dots = base.mark_circle(size=26 if points else 120, opacity=1 if points else 0).encode(tooltip=tip)
    spec = (line + dots).properties(height=height).to_dict()
    for name in ("data", "datasets"):
        spec.pop(name, None)
    for layer in spec["layer"]:
        layer.pop("data", None)
    return spec


def curves(
    data: pd.DataFrame, x: str, y: str, *, form: str = "~g", legend: Literal["run", "part"] = "run",
    points: bool = False, height: int = 250,
) -> Spec:  # fmt: skip
    """Lines through (`x`, `y`), coloured by `run` and dashed by `part`; the legend says what one of both means.

    `x` is the title of the axis, `y` what the tooltip calls the value, `form` the d3 format of the y axis. The legend
    lies where learning curves are not: losses end low, shares end high. Raises ValueError naming missing columns.
    """
    missing = [column for column in COLUMNS if column not in data]
    if missing:
        raise ValueError(f"no column {missing}, only {list(data)}")
    return Spec(_curves(x, y, form, legend, points, height), data, lambda: data)
