"""What the matrix component receives: shapes, labels, scales, positions, errors, table and the time it takes."""

import json
import struct
import time

import numpy as np
import pytest
import xarray as xr

from charts.base import Component, copylink
from charts.matrix import matrix
from charts.payload import pack, unpack

LANGUAGES = ["Czech", "<b>Dutch</b>", "日本語", "x" * 60]


def array(*dims: str, kind: str = "signed", **sizes: int) -> xr.DataArray:
    sizes = {"time": 3, "language": 4, "unit": 6} | sizes
    shape = [sizes[dim] for dim in dims]
    values = np.arange(np.prod(shape), dtype=float).reshape(shape) - 5
    coords = {dim: np.arange(sizes[dim]) for dim in dims}
    words = {"time": list("Ann")[: sizes["time"]], "language": LANGUAGES}
    coords |= {f"{dim}_label": (dim, np.asarray(words[dim], object)) for dim in dims if dim in words}
    attrs = {"name": "o", "symbol": "o_t", "meaning": "score", "kind": kind, "dims": " ".join(dims)}
    return xr.DataArray(values, dims=dims, coords=coords, attrs=attrs)


def test_pack_is_length_json_padding_float32():
    """Read back by hand, byte for byte as the browser does."""
    payload = pack({"a": "é", "picked": None}, {"x": np.arange(6.0).reshape(2, 3), "y": np.array([-np.inf])})
    (size,) = struct.unpack_from("<I", payload)
    header = json.loads(payload[4 : 4 + size].decode("utf-8"))
    start = -(-(4 + size) // 4) * 4
    assert header == {"a": "é", "picked": None, "arrays": [["x", [2, 3]], ["y", [1]]]}
    assert struct.unpack_from("<7f", payload, start) == (0, 1, 2, 3, 4, 5, -np.inf)
    assert len(payload) == start + 28


def test_unpack_undoes_pack():
    header, arrays = unpack(pack({"k": [1, "two"]}, {"x": np.eye(3), "empty": np.zeros((0, 2))}))
    assert header == {"k": [1, "two"]}
    assert arrays["empty"].shape == (0, 2)
    np.testing.assert_array_equal(arrays["x"], np.eye(3))


@pytest.mark.parametrize("value", [np.float32(1), np.int64(1), float("nan"), {1, 2}])
def test_what_is_not_json_is_refused_and_never_sent_as_text(value):
    with pytest.raises((TypeError, ValueError)):
        pack({"value": value}, {})


@pytest.mark.parametrize("text", ["\ud800", "‮", "\0", "</script>"])
def test_any_text_survives(text):
    assert unpack(pack({"label": text}, {}))[0] == {"label": text}


def test_values_are_sent_slider_then_rows_then_columns():
    da = array("language", "time", "unit")
    chart = matrix(da, rows="unit", columns="language", slider="time")
    np.testing.assert_array_equal(chart.arrays["values"], da.transpose("time", "unit", "language").values)
    assert chart.header["rows"] == {"dim": "unit", "word": "unit", "size": 6, "labels": None, "index": None}
    assert chart.header["columns"]["labels"] == LANGUAGES
    assert [axis["dim"] for axis in chart.header["sliders"]] == ["time"]
    assert pack(chart.header, chart.arrays)


def test_two_sliders_keep_their_order():
    da = array("language", "time", "unit")
    chart = matrix(da, columns="unit", slider=["time", "language"])
    assert chart.arrays["values"].shape == (3, 4, 6)
    assert chart.header["rows"] is None


def test_a_selection_remembers_where_it_was_cut():
    """Picked cells must say all indices of the variable, also those that a selection took away or moved."""
    da = array("time", "language").isel(time=2, language=[3, 1])
    header = matrix(da, rows="language", marks="bar").header
    assert header["fixed"] == {"time": 2}
    assert header["rows"]["index"] == [3, 1]
    assert header["rows"]["labels"] == ["x" * 60, "<b>Dutch</b>"]


@pytest.mark.parametrize(
    ("kind", "values", "domain"),
    [
        ("prob", [0.2, 0.3], [0, 1]),
        ("log", [-3.5, 0, -np.inf], [-3.5, 0]),
        ("log", [-99.0, -1], [-16, 0]),
        ("log", [-0.1, -0.2], [-1, 0]),
        ("signed", [-3, 1, np.nan], [-3, 3]),
        ("signed", [0, 0], [-1, 1]),
        ("count", [0, 7], [0, 7]),
        ("index", [2, 5], [0, 5]),
        ("signed", [np.nan], [-1, 1]),
        ("log", [-np.inf], [-1, 0]),
    ],
)
def test_the_scale_of_a_kind(kind, values, domain):
    da = xr.DataArray(np.array(values, float), dims="unit", attrs={"kind": kind})
    assert matrix(da, rows="unit").header["domain"] == domain


def test_a_mask_of_booleans_is_drawn():
    da = xr.DataArray(np.eye(3, dtype=bool), dims=("unit", "time"), name="mask", attrs={"kind": "count"})
    chart = matrix(da, "unit", "time")
    assert chart.header["domain"] == [0, 1]
    assert unpack(pack(chart.header, chart.arrays))[1]["values"].sum() == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": "unit", "columns": "time"}, r"dims \('time', 'language'\), asked for \('unit', 'time'\)"),
        ({"rows": "language"}, r"dims \('time', 'language'\), asked for \('language',\)"),
        ({"rows": "time", "columns": "time"}, "asked for"),
        ({"slider": ["time", "language"]}, "name the rows or the columns"),
        ({"rows": "language", "columns": "time", "marks": "bar"}, "one dim"),
        ({"rows": "language", "columns": "time", "wrap": 4}, "one dim"),
        ({"rows": "language", "slider": "time", "wrap": 0}, "wrap=0"),
        ({"rows": "language", "slider": "time", "marks": "pie"}, "pie"),
    ],
)
def test_dims_that_do_not_fit_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        matrix(array("time", "language"), **options)


