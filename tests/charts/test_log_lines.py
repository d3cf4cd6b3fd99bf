"""Lines on a logarithmic axis: the drawing says which axis, keeps colours by name, and refuses what it cannot draw."""

import pandas as pd
import pytest

from charts.log_lines import Axes, log_lines

WORDS = {"series": "cell", "part": "run"}
DATA = pd.DataFrame([(20, 1.0, "gru", "stored"), (100, 0.5, "gru", "stored"), (20, 0.9, "gru", "live")],
                    columns=["x", "y", "series", "part"])  # fmt: skip


def layers(axes: Axes, **rest) -> list[dict]:
    return log_lines(DATA, axes, WORDS, **rest).spec["layer"]


@pytest.mark.parametrize("log", ["x", "y"])
def test_only_the_named_axis_is_logarithmic(log):
    encoding = layers(Axes("distance", "share", log))[0]["encoding"]
    assert encoding[log]["scale"]["type"] == "log"
    assert encoding["y" if log == "x" else "x"]["scale"].get("type") != "log"


def test_both_axes_can_be_logarithmic():
    encoding = layers(Axes("length", "seconds", "xy", form="~s"))[0]["encoding"]
    assert [encoding[axis]["scale"]["type"] for axis in "xy"] == ["log", "log"]
    assert encoding["y"]["axis"]["format"] == "~s"


def test_a_series_keeps_its_colour_and_only_shown_ones_are_in_the_legend():
    line = layers(Axes("distance", "share", "x"), order=("elman", "gru"))[0]
    assert line["encoding"]["color"]["scale"]["domain"] == ["elman", "gru"]
    assert line["encoding"]["color"]["legend"]["values"] == ["gru"]


def test_ticks_domain_and_level_are_as_asked():
    drawn = layers(Axes("distance", "share", "x", domain=(0.0, 1.0), ticks=(20, 100), level=0.125), points=True)
    assert drawn[0]["encoding"]["x"]["axis"]["values"] == [20, 100]
    assert drawn[0]["encoding"]["y"]["scale"]["domain"] == [0.0, 1.0]
    assert drawn[-1]["data"]["values"] == [{"level": 0.125}]
    assert len({"circle", "diamond"} & set(drawn[1]["encoding"]["shape"]["scale"]["range"])) == 2


def test_the_table_has_the_words_of_the_page():
    table = log_lines(DATA, Axes("distance", "share", "x"), WORDS).table()
    assert list(table) == ["distance", "share", "cell", "run"]
    assert table["share"].tolist() == [1.0, 0.5, 0.9]


def test_what_it_cannot_draw_is_refused():
    with pytest.raises(ValueError, match="series"):
        log_lines(DATA.drop(columns="series"), Axes("distance", "share", "x"), WORDS)
    four = pd.concat([DATA.assign(part=str(k)) for k in range(4)])
    with pytest.raises(ValueError, match="4 parts"):
        log_lines(four, Axes("distance", "share", "x"), WORDS)
