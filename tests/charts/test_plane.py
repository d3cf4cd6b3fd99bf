"""What the plane of points receives, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from charts.payload import pack, unpack
from charts.plane import plane

POINTS = pd.DataFrame({
    "x": [0.0, 1, 2], "y": [3.0, 4, 5], "group": ["b", "a", "b"], "label": ["<i>", "two", "three"]
})  # fmt: skip
PATH = pd.DataFrame({"x": [0.5, 1.5], "y": [1.0, 2], "label": ["A", "n"]})


def test_points_groups_and_path():
    chart = plane(POINTS, PATH, focus="a", axes=("first", "second"))
    assert chart.header["groups"] == ["b", "a"]
    assert chart.header["focus"] == 1
    assert chart.header["steps"] == ["A", "n"]
    _, arrays = unpack(pack(chart.header, chart.arrays))
    np.testing.assert_array_equal(arrays["points"], [[0, 3], [1, 4], [2, 5]])
    np.testing.assert_array_equal(arrays["codes"], [0, 1, 0])
    np.testing.assert_array_equal(arrays["path"], [[0.5, 1], [1.5, 2]])


def test_groups_in_the_order_asked_for_also_those_without_points():
    chart = plane(POINTS, groups=["a", "none", "b"])
    np.testing.assert_array_equal(chart.arrays["codes"], [2, 0, 2])
    assert chart.header["steps"] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": POINTS.drop(columns="group")}, r"points: no column \['group'\]"),
        ({"points": POINTS, "path": PATH.drop(columns="y")}, r"path: no column \['y'\]"),
        ({"points": POINTS, "focus": "z"}, "'z'"),
        ({"points": POINTS, "groups": ["b"]}, "'a'"),
        ({"points": POINTS.assign(x=[0, np.nan, 1])}, "finite"),
    ],
)
def test_tables_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        plane(**arguments)


def test_table_has_the_path_and_the_points():
    table = plane(POINTS, PATH).table()
    assert list(table) == ["group", "label", "x", "y"]
    assert table["label"].tolist() == ["A", "n", "<i>", "two", "three"]
