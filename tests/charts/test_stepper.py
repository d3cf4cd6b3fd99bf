"""What the stepper receives, and what it refuses."""

import pytest

from charts.payload import pack
from charts.stepper import stepper


def test_header():
    header = stepper(
        list("Ann"), ["a\n1", "b\n2", "c\n3"], index=2, flips=[1], strengths=[0.1, 0.2, 0.3], param="s", dim="step"
    ).header
    assert header["labels"] == ["A", "n", "n"]
    assert header["cursors"] == {"step": {"param": "s", "index": 2}}
    assert header["flips"] == [1]
    assert pack(header, {})


def test_without_anything_but_labels():
    header = stepper(["x"]).header
    assert header["cursors"] == {"time": {"param": "t", "index": None}}
    assert header["captions"] == header["strengths"] == header["flips"] == []
    assert header["hover"] is False


def test_hover_is_opt_in():
    assert stepper(["x"], hover=True).header["hover"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": []}, "at least one"),
        ({"labels": "ab", "captions": ["x"]}, "1 captions for 2 labels"),
        ({"labels": "ab", "strengths": [1, 2, 3]}, "3 strengths"),
    ],
)
def test_lists_of_another_length_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        stepper(**arguments)


def test_table():
    table = stepper(list("Ann"), ["Dutch\n20%", "Czech\n30%", "Czech\n40%"], flips=[1]).table()
    assert table.to_dict("list") == {
        "time": [0, 1, 2], "time_label": ["A", "n", "n"], "caption": ["Dutch 20%", "Czech 30%", "Czech 40%"],
        "flip": [False, True, False],
    }  # fmt: skip
