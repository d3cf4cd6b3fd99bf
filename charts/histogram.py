"""How often values fall between whole numbers, as bars that stand side by side."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, without_data


def histogram(
    values: Sequence[float], edges: Sequence[int], x: str, y: str, words: Mapping[str, str], *, height: int = 220
) -> Spec:
    """Bars of the number of `values` from one edge to the next (the last edge belongs to the last bar).

    x and y title the axes, words calls `low`, `high` and `n` in the table. Raises ValueError for fewer than two edges.
    """
    if len(edges) < 2:
        raise ValueError(f"{len(edges)} edges make no bar")
    counts, _ = np.histogram(np.asarray(values, float), edges)
    data = pd.DataFrame({"low": list(map(float, edges[:-1])), "high": list(map(float, edges[1:])), "n": counts})
    return Spec(_histogram(x, y, tuple(map(float, edges)), height), data, lambda: data.rename(columns=dict(words)))


@lru_cache(maxsize=16)
def _histogram(x: str, y: str, edges: tuple[float, ...], height: int) -> dict:
    scale = alt.Scale(domain=[edges[0], edges[-1]], nice=False)
    bars = alt.Chart(alt.Data(values=[])).mark_bar(binSpacing=1).encode(
        alt.X("low:Q", title=x, scale=scale, axis=alt.Axis(values=list(edges), grid=False, format="d"), bin="binned"),
        alt.X2("high:Q"),
        alt.Y("n:Q", title=y, axis=alt.Axis(tickMinStep=1, tickCount=5, format=",d")),
        tooltip=[alt.Tooltip("low:Q", title="≥"), alt.Tooltip("high:Q", title="<"), alt.Tooltip("n:Q", title=y)],
    )  # fmt: skip
    return without_data(bars.properties(height=height).to_dict())
