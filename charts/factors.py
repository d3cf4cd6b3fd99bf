"""A product drawn as a way down a logarithmic axis: each factor takes a stretch of it, the whole is their sum."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, need, without_data

COLUMNS = ("factor", "series", "value")
TOP = 100.0  # where the product begins
TICKS = tuple(step * 10.0**power for power in range(-9, 3) for step in (1, 2, 5) if step * 10.0**power <= TOP)


def factors(
    data: pd.DataFrame, x: str, whole: str, words: Mapping[str, str], *, order: Sequence[str] = (), height: int = 17
) -> Spec:
    """Columns factor, series, value (0…1): for each series its factors from above to below, each a bar from the
    product before it to the product with it, times 100; last the product itself, called `whole`.

    x titles the axis, words calls the columns in the table, order gives the series in the order of their colours,
    height is that of a bar in pixels. A factor of 0 ends at the left edge. Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    rows, ends = _bars(data, whole)
    low = min((end for end in ends if end > 0), default=TOP)
    floor = low / 3 if len(ends) > sum(end > 0 for end in ends) else low
    edge = min(TOP / 1.6, TOP * math.exp(1.28 * math.log(floor / TOP)))
    drawn = rows.assign(start=rows["start"].clip(lower=floor), end=rows["end"].clip(lower=floor))
    names = tuple(dict.fromkeys(rows["factor"]))
    spec = _factors(x, names, tuple(order) or tuple(dict.fromkeys(data["series"])), _nice(edge), _ticks(low), height)
    return Spec(spec, drawn, lambda: data[list(COLUMNS)].rename(columns=dict(words)))


def _nice(edge: float) -> float:
    """Two digits, so that few axes are built."""
    return float(f"{edge:.2g}")


def _ticks(low: float) -> tuple[float, ...]:
    if low >= TOP / 6:
        return tuple(tick for tick in np.arange(10, 101, 10).tolist() if tick >= low)
    found = [tick for tick in TICKS if tick >= low]
    return tuple(found if len(found) < 8 else [tick for tick in found if f"{tick:e}".startswith("1")])


def _bars(data: pd.DataFrame, whole: str) -> tuple[pd.DataFrame, list[float]]:
    rows = []
    for series, part in data.groupby("series", sort=False):
        at = TOP
        for factor, value in zip(part["factor"], part["value"], strict=True):
            rows.append((factor, series, at, at * value, f"×{value:.3g}"))
            at *= value
        rows.append((whole, series, TOP, at, f"{at:.1f}"))
    table = pd.DataFrame(rows, columns=["factor", "series", "start", "end", "text"])
    return table, table["end"].tolist()


@lru_cache(maxsize=64)
def _factors(x: str, names: tuple, order: tuple, edge: float, ticks: tuple, height: int) -> dict:
    across = alt.Scale(type="log", domain=[edge, TOP], nice=False)
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("end:Q", title=x, scale=across, axis=alt.Axis(values=list(ticks), format="~g")),
        alt.Y("factor:N", title=None, sort=list(names), axis=alt.Axis(labelFontSize=14)),
        alt.YOffset("series:N", sort=list(order), scale=alt.Scale(paddingInner=0.12)),
        tooltip=[
            alt.Tooltip("series:N", title=" "),
            alt.Tooltip("factor:N", title=" "),
            alt.Tooltip("text:N", title=" "),
        ],
    )
    legend = alt.Legend(orient="top") if len(order) > 1 else None
    colour = alt.Color("series:N", title=None, scale=alt.Scale(domain=list(order)), legend=legend)
    last = alt.datum.factor == names[-1]
    bars = base.mark_bar(clip=True).encode(
        alt.X2("start:Q"), colour, opacity=alt.when(last).then(alt.value(1)).otherwise(alt.value(0.75))
    )
    text = base.mark_text(align="right", dx=-5, fontSize=12, color="#8a8f98", baseline="middle").encode(text="text:N")
    return without_data((bars + text).properties(height=alt.Step(height, **{"for": "offset"})).to_dict())
