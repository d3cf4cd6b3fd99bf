"""What a model makes of a sequence, as boxes and arrows: what goes in, states, what comes out; time runs down."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import altair as alt
import pandas as pd

from charts.base import Spec, without_data

COLUMNS = ("in", "state", "out")
HALF_WIDTH, HALF_HEIGHT = (0.36, 0.31, 0.42), 0.37  # of a box, in columns and rows
ROW = 34  # pixels
LONGEST = 15  # characters in a box


class Box(NamedTuple):
    """A box in one of COLUMNS at `row` (rows may be halves), with a number beside its word where there is one."""

    column: str
    row: float
    text: str
    value: str = ""
    rows: float = 1  # that it covers


class Arrow(NamedTuple):
    """From one box to another, by their places in the list."""

    start: int
    end: int


def mapping(boxes: Sequence[Box], arrows: Sequence[Arrow], titles: tuple[str, str, str]) -> Spec:
    """Boxes in three columns under their titles, joined by arrows.

    Raises ValueError for no box, an unknown column or an arrow to a box that is not there.
    """
    if not boxes or {box.column for box in boxes} - set(COLUMNS):
        raise ValueError(f"boxes in {[box.column for box in boxes]}, not in {COLUMNS}")
    if not all(0 <= place < len(boxes) for arrow in arrows for place in arrow):
        raise ValueError(f"arrows {[*arrows]} for {len(boxes)} boxes")
    rows = [_box(box) for box in boxes]
    rows += [_arrow(boxes[arrow.start], boxes[arrow.end]) for arrow in arrows]
    rows += [{"mark": "title", "x": at, "y": -0.8, "text": title} for at, title in enumerate(titles) if title]
    data = pd.DataFrame(rows).fillna({"x2": 0.0, "y2": 0.0, "text": "", "value": "", "part": ""})
    last = max(box.row + (box.rows - 1) / 2 for box in boxes)
    return Spec(_spec(last), data, lambda: pd.DataFrame(boxes)[["column", "row", "text", "value"]])


def _box(box: Box) -> dict:
    at, half = COLUMNS.index(box.column), HALF_HEIGHT + (box.rows - 1) / 2
    width = HALF_WIDTH[at]
    shown = box.text if len(box.text) <= LONGEST else box.text[: LONGEST - 1] + "…"
    label = f"{shown}  {box.value}" if box.value else shown
    return {"mark": "box", "part": box.column, "x": at - width, "x2": at + width, "y": box.row - half,
            "y2": box.row + half, "text": label, "value": box.value, "at": at, "row": box.row}  # fmt: skip


def _arrow(start: Box, end: Box) -> dict:
    a, b = COLUMNS.index(start.column), COLUMNS.index(end.column)
    if a == b:  # to the next state, straight down
        return {"mark": "down", "x": a, "x2": a, "y": start.row + HALF_HEIGHT, "y2": end.row - HALF_HEIGHT}
    return {"mark": "across", "x": a + HALF_WIDTH[a], "x2": b - HALF_WIDTH[b], "y": start.row, "y2": end.row}


@lru_cache(maxsize=64)
def _spec(last: float) -> dict:
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, 2.5], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[last + 0.5, -1.1], nice=False))
    base, mark = alt.Chart(alt.Data(values=[])).encode(x, y), alt.datum.mark
    fills = alt.Scale(domain=list(COLUMNS), range=["#f1eee4", "#d5e5ea", "#e3efdc"])
    boxes = base.transform_filter(mark == "box").encode(alt.X2("x2:Q"), alt.Y2("y2:Q"))
    box = boxes.mark_rect(cornerRadius=5, stroke="#5a6068", strokeWidth=1).encode(
        alt.Fill("part:N", scale=fills, legend=None)
    )
    words = base.transform_filter(mark == "box").encode(
        alt.X("at:Q", axis=None), alt.Y("row:Q", axis=None), text="text:N"
    )
    word = words.mark_text(fontSize=12, color="#0c1218", limit=170)
    across, down = (base.transform_filter(mark == way) for way in ("across", "down"))
    ends = (alt.X2("x2:Q"), alt.Y2("y2:Q"))
    rule = base.transform_filter((mark == "across") | (mark == "down")).mark_rule(color="#8a8f98", strokeWidth=1.5)
    heads = [
        each.mark_point(shape=shape, filled=True, size=42, color="#8a8f98", opacity=1, **shift).encode(
            alt.X("x2:Q", axis=None), alt.Y("y2:Q", axis=None)
        )
        for each, shape, shift in (
            (across, "triangle-right", {"xOffset": -3}),
            (down, "triangle-down", {"yOffset": -3}),
        )
    ]
    title = base.transform_filter(mark == "title").mark_text(fontSize=12, fontWeight="bold", color="#8a8f98")
    chart = alt.layer(rule.encode(*ends), *heads, box, word, title.encode(text="text:N"))
    return without_data(chart.properties(height=int(ROW * (last + 1.6))).to_dict())
