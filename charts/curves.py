"""Learning curves: one colour a run, one dash a part of its data; a run keeps its colour by name."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data

COLUMNS = ("x", "y", "run", "part")
LETTER, SYMBOL = 10, 44  # pixels of a letter in large type, and of a legend's stroke with the gaps around it


@lru_cache(maxsize=64)
def _curves(x: str, y: str, form: str, order, shown, legend: str, points: bool, height: int, longest: int) -> dict:
    each = LETTER * longest + SYMBOL
    above = {"orient": "top", "title": None, "labelLimit": 300, "symbolType": "stroke", "offset": 0, "padding": 0,
             "columns": alt.ExprRef(f"max(1, floor(width / {each}))")}  # fmt: skip
    runs = alt.Scale(domain=list(order))
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X(
            "x:Q",
            title=x,
            scale=alt.Scale(zero=True, nice=False),
            axis=alt.Axis(format="~s", tickCount=5, titlePadding=4),
        ),
        alt.Y("y:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(format=form, tickCount=5)),
        alt.Color("run:N", scale=runs, legend=alt.Legend(**above, values=list(shown)) if legend == "run" else None),
    )
    dash = alt.StrokeDash("part:N", sort=None, legend=alt.Legend(**above) if legend == "part" else None)
    line = base.mark_line(strokeWidth=2.2).encode(dash)
    tip = [
        alt.Tooltip("run:N", title=" "), alt.Tooltip("part:N", title=" "), alt.Tooltip("x:Q", title=x, format=",~r"),
        alt.Tooltip("y:Q", title=y, format=".1%" if form == "%" else ".4f"),
    ]  # fmt: skip
    dots = base.mark_circle(size=26 if points else 120, opacity=1 if points else 0).encode(tooltip=tip)
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")  # a legend takes no height from the plot
    return without_data((line + dots).properties(height=height, autosize=fit).to_dict())


def curves(
    data: pd.DataFrame, x: str, y: str, *, order: Sequence[str] = (), form: str = "~g",
    legend: Literal["run", "part", "none"] = "run", points: bool = False, height: int = 290,
) -> Spec:  # fmt: skip
    """Lines through (`x`, `y`), coloured by `run` and dashed by `part`; the legend above says what one of both means,
    or there is none.

    The names of the legend stand beside each other as the width allows; `height` is that of the plot without them.
    `x` is the title of the axis, `y` what the tooltip calls the value, `order` the runs in the order of their colours
    (also those that are not shown), `form` the d3 format of the y axis. Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    shown = list(dict.fromkeys(data["run"]))
    every = tuple(dict.fromkeys([*order, *shown]))
    named = tuple(name for name in every if name in shown)
    longest = max((len(str(name)) for name in (data["part"] if legend == "part" else named)), default=1)
    spec = _curves(x, y, form, every, named, legend, points, height, longest)
    return Spec(spec, data, lambda: data.rename(columns={"x": x, "y": y}))
