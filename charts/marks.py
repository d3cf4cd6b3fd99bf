"""The plain statistical marks as Altair charts: lines, pairs of dots, bars. Specs are validated once a process."""

from functools import lru_cache

import altair as alt
import pandas as pd

from charts.base import Spec

HEIGHT = 320
_EMPTY = alt.Data(values=[])


def _without_data(chart: alt.Chart) -> dict:
    spec = chart.to_dict()
    for name in ("data", "datasets"):
        spec.pop(name, None)
    return spec


def _spec(spec: dict, data: pd.DataFrame, needed: tuple[str, ...]) -> Spec:
    missing = [column for column in needed if column not in data]
    if missing:
        raise ValueError(f"no column {missing}, only {list(data)}")
    return Spec(spec, data, lambda: data)


def _scale(domain: tuple[float, float] | None) -> alt.Scale:
    return alt.Scale(domain=list(domain), clamp=True) if domain else alt.Scale(zero=False)


@lru_cache(maxsize=64)
def _lines(x: str, y: str, points: bool, x_domain, y_domain, form: str, height: int) -> dict:
    hover = alt.selection_point(name="hover", on="pointerover", fields=["series"], empty=True, clear="pointerout")
    tip = [
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("x:Q", title=x),
        alt.Tooltip("y:Q", title=y, format=".4f"),
    ]
    base = alt.Chart(_EMPTY).encode(
        alt.X("x:Q", title=x, scale=_scale(x_domain)),
        alt.Y("y:Q", title=y, scale=_scale(y_domain), axis=alt.Axis(format=form)),
        alt.Color("series:N", title=None, legend=alt.Legend(orient="top", columns=2)),
        alt.StrokeDash("series:N", title=None, legend=alt.Legend(orient="top", columns=2)),
        opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0.25)),
        tooltip=tip,
    )
    chart = base.mark_line(point={"size": 55} if points else False, strokeWidth=2.5).add_params(hover)
    return _without_data(chart.properties(height=height))


def lines(
    data: pd.DataFrame, x: str, y: str, *, points: bool = False, x_domain: tuple[float, float] | None = None,
    y_domain: tuple[float, float] | None = None, form: str = "~g", height: int = HEIGHT,
) -> Spec:  # fmt: skip
    """One line a `series` through (`x`, `y`); the titles are `x` and `y`, `form` the d3 format of the y axis."""
    spec = _lines(x, y, points, x_domain, y_domain, form, height)
    return _spec(spec, data, ("x", "y", "series"))


def against_diagonal(data: pd.DataFrame, x: str, y: str, *, height: int = HEIGHT) -> Spec:
    """Lines of shares (0…1) against shares with dots of size `n`, and the diagonal where both are equal."""
    return _spec(_diagonal(x, y, height), data, ("x", "y", "n", "series"))


@lru_cache(maxsize=16)
def _diagonal(x: str, y: str, height: int) -> dict:
    base = alt.Chart(_EMPTY).encode(
        alt.X("x:Q", title=x, scale=_scale((0, 1)), axis=alt.Axis(format="%")),
        alt.Y("y:Q", title=y, scale=_scale((0, 1)), axis=alt.Axis(format="%")),
        alt.Color("series:N", title=None, legend=alt.Legend(orient="top", columns=2)),
    )
    tip = [alt.Tooltip("series:N", title=" "), alt.Tooltip("x:Q", title=x, format=".1%"),
           alt.Tooltip("y:Q", title=y, format=".1%"), alt.Tooltip("n:Q", title="n")]  # fmt: skip
    size = alt.Size("n:Q", legend=None, scale=alt.Scale(range=[30, 420]))
    marks = base.mark_circle(opacity=0.9).encode(size=size, tooltip=tip)
    ends = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])).encode(alt.X("x:Q"), alt.Y("y:Q"))
    equal = ends.mark_line(color="#8a8f98", strokeDash=[2, 4])
    spec = (equal + base.mark_line(strokeWidth=2, opacity=0.6) + marks).properties(height=height).to_dict()
    for layer in spec["layer"]:
        if not layer.get("data", {}).get("values"):
            layer.pop("data", None)
    return spec


def pairs(data: pd.DataFrame, x: str, *, domain: tuple[float, float] = (0, 1), form: str = "%") -> Spec:
    """One line a `label` with a dot for each `series` at `value`, the dots of a label joined; rows by `order`."""
    return _spec(_pairs(x, domain, form), data, ("label", "value", "series", "order"))


@lru_cache(maxsize=16)
def _pairs(x: str, domain: tuple[float, float], form: str) -> dict:
    rows = alt.Y("label:N", title=None, sort=alt.EncodingSortField("order", order="descending"))
    tip = [
        alt.Tooltip("label:N", title=" "),
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("value:Q", title=x, format=".1%"),
    ]
    base = alt.Chart(_EMPTY).encode(rows, alt.X("value:Q", title=x, scale=_scale(domain), axis=alt.Axis(format=form)))
    joined = base.mark_line(color="#8a8f98", strokeWidth=3, opacity=0.5).encode(detail="label:N")
    legend = alt.Legend(orient="top", columns=2)
    marks = base.mark_point(filled=True, size=110, opacity=1).encode(
        alt.Color("series:N", title=None, legend=legend), alt.Shape("series:N", title=None, legend=legend), tooltip=tip
    )
    return _without_data((joined + marks).properties(height=alt.Step(24)))


def bars(data: pd.DataFrame, x: str, *, form: str = "~g", height_a_bar: int = 22) -> Spec:
    """Horizontal bars of `value` by `label`, largest first, the number at the end of each."""
    return _spec(_bars(x, form, height_a_bar), data, ("label", "value"))


@lru_cache(maxsize=16)
def _bars(x: str, form: str, height_a_bar: int) -> dict:
    base = alt.Chart(_EMPTY).encode(
        alt.Y("label:N", title=None, sort="-x", axis=alt.Axis(labelLimit=220)),
        alt.X("value:Q", title=x, axis=alt.Axis(format=form, tickMinStep=1)),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("value:Q", title=x, format=form)],
    )  # fmt: skip
    text = base.mark_text(align="left", dx=4, fontSize=12, color="#8a8f98").encode(
        text=alt.Text("value:Q", format=form)
    )
    return _without_data((base.mark_bar() + text).properties(height=alt.Step(height_a_bar)))
