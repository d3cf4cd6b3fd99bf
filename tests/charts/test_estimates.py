"""Figures with intervals: rows in the order given, the front of what is worth its price, labels that touch nothing."""

import pandas as pd
import pytest

from charts import estimates as module
from charts.estimates import Box, Cost, estimates, tradeoff

WORDS = {"label": "model", "low": "at least", "high": "at most", "group": "beside the leader"}
ROWS = [("best", 0.75, 0.73, 0.77, "leads", 3_000_000), ("near", 0.73, 0.71, 0.75, "behind", 340_000),
        ("cell", 0.708, 0.687, 0.729, "behind", 131_400), ("cell-twin", 0.708, 0.687, 0.729, "behind", 132_200),
        ("small", 0.706, 0.685, 0.727, "behind", 100_500)]  # fmt: skip
DATA = pd.DataFrame(ROWS, columns=["label", "value", "low", "high", "group", "x"])
GROUPS = ("leads", "level", "behind")


def front(axes: Cost) -> list[str]:
    drawn = tradeoff(DATA, axes, WORDS, groups=GROUPS).data
    return drawn[drawn["front"]]["label"].tolist()


def test_rows_stand_in_the_order_given_and_the_first_is_the_band():
    chart = estimates(DATA, "accuracy", WORDS, groups=GROUPS)
    rows = [layer["encoding"]["y"]["sort"] for layer in chart.spec["layer"] if "y" in layer["encoding"]]
    assert rows == [DATA["label"].tolist()] * 3
    assert chart.data["first"].tolist() == [True] + [False] * 4
    assert list(chart.table()) == ["model", "accuracy", "at least", "at most", "beside the leader"]


def test_colours_belong_to_groups_and_the_legend_names_those_there_are():
    colour = estimates(DATA, "accuracy", WORDS, groups=GROUPS).spec["layer"][1]["encoding"]["color"]
    assert colour["scale"]["domain"] == list(GROUPS)
    assert colour["legend"]["values"] == ["leads", "behind"]


def test_the_front_has_those_that_none_beats_in_both():
    assert front(Cost("bytes", "accuracy")) == ["best", "near", "cell", "small"]
    assert front(Cost("names a second", "accuracy", more=True)) == ["best"]
    assert front(Cost("bytes", "loss", falling=True)) == ["small"]


@pytest.mark.parametrize("axes", [Cost("bytes", "y"), Cost("speed", "y", more=True), Cost("bytes", "y", falling=True)])
def test_labels_touch_neither_each_other_nor_a_point_on_any_screen(axes, monkeypatch):
    found, placed = [], module._placed

    def watched(at, every, *rest):
        place, left, boxes = placed(at, every, *rest)
        across, y = every[at]
        found.append((boxes, [Box(width * across - 3, width * across + 3, y - 3, y + 3) for width in module.WIDTHS]))
        return place, left, boxes

    monkeypatch.setattr(module, "_placed", watched)
    tradeoff(DATA, axes, WORDS, groups=GROUPS)
    assert len(found) == len(DATA)
    for screen, width in enumerate(module.WIDTHS):
        labels, points = ([each[part][screen] for each in found] for part in (0, 1))
        for at, box in enumerate(labels):
            assert not any(box.touches(other) for other in (*labels[:at], *points))
            assert box.left >= 0
            assert box.right <= width


def test_missing_columns_are_named():
    with pytest.raises(ValueError, match="high"):
        estimates(DATA.drop(columns="high"), "accuracy", WORDS)
    with pytest.raises(ValueError, match="x"):
        tradeoff(DATA.drop(columns="x"), Cost("bytes", "accuracy"), WORDS)
