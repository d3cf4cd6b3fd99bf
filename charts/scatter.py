"""A map: points in two dimensions, each with its mark beside it and what it stands for under the mouse."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, need, without_data
from charts.ink import INK, SIZE

MARKED = 60  # points up to which the marks are drawn
NEAR = 0.2  # of half an axis: how far a mark reaches


def scatter(data: pd.DataFrame, axes: tuple[str, str], words: Mapping[str, str], *, height: int = 420) -> Spec:
    """A point at (`x`, `y`) for each row, with its short `mark` beside it where there are few, and its `label`.

    axes: what x and y are; both have the same scale, so that distances can be compared. words calls `mark` and `label`.
    Raises ValueError naming missing columns.
    """
    need(data, ["x", "y", "mark", "label"])
    half = max(float((data[side].max() - data[side].min()) / 2) for side in "xy") if len(data) else 1.0
    ends = tuple(_ends(data[side], half) for side in "xy")
    columns = {"mark": words["mark"], "label": words["label"], "x": axes[0], "y": axes[1]}
    marked = len(data) <= MARKED
    if marked:
        data = data.assign(left=_leftwards(data[["x", "y"]].to_numpy(float), half))
    spec = _scatter(axes, (words["mark"], words["label"]), ends, marked, height)
    return Spec(spec, data, lambda: data[list(columns)].rename(columns=columns))


def _leftwards(points: np.ndarray, half: float) -> np.ndarray:
    """Whether a point's mark stands at its left, because others are close at its right."""
    across, up = (points[None, :, side] - points[:, None, side] for side in (0, 1))
    close = (abs(across) < NEAR * half) & (abs(up) < NEAR * half / 2)
    return (across * close).sum(1) > 0


def _ends(values: pd.Series, half: float) -> tuple[float, float]:
    """Both ends of an axis, a little beyond the points."""
    middle, reach = (float(values.max() + values.min()) / 2, 1.12 * half or 1.0) if len(values) else (0.0, 1.0)
    return round(middle - reach, 3), round(middle + reach, 3)


@lru_cache(maxsize=32)
def _scatter(
    axes: tuple[str, str], words: tuple[str, str], ends: tuple[tuple[float, float], ...], marked: bool, height: int
) -> dict:
    channels = {"x": alt.X, "y": alt.Y}
    places = [
        channels[side](f"{side}:Q", title=title, scale=alt.Scale(domain=list(end), nice=False),
                       axis=alt.Axis(format=".1f", tickCount=5, labelColor=INK, titleColor=INK))
        for side, title, end in zip("xy", axes, ends, strict=True)
    ]  # fmt: skip
    tip = [alt.Tooltip("mark:N", title=words[0]), alt.Tooltip("label:N", title=words[1])]
    base = alt.Chart(alt.Data(values=[])).encode(*places, tooltip=tip)
    dots = base.mark_circle(size=90 if marked else 30, opacity=0.8 if marked else 0.45)
    if not marked:
        return without_data(dots.properties(height=height).to_dict())
    right = base.mark_text(align="left", dx=8, dy=1, fontSize=SIZE, color=INK).transform_filter("!datum.left")
    left = base.mark_text(align="right", dx=-8, dy=1, fontSize=SIZE, color=INK).transform_filter("datum.left")
    marks = (text.encode(alt.Text("mark:N")) for text in (right, left))
    return without_data(alt.layer(dots, *marks).properties(height=height).to_dict())
