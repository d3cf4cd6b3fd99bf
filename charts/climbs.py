"""Many runs of one climb: a thin line each, the runs that reach the same height in one colour."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data

COLUMNS = ("x", "y", "run", "top")


@lru_cache(maxsize=32)
def _climbs(x: str, y: str, tops: tuple[str, ...], domain: tuple[float, float], height: int) -> dict:
    hover = alt.selection_point(name="hover", on="pointerover", fields=["run"], empty=True, clear="pointerout")
    legend = alt.Legend(orient="top", title=None, labelLimit=240, columns=5, symbolType="stroke", symbolStrokeWidth=3)
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.X("x:Q", title=x, axis=alt.Axis(tickMinStep=1, tickCount=6)),
        alt.Y("y:Q", title=y, scale=alt.Scale(domain=list(domain), zero=False, nice=False)),
        alt.Color("top:N", title=None, scale=alt.Scale(domain=list(tops)), legend=legend),
        alt.Detail("run:N"),
        opacity=alt.when(hover).then(alt.value(0.9)).otherwise(alt.value(0.15)),
    )
    tip = [
        alt.Tooltip("run:N", title=" "), alt.Tooltip("top:N", title=" "), alt.Tooltip("x:Q", title=x),
        alt.Tooltip("y:Q", title=y, format=".4f"),
    ]  # fmt: skip
    dots = base.mark_circle(size=80, opacity=0, clip=True).encode(tooltip=tip, opacity=alt.value(0)).add_params(hover)
    return without_data((base.mark_line(strokeWidth=1.8, clip=True) + dots).properties(height=height).to_dict())


def climbs(data: pd.DataFrame, x: str, y: str, words: Mapping[str, str], *, skip: int = 0, height: int = 300) -> Spec:
    """A line through (`x`, `y`) for each `run`, coloured by its `top`, in the order in which the tops first appear.

    `x` and `y` title the axes, `words` calls `run` and `top` in the table; the axis of y has room for what comes
    after the first `skip` steps.
    Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    late = data["y"][data["x"] >= min(skip, data["x"].max())]
    low, high = float(late.min()), float(data["y"].max())
    edge = 0.04 * (high - low) or 1.0
    spec = _climbs(x, y, tuple(dict.fromkeys(data["top"])), (low - edge, high + edge), height)
    return Spec(spec, data, lambda: data.rename(columns={"x": x, "y": y, **words}))
