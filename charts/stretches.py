"""One curve in stretches of different colour, places on it named by dashed rules, and a dot where one stands."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

import altair as alt
import pandas as pd

from charts.base import Spec, need, without_data

RULES = ("rule", "rule before", "rule 2", "rule before 2")
COLUMNS = ("x", "y", "run", "mark")
RUNS = "names of the runs"
SHORT = 8  # letters of a name of which four stand side by side in a legend


def stretches(
    data: pd.DataFrame, x: str, y: str, words: Mapping[str, str], *, order: Sequence[str] = (), form: str = "~g",
    names: Literal["top", "bottom"] = "top", height: int = 280,
) -> Spec:  # fmt: skip
    """Lines through (`x`, `y`) for each `run`; rows whose `mark` is "rule" or "rule before" stand as a dashed rule
    with `run` after or before it ("rule 2", "rule before 2": on a second line), a "dot" as one; the others are "line".

    `x` and `y` title the axes, `words` calls `run`, `order` gives the runs of the lines in the order of their colours,
    `form` is the d3 format of the x axis, `names` where the names of the rules stand. Raises ValueError for a
    missing column.
    """
    need(data, COLUMNS)
    runs = tuple(order) or tuple(dict.fromkeys(data.loc[data["mark"] == "line", "run"]))
    columns = 4 if max(map(len, runs), default=0) <= SHORT else 2
    spec = json.loads(_stretches(x, y, columns, form, names, frozenset(data["mark"]), height).replace(
        f'"{RUNS}"', ", ".join(map(json.dumps, runs))
    ))  # fmt: skip
    called = {"x": x, "y": y, "run": words["run"]}
    return Spec(spec, data, lambda: data[list(called)].rename(columns=called))


@lru_cache(maxsize=32)
def _stretches(x: str, y: str, columns: int, form: str, names: str, marks: frozenset, height: int) -> str:
    """The specification as JSON with RUNS where the names of the runs go: how many there are changes often."""
    across = alt.X("x:Q", title=x, scale=alt.Scale(nice=False), axis=alt.Axis(format=form, tickCount=6))
    down = alt.Y("y:Q", title=y, axis=alt.Axis(tickCount=6))
    base = alt.Chart(alt.Data(values=[])).encode(across)
    legend = alt.Legend(orient="top", columns=columns, labelLimit=560, symbolType="stroke", title=None)
    tip = [alt.Tooltip("run:N", title=" "), alt.Tooltip("x:Q", title=x, format=",.4~g"),
           alt.Tooltip("y:Q", title=y, format=".4~g")]  # fmt: skip
    lines = base.transform_filter(alt.datum.mark == "line").encode(
        down, alt.Color("run:N", scale=alt.Scale(domain=[RUNS]), legend=legend)
    )
    dashes = alt.Scale(domain=[RUNS], range=[[1, 0], [7, 3], [2, 2], [9, 3, 2, 3]])
    line = lines.mark_line(strokeWidth=2.6).encode(alt.StrokeDash("run:N", scale=dashes, legend=None))
    points = lines.mark_circle(size=90, opacity=0).encode(tooltip=tip)
    rules = base.transform_filter(alt.FieldOneOfPredicate("mark", RULES))
    rule = rules.mark_rule(strokeDash=[3, 3], color="#8a8f98", strokeWidth=1.4)
    at, base_line = (0, "top") if names == "top" else ("height", "bottom")
    text = {"color": "#8a8f98", "fontSize": 12, "baseline": base_line}
    name = rules.encode(alt.Text("run:N"), y=alt.value(at))
    named = {}
    for mark in RULES:
        side = {"align": "right", "dx": -4} if "before" in mark else {"align": "left", "dx": 4}
        away = 21 if mark.endswith("2") else 5
        there = name.transform_filter(alt.datum.mark == mark)
        named[mark] = (there.mark_text(**side, dy=away if at == 0 else -away, **text),)
    dot = base.transform_filter(alt.datum.mark == "dot").mark_point(
        size=140, color="#8a8f98", filled=True, opacity=1
    ).encode(down, tooltip=tip)  # fmt: skip
    # a layer without rows would leave an empty picture behind, which screen readers announce
    layers = {"rules": (rule,), **named, "line": (line, points), "dot": (dot,)}
    shown = {"rules": set(RULES)}
    kept = [layer for name, each in layers.items() if marks & shown.get(name, {name}) for layer in each]
    return json.dumps(without_data(alt.layer(*kept).properties(height=height).to_dict()))
