"""What a block diagram receives, what it computes by itself, and what it refuses."""

import re

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.diagrams import GRU, LSTM
from charts.payload import pack, unpack
from charts.still import still
from charts.wires import Box, Diagram, Stage, Wire, wires
from ui import components

T, N = 4, 3
LSTM_GIVEN = ("z_bar", "z", "i_bar", "i", "f_bar", "f", "c", "o_bar", "o", "y")
GRU_GIVEN = ("r_bar", "r", "z_bar", "z", "u", "n_bar", "n", "h")


def values(names, shape=(T, N), seed=0):
    """Random numbers by name, with letters along time."""
    rng = np.random.default_rng(seed)
    letters = {"time_label": ("time", [chr(97 + k) for k in range(shape[0])])}
    return xr.Dataset({name: (("time", "unit"), rng.normal(size=shape)) for name in names}, coords=letters)


def test_payload():
    data = values(LSTM_GIVEN)
    chart = wires(data, LSTM)
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert header["time"]["labels"] == ["a", "b", "c", "d"]
    assert header["unit"]["size"] == N
    assert header["cursors"] == {"unit": {"param": "unit", "index": 0}, "stage": {"param": "stage", "index": None}}
    for name in LSTM_GIVEN:
        np.testing.assert_array_equal(arrays[name], data[name].values.astype(np.float32))


def test_what_is_missing_is_computed():
    data = values(LSTM_GIVEN)
    arrays = wires(data, LSTM).arrays
    c, z, i, f = (data[name].values for name in "czif")
    before = np.concatenate([np.zeros((1, N)), c[:-1]])
    for name, wanted in {"c_prev": before, "written": z * i, "kept": before * f, "squashed": np.tanh(c)}.items():
        np.testing.assert_allclose(arrays[name], wanted, rtol=1e-6, err_msg=name)


def test_the_gru_computes_its_rest():
    data = values(GRU_GIVEN)
    arrays, z, h = wires(data, GRU).arrays, data["z"].values, data["h"].values
    before = np.concatenate([np.zeros((1, N)), h[:-1]])
    wanted = {"ru": data["r"] * data["u"], "kept": z * before, "z_rest": 1 - z, "written": (1 - z) * data["n"].values}
    for name, value in wanted.items():
        np.testing.assert_allclose(arrays[name], value, rtol=1e-5, err_msg=name)


def test_peepholes_are_drawn_where_they_are_given():
    bare, full = wires(values(LSTM_GIVEN), LSTM), wires(values((*LSTM_GIVEN, "peep_i", "peep_f", "peep_o")), LSTM)
    assert [sum(wire["thin"] for wire in chart.header["wires"]) for chart in (bare, full)] == [0, 3]
    lines = [chart.header["stages"][1]["lines"][0] for chart in (bare, full)]
    assert lines == ["{i_bar} = W_i x_t + R_i y_{t-1} + b_i", "{i_bar} = W_i x_t + R_i y_{t-1} + p_i ⊙ c_{t-1} + b_i"]


def test_only_what_was_given_can_be_picked():
    boxes = wires(values(LSTM_GIVEN), LSTM).header["boxes"]
    assert {box["variable"] for box in boxes if box["pick"]} == set(LSTM_GIVEN)
    assert {box["variable"] for box in boxes if not box["pick"]} == {
        "c_prev",
        "y_prev",
        None,
        "written",
        "kept",
        "squashed",
    }


def test_a_selection_keeps_its_places():
    data = values(LSTM_GIVEN, (4, 5)).assign_coords(unit=np.arange(5)).isel(unit=[3, 1])
    assert wires(data, LSTM).header["unit"]["index"] == [3, 1]


def test_the_order_of_dims_does_not_matter():
    data = values(LSTM_GIVEN)
    turned = {name: data[name].transpose("unit", "time") for name in LSTM_GIVEN}
    chart = wires(turned, LSTM)
    np.testing.assert_array_equal(chart.arrays["written"], wires(data, LSTM).arrays["written"])
    assert chart.table()["value"].tolist() == wires(data, LSTM).table()["value"].tolist()


def test_domain():
    data = values(LSTM_GIVEN)
    data["z_bar"] *= 100  # a sum does not count
    data["c"][2, 1] = -7
    assert wires(data, LSTM).header["domain"] == [-7, 7]
    assert wires(data, LSTM, domain=(-2, 2)).header["domain"] == [-2, 2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.drop_vars("o_bar"), "o_bar"),
        (lambda data: data.drop_vars("c"), "c_prev|kept|c,"),
        (lambda data: {**data, "o": data["o"][:2]}, "sizes differ"),
        (lambda data: {**data, "o": data["o"][0]}, "asked for"),
        (lambda data: data.isel(time=[]), "empty"),
        (lambda data: {"other": data["o"]}, "other"),
    ],
)
def test_refusals(change, message):
    with pytest.raises(ValueError, match=message):
        wires(change(values(LSTM_GIVEN)), LSTM)


def test_another_diagram():
    """Made by hand: out = a + b, shown with a stage of its own."""
    boxes = (Box("a", "input", 0, 0, "a", "a"), Box("b", "input", 0, 1, "b", "b"), Box("out", "plus", 1, 0, "s", "s"))
    one = Diagram(boxes, (Wire("a", "out", "a"), Wire("b", "out", "b")), (), {}, {})
    data = values(("a", "b"))
    chart = wires(data, one, stages=[Stage("Sum", ("out",), ("{s} = {a} + {b}",))])
    np.testing.assert_allclose(chart.arrays["s"], data["a"] + data["b"], rtol=1e-6)
    assert [box["stage"] for box in chart.header["boxes"]] == [0, 0, 1]


@pytest.mark.parametrize("diagram", [LSTM, GRU])
def test_the_ready_diagrams_are_whole(diagram):
    names = [box.name for box in diagram.boxes]
    assert len(set(names)) == len(names)
    assert {end for wire in diagram.wires for end in (wire.source, wire.target)} == set(names)
    staged = [name for stage in diagram.stages for name in stage.boxes]
    assert sorted(staged) == sorted(box.name for box in diagram.boxes if box.kind != "input")
    said = components.words()["wires_names"]
    assert {box.title for box in diagram.boxes} | {stage.name for stage in diagram.stages} <= set(said)
    variables = {box.variable for box in diagram.boxes} | {wire.variable for wire in diagram.wires}
    used = {name for stage in diagram.stages for line in stage.lines for name in re.findall(r"\{(\w+)\}", line)}
    assert used <= variables


def test_table():
    table = wires(values(LSTM_GIVEN), LSTM).table()
    assert list(table.columns) == ["variable", "time", "time_label", "unit", "value"]
    assert len(table) == 15 * T * N


@pytest.mark.parametrize(("diagram", "given"), [(LSTM, LSTM_GIVEN), (GRU, GRU_GIVEN)])
def test_still(diagram, given):
    data = values(given)
    spec = still(wires(data, diagram, unit=2))
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    last = given[-1]
    assert f">{float(data[last][-1, 2]):.3g}<" in svg
    assert "NaN" not in svg
