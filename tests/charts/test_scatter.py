"""A map of points: what is drawn, on which scale, and that a browser's engine draws it."""

import pandas as pd
import pytest
import vl_convert

from charts.scatter import MARKED, scatter

WORDS = {"mark": "number", "label": "sentence"}


def points(n: int) -> pd.DataFrame:
    return pd.DataFrame({
        "x": [3.0 * k for k in range(n)], "y": [float(k % 2) for k in range(n)], "mark": [str(k) for k in range(n)],
        "label": [f"<b>{k}</b>" for k in range(n)],
    })  # fmt: skip


def picture(spec) -> str:
    return vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})


@pytest.mark.parametrize(("n", "marks"), [(5, True), (MARKED, True), (MARKED + 1, False)])
def test_few_points_bear_their_marks(n, marks):
    spec = scatter(points(n), ("across", "up"), WORDS)
    layers = spec.spec.get("layer", [spec.spec])
    assert any("text" in layer["encoding"] for layer in layers) is marks
    assert "<b>" not in picture(spec).replace("&lt;b>", "")


def test_both_axes_have_the_same_scale():
    encoding = scatter(points(5), ("across", "up"), WORDS).spec["layer"][0]["encoding"]
    (x_low, x_high), (y_low, y_high) = (encoding[side]["scale"]["domain"] for side in "xy")
    assert x_high - x_low == pytest.approx(y_high - y_low)
    assert x_low < 0 < 12 < x_high
    assert y_low < 0 < 1 < y_high


@pytest.mark.parametrize("n", [0, 1])
def test_no_point_and_a_lone_one(n):
    assert len(scatter(points(n), ("across", "up"), WORDS).table()) == n
    picture(scatter(points(n), ("across", "up"), WORDS))


def test_the_table_calls_things_by_their_names():
    assert list(scatter(points(2), ("across", "up"), WORDS).table()) == ["number", "sentence", "across", "up"]


def test_missing_columns_are_named():
    with pytest.raises(ValueError, match="label"):
        scatter(points(2).drop(columns="label"), ("across", "up"), WORDS)


def test_a_mark_makes_way_for_its_neighbour():
    spec = scatter(points(2).assign(x=[0.0, 0.1], y=[0.0, 0.0]).pipe(lambda two: pd.concat([two, points(3)[2:]])),
                   ("across", "up"), WORDS)  # fmt: skip
    assert spec.data["left"].tolist() == [True, False, False]


def test_marks_of_the_first_points_never_lie_on_one_another_and_groups_have_colours():
    crowd = pd.DataFrame({"x": [0.0, 0.01, 5.0, 9.0], "y": [0.0, 0.0, 5.0, 9.0], "mark": ["aa", "bb", "c", "d"],
                          "label": ["v", "k", "v", "k"], "group": ["v", "k", "v", "k"]})  # fmt: skip
    spec = scatter(crowd, ("across", "up"), WORDS, marked=3, order=("k", "v", "z"))
    assert spec.data["bare"].tolist() == [False, False, False, True]
    assert spec.data["left"].tolist() == [False, True, False, False]  # the second finds room at its left
    more = pd.concat([crowd.iloc[:2], crowd], ignore_index=True)
    assert scatter(more, ("across", "up"), WORDS, marked=6).data["bare"].tolist()[2:4] == [True, True]
    colour = spec.spec["layer"][0]["encoding"]["color"]
    assert colour["scale"]["domain"] == ["k", "v", "z"]
    assert ">aa<" in picture(spec)
    assert ">d<" not in picture(spec)
    assert "group" not in spec.table()
