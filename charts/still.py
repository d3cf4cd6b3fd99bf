"""A still picture of a component as an Altair chart, for PNG and SVG files."""

import math
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from charts import heads, links, offers, rows, strips, tree
from charts.base import Component, Spec, without_data
from charts.ngrams import picture

SCHEMES = {"prob": "viridis", "log": "viridis", "count": "greys", "index": "tableau20", "signed": "blueorange"}
WIDEST = 150  # columns of a trellis in a file


def still(component: Component) -> Spec:
    """The component as a chart: a plane with its path, a trellis after its last move, a state graph, a matrix whole;
    where there are more dims than two, the last slice of those beyond; a block diagram at its last time, in the unit
    where its cursor starts.
    """
    drawers = {
        "matrix": _heat, "trellis": _trellis, "graph": _graph, "wires": _wires, "ngrams": _ngrams,
        "links": lambda links_, _: links.picture(links_), "tree": lambda tree_, _: tree.picture(tree_),
        "offers": lambda offers_, _: offers.picture(offers_), "heads": lambda heads_, _: heads.picture(heads_),
        "rows": lambda rows_, _: rows.picture(rows_),
        "strips": lambda strips_, _: strips.picture(strips_),
    }  # fmt: skip
    return drawers.get(component.name, _scatter)(component, component.table())


def _axis(table: pd.DataFrame, dim: str, channel: type) -> alt.Axis:
    label = f"{dim}_label"
    if label not in table:
        return channel(dim, type="ordinal")
    words = table.drop_duplicates(dim).set_index(dim)[label].astype(str).to_dict()
    pairs = ", ".join(f"'{place}': {_quoted(word)}" for place, word in words.items())
    return channel(dim, type="ordinal", axis=alt.Axis(labelExpr=f"({{{pairs}}})[datum.value]", labelAngle=0))


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _heat(component: Component, table: pd.DataFrame) -> Spec:
    header = component.header
    dims = [axis["dim"] for axis in (header["rows"], header["columns"], *header["sliders"]) if axis]
    low, high = header["domain"]
    domain = {"domain": [low, high]} | ({"domainMid": 0} if header["kind"] == "signed" else {})
    color = alt.Color("value:Q", scale=alt.Scale(scheme=SCHEMES[header["kind"]], **domain), title=header["variable"])
    encoding = {"y": _axis(table, dims[0], alt.Y), "color": color}
    if len(dims) > 1:
        encoding["x"] = _axis(table, dims[1], alt.X)
    for dim in dims[2:]:
        table = table[table[dim] == table[dim].max()]
    return _spec(alt.Chart(alt.Data(values=[])).mark_rect().encode(**encoding), table, component)


def _scatter(component: Component, table: pd.DataFrame) -> Spec:
    across, down = component.header["axes"]
    on_path = alt.datum.group == ""
    base = alt.Chart(alt.Data(values=[])).encode(alt.X("x:Q", title=across or "x"), alt.Y("y:Q", title=down or "y"))
    points = base.transform_filter(~on_path).mark_circle(size=9, color="#8a8f98", opacity=0.5)
    path = base.transform_filter(on_path).mark_line(point=True, color="#c04f00").encode(order="step:Q")
    letters = base.transform_filter(on_path).mark_text(dx=9, dy=-7, fontSize=14).encode(text="label:N")
    table = table.assign(step=range(len(table)))
    return _spec((points + path + letters).properties(width=560, height=420), table, component)


def _spec(chart: alt.Chart, table: pd.DataFrame, component: Component) -> Spec:
    return Spec(without_data(chart.to_dict()), table, component.table)


