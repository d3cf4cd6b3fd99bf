"""Ways from word to word: every step is a line from the word it comes from, words that repeat stay apart."""

import numpy as np

from charts.reach import GAP, reach

STEPS = np.array([[0, 1, 2], [np.nan, 0, 1], [np.nan, np.nan, 0]])
PARENTS = [[None, 0, 1], [None, None, 1], [None, None, None]]


def test_every_step_is_a_line_from_its_parent():
    chart = reach(STEPS, PARENTS, ["a", "b", "a"], ("word", "steps"), first=1)
    drawn = chart.data[chart.data["part"] == "step"]
    assert len(drawn) == 3  # what is not reached is not drawn
    last = drawn[(drawn["source"] == 0) & (drawn["y"] == 2)].iloc[0]
    assert (last["word"], last["word2"], last["y2"]) == (f"2{GAP}a", f"1{GAP}b", 1)
    assert chart.table().values.tolist() == [["a", "b", 1], ["a", "a", 2], ["b", "a", 1]]


def test_repeated_words_stay_apart_and_in_order_and_one_is_picked_at_first():
    spec = reach(STEPS, PARENTS, ["a", "b", "a"], ("word", "steps"), first=1, most=5).spec
    picked = next(param for param in spec["params"] if param["name"] == "source")
    assert picked["value"] == [{"source": 1}]
    encoding = spec["layer"][0]["encoding"]
    assert encoding["x"]["scale"]["domain"] == [f"{place}{GAP}{word}" for place, word in enumerate("aba")]
    assert encoding["y"]["scale"]["domain"] == [0, 5]
