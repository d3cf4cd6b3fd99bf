"""The tree of a beam search: every extension that was looked at, the kept ones, the finished ones, the best path."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component, Spec, without_data
from charts.payload import index_of, labels_of, variable

MOST_NODES = 4000
NEEDED = ("parent", "depth", "log_prob", "score")
FLAGS = ("kept", "finished", "best")


def tree(
    search: xr.Dataset,
    *,
    cursor: str = "step",
    cursors: Mapping[str, Mapping] | None = None,
    last: int | None = None,
    notes: str | None = None,
) -> Component:
    """A search tree from left to right, its kept branches solid, the pruned ones short and pale, the best path marked.

    search: variables of the one dim `node`, with the words in the coordinate `node_label`. `parent` (index of a node,
    -1 of a root) and `depth` (0 of a root), `log_prob` of the word, `score` by which hypotheses are ranked, and
    `kept`, `finished`, `best` (not 0: kept in the beam, kept and ended, on the way to the best hypothesis).
    cursor: at index k of this dim's shared cursor the page shows the tree up to the k-th word after the root (counted
    from 0), and the rest pale; from index `last` on all of it, for steps that end before the longest hypothesis.
    cursors: as in `matrix`.
    Picking sends `{"variable": "score", "position": {"node": index}}`.
    Raises ValueError for missing variables, a parent that is not one step above, no node or more than MOST_NODES.
    """
    arrays = _arrays(search)
    parent, depth, roots = arrays["parent"], arrays["depth"], arrays["parent"] < 0
    _check(parent, depth, roots)
    plain = list(range(len(parent))) == (places := index_of(search["parent"], "node"))
    header = {
        "variable": variable(search["score"]), "labels": _words(search), "index": None if plain else places,
        "cursor": cursor, "rooted": int(roots.sum()) == 1, "last": last, "notes": notes,
        "cursors": {dim: dict(each) for dim, each in (cursors or {}).items()},
    }  # fmt: skip
    return Component("tree", header, arrays, lambda: _table(header["labels"], arrays))


def _words(search: xr.Dataset) -> list[str]:
    words = labels_of(search["parent"], "node")
    if words is None:
        raise ValueError(f"a search tree needs the coordinate node_label, not only {list(search.coords)}")
    return words


def _arrays(search: xr.Dataset) -> dict[str, np.ndarray]:
    """The variables of a search that the figure needs, by name."""
    missing = [name for name in NEEDED + FLAGS if name not in search]
    if missing:
        raise ValueError(f"a search tree lacks {missing}, it has {list(search.data_vars)}")
    arrays = {name: np.asarray(search[name].values) for name in NEEDED}
    arrays |= {name: np.asarray(search[name].values).astype(bool) for name in FLAGS}
    wrong = [name for name, values in arrays.items() if values.shape != (search.sizes.get("node"),)]
    if wrong:
        raise ValueError(f"{wrong} of a search tree are not of the one dim node")
    return arrays


def _check(parent: np.ndarray, depth: np.ndarray, roots: np.ndarray) -> None:
    N = len(parent)
    if not 1 <= N <= MOST_NODES:
        raise ValueError(f"a search tree has 1 to {MOST_NODES} nodes, not {N}")
    if not roots.any() or parent.max() >= N or (depth[roots] != depth.min()).any():
        raise ValueError("a search tree needs roots of the least depth, and parents that are among its nodes")
    if (depth[~roots] != depth[parent[~roots].astype(int)] + 1).any():
        raise ValueError("every node of a search tree lies one step below its parent")


def _table(words: list[str], arrays: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a node, with the words of its hypothesis so far."""
    parent, so_far = arrays["parent"].astype(int), {}
    for node in np.argsort(arrays["depth"], kind="stable").tolist():
        before = so_far.get(int(parent[node]), "")
        so_far[node] = f"{before} {words[node]}".strip()
    nodes = range(len(words))
    return pd.DataFrame(
        {"node": nodes, "node_label": words, "hypothesis": [so_far[node] for node in nodes]} | dict(arrays)
    )


def picture(component: Component) -> Spec:
    """A still picture of the tree for files: columns by depth, words with their scores, the best path strong."""
    arrays, words = component.arrays, component.header["labels"]
    parent, depth = arrays["parent"].astype(int), arrays["depth"].astype(int) - int(arrays["depth"].min())
    y = _rows(parent, depth, arrays["score"])
    kind = np.where(arrays["best"], "best", np.where(arrays["kept"], "kept", "pruned"))
    nodes = pd.DataFrame({"x": depth, "y": y, "x2": depth - 0.55, "kind": kind, "end": arrays["finished"]})
    nodes["y2"], nodes["root"] = y[parent], parent < 0
    nodes["text"] = [f"{word} {score:.3g}" if kept else word
                     for word, score, kept in zip(words, arrays["score"], arrays["kept"], strict=True)]  # fmt: skip
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.1, int(depth.max()) + 1], nice=False))
    way = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[int(y.max()) + 0.7, -0.7], nice=False))
    names, base = ["best", "kept", "pruned"], alt.Chart(alt.Data(values=[])).encode(x, way)
    strong = alt.StrokeWidth("kind:N", scale=alt.Scale(domain=names, range=[3, 1.4, 0.7]), title=None)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=names, range=["#0b5c68", "#1a2026", "#767b80"]), title=None)
    edges = base.transform_filter(~alt.datum.root).encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    texts = base.mark_text(align="left", dx=3, fontSize=11).encode(colour, text="text:N")
    size = {"width": 130 * (int(depth.max()) + 1), "height": 18 * (int(y.max()) + 1)}
    chart = (edges.mark_rule().encode(colour, strokeWidth=strong) + texts).properties(**size)
    return Spec(without_data(chart.to_dict()), nodes, component.table)


def _rows(parent: np.ndarray, depth: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The place of every node in its column: below its parent's better children and those of the parents above."""
    rows = np.zeros(len(parent), int)
    for column in range(int(depth.max()) + 1):
        nodes = np.flatnonzero(depth == column)
        above = rows[parent[nodes]] if column else np.zeros(len(nodes))
        rows[nodes[np.lexsort([-score[nodes], above])]] = np.arange(len(nodes))
    return rows