def _trellis(component: Component, _: pd.DataFrame) -> Spec:
    """Nodes with their numbers, back-pointers as thin lines, the path traced back or the paths given as thick ones."""
    header, arrays = component.header, component.arrays
    nodes = arrays["nodes"].reshape(-1, *arrays["nodes"].shape[-2:])[-1]
    nodes = np.exp(nodes) if "nodes" in header["logged"] else nodes
    nodes, whole = nodes[:WIDEST], not header["summary"]
    T, N = nodes.shape
    text = [[_short(value) if whole else "" for value in row] for row in nodes]
    rows = [{"part": "node", "x": t, "y": j, "text": text[t][j]} for t in range(T) for j in range(N)]
    for step, winners in enumerate(arrays.get("back", ())):
        rows += [_line("back", step, int(i), j) for j, i in enumerate(winners) if i >= 0]
    paths = dict(zip(header["paths"], arrays["paths"][:, :T] if header["paths"] else (), strict=True))
    if "best" in arrays and not paths:
        paths = {header["variable"]: arrays["best"]}
    for place, (name, path) in enumerate(paths.items()):
        aside = 0.06 * (place - (len(paths) - 1) / 2)  # paths that run together are all seen
        rows += [_line(name, t, *map(int, pair), aside) for t, pair in enumerate(pairwise(path))
                 if min(pair) >= 0]  # fmt: skip
    seen = (header["time"]["labels"] or [str(t + 1) for t in range(T)])[:T]
    names = header["state"]["labels"] or [str(j) for j in range(N)]
    return _spec(_drawn(names, seen, whole), pd.DataFrame(rows).fillna({"x2": 0, "y2": 0, "text": ""}), component)


def _line(part: str, t: int, i: int, j: int, aside: float = 0) -> dict:
    return {"part": part, "x": t, "y": i + aside, "x2": t + 1, "y2": j + aside}


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "0" if value == -math.inf else "–"


def _words(words: list[str]) -> alt.Axis:
    pairs = ", ".join(f"'{place}': {_quoted(word)}" for place, word in enumerate(words))
    return alt.Axis(labelExpr=f"({{{pairs}}})[datum.value]", labelAngle=0, grid=False, title=None, tickMinStep=1,
                    values=list(range(len(words))), domain=False, ticks=False)  # fmt: skip


def _drawn(names: list[str], seen: list[str], whole: bool) -> alt.LayerChart:
    T = len(seen)
    x = alt.X("x:Q", axis=_words(seen), scale=alt.Scale(domain=[-0.5, T - 0.5], nice=False))
    y = alt.Y("y:Q", axis=_words(names), scale=alt.Scale(domain=[len(names) - 0.5, -0.5], nice=False))
    part, base = alt.datum.part, alt.Chart(alt.Data(values=[])).encode(x, y)
    links = base.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    thin = links.transform_filter(part == "back").mark_rule(color="#a9adb2")
    thick = links.transform_filter((part != "back") & (part != "node")).mark_rule(strokeWidth=3.5, opacity=0.8)
    thick = thick.encode(color=alt.Color("part:N", title=None), strokeDash=alt.StrokeDash("part:N", title=None))
    cells = base.transform_filter(part == "node")
    pills = cells.mark_point(
        shape="circle", size=1500 if whole else 60, filled=True, color="#eef3f3", stroke="#0b5c68", opacity=1
    )
    numbers = cells.mark_text(fontSize=10, color="#0c1218").encode(text="text:N")
    size = {"width": (90 if whole else 26) * T, "height": (60 if whole else 20) * len(names)}
    return (thin + thick + pills + numbers).properties(**size)


def _graph(component: Component, _: pd.DataFrame) -> Spec:
    """States on a circle; lines as wide as their probabilities, each number near the state that the arrow leaves."""
    A, N = component.arrays["A"], component.header["state"]["size"]
    names = component.header["state"]["labels"] or list(map(str, range(N)))
    turn = np.pi / 2 - 2 * np.pi * np.arange(N) / N if N > 2 else np.array([np.pi, 0.0])[:N]
    at = np.stack([np.cos(turn), np.sin(turn)], 1)
    rows = [_edge(at, i, j, float(A[i, j])) for i in range(N) for j in range(N) if i != j and A[i, j] >= 0.005]
    rows += [{"part": "node", "x": x, "y": y, "text": f"{name}\n{p:.2f}"}
             for (x, y), name, p in zip(at, names, A.diagonal(), strict=True)]  # fmt: skip
    base = alt.Chart(alt.Data(values=[])).encode(
        *(
            way(f"{name}:Q", axis=None, scale=alt.Scale(domain=[-1.4, 1.4]))
            for way, name in ((alt.X, "x"), (alt.Y, "y"))
        )
    )
    links = base.transform_filter(alt.datum.part == "edge")
    width = alt.StrokeWidth("p:Q", scale=alt.Scale(domain=[0, 1], range=[0.6, 7]), legend=None)
    lines = links.mark_rule(color="#5a6068").encode(alt.X2("x2:Q"), alt.Y2("y2:Q"), strokeWidth=width)
    numbers = links.mark_text(fontSize=11).encode(alt.X("x3:Q"), alt.Y("y3:Q"), text="text:N")
    states = base.transform_filter(alt.datum.part == "node")
    discs = states.mark_point(size=3600, filled=True, color="#eef3f3", stroke="#0b5c68", opacity=1)
    words = states.mark_text(fontSize=13, lineBreak="\n", color="#0c1218").encode(text="text:N")
    table = pd.DataFrame(rows).fillna(0)
    return _spec((lines + discs + words + numbers).properties(width=480, height=480), table, component)


