"""Figures with the interval in which each lies: a row each, or as points over what they cost."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data
from charts.ink import INK, SIZE

GREY = "#8a8f98"
COLUMNS = ("label", "value", "low", "high", "group")
LINE = 17  # pixels from one label to the next
WIDTHS = (300, 560, 900)  # pixels, of a telephone to a screen, in each of which no label may touch anything
MARGIN = 140  # pixels of the height that legend and axis take
ABOVE = 11  # pixels by which a label stands above its point, free of the line through the front
DOT = 7  # pixels round a point that a label keeps off
LETTER = 7.6  # pixels of a letter of a label


def _legend(shown: tuple[str, ...]) -> alt.Legend:
    each = 8 * max(map(len, shown), default=1) + 40
    return alt.Legend(orient="top", title=None, labelLimit=340, values=list(shown), symbolType="circle",
                      symbolOpacity=1, columns=alt.ExprRef(f"max(1, floor(width / {each}))"))  # fmt: skip


def _shown(data: pd.DataFrame, groups: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(group for group in groups if group in set(data["group"]))


def _tip(x: str, form: str) -> list[alt.Tooltip]:
    return [alt.Tooltip("label:N", title=" "), alt.Tooltip("value:Q", title=x, format=form),
            alt.Tooltip("low:Q", title="≥", format=form), alt.Tooltip("high:Q", title="≤", format=form)]  # fmt: skip


@lru_cache(maxsize=32)
def _estimates(
    x: str, rows: tuple[str, ...], groups: tuple[str, ...], shown: tuple[str, ...], form: str, exact: str
) -> dict:
    look = {"labelFontSize": SIZE, "labelColor": INK, "titleColor": INK}
    rows_axis = alt.Axis(labelLimit=220, labelFlush=False, **look)
    tip, colour = _tip(x, exact), alt.Color("group:N", scale=alt.Scale(domain=list(groups)), legend=_legend(shown))
    span = {"x": alt.X("low:Q", title=x), "x2": alt.X2("high:Q")}
    scale = alt.Scale(zero=False, nice=False, padding=24)
    base = alt.Chart(alt.Data(values=[])).encode(
        alt.Y("label:N", title=None, sort=list(rows), axis=rows_axis),
        alt.X("value:Q", title=x, scale=scale, axis=alt.Axis(format=form, tickCount=5, **look)),
    )
    band = (
        alt.Chart(alt.Data(values=[])).mark_rect(aria=False, opacity=0.13, color=GREY).transform_filter("datum.first")
    )
    rule = base.mark_rule(aria=False, strokeWidth=3).encode(colour, tooltip=tip, **span)
    dots = base.mark_circle(size=130, opacity=1).encode(colour, tooltip=tip)
    text = base.mark_text(aria=False, dy=-11, fontSize=SIZE - 1, color=INK).encode(
        text=alt.Text("value:Q", format=exact)
    )
    chart = band.encode(**span) + rule + dots + text
    return without_data(chart.properties(height=alt.Step(36)).to_dict())


def estimates(
    data: pd.DataFrame, x: str, words: Mapping[str, str], *, groups: tuple[str, ...] = (), form: str = "%"
) -> Spec:
    """A row a `label`, in the order given: a dot at `value` on its line `low` … `high`, coloured by `group`.

    The interval of the first row is a band behind all.
    x: what is estimated; words calls `label`, `low`, `high` and `group` in the table; groups: in the order of their
    colours; form: the d3 format of the axis. Raises ValueError naming missing columns.
    """
    need(data, COLUMNS)
    data = data.assign(first=[place == 0 for place in range(len(data))])
    spec = _estimates(x, tuple(data["label"]), groups, _shown(data, groups), form, ".1%" if form == "%" else ".3f")
    columns = {"label": words["label"], "value": x, **{key: words[key] for key in ("low", "high", "group")}}
    return Spec(spec, data, lambda: data[list(columns)].rename(columns=columns))


class Cost(NamedTuple):
    """Titles of both axes; form: d3 format of y; falling: small values of y are good and stand at the top; ticks:
    d3 format of x; more: large values of x are good.
    """

    x: str
    y: str
    form: str = "%"
    falling: bool = False
    ticks: str = "~s"
    more: bool = False


@lru_cache(maxsize=32)
def _tradeoff(
    axes: Cost, groups: tuple[str, ...], shown: tuple[str, ...], ends: tuple[tuple[float, float], ...], height: int
) -> dict:
    look = {"labelColor": INK, "titleColor": INK}
    scales = [alt.Scale(type="log", domain=list(ends[0]), nice=False),
              alt.Scale(domain=list(ends[1]), nice=False, reverse=axes.falling)]  # fmt: skip
    exact = ".1%" if axes.form == "%" else ".3f"
    across = alt.X("x:Q", title=axes.x, scale=scales[0], axis=alt.Axis(format=axes.ticks, tickCount=5, **look))

    def up(column: str) -> alt.Y:
        return alt.Y(f"{column}:Q", title=axes.y, scale=scales[1],
                     axis=alt.Axis(format=axes.form, tickCount=6, **look))  # fmt: skip

    base = alt.Chart(alt.Data(values=[])).encode(across)
    tip = [*_tip(axes.y, exact), alt.Tooltip("x:Q", title=axes.x, format=",.3~r")]
    colour = alt.Color("group:N", scale=alt.Scale(domain=list(groups)), legend=_legend(shown))
    way = "step-before" if axes.more else "step-after"
    front = base.mark_line(aria=False, strokeDash=[4, 4], color=GREY, strokeWidth=2, interpolate=way)
    front = front.transform_filter("datum.front").encode(up("value"), order="x:Q")
    rule = base.mark_rule(aria=False, strokeWidth=2.5, opacity=0.5).encode(
        up("low"), alt.Y2("high:Q"), colour, tooltip=tip
    )
    dots = base.mark_circle(size=130, opacity=1).encode(up("value"), colour, tooltip=tip)
    thin = base.mark_rule(aria=False, color=GREY, strokeWidth=1).transform_filter("datum.moved")
    thin = thin.encode(up("value"), alt.Y2("at:Q"))
    sides = (("left", 11, "!datum.left"), ("right", -11, "datum.left"))
    text = [
        base.mark_text(aria=False, align=align, dx=dx, fontSize=SIZE, color=INK).transform_filter(rows)
        .encode(up("at"), text=alt.Text("label:N"))
        for align, dx, rows in sides
    ]  # fmt: skip
    return without_data(alt.layer(front, thin, rule, dots, *text).properties(height=height).to_dict())


def tradeoff(
    data: pd.DataFrame, axes: Cost, words: Mapping[str, str], *, groups: tuple[str, ...] = (), height: int = 440
) -> Spec:
    """A point (`x`, logarithmic; `value` on its line `low` … `high`) a `label`; a dashed line through the front: those
    to which no other is equal or better in both.

    words and groups as in `estimates`. Raises ValueError naming missing columns.
    """
    need(data, [*COLUMNS, "x"])
    lower, upper = float(data["low"].min()), float(data["high"].max())
    room = 0.12 * (upper - lower) or 0.01
    across = (float(data["x"].min()) / 1.7, float(data["x"].max()) * 1.7)
    ends = (across, (round(lower - room, 4), round(upper + room, 4)))
    data = data.assign(front=_front(data, axes))
    data = data.assign(**_labels(data, ends, axes, height - MARGIN))
    spec = _tradeoff(axes, groups, _shown(data, groups), ends, height)
    columns = {"label": words["label"], "x": axes.x, "value": axes.y}
    columns |= {key: words[key] for key in ("low", "high", "group")}
    return Spec(spec, data, lambda: data[list(columns)].rename(columns=columns))


def _front(data: pd.DataFrame, axes: Cost) -> list[bool]:
    """Which points no other equals or beats in both: one that costs no more and is no worse."""
    cost = -data["x"] if axes.more else data["x"]
    good = -data["value"] if axes.falling else data["value"]
    points = list(zip(cost, good, strict=True))
    return [
        not any(x <= cost and y >= good and (x, y) != (cost, good) for x, y in points) for cost, good in points
    ]  # fmt: skip


def _labels(data: pd.DataFrame, ends: tuple, axes: Cost, height: int) -> dict[str, list]:
    """Where the labels stand: above and beside their points, moved where points, labels or the front would be hit."""
    (x0, x1), (y0, y1) = ends
    across = [math.log(x / x0) / math.log(x1 / x0) for x in data["x"]]
    down = [height * ((value - y0) if axes.falling else (y1 - value)) / (y1 - y0) for value in data["value"]]
    pictures = [_picture(width, across, down, data["front"], axes.more) for width in WIDTHS]
    places: dict[int, tuple[float, bool]] = {}
    for i in sorted(range(len(data)), key=lambda i: down[i]):
        width = LETTER * len(str(data["label"].iloc[i])) + 14
        place, left, boxes = _placed(i, list(zip(across, down, strict=True)), width, pictures, height)
        places[i] = (place, left)
        for taken, box in zip(pictures, boxes, strict=True):
            taken.append(box)
    at, left = ([places[i][part] for i in range(len(data))] for part in (0, 1))
    moved = [abs(a - b) > 2 * LINE for a, b in zip(at, down, strict=True)]
    value = [y0 + y * (y1 - y0) / height if axes.falling else y1 - y * (y1 - y0) / height for y in at]
    return {"left": left, "at": value, "moved": moved}


class Box(NamedTuple):
    """A part of the picture in pixels, from its top left."""

    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other: "Box") -> bool:
        """Whether the two have anything in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def far(self, x: float, y: float) -> float:
        """How far a point is from it."""
        return math.hypot(max(self.left - x, x - self.right, 0), max(self.top - y, y - self.bottom, 0))


