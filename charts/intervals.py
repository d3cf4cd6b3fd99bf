"""Lines through estimates with the interval in which each of them lies."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data

COLUMNS = ("x", "y", "low", "high", "series", "label", "n")


@lru_cache(maxsize=32)
def _intervals(
    x: str, y: str, n: str, order: tuple[str, ...], ticks: tuple[str, ...], form: str, top: float, height: int
) -> dict:  # fmt: skip
    names = ", ".join(f"'{label}'" for label in ticks)
    axis = alt.Axis(values=list(range(len(ticks))), labelExpr=f"[{names}][datum.value]", grid=False, labelFlush=False)
    legend = alt.Legend(orient="top", title=None, labelLimit=260, columns=2, symbolType="stroke", symbolStrokeWidth=3)
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("x:Q", title=x, axis=axis, scale=alt.Scale(zero=False, nice=False, padding=18)),
        alt.Color("series:N", scale=alt.Scale(domain=list(order)), legend=legend),
    )
    up = alt.Y("y:Q", title=y, scale=alt.Scale(domain=[0, top]), axis=alt.Axis(format=form, tickCount=5))
    exact = ".1%" if form == "%" else ".1f"
    tip = [
        alt.Tooltip("series:N", title=" "), alt.Tooltip("label:N", title=x), alt.Tooltip("y:Q", title=y, format=exact),
        alt.Tooltip("low:Q", title="≥", format=exact), alt.Tooltip("high:Q", title="≤", format=exact),
        alt.Tooltip("n:Q", title=n, format=","),
    ]  # fmt: skip
    band = base.mark_area(opacity=0.14).encode(alt.Y("low:Q", title=y), alt.Y2("high:Q"))
    line = base.mark_line(strokeWidth=2.4).encode(up)
    rule = base.mark_rule(strokeWidth=2).encode(alt.Y("low:Q", title=y), alt.Y2("high:Q"), tooltip=tip)
    dots = base.mark_circle(size=80, opacity=1).encode(up, tooltip=tip)
    return without_data((band + line + rule + dots).properties(height=height).to_dict())


def intervals(
    data: pd.DataFrame, x: str, y: str, words: Mapping[str, str], *, order: Sequence[str] = (), form: str = "~g",
    top: float = 1.0, height: int = 280,
) -> Spec:  # fmt: skip
    """A line through (`x`, `y`) for each `series` with `low` … `high` as a band and as bars; y goes from 0 to `top`.

    `x` counts the classes from 0, `label` is what stands there, `n` of how many each estimate is; `words` calls
    `series`, `label`, `n`, `low` and `high` in the table. `order`: the series in the order of their colours, also
    those not shown. Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    at = dict(zip(data["x"].tolist(), data["label"].tolist(), strict=True))
    ticks = tuple(at.get(place, "").replace("\\", "").replace("'", "’") for place in range(max(at) + 1))
    names = tuple(dict.fromkeys([*order, *data["series"]]))
    spec = _intervals(x, y, words["n"], names, ticks, form, top, height)
    return Spec(spec, data, lambda: data[list(COLUMNS)].rename(columns={"x": x, "y": y, **words}))