def _edge(at: np.ndarray, i: int, j: int, p: float) -> dict:
    """A straight line a little to one side, so that both directions are seen; its number a third of the way."""
    way = at[j] - at[i]
    aside = 0.05 * np.array([way[1], -way[0]]) / (np.hypot(*way) or 1)
    (x, y), (x2, y2), (x3, y3) = at[i] + aside, at[j] + aside, at[i] + 0.33 * way + 1.9 * aside
    return {"part": "edge", "x": x, "y": y, "x2": x2, "y2": y2, "x3": x3, "y3": y3, "p": p, "text": f"{p:.2f}"}


def _wires(component: Component, _: pd.DataFrame) -> Spec:
    """Boxes with their symbols, wires with the numbers of one unit at the last time."""
    header, boxes = component.header, component.header["boxes"]
    unit = min(header["cursors"]["unit"]["index"] or 0, header["unit"]["size"] - 1)
    rows = []
    for wire in header["wires"]:
        ends = [(boxes[wire[end]]["x"], boxes[wire[end]]["y"]) for end in ("source", "target")]
        value = None if wire["variable"] is None else float(component.arrays[wire["variable"]][-1, unit])
        rows += _stretches([ends[0], *wire["via"], ends[1]], value, wire["spot"])
    rows += [{"part": "box", "x": box["x"], "y": box["y"], "text": _flat(box)} for box in boxes]
    most = header["domain"][1]
    x, y = (way(f"{name}:Q", axis=None, scale=alt.Scale(zero=False, padding=40, reverse=name == "y"))
            for way, name in ((alt.X, "x"), (alt.Y, "y")))  # fmt: skip
    part, base = alt.datum.part, alt.Chart(alt.Data(values=[])).encode(x, y)
    scale = alt.Scale(scheme=SCHEMES["signed"], domain=[-most, most], domainMid=0, clamp=True)
    links = base.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    buses = links.transform_filter(part == "bus").mark_rule(color="#a9adb2")
    lines = links.transform_filter(part == "wire").mark_rule(strokeWidth=4).encode(alt.Color("value:Q", scale=scale))
    numbers = base.transform_filter(part == "number").mark_text(fontSize=12, dx=4, dy=-9).encode(text="text:N")
    squares = base.transform_filter(part == "box")
    discs = squares.mark_point(shape="square", size=1300, filled=True, color="#eef3f3", stroke="#0b5c68", opacity=1)
    words = squares.mark_text(fontSize=11, color="#0c1218").encode(text="text:N")
    table = pd.DataFrame(rows).fillna({"x2": 0, "y2": 0, "text": "", "value": 0})
    return _spec((buses + lines + discs + words + numbers).properties(width=900, height=420), table, component)


def _stretches(way: list[tuple[float, float]], value: float | None, spot: tuple[float, float] | None) -> list[dict]:
    """The straight pieces of a wire, and its number in the middle of the longest."""
    pairs = list(pairwise(way))
    kind = "bus" if value is None else "wire"
    rows = [{"part": kind, "x": x, "y": y, "x2": x2, "y2": y2, "value": value} for (x, y), (x2, y2) in pairs]
    if value is not None:
        (x, y), (x2, y2) = max(pairs, key=lambda pair: math.dist(*pair))
        aside = (0.26, 0.15) if x == x2 else (0, 0)  # beside a line that goes down, above one across
        x, y = spot or ((x + x2) / 2 + aside[0], (y + y2) / 2 + aside[1])
        rows.append({"part": "number", "x": x, "y": y, "text": _short(value)})
    return rows


def _flat(box: dict) -> str:
    """What a box shows: its sign, or its symbol in one line."""
    signs = {"times": "×", "plus": "+", "minus": "1−"}
    return signs.get(box["kind"]) or box["symbol"].replace("_", "").replace("{", "").replace("}", "").replace("-", "−")


def _ngrams(component: Component, _: pd.DataFrame) -> Spec:
    return picture(component)
