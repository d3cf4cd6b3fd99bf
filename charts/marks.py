"""The plain statistical marks as Altair charts: lines, dots with names, bars. Specs are validated once a process."""

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


def _scale(domain: tuple[float, float] | None, kind: str = "linear") -> alt.Scale:
    return alt.Scale(type=kind, domain=list(domain), clamp=True) if domain else alt.Scale(type=kind, zero=False)


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
        alt.Color("series:N", title=None, legend=alt.Legend(orient="top")),
        alt.StrokeDash("series:N", legend=None),
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
        alt.Color("series:N", title=None, legend=alt.Legend(orient="top")),
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


def dots(
    data: pd.DataFrame, x: str, y: str, *, log_x: bool = False, y_domain: tuple[float, float] | None = None,
    form: str = "~g", height: int = HEIGHT + 60,
) -> Spec:  # fmt: skip
    """One dot a row with its `label`, coloured and shaped by `series`; rows with the same `label` are joined."""
    return _spec(_dots(x, y, log_x, y_domain, form, height), data, ("x", "y", "label", "series"))


@lru_cache(maxsize=16)
def _dots(x: str, y: str, log_x: bool, y_domain, form: str, height: int) -> dict:
    base = alt.Chart(_EMPTY).encode(
        alt.X("x:Q", title=x, scale=_scale(None, "log" if log_x else "linear")),
        alt.Y("y:Q", title=y, scale=_scale(y_domain), axis=alt.Axis(format=form)),
    )
    tip = [alt.Tooltip("label:N", title=" "), alt.Tooltip("series:N", title=" "), alt.Tooltip("x:Q", title=x),
           alt.Tooltip("y:Q", title=y, format=".3f")]  # fmt: skip
    color = alt.Color("series:N", title=None, legend=alt.Legend(orient="top"))
    marks = base.mark_point(filled=True, size=80, opacity=0.9).encode(
        color, alt.Shape("series:N", legend=None), tooltip=tip
    )
    joined = base.mark_line(color="#8a8f98", strokeWidth=1).encode(detail="label:N")
    names = (
        base.transform_filter("datum.first")
        .mark_text(align="left", dx=8, fontSize=12, color="#8a8f98")
        .encode(text="label:N")
    )
    return _without_data((joined + marks + names).properties(height=height))


def bars(data: pd.DataFrame, x: str, *, form: str = "~g", height_a_bar: int = 22) -> Spec:
    """Horizontal bars of `value` by `label`, largest first, the number at the end of each."""
    return _spec(_bars(x, form, height_a_bar), data, ("label", "value"))


@lru_cache(maxsize=16)
def _bars(x: str, form: str, height_a_bar: int) -> dict:
    base = alt.Chart(_EMPTY).encode(
        alt.Y("label:N", title=None, sort="-x", axis=alt.Axis(labelLimit=220)),
        alt.X("value:Q", title=x, axis=alt.Axis(format=form)),
        tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("value:Q", title=x, format=form)],
    )  # fmt: skip
    text = base.mark_text(align="left", dx=4, fontSize=12, color="#8a8f98").encode(
        text=alt.Text("value:Q", format=form)
    )
    return _without_data((base.mark_bar() + text).properties(height=alt.Step(height_a_bar)))
