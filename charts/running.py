"""Shares that settle: a line for each outcome over the logarithm of the length, a dashed one where it tends to."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data

COLUMNS = ("n", "series", "share", "limit")


def running(
    data: pd.DataFrame, x: str, words: Mapping[str, str], *, order: Sequence[str] = (), height: int = 260
) -> Spec:
    """Columns n, series, share, limit: the share of each `series` among the first n, and its `limit`, dashed.

    `x` titles the axis, `words` calls the columns in the table. Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    spec = _running(x, tuple(order) or tuple(dict.fromkeys(data["series"])), height)
    return Spec(spec, data, lambda: data[list(COLUMNS)].rename(columns=dict(words)))


@lru_cache(maxsize=32)
def _running(x: str, order: tuple[str, ...], height: int) -> dict:
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("n:Q", title=x, scale=alt.Scale(type="log", nice=False), axis=alt.Axis(format="~s", tickCount=5)),
        alt.Color(
            "series:N", title=None, scale=alt.Scale(domain=list(order)),
            legend=alt.Legend(orient="top", columns=4, labelLimit=160),
        ),
    )  # fmt: skip
    tip = [alt.Tooltip("series:N", title=" "), alt.Tooltip("n:Q", title=x, format=",d"),
           alt.Tooltip("share:Q", title=" ", format=".2%")]  # fmt: skip
    y = {"title": None, "scale": alt.Scale(zero=True), "axis": alt.Axis(format="%", tickCount=5)}
    limit = base.mark_line(strokeDash=[4, 4], strokeWidth=1.4, opacity=0.8).encode(alt.Y("limit:Q", **y))
    line = base.mark_line(strokeWidth=2.2).encode(alt.Y("share:Q", **y))
    dots = base.mark_circle(size=80, opacity=0).encode(alt.Y("share:Q", **y), tooltip=tip)
    return without_data((limit + line + dots).properties(height=height).to_dict())
