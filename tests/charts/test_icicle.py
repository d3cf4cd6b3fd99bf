"""The tree as shares: boxes that fill their parent, words that fit, a table, a specification that can be drawn."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.icicle import ROOT, boxes, icicle

SAID = {"token": "token", "p": "p", "joint": "all", "count": "times", "longest": "found", "path": "path"}


def tree(p=(1, 0.75, 0.2, 0.05, 0.4, 0.6), label=("ab", "c", " ", "…", "d", "…")):
    parent = np.array([-1, 0, 0, 0, 1, 1])
    joint = np.array([1, p[1], p[2], p[3], p[1] * p[4], p[1] * p[5]])
    values = {
        "parent": parent, "depth": [0, 1, 1, 1, 2, 2], "p": list(p), "joint": joint, "count": [0, 1200, 2, 0, 3, 0],
        "longest": [0, 3, 1, 0, 2, 0], "others": [0, 0, 0, 7, 0, 4],
    }  # fmt: skip
    data = {name: ("node", np.asarray(value, float)) for name, value in values.items()}
    return xr.Dataset(data, {"node": np.arange(6), "node_label": ("node", list(label))})


def test_children_fill_their_parent_and_columns_follow_the_depth():
    data = boxes(tree(), 3, 400)
    assert data["y"].tolist() == pytest.approx([0, 0, 0.75, 0.95, 0, 0.3])
    assert data["y2"].tolist() == pytest.approx([1, 0.75, 0.95, 1, 0.3, 0.75])
    assert data["x"].tolist() == pytest.approx([0, ROOT, ROOT, ROOT, 1 + ROOT, 1 + ROOT])
    assert data["path"].tolist()[4] == "ab c d"


def test_what_is_written_fits_its_box():
    data = boxes(tree(), 3, 200)
    assert data["name"].tolist() == ["ab", "c", "␣", "", "d", "…"]
    assert data["share"].tolist() == ["", "75% · 1,200×", "20% · 2×", "", "40% · 3×", "60%"]
    assert boxes(tree(), 3, 100)["beside"].tolist() == ["", "", "20% · 2×", "", "40% · 3×", ""]


def test_the_longer_the_n_gram_the_darker_and_the_rest_is_grey():
    fills = boxes(tree(), 3, 400)["fill"].tolist()
    assert fills[1] == "#0b5c68"
    assert fills[3] == fills[5]
    assert len(set(fills)) == 5


def test_the_table_and_the_picture():
    chart = icicle(tree(), SAID, orders=3)
    table = chart.table()
    assert list(table) == ["path", "token", "p", "all", "times", "found"]
    assert table["all"].tolist() == pytest.approx([1, 0.75, 0.2, 0.05, 0.3, 0.45])
    full = chart.spec | {"data": {"values": chart.data.to_dict("records")}, "width": 700}
    svg = vl_convert.vegalite_to_svg(full)
    assert "1,200×" in svg
    assert svg.count("<text") >= 8


def test_a_tree_without_its_variables_is_refused():
    with pytest.raises(ValueError, match="longest"):
        icicle(tree().drop_vars("longest"), SAID, orders=3)
