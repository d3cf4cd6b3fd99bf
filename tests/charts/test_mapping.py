"""Boxes and arrows: what is given is drawn where it is said to be, and nothing else."""

import pytest

from charts.mapping import LONGEST, Arrow, Box, mapping

BOXES = [Box("in", 0, "a"), Box("state", 0, "h1", "0.30"), Box("state", 1, "h2"), Box("out", 0.5, "x" * 40, "80%", 2)]
TITLES = ("in", "state", "out")


def test_boxes_stand_in_their_columns_and_rows():
    data = mapping(BOXES, [], TITLES).data
    boxes = data[data["mark"] == "box"]
    assert boxes["at"].tolist() == [0, 1, 1, 2]
    assert boxes["row"].tolist() == [0, 0, 1, 0.5]
    assert ((boxes["y"] + boxes["y2"]) / 2 == boxes["row"]).all()
    heights = boxes["y2"] - boxes["y"]
    assert heights.iloc[3] == pytest.approx(heights.iloc[0] + 1)
    assert data[data["mark"] == "title"]["text"].tolist() == list(TITLES)


def test_a_word_bears_its_number_and_a_long_one_is_cut():
    shown = mapping(BOXES, [], TITLES).data["text"]
    assert shown[1] == "h1  0.30"
    assert shown[3] == "x" * (LONGEST - 1) + "…  80%"


def test_arrows_lead_from_edge_to_edge():
    data = mapping(BOXES, [Arrow(0, 1), Arrow(1, 2), Arrow(2, 3)], TITLES).data
    boxes = data[data["mark"] == "box"].reset_index()
    across, down = data[data["mark"] == "across"], data[data["mark"] == "down"]
    assert across["x"].tolist() == boxes["x2"].iloc[[0, 2]].tolist()
    assert across["x2"].tolist() == boxes["x"].iloc[[1, 3]].tolist()
    assert across["y2"].tolist() == [0, 0.5]
    assert down["y"].item() == boxes["y2"].iloc[1]
    assert down["y2"].item() == boxes["y"].iloc[2]


def test_the_table_holds_words_and_numbers():
    table = mapping(BOXES, [Arrow(0, 1)], TITLES).table()
    assert table["text"].tolist() == ["a", "h1", "h2", "x" * 40]
    assert table["value"].tolist() == ["", "0.30", "", "80%"]


@pytest.mark.parametrize(
    ("boxes", "arrows"), [([], []), ([Box("left", 0, "a")], []), (BOXES, [Arrow(0, 4)]), (BOXES, [Arrow(-1, 0)])]
)
def test_what_cannot_be_drawn_is_refused(boxes, arrows):
    with pytest.raises(ValueError, match=r"boxes|arrows"):
        mapping(boxes, arrows, TITLES)