def test_unknown_kinds_and_empty_arrays_are_refused():
    with pytest.raises(ValueError, match="rainbow"):
        matrix(array("unit", kind="rainbow"), rows="unit")
    with pytest.raises(ValueError, match="empty"):
        matrix(array("unit", unit=0), rows="unit")


def test_the_table_has_one_row_a_cell():
    da = array("time", "language")
    table = matrix(da, "language", "time").table()
    assert list(table) == ["time", "time_label", "language", "language_label", "value"]
    assert len(table) == 12
    for row in table.itertuples():
        assert row.value == da.values[row.time, row.language]
        assert (row.time_label, row.language_label) == ("Ann"[row.time], LANGUAGES[row.language])


def test_the_table_of_a_selection_keeps_its_indices():
    table = matrix(array("time", "language").isel(time=1, language=[3, 0]), rows="language").table()
    assert table["language"].tolist() == [3, 0]
    assert table["value"].tolist() == [2, -1]


def test_the_table_is_built_only_when_called(monkeypatch):
    calls = []
    monkeypatch.setattr("charts.matrix.tidy", lambda da: calls.append(da))
    chart = matrix(array("unit"), rows="unit")
    assert not calls
    chart.table()
    assert len(calls) == 1


def test_equal_inputs_give_equal_bytes():
    """Streamlit sends a component again only when its bytes differ."""
    one, two = (pack(*chart[1:3]) for chart in (matrix(array("unit"), rows="unit") for _ in range(2)))
    assert one == two


def test_a_payload_of_18_by_10_takes_less_than_a_millisecond():
    """Median of many; bound generous for a busy machine, it is about 0.2 ms."""
    da = xr.DataArray(
        np.zeros((10, 18)), dims=("time", "language"), attrs={"name": "o", "kind": "log", "dims": "time language"},
        coords={"time_label": ("time", list("abcdefghij")), "language_label": ("language", ["x"] * 18)},
    )  # fmt: skip
    times = []
    for _ in range(60):
        start = time.perf_counter()
        chart = matrix(da, "language", "time")
        pack(chart.header, chart.arrays)
        times.append(time.perf_counter() - start)
    assert sorted(times)[10] < 1e-3


def test_copylink_carries_the_parameters_as_text():
    chart = copylink({"lang": "zh", "n": 3})
    assert isinstance(chart, Component)
    assert chart.header == {"params": {"lang": "zh", "n": "3"}}
    assert chart.table()["value"].tolist() == ["zh", "3"]


def test_rows_may_be_called_otherwise_in_every_slice():
    da = xr.DataArray(
        np.array([[0.7, 0.2], [0.6, 0.3]]), dims=("target", "rank"), attrs={"name": "top_p", "kind": "prob"}
    )
    chart = matrix(da, "rank", slider="target", marks="bar", named=(("a", "b"), ("c", "a")))
    assert chart.header["named"] == [["a", "b"], ["c", "a"]]
    table = chart.table()
    assert table[["rank_label", "value"]].values.tolist() == [["a", 0.7], ["b", 0.2], ["c", 0.6], ["a", 0.3]]
    with pytest.raises(ValueError, match="top_p"):
        matrix(da, "rank", slider="target", marks="bar", named=(("a", "b"),))
