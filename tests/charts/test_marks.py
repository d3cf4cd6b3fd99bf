"""Marks and curves: a series has its colour by name, whatever else is shown; tables have the words given to them."""

import pandas as pd
import pytest

from charts import marks
from charts.curves import curves

ORDER = ("lecture", "elman")
WORDS = {"series": "network", "part": "names", "label": "language", "n": "number", "size": "training names"}


def table(*series: str) -> pd.DataFrame:
    rows = [
        {"x": x, "y": x / 2, "n": 3, "label": "Greek", "value": 0.5, "size": 9, "series": name, "part": part}
        for name in series
        for part in ("held out", "training")
        for x in (0.2, 0.8)
    ]
    return pd.DataFrame(rows)


DRAW = {
    "lines": lambda data, **rest: marks.lines(data, "k", "share", WORDS, **rest),
    "against_diagonal": lambda data, **rest: marks.against_diagonal(data, "p", "right", WORDS, **rest),
    "pairs": lambda data, **rest: marks.pairs(data, "share", WORDS, **rest),
    "curves": lambda data, **rest: curves(data.rename(columns={"series": "run"}), "steps", "loss", **rest),
}


def colours(spec: dict) -> tuple[list[str], list[str]]:
    """(domain of the colours, series of the legend)."""
    found = [layer["encoding"]["color"] for layer in spec["layer"] if "color" in layer["encoding"]]
    channel = next(each for each in found if "scale" in each)
    return channel["scale"]["domain"], channel["legend"]["values"]


@pytest.mark.parametrize("draw", DRAW.values(), ids=list(DRAW))
@pytest.mark.parametrize(
    ("shown", "domain"),
    [
        (("lecture", "elman"), ["lecture", "elman"]),
        (("elman", "lecture"), ["lecture", "elman"]),
        (("elman",), ["lecture", "elman"]),
        (("mine-a-1", "elman"), ["lecture", "elman", "mine-a-1"]),
    ],
)
def test_a_network_has_its_colour_by_name(draw, shown, domain):
    found, legend = colours(draw(table(*shown), order=ORDER).spec)
    assert found == domain
    assert legend == [name for name in domain if name in shown]


def test_lines_tell_networks_by_colour_and_parts_by_dash():
    layers = DRAW["lines"](table(*ORDER), order=ORDER).spec["layer"]
    dash = next(layer["encoding"]["strokeDash"] for layer in layers if "strokeDash" in layer["encoding"])
    assert dash["field"] == "part"
    assert dash["scale"]["domain"] == ["held out", "training"]
    assert {layer["encoding"]["color"]["field"] for layer in layers} == {"series"}


def test_tables_are_readable():
    data = table(*ORDER)
    assert list(DRAW["lines"](data).table()) == ["k", "share", "network", "names"]
    assert list(DRAW["against_diagonal"](data).table()) == ["p", "right", "number", "network"]
    assert list(DRAW["pairs"](data).table()) == ["language", "share", "network", "training names"]
    assert list(marks.bars(data, "names", "language").table()) == ["language", "names"]


@pytest.mark.parametrize("draw", DRAW.values(), ids=list(DRAW))
def test_a_missing_column_is_named(draw):
    with pytest.raises((ValueError, KeyError), match=r"series|y|value|run"):
        draw(table("a").drop(columns=["y", "value"]))
