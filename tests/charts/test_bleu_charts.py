"""N-grams under words, factors on a logarithmic axis, a histogram: what each receives and refuses."""

import numpy as np
import pandas as pd
import pytest
import vl_convert

from charts.factors import factors
from charts.histogram import histogram
from charts.ngrams import SHOWN, Line, covered, ngrams
from charts.still import still

NAN = np.nan
SAID = {name: name for name in ("all", "order", "counts", "not", "hint", "more", "empty")}
MARKS = np.array([[1, 1, 0], [1, 0, NAN], [0, NAN, NAN]])
CALLED = {"factor": "factor", "series": "who", "value": "value"}


def test_words_and_marks_travel_and_unknown_ones_are_minus_one():
    chart = ngrams([Line("A", ["a", "b", "<b>"], MARKS), Line("R", ["a"] * (SHOWN + 2))], SAID)
    assert chart.header["orders"] == 3
    assert chart.arrays["marks0"].tolist() == [[1, 1, 0], [1, 0, -1], [0, -1, -1]]
    assert [len(line["text"]) for line in chart.header["lines"]] == [3, SHOWN]
    assert [line["rest"] for line in chart.header["lines"]] == [0, 2]
    table = chart.table()
    assert table["word_label"].tolist()[:4] == ["a", "b", "<b>", "a"]
    assert table["n = 2"].tolist()[0] == 1


def test_an_order_covers_the_words_of_its_n_grams_and_goes_on_inside_of_them():
    assert covered(MARKS).tolist() == [[1, 2, 0], [1, 1, 0], [0, 0, 0]]
    overlapping = np.array([[0, 1], [0, 1], [0, NAN]])
    assert covered(overlapping)[:, 1].tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    "lines", [[], [Line("A", ["a"], MARKS)], [Line("A", ["a"], MARKS[:1]), Line("B", ["a"], MARKS[:1, :2])]]
)
def test_marks_that_do_not_fit_are_refused(lines):
    with pytest.raises(ValueError, match=r"lines|words"):
        ngrams(lines, SAID)


def test_a_still_picture_has_a_lane_for_every_covered_word():
    spec = still(ngrams([Line("A", ["a", "b", "c"], MARKS), Line("R", [])], SAID))
    lanes = spec.data[spec.data["part"] == "lane"]
    assert lanes["order"].tolist() == ["1", "2", "1", "2"]
    assert set(spec.data.loc[spec.data["part"] == "word", "text"]) == {"A", "R", "a", "b", "c"}


def test_each_factor_begins_where_the_product_stands():
    data = pd.DataFrame({"factor": ["BP", "p"], "series": "A", "value": [0.5, 0.2]})
    spec = factors(data, "x", "BLEU", CALLED)
    assert spec.data["start"].tolist() == [100, 50, 100]
    assert spec.data["end"].tolist() == pytest.approx([50, 10, 10])
    assert spec.data["text"].tolist() == ["×0.5", "×0.2", "10.0"]
    assert spec.table().columns.tolist() == ["factor", "who", "value"]
    low, high = spec.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 10
    assert high == 100


@pytest.mark.parametrize("values", [[1.0, 0.0, 0.5], [0.0, 0.0], [1.0, 1.0], [1e-9, 1e-9]])
def test_a_factor_of_nothing_stays_on_the_axis(values):
    data = pd.DataFrame({"factor": list(map(str, range(len(values)))), "series": "A", "value": values})
    spec = factors(data, "x", "BLEU", CALLED)
    low, high = spec.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert 0 < low < high
    assert (spec.data[["start", "end"]] >= low).all().all()
    with pytest.raises(ValueError, match="series"):
        factors(data.drop(columns="series"), "x", "BLEU", CALLED)


def test_a_factor_of_nothing_runs_out_of_the_picture_and_what_follows_has_no_bar():
    data = pd.DataFrame({"factor": ["BP", "p", "q"], "series": "A", "value": [0.5, 0.0, 0.3]})
    spec = factors(data, "x", "BLEU", CALLED, nothing="all gone")
    assert spec.data["part"].tolist() == ["way", "zero", "gone", "gone"]
    assert spec.data["text"].tolist() == ["×0.5", "×0", "×0.3", "0.0 · all gone"]
    edge, _ = spec.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert spec.data["end"].tolist()[1] == edge
    assert "svg" in vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})


def test_a_histogram_counts_from_edge_to_edge():
    spec = histogram([0, 9.99, 10, 50, 100], range(0, 101, 10), "x", "y", {"low": "from", "high": "to", "n": "lines"})
    assert spec.data["n"].tolist() == [2, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert spec.table().columns.tolist() == ["from", "to", "lines"]
    with pytest.raises(ValueError, match="1 edges"):
        histogram([], [0], "x", "y", {})
