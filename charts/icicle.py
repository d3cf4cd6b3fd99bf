"""A tree as shares of a whole: each column one step further, each box as high as its share, its children beside it."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Spec, need, without_data
from charts.ink import SIZE
from charts.payload import labels_of

LINE = 13  # pixels that a line of text needs
NEEDED = ("parent", "depth", "p", "joint", "count", "longest", "others")
WIDTH = 900  # of the picture as a file; a page stretches it
PICK = "node"  # the selection that a click makes
_SHADES = ["#eef1ee", "#d5e6e8", "#aed0d6", "#7fb3bc", "#4a8c97", "#22707c", "#0b5c68"]
ROOT = 0.4  # width of the context, in columns
_DARK, _ROOT, _REST = 4, "#f1eee4", "#b9bdc1"  # the first shade on which white is read better; the context; `…`


def icicle(tree: xr.Dataset, words: Mapping[str, str], *, orders: int, height: int = 540) -> Spec:
    """Boxes of a tree whose nodes are in `parent` order, coloured by `longest` (0 … `orders`), grey where `others`.

    tree: variables of the dim `node` (NEEDED) with `node_label`; siblings share the height of their parent by `p`.
    words: `p`, `joint`, `count`, `longest`, `token` for tooltip and table. Raises ValueError for missing variables.
    """
    data = boxes(tree, orders, height)
    spec = _spec(tuple(words[name] for name in ("token", "p", "joint", "count", "longest")), height,
                 max(1, int(tree["depth"].values.max())))  # fmt: skip
    shown = ["path", "token", "p", "joint", "count", "longest"]
    return Spec(spec, data, lambda: data[shown].rename(columns=dict(words)))


def boxes(tree: xr.Dataset, orders: int, height: int) -> pd.DataFrame:
    """One row a node: x (column), y … y2 (0 at the top, 1 at the bottom), what is written in it, and its path."""
    labels = labels_of(tree["p"], "node")
    values = {name: tree[name].values for name in NEEDED if name in tree}
    need(pd.DataFrame(values), NEEDED)
    parent, p = values["parent"].astype(int), values["p"].astype(float)
    top, size, used, path = np.zeros(len(p)), np.ones(len(p)), np.zeros(len(p)), list(labels)
    for node, up in enumerate(parent.tolist()):
        if up >= 0:
            top[node], size[node] = top[up] + used[up] * size[up], size[up] * p[node]
            used[up] += p[node]
            path[node] = f"{path[up]} {labels[node]}".strip()
    shown = [_visible(label) for label in labels]
    data = pd.DataFrame({
        "node": range(len(p)), "x": np.where(parent < 0, 0, values["depth"] - 1 + ROOT), "y": top, "y2": top + size,
        "token": shown,
        "p": p, "joint": values["joint"], "path": path, "root": parent < 0,
        **{name: values[name].astype(int) for name in ("count", "longest", "others")},
    })  # fmt: skip
    times = [f" · {n:,}×" if n else "" for n in data["count"]]
    share = [f"{each:.0%}{n}" for each, n in zip(p, times, strict=True)]
    one, two = size * height >= LINE, size * height >= 2.6 * LINE
    data["name"] = np.where(data["root"], labels, np.where(one, shown, ""))
    data["share"] = np.where(two & ~data["root"], share, "")
    data["beside"] = np.where(one & ~two & ~data["root"], share, "")
    shade = (data["longest"] * (len(_SHADES) - 1) / max(orders, 1)).round().astype(int)
    data["fill"] = np.where(data["root"], _ROOT, np.where(data["others"] > 0, _REST, np.array(_SHADES)[shade]))
    data["ink"] = np.where((shade >= _DARK) & ~data["root"] & (data["others"] == 0), "#ffffff", "#0c1218")
    data["dy"] = np.where(two & ~data["root"], -0.5, 0.0)
    return data


def _visible(label: str) -> str:
    return label.replace(" ", "␣") or "␣"


@lru_cache(maxsize=32)
def _spec(words: tuple[str, ...], height: int, columns: int) -> dict:
    token, p, joint, count, longest = words
    tip = [
        alt.Tooltip("token:N", title=token), alt.Tooltip("p:Q", title=p, format=".2%"),
        alt.Tooltip("joint:Q", title=joint, format=".3~g"), alt.Tooltip("count:Q", title=count, format=","),
        alt.Tooltip("longest:Q", title=longest),
    ]  # fmt: skip
    across = {"axis": None, "scale": alt.Scale(domain=[0, columns + ROOT], nice=False)}
    down = {"axis": None, "scale": alt.Scale(domain=[1, 0], nice=False)}
    pick = alt.selection_point(name=PICK, fields=["node"], on="click", clear=False, empty=False)
    box = alt.Chart(alt.Data(values=[])).transform_calculate(
        x2=f"datum.root ? {ROOT} : datum.x + 1", mid="(datum.y + datum.y2) / 2"
    )
    rects = box.mark_rect(stroke="#fbfaf5", cursor="pointer").encode(
        alt.X("x:Q", **across), alt.X2("x2:Q"), alt.Y("y:Q", **down), alt.Y2("y2:Q"), alt.Fill("fill:N", scale=None),
        tooltip=tip,
        strokeWidth=alt.when(pick).then(alt.value(3)).otherwise(alt.value(1)),
        stroke=alt.when(pick).then(alt.value("#b34700")).otherwise(alt.value("#fbfaf5")),
    ).add_params(pick)  # fmt: skip
    at = {"x": alt.X("x:Q", **across), "y": alt.Y("mid:Q", **down), "color": alt.Color("ink:N", scale=None)}
    column = f"width / {columns + ROOT}"
    short = f"({column} < 120)"
    room = f"{column} * (datum.root ? {ROOT} : 1) - (datum.beside ? ({short} ? 46 : 92) : 10)"
    common = {"align": "left", "dx": 6, "fontSize": SIZE - 1, "tooltip": None}
    bold = common | {"fontWeight": 600, "limit": alt.ExprRef(expr=room)}
    alone = box.transform_filter("datum.dy == 0").mark_text(**bold).encode(text="name:N", **at)
    above = box.transform_filter("datum.dy != 0").mark_text(dy=-8, **bold).encode(text="name:N", **at)
    under = box.mark_text(dy=9, **common).encode(text="share:N", **at)
    said = alt.ExprRef(expr=f"{short} ? split(datum.beside, ' ')[0] : datum.beside")
    end = common | {"align": "right", "dx": alt.ExprRef(expr=f"{column} - 6"), "text": said}
    beside = box.transform_filter("datum.beside != ''").mark_text(**end).encode(**at)
    return without_data((rects + alone + above + under + beside).properties(height=height, width=WIDTH).to_dict())
