"""Bands over the same columns: what arrives in the browser, and what is refused."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.payload import pack, unpack
from charts.rows import Band, rows
from charts.still import still

TOKENS = ["the", "cat", "the"]


def p() -> xr.DataArray:
    values = np.array([[0.1, 0.9, np.nan], [0.2, 0.3, 0.4]])
    return xr.DataArray(
        values, dims=("model", "position"), attrs={"name": "p", "kind": "prob", "dims": "model position"}
    )


def looks() -> xr.DataArray:
    values = np.random.default_rng(0).dirichlet(np.ones(3), (4, 2))
    return xr.DataArray(values, dims=("plane", "query", "key"), attrs={"name": "looks", "kind": "prob"})


def bands() -> list[Band]:
    return [
        Band(p(), "position", "model", "Chance", ["bigram", "it's"], places=[0, None, 3]),
        Band(looks(), "key", "query", planes=list("abcd"), at=[{"view": k} for k in range(4)], notes=["x", "y"]),
        Band(xr.DataArray([1.0, -2.0, 3.0], dims="token"), "token", None, texts=[["a", "b", "c"]], marks="bar"),
    ]


def test_all_bands_have_the_columns_of_the_tokens():
    component = rows(TOKENS, bands(), strange=[False, True, False], cursor={"param": "w", "index": None})
    header, arrays = unpack(pack(component.header, component.arrays))
    assert {block.shape[-1] for block in arrays.values()} == {len(TOKENS)}
    assert [arrays[f"band{k}"].shape for k in range(3)] == [(1, 2, 3), (4, 2, 3), (1, 1, 3)]
    np.testing.assert_allclose(arrays["band0"][0], p().values)
    assert [band["variable"] for band in header["bands"]][:2] == ["p", "looks"]
    assert header["bands"][0]["places"] == [0, None, 3]
    assert header["bands"][0]["domain"] == [0, 1]
    assert header["bands"][2]["domain"] == [-3, 3]
    assert header["cursors"] == {"token": {"param": "w", "index": None}}


def test_rows_keep_their_place_in_the_trace():
    da = p().assign_coords(model=[0, 1]).isel(model=[1])
    assert rows(TOKENS, [Band(da, "position", "model")]).header["bands"][0]["index"] == [1]


def test_the_table_has_every_cell():
    table = rows(TOKENS, bands()).table()
    assert len(table) == 6 + 24 + 3
    assert set(table["token_label"]) == set(TOKENS)
    assert table.loc[table["number"] == 2, "text_label"].tolist() == ["a", "b", "c"]


def test_a_still_picture_can_be_drawn():
    spec = still(rows(TOKENS, bands()))
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    assert "Chance" in svg
    assert "it's" in svg or "it&#39;s" in svg


@pytest.mark.parametrize(
    ("tokens", "given"),
    [
        (["a"], {}), (TOKENS, {"labels": ["one"]}), (TOKENS, {"places": [0]}), (TOKENS, {"notes": ["a"]}),
        (TOKENS, {"texts": [["a"] * 3]}), (TOKENS, {"columns": "model", "rows": "position"}),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_does_not_fit_is_refused(tokens, given):
    with pytest.raises(ValueError, match="p"):
        rows(tokens, [Band(**({"da": p(), "columns": "position", "rows": "model"} | given))])


def test_no_tokens_no_rows():
    with pytest.raises(ValueError, match="need"):
        rows([], bands())
    with pytest.raises(ValueError, match="marks"):
        rows(TOKENS, bands(), strange=[True])
