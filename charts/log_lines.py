"""Lines with a logarithmic axis, or two: along distances that grow tenfold, or down to values that vanish."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data
from charts.curves import LETTER, SYMBOL

COLUMNS = ("x", "y", "series", "part")
RINGS = (340, 240, 160, 90, 40, 20)  # sizes of the series' marks: where some coincide, all are seen
SHAPES, DASHES = ("circle", "diamond", "triangle-up"), ([1, 0], [5, 4], [2, 3])


class Axes(NamedTuple):
    """Titles of both axes and which of them is logarithmic, or both, "xy"; form: d3 format of y; domain: the ends of
    y; ticks: the marks along x, where not any will do; level: a value of y with a grey line.
    """

    x: str
    y: str
    log: Literal["x", "y", "xy"]
    form: str = "%"
    domain: tuple[float, float] | None = None
    ticks: tuple[float, ...] = ()
    level: float | None = None


@lru_cache(maxsize=64)
def _log_lines(axes: Axes, order: tuple[str, ...], shown: tuple[str, ...], parts: tuple[str, ...], points: bool,
               height: int) -> dict:  # fmt: skip
    scale_x = {"type": "log", "nice": False, "padding": 16} if "x" in axes.log else {"zero": True, "nice": False}
    scale_y = {"type": "log", "nice": False} if "y" in axes.log else {"zero": True}
    scale_y |= {"domain": list(axes.domain)} if axes.domain else {}
    ticks = {"values": list(axes.ticks)} if axes.ticks else {"tickCount": 6}
    each = LETTER * max(map(len, shown), default=1) + SYMBOL
    above = {"orient": "top", "title": None, "labelLimit": 300, "offset": 10, "padding": 0,
             "columns": alt.ExprRef(f"max(1, floor(width / {each}))")}  # fmt: skip
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("x:Q", title=axes.x, scale=alt.Scale(**scale_x), axis=alt.Axis(format=",~r", grid=False, **ticks)),
        alt.Y("y:Q", title=axes.y, scale=alt.Scale(**scale_y), axis=alt.Axis(format=axes.form, tickCount=6)),
        alt.Color("series:N", scale=alt.Scale(domain=list(order)),
                  legend=alt.Legend(**above, symbolType="stroke", symbolStrokeWidth=3, values=list(shown))),
    )  # fmt: skip
    dashes = alt.Scale(domain=list(parts), range=DASHES[: len(parts)])
    below = alt.Legend(orient="bottom", title=None, symbolType="stroke", symbolSize=300)
    stroke = below if len(parts) > 1 and not points else None
    dash = alt.StrokeDash("part:N", scale=dashes, sort=list(parts), legend=stroke)
    tip = [
        alt.Tooltip("series:N", title=" "), alt.Tooltip("part:N", title=" "),
        alt.Tooltip("x:Q", title=axes.x, format=",~r"),
        alt.Tooltip("y:Q", title=axes.y, format=".1%" if axes.form == "%" else ".3~g"),
    ]  # fmt: skip
    chart = base.mark_line(strokeWidth=2.2, clip=True).encode(dash)
    if points:
        shapes = alt.Scale(domain=list(parts), range=SHAPES[: len(parts)])
        shape = alt.Shape("part:N", scale=shapes, legend=None)
        first = alt.datum.part == parts[0]
        dots = base.mark_point(filled=True, opacity=1).transform_filter(first)
        chart += dots.encode(shape, alt.Size("ring:Q", scale=None, legend=None), tooltip=tip)
        others = base.mark_point(filled=False, opacity=1, strokeWidth=2.5, size=520, aria=False)
        chart += others.transform_filter(~first).encode(shape, tooltip=tip)
    else:
        chart += base.mark_point(filled=True, opacity=0, clip=True, size=60).encode(tooltip=tip)
    if axes.level is not None:
        rule = alt.Chart(alt.Data(values=[{"level": axes.level}])).mark_rule(strokeDash=[2, 4], color="#8a8f98")
        chart += rule.encode(alt.Y("level:Q"))
    return without_data(chart.properties(height=height).to_dict())


def log_lines(
    data: pd.DataFrame, axes: Axes, words: Mapping[str, str], *, order: Sequence[str] = (), points: bool = False,
    height: int = 300,
) -> Spec:  # fmt: skip
    """A line through (`x`, `y`) for each `series`, its colour, and each `part`, its dash.

    With `points` a part has a mark as well, filled for the first, hollow for the others, and no legend.

    `words` calls `series` and `part` in the table, `order` gives the series in the order of their colours (also those
    that are not shown). Parts have the order in which they appear; there are three at most. Values outside the domain
    are not drawn. Raises ValueError naming missing columns, or for a fourth part.
    """
    need(data, COLUMNS)
    parts, shown = tuple(dict.fromkeys(data["part"])), list(dict.fromkeys(data["series"]))
    if len(parts) > len(DASHES):
        raise ValueError(f"{len(parts)} parts, at most {len(DASHES)} can be told apart")
    every = tuple(dict.fromkeys([*order, *shown]))
    data = data.assign(ring=[RINGS[min(every.index(name), len(RINGS) - 1)] for name in data["series"]])
    spec = _log_lines(axes, every, tuple(name for name in every if name in shown), parts, points, height)
    return Spec(spec, data, lambda: data[list(COLUMNS)].rename(columns={"x": axes.x, "y": axes.y, **words}))
