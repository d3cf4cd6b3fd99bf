"""A product drawn as a way down a logarithmic axis: each factor takes a stretch of it, the whole is their sum."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, need, without_data
from charts.ink import INK, PAPER, SIZE

COLUMNS = ("factor", "series", "value")
TOP = 100.0  # where the product begins
TICKS = tuple(step * 10.0**power for power in range(-9, 3) for step in (1, 2, 5) if step * 10.0**power <= TOP)


def factors(
    data: pd.DataFrame, x: str, whole: str, words: Mapping[str, str], *, order: Sequence[str] = (), height: int = 20,
    nothing: str = "", size: int = SIZE,
) -> Spec:  # fmt: skip
    """Columns factor, series, value (0…1): for each series its factors from above to below, each a bar from the
    product before it to the product with it, times 100; last the product itself, called `whole`.

    x titles the axis, words calls the columns in the table, order gives the series in the order of their colours,
    height is that of a bar in pixels beside labels of SIZE, size that of the labels. The bar of a factor of 0 runs out
    of the picture with an arrow, and what comes after it has none; `nothing` says so beside a product of 0. Raises
    ValueError naming missing columns.
    """
    need(data, COLUMNS)
    rows = _bars(data, whole, nothing)
    ends = rows.loc[rows["end"] > 0, "end"]
    low = min(ends.min(), TOP) if len(ends) else TOP
    floor = low if len(ends) == len(rows) else min(low / 3, TOP * (low / TOP) ** 1.3)
    edge = _nice(min(TOP / 1.6, TOP * math.exp(1.28 * math.log(floor / TOP))))
    drawn = rows.assign(start=rows["start"].clip(lower=edge), end=rows["end"].clip(lower=edge))
    drawn = drawn.assign(middle=np.sqrt(drawn["start"] * drawn["end"]))
    names = tuple(dict.fromkeys(rows["factor"]))
    spec = _factors(x, names, tuple(order) or tuple(dict.fromkeys(data["series"])), edge, _ticks(low),
                    height * size // SIZE, size)  # fmt: skip
    return Spec(spec, drawn, lambda: data[list(COLUMNS)].rename(columns=dict(words)))


def _nice(edge: float) -> float:
    """Two digits, so that few axes are built."""
    return float(f"{edge:.2g}")


def _ticks(low: float) -> tuple[float, ...]:
    if low >= TOP / 6:
        return tuple(tick for tick in np.arange(10, 101, 10).tolist() if tick >= low)
    found = [tick for tick in TICKS if tick >= low]
    return tuple(found if len(found) < 8 else [tick for tick in found if f"{tick:e}".startswith("1")])


def _bars(data: pd.DataFrame, whole: str, nothing: str) -> pd.DataFrame:
    """One row a bar, its `part`: way (a stretch of the axis), zero (takes the rest), gone (nothing was left)."""
    rows = []
    for series, part in data.groupby("series", sort=False):
        at = TOP
        for factor, value in zip(part["factor"], part["value"], strict=True):
            kind = "gone" if not at else "way" if value else "zero"
            rows.append((factor, series, at, at * value, f"×{value:.3g}", kind))
            at *= value
        said = f"{at:.1f}" if at or not nothing else f"{at:.1f} · {nothing}"
        rows.append((whole, series, TOP, at, said, "way" if at else "gone"))
    return pd.DataFrame(rows, columns=["factor", "series", "start", "end", "text", "part"])


@lru_cache(maxsize=64)
def _factors(x: str, names: tuple, order: tuple, edge: float, ticks: tuple, height: int, size: int) -> dict:
    look = {"labelFontSize": size, "labelColor": INK}
    across = alt.X(
        "end:Q", title=x, scale=alt.Scale(type="log", domain=[edge, TOP], nice=False),
        axis=alt.Axis(values=list(ticks), format="~g", titleFontSize=size, titleColor=INK, **look),
    )  # fmt: skip
    base = alt.Chart(alt.Data(values=[])).encode(
        across,
        alt.Y("factor:N", title=None, sort=list(names), axis=alt.Axis(**look | {"labelFontSize": size + 2})),
        alt.YOffset("series:N", sort=list(order), scale=alt.Scale(paddingInner=0.12)),
        tooltip=[alt.Tooltip(f"{column}:N", title=" ") for column in ("series", "factor", "text")],
    )
    legend = alt.Legend(orient="top", labelFontSize=size, labelColor=INK) if len(order) > 1 else None
    colour = alt.Color("series:N", title=None, scale=alt.Scale(domain=list(order)), legend=legend)
    chart = (_stretches(base, colour, names[-1]) + _arrows(base, colour) + _numbers(base, size)).resolve_scale(
        y="shared"
    )
    return without_data(chart.properties(height=alt.Step(height, **{"for": "offset"})).to_dict())


def _part(base: alt.Chart, *parts: str) -> alt.Chart:
    return base.transform_filter(alt.FieldOneOfPredicate(field="part", oneOf=list(parts)))


def _stretches(base: alt.Chart, colour: alt.Color, last: str) -> alt.Chart:
    full = (alt.datum.factor == last) | (alt.datum.part == "zero")
    bars = _part(base, "way", "zero").mark_bar(clip=True)
    return bars.encode(alt.X2("start:Q"), colour, opacity=alt.when(full).then(alt.value(1)).otherwise(alt.value(0.75)))


def _arrows(base: alt.Chart, colour: alt.Color) -> alt.Chart:
    tips = _part(base, "zero").mark_point(
        shape="triangle-left", filled=True, size=170, opacity=1, clip=False, xOffset=-3, aria=False
    )
    return tips.encode(colour, x=alt.value(0))


def _numbers(base: alt.Chart, size: int) -> alt.LayerChart:
    """Left of the end of a stretch, in the bar of a 0, at the edge where nothing was left."""
    text = {"fontSize": size, "baseline": "middle"}
    ends = _part(base, "way").mark_text(align="right", dx=-5, color=INK, **text).encode(text="text:N")
    inside = (
        _part(base, "zero").mark_text(color=PAPER, fontWeight="bold", **text).encode(alt.X("middle:Q"), text="text:N")
    )
    gone = _part(base, "gone").mark_text(align="left", dx=6, color=INK, **text).encode(x=alt.value(0), text="text:N")
    return ends + inside + gone
