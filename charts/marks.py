"""The plain statistical marks as Altair charts: lines, pairs of dots, bars. A series keeps its colour by name."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data
from charts.ink import INK, SIZE

HEIGHT = 320
_EMPTY = alt.Data(values=[])


def _spec(spec: dict, data: pd.DataFrame, words: Mapping[str, str]) -> Spec:
    need(data, words)
    return Spec(spec, data, lambda: data[list(words)].rename(columns=dict(words)))


def _scale(domain: tuple[float, float] | None) -> alt.Scale:
    return alt.Scale(domain=list(domain), clamp=True) if domain else alt.Scale(zero=False)


def _order(data: pd.DataFrame, order: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The series in the order of their colours, and those of them that are in the data."""
    shown = list(dict.fromkeys(data["series"]))
    every = tuple(dict.fromkeys([*order, *shown]))
    return every, tuple(name for name in every if name in shown)


def _by_series(channel: type, order: tuple[str, ...], shown: tuple[str, ...]) -> alt.SchemaBase:
    """A colour or a shape that belongs to a series by its place in `order`; the legend names those shown."""
    legend = alt.Legend(orient="top", columns=2, values=list(shown), labelLimit=260)
    return channel("series:N", title=None, scale=alt.Scale(domain=list(order)), legend=legend)


@lru_cache(maxsize=64)
def _lines(x: str, y: str, order, shown, parts: tuple[str, ...], form: str, height: int) -> dict:
    hover = alt.selection_point(name="hover", on="pointerover", fields=["series"], empty=True, clear="pointerout")
    tip = [
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("part:N", title=" "),
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("y:Q", title=y, format=".1%" if form == "%" else ".4f"),
    ]
    base = alt.Chart(_EMPTY).encode(
        alt.X("x:Q", title=x, scale=_scale(None), axis=alt.Axis(tickMinStep=1)),
        alt.Y("y:Q", title=y, scale=_scale(None), axis=alt.Axis(format=form)),
        _by_series(alt.Color, order, shown),
        opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0.25)),
    )
    dashes = alt.Scale(domain=list(parts), range=[[1, 0], [5, 4]])
    legend = alt.Legend(orient="bottom-right", symbolType="stroke", symbolSize=300)  # where such curves never are
    line = base.mark_line(strokeWidth=2.5).encode(alt.StrokeDash("part:N", title=None, scale=dashes, legend=legend))
    dots = base.mark_circle(size=40).encode(tooltip=tip).add_params(hover)
    return without_data((line + dots).properties(height=height).to_dict())


def lines(
    data: pd.DataFrame, x: str, y: str, words: Mapping[str, str], *, order: Sequence[str] = (), form: str = "~g",
    height: int = HEIGHT,
) -> Spec:  # fmt: skip
    """A line through (`x`, `y`) for each `series`, its colour, and each of two `part`s, whole or dashed.

    `x` and `y` title the axes, `words` calls `series` and `part` in the table, `order` gives the series in the order
    of their colours (also those that are not shown), `form` is the d3 format of the y axis.
    """
    parts = tuple(dict.fromkeys(data["part"]))
    spec = _lines(x, y, *_order(data, order), parts, form, height)
    return _spec(spec, data, {"x": x, "y": y, "series": words["series"], "part": words["part"]})


def against_diagonal(
    data: pd.DataFrame, x: str, y: str, words: Mapping[str, str], *, order: Sequence[str] = (), height: int = HEIGHT
) -> Spec:
    """Lines of shares (0…1) against shares with dots of size `n`, and the diagonal where both are equal.

    `words` calls `series` and `n`; `order` as in `lines`.
    """
    spec = _diagonal(x, y, words["n"], *_order(data, order), height)
    return _spec(spec, data, {"x": x, "y": y, "n": words["n"], "series": words["series"]})


@lru_cache(maxsize=32)
def _diagonal(x: str, y: str, n: str, order, shown, height: int) -> dict:
    base = alt.Chart(_EMPTY).encode(
        alt.X("x:Q", title=x, scale=_scale((0, 1)), axis=alt.Axis(format="%")),
        alt.Y("y:Q", title=y, scale=_scale((0, 1)), axis=alt.Axis(format="%")),
        _by_series(alt.Color, order, shown),
    )
    tip = [alt.Tooltip("series:N", title=" "), alt.Tooltip("x:Q", title=x, format=".1%"),
           alt.Tooltip("y:Q", title=y, format=".1%"), alt.Tooltip("n:Q", title=n)]  # fmt: skip
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 420]))
    marks = base.mark_circle(opacity=0.9).encode(size=size, tooltip=tip)
    ends = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])).encode(alt.X("x:Q"), alt.Y("y:Q"))
    equal = ends.mark_line(color="#8a8f98", strokeDash=[2, 4])
    chart = equal + base.mark_line(strokeWidth=2, opacity=0.6) + marks
    return without_data(chart.properties(height=height).to_dict())


def pairs(data: pd.DataFrame, x: str, words: Mapping[str, str], *, order: Sequence[str] = (), form: str = "%") -> Spec:
    """One row a `label` with a dot for each `series` at `value` (0…1), joined; the rows with the largest `size` first.

    `words` calls `label`, `series` and `size`; the series' `order` as in `lines`.
    """
    spec = _pairs(x, *_order(data, order), form)
    columns = {"label": words["label"], "value": x, "series": words["series"], "size": words["size"]}
    return _spec(spec, data, columns)


@lru_cache(maxsize=32)
def _pairs(x: str, order, shown, form: str) -> dict:
    rows = alt.Y("label:N", title=None, sort=alt.EncodingSortField("size", op="max", order="descending"))
    tip = [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("value:Q", title=x, format=".1%"),
    ]
    across = alt.X("value:Q", title=x, scale=_scale((0, 1)), axis=alt.Axis(format=form))
    base = alt.Chart(_EMPTY).encode(rows, across)
    joined = base.mark_line(color="#8a8f98", strokeWidth=3, opacity=0.5).encode(detail="label:N")
    marks = base.mark_point(filled=True, size=110, opacity=1).encode(
        _by_series(alt.Color, order, shown), _by_series(alt.Shape, order, shown), tooltip=tip
    )
    return without_data((joined + marks).properties(height=alt.Step(24)).to_dict())


def bars(data: pd.DataFrame, x: str, label: str, *, form: str = "~g", height_a_bar: int = 22) -> Spec:
    """Horizontal bars of `value` by `label`, largest first, the number at the end of each; the table calls them so."""
    return _spec(_bars(x, form, height_a_bar), data, {"label": label, "value": x})


@lru_cache(maxsize=16)
def _bars(x: str, form: str, height_a_bar: int) -> dict:
    look = {"labelFontSize": SIZE - 1, "labelColor": INK}
    base = alt.Chart(_EMPTY).encode(
        alt.Y("label:N", title=None, sort="-x", axis=alt.Axis(labelLimit=220, **look)),
        alt.X("value:Q", title=x, axis=alt.Axis(format=form, tickMinStep=1, titleColor=INK, **look)),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("value:Q", title=x, format=form)],
    )  # fmt: skip
    text = base.mark_text(align="left", dx=4, fontSize=SIZE, color=INK).encode(text=alt.Text("value:Q", format=form))
    return without_data((base.mark_bar() + text).properties(height=alt.Step(height_a_bar)).to_dict())
