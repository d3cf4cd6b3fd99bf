"""A map: points in two dimensions, each with its mark beside it and what it stands for under the mouse."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Spec, need, without_data
from charts.ink import INK, SIZE

MARKED = 60  # points up to which the marks are drawn
NEAR = 0.2  # of half an axis: how far a mark reaches
WIDE, SYMBOL = 8, 40  # pixels of a letter of the legend, and of its symbol with the gaps around it
LETTER, LINE, GAP = 0.06, 0.06, 0.04  # of half an axis: width of a letter, half a line, from the point to its mark


def scatter(
    data: pd.DataFrame, axes: tuple[str, str], words: Mapping[str, str], *, height: int = 420,
    marked: int | None = None, order: Sequence[str] = (),
) -> Spec:  # fmt: skip
    """A point at (`x`, `y`) for each row, with its short `mark` beside it where there are few, and its `label`.

    axes: what x and y are; both have the same scale, so that distances can be compared. words calls `mark` and `label`.
    marked: how many of the first rows bear their mark, where it lies on no other one, in place of all or none. A
    column `group` colours the points, its values in the `order` of the colours.
    Raises ValueError naming missing columns.
    """
    need(data, ["x", "y", "mark", "label"])
    half = max(float((data[side].max() - data[side].min()) / 2) for side in "xy") if len(data) else 1.0
    ends = tuple(_ends(data[side], half) for side in "xy")
    columns = {"mark": words["mark"], "label": words["label"], "x": axes[0], "y": axes[1]}
    n_marked = (len(data) if len(data) <= MARKED else 0) if marked is None else min(marked, len(data))
    points = data[["x", "y"]].to_numpy(float)
    if marked is not None:
        data = data.assign(**_apart(points, [str(mark) for mark in data["mark"]], half, n_marked))
    elif n_marked:
        data = data.assign(left=_leftwards(points, half), bare=False)
    groups = tuple(dict.fromkeys([*order, *data["group"]])) if "group" in data else ()
    look = (n_marked > 0, len(data) <= MARKED, groups)
    spec = _scatter(axes, (words["mark"], words["label"]), ends, look, height)
    return Spec(spec, data, lambda: data[list(columns)].rename(columns=columns))


def _leftwards(points: np.ndarray, half: float) -> np.ndarray:
    """Whether a point's mark stands at its left, because others are close at its right."""
    across, up = (points[None, :, side] - points[:, None, side] for side in (0, 1))
    close = (abs(across) < NEAR * half) & (abs(up) < NEAR * half / 2)
    return (across * close).sum(1) > 0


def _apart(points: np.ndarray, marks: Sequence[str], half: float, most: int) -> dict[str, list[bool]]:
    """Where the marks of the first `most` points stand, and which points go bare, so that no mark lies on another."""
    taken, left, bare = np.empty((0, 4)), [], []
    for (x, y), mark in zip(points / half, marks, strict=True):
        wide = LETTER * len(mark)
        boxes = np.array([[start, start + wide, y - LINE, y + LINE] for start in (x + GAP, x - GAP - wide)])
        free = [not _meets(taken, box) and len(bare) < most for box in boxes]
        left.append(not free[0] and free[1])
        bare.append(not any(free))
        if any(free):
            taken = np.vstack([taken, boxes[free.index(True)]])
    return {"left": left, "bare": bare}


def _meets(taken: np.ndarray, box: np.ndarray) -> bool:
    """Whether a box (x from, to, y from, to) lies on one of those taken."""
    across = (taken[:, 0] < box[1]) & (box[0] < taken[:, 1])
    return bool((across & (taken[:, 2] < box[3]) & (box[2] < taken[:, 3])).any())


def _ends(values: pd.Series, half: float) -> tuple[float, float]:
    """Both ends of an axis, a little beyond the points."""
    middle, reach = (float(values.max() + values.min()) / 2, 1.12 * half or 1.0) if len(values) else (0.0, 1.0)
    return round(middle - reach, 3), round(middle + reach, 3)


@lru_cache(maxsize=32)
def _scatter(
    axes: tuple[str, str], words: tuple[str, str], ends: tuple[tuple[float, float], ...],
    look: tuple[bool, bool, tuple[str, ...]], height: int,
) -> dict:  # fmt: skip
    marked, few, groups = look
    channels = {"x": alt.X, "y": alt.Y}
    places = [
        channels[side](f"{side}:Q", title=title, scale=alt.Scale(domain=list(end), nice=False),
                       axis=alt.Axis(format=".1f", tickCount=5, labelColor=INK, titleColor=INK))
        for side, title, end in zip("xy", axes, ends, strict=True)
    ]  # fmt: skip
    tip = [alt.Tooltip("mark:N", title=words[0]), alt.Tooltip("label:N", title=words[1])]
    base = alt.Chart(alt.Data(values=[])).encode(*places, tooltip=tip)
    dots = base.mark_circle(size=90 if few else 30, opacity=0.8 if few or groups else 0.45)
    if groups:
        columns = alt.ExprRef(f"max(1, floor(width / {WIDE * max(map(len, groups)) + SYMBOL}))")
        legend = alt.Legend(orient="top", title=None, columns=columns, labelLimit=200, labelColor=INK)
        dots = dots.encode(alt.Color("group:N", scale=alt.Scale(domain=list(groups)), legend=legend))
    if not marked:
        return without_data(dots.properties(height=height).to_dict())
    right = base.mark_text(align="left", dx=8, dy=1, fontSize=SIZE, color=INK).transform_filter(
        "!datum.left && !datum.bare"
    )
    left = base.mark_text(align="right", dx=-8, dy=1, fontSize=SIZE, color=INK).transform_filter(
        "datum.left && !datum.bare"
    )
    marks = (text.encode(alt.Text("mark:N")) for text in (right, left))
    return without_data(alt.layer(dots, *marks).properties(height=height).to_dict())
