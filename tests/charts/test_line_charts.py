"""Climbs, running shares and stretches: what is drawn of which rows, and that a browser's engine draws it."""

import pandas as pd
import pytest
import vl_convert

from charts.base import Spec
from charts.climbs import climbs
from charts.running import running
from charts.stretches import stretches

WORDS = {"n": "steps", "series": "state", "share": "share so far", "limit": "stationary"}


def picture(spec: Spec) -> str:
    return vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})


def channels(spec: Spec, name: str) -> list[dict]:
    return [layer["encoding"][name] for layer in spec.spec["layer"] if name in layer["encoding"]]


def climbing() -> pd.DataFrame:
    """Two runs to one top and one to another; all start far below."""
    tops = {"seed 0": "low", "seed 1": "high", "seed 2": "high"}
    heights = {"low": (-900.0, -50.0, -41.0), "high": (-900.0, -45.0, -40.0)}
    return pd.DataFrame(
        [{"x": x, "y": y, "run": run, "top": top} for run, top in tops.items() for x, y in enumerate(heights[top])]
    )


def test_climbs_are_coloured_by_top_and_apart_by_run():
    spec = climbs(climbing(), "iteration", "log P", {"run": "seed", "top": "height"}, skip=1)
    assert list(spec.table()) == ["iteration", "log P", "seed", "height"]
    assert {channel["field"] for channel in channels(spec, "color")} == {"top"}
    assert channels(spec, "color")[0]["scale"]["domain"] == ["low", "high"]
    assert {channel["field"] for channel in channels(spec, "detail")} == {"run"}
    assert picture(spec).count('aria-roledescription="line mark"') == 3


@pytest.mark.parametrize(("skip", "low"), [(0, -900.0), (1, -50.0), (2, -41.0), (9, -41.0)])
def test_the_axis_of_climbs_has_room_for_what_comes_after_the_first_steps(skip, low):
    bottom, top = channels(climbs(climbing(), "iteration", "log P", {"run": "seed", "top": "height"}, skip=skip), "y")[
        0
    ]["scale"]["domain"]
    edge = 0.04 * (-40.0 - low)
    assert (bottom, top) == pytest.approx((low - edge, -40.0 + edge))


def test_a_flat_climb_has_an_axis():
    flat = climbing().assign(y=-3.0)
    assert channels(climbs(flat, "iteration", "log P", {"run": "seed", "top": "height"}), "y")[0]["scale"][
        "domain"
    ] == [-4.0, -2.0]


def shares() -> pd.DataFrame:
    return pd.DataFrame(
        [{"n": n, "series": name, "share": 1 / n, "limit": 0.5} for name in ("Sunny", "Rainy") for n in (1, 10, 100)]
    )


def test_running_shares_over_a_logarithmic_axis_with_a_dashed_limit():
    spec = running(shares(), "steps", WORDS, order=("Rainy", "Sunny", "never"))
    assert channels(spec, "x")[0]["scale"]["type"] == "log"
    assert channels(spec, "color")[0]["scale"]["domain"] == ["Rainy", "Sunny", "never"]
    dashed = [layer["encoding"]["y"]["field"] for layer in spec.spec["layer"] if "strokeDash" in layer["mark"]]
    assert dashed == ["limit"]
    assert picture(spec).count('aria-roledescription="line mark"') == 4
    assert list(spec.table()) == list(WORDS.values())


def row(x: float, run: str, mark: str) -> dict:
    return {"x": x, "y": 1.0, "run": run, "mark": mark}


LINE = [row(0.0, "path 1", "line"), row(0.5, "path 1", "line"), row(0.5, "path 2", "line"), row(1.0, "path 2", "line")]


def stretched(*more: dict, **options) -> Spec:
    return stretches(pd.DataFrame([*LINE, *more]), "value", "lead", {"run": "best path"}, **options)


def test_stretches_name_their_rules_and_their_colours():
    spec = stretched(row(0.5, "0.5", "rule"), row(0.98, "0.98", "rule before"), row(0.3, "slider", "dot"))
    assert channels(spec, "color")[0]["scale"]["domain"] == ["path 1", "path 2"]
    svg = picture(spec)
    assert ">0.5</text>" in svg
    assert ">0.98</text>" in svg
    assert list(spec.table()) == ["value", "lead", "best path"]


@pytest.mark.parametrize("mark", ["line", "rule", "rule before", "dot"])
def test_a_layer_without_rows_is_not_drawn(mark):
    """It would leave an empty picture behind, which screen readers announce."""
    few, more = stretched(), stretched(row(0.5, "0.5", mark))
    assert len(few.spec["layer"]) == 2
    assert len(more.spec["layer"]) == {"line": 2, "rule": 4, "rule before": 4, "dot": 3}[mark]


def test_stretches_have_the_runs_in_the_order_given_and_any_name():
    names = ('a "quoted"', "back\\slash")
    assert channels(stretched(order=names), "color")[0]["scale"]["domain"] == list(names)
    assert channels(stretched(order=names), "strokeDash")[0]["scale"]["domain"] == list(names)


@pytest.mark.parametrize(
    "draw",
    [
        lambda data: climbs(data, "x", "y", {"run": "seed", "top": "height"}),
        lambda data: running(data, "x", WORDS),
        lambda data: stretches(data, "x", "y", {"run": "run"}),
    ],
)
def test_a_missing_column_is_named(draw):
    with pytest.raises(ValueError, match="no column"):
        draw(pd.DataFrame({"z": [1.0]}))