def _picture(
    width: int, across: Sequence[float], down: Sequence[float], front: Sequence[bool], more: bool
) -> list[Box]:
    """What labels must not touch where the picture is so wide: points, and the level stretches of the front."""
    points = [(width * x, y) for x, y in zip(across, down, strict=True)]
    corners = sorted(point for point, on_it in zip(points, front, strict=True) if on_it)
    levels = [(x, x2, y2 if more else y) for (x, y), (x2, y2) in pairwise(corners)]
    dots = [Box(x - DOT, x + DOT, y - DOT, y + DOT) for x, y in points]
    return dots + [Box(x, x2, y - 2, y + 2) for x, x2, y in levels]


def _placed(
    place: int, points: Sequence[tuple[float, float]], size: float, pictures: Sequence[list[Box]], height: int
) -> tuple[float, bool, list[Box]]:
    """The height of a label beside a point, whether it stands at its left, and what it covers in each picture.

    It is as near as there is room in all of them, right rather than left; on a screen no other point is nearer, if
    there is such a place.
    """
    across, y = points[place]
    shifts = [step * side * LINE / 4 for step in range(40) for side in (1, -1)]
    found = [(y - ABOVE + shift, left) for shift in shifts for left in (False, True)]
    room = [
        (at, left, boxes) for at, left in found for boxes in [_boxes(across, at, size, left)]
        if all(box.left > 0 and box.right < width for box, width in zip(boxes, WIDTHS, strict=True))
        and boxes[0].top > 0 and boxes[0].bottom < height
        and not any(box.touches(other) for box, taken in zip(boxes, pictures, strict=True) for other in taken)
    ]  # fmt: skip
    own = [each for each in room if _nearest(each[2][-1], points) == place]
    return next(iter(own or room), (y - ABOVE, across > 0.6, _boxes(across, y - ABOVE, size, across > 0.6)))


def _nearest(box: Box, points: Sequence[tuple[float, float]]) -> int:
    """The point that one takes a label for, in the widest picture."""
    return min(range(len(points)), key=lambda i: box.far(WIDTHS[-1] * points[i][0], points[i][1]))


def _boxes(across: float, y: float, size: float, left: bool) -> list[Box]:
    """What a label covers in each width."""
    near, far = (-DOT - 2, -size) if left else (DOT + 2, size)
    sides = ((width * across + near, width * across + far) for width in WIDTHS)
    return [Box(min(ends), max(ends), y - LINE / 2, y + LINE / 2) for ends in sides]
