"""What is taken from the browser as an edited row of a matrix."""

import pytest

from ui import components

PLACE = {"variable": "alpha", "position": {"target": 2, "source": 0}}


def test_a_row_is_taken_and_sums_to_one():
    row = components.row(PLACE | {"row": [0.25, 0.5, 0.2501], "more": "<b>"})
    assert row["variable"] == "alpha"
    assert row["position"] == {"target": 2, "source": 0}
    assert set(row) == {"variable", "position", "row"}
    assert sum(row["row"]) == pytest.approx(1, abs=1e-12)
    assert row["row"][1] == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize(
    "row",
    [None, "1", {}, [], [0.5, 0.4], [1.5, -0.5], [True], [float("nan"), 1], [None, 1.0], ["1"], [0.001] * 1025, [[1]]],
)
def test_what_is_no_row_is_not_taken(row):
    """A client can send anything in place of one."""
    assert components.row(PLACE | {"row": row}) is None


def test_a_row_without_a_place_is_not_taken():
    assert components.row({"variable": "alpha", "row": [1.0]}) is None
    assert components.row([1.0]) is None
