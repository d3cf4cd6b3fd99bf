"""Translations word by word over their references, each word underlined once for every order of n-grams it matches."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import altair as alt
import numpy as np
import pandas as pd

from charts.base import Component, Spec, without_data

SHOWN = 240  # words of a line that are drawn


class Line(NamedTuple):
    """A line of words: its name, how long it is, and of a translation what matches: [position, order], 1 where the
    n-gram that begins there counts, 0 where not, NaN where none begins; None for a reference.
    """

    name: str
    words: Sequence[str]
    matched: np.ndarray | None = None


def ngrams(lines: Sequence[Line], said: Mapping[str, str], variable: str = "matched") -> Component:
    """Lines one under the other; hover or focus a word: the n-gram it belongs to, wherever it stands.

    said: the words of the picture: `all`, `order` with {n}, `counts`, `not`, `hint`, `more` with {n}, `empty`.
    Picking sends `{"variable": …, "position": {"line", "position", "order"}}`, line counted from 0.
    Raises ValueError for no line, or marks that do not fit the words.
    """
    marked = [line.matched for line in lines if line.matched is not None]
    if not lines or len({marks.shape[1] for marks in marked}) > 1:
        raise ValueError(f"{len(lines)} lines, orders {[marks.shape for marks in marked]}")
    for line in lines:
        if line.matched is not None and len(line.matched) != len(line.words):
            raise ValueError(f"{line.name}: {len(line.words)} words, marks for {len(line.matched)}")
    arrays = {
        f"marks{at}": np.nan_to_num(line.matched[:SHOWN], nan=-1.0)
        for at, line in enumerate(lines) if line.matched is not None
    }  # fmt: skip
    header = {
        "variable": variable, "said": dict(said), "orders": marked[0].shape[1] if marked else 0,
        "lines": [
            {"name": line.name, "text": list(map(str, line.words[:SHOWN])), "rest": max(0, len(line.words) - SHOWN)}
            for line in lines
        ],
    }  # fmt: skip
    return Component("ngrams", header, arrays, lambda: _table(lines))


def _table(lines: Sequence[Line]) -> pd.DataFrame:
    """One row a word; for each order whether the n-gram that begins with it counts."""
    rows = []
    for line in lines:
        for at, word in enumerate(line.words):
            marks = {} if line.matched is None else {f"n = {n + 1}": each for n, each in enumerate(line.matched[at])}
            rows.append({"line": line.name, "position": at, "word_label": str(word), **marks})
    return pd.DataFrame(rows, columns=None if rows else ["line", "position", "word_label"])


def covered(marks: np.ndarray) -> np.ndarray:
    """[position, order]: 0 where no counted n-gram of the order holds the word, 1 where one does and ends with it
    at the latest, 2 where one goes on to the next word.
    """
    n_words, orders = marks.shape
    found = np.zeros((n_words, orders), np.int64)
    for order in range(orders):
        for at in np.flatnonzero(marks[:, order] == 1):
            last = min(at + order, n_words - 1)
            found[at:last, order] = 2
            found[last, order] = max(found[last, order], 1)
    return found


def picture(component: Component) -> Spec:
    """The lines as a still picture: words from left to right, under each the orders it matches."""
    rows, header = [], component.header
    for at, line in enumerate(header["lines"]):
        marks, x = component.arrays.get(f"marks{at}"), 3.0
        over = covered(marks) if marks is not None else None
        rows.append({"part": "word", "x": 0.0, "x2": 0.0, "y": at, "text": line["name"], "order": ""})
        for position, word in enumerate(line["text"]):
            rows.append({"part": "word", "x": x, "x2": x, "y": at, "text": word, "order": ""})
            wide = len(word) + 1.0
            for order in range(header["orders"] if over is not None else 0):
                if state := over[position, order]:
                    end, y = x + wide - (0.6 if state == 1 else 0.0), at + 0.24 + 0.09 * order
                    rows.append({"part": "lane", "x": x, "x2": end, "y": y, "text": "", "order": str(order + 1)})
            x += wide
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[len(header["lines"]), -0.5]))
    base = alt.Chart(alt.Data(values=[])).encode(alt.X("x:Q", axis=None), y)
    words = base.transform_filter(alt.datum.part == "word").mark_text(align="left", fontSize=13).encode(text="text:N")
    lanes = base.transform_filter(alt.datum.part == "lane").mark_rule(strokeWidth=3)
    colour = alt.Color("order:N", scale=alt.Scale(scheme="viridis"), title="n")
    chart = (lanes.encode(alt.X2("x2:Q"), colour) + words).properties(width=900, height=70 * len(header["lines"]))
    return Spec(without_data(chart.to_dict()), pd.DataFrame(rows), component.table)
