"""The small maps of the heads: the bytes are the weights, orders and captions fit."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.heads import LEVELS, heads, spread
from charts.payload import pack, unpack
from charts.still import still


def weights(shape=(2, 3, 5, 4), seed=0) -> xr.DataArray:
    values = np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), shape[:-1])
    return xr.DataArray(values, dims=("layer", "head", "query", "key"), attrs={"name": "weights", "kind": "prob"})


@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 1, 1, 1), (1, 2, 3, 7)])
def test_what_arrives_is_the_weights_to_half_a_level(shape):
    da = weights(shape)
    component = heads(da)
    header, arrays = unpack(pack(component.header, component.arrays))
    seen = spread(arrays["weights"], header["shape"])
    np.testing.assert_allclose(seen, da.values, atol=0.5 / LEVELS + 1e-9)


def test_the_table_has_every_weight():
    assert len(heads(weights()).table()) == 2 * 3 * 5 * 4


def test_an_order_and_captions_are_kept():
    order = [(1, 2), (0, 0), (0, 1), (1, 0), (1, 1), (0, 2)]
    header = heads(weights(), order=order, captions=list("abcdef"), off=[(0, 1)]).header
    assert header["order"] == [list(each) for each in order]
    assert header["is_sorted"]
    assert header["off"] == [[0, 1]]


def test_a_layer_keeps_its_number():
    da = weights().assign_coords(layer=range(2), head=range(3)).isel(layer=[1])
    component = heads(da, order=[(1, 2), (1, 0), (1, 1)])
    assert component.header["layers"] == [1]
    np.testing.assert_allclose(spread(component.arrays["weights"], component.header["shape"]), da.values, atol=0.002)
    with pytest.raises(ValueError, match="an order"):
        heads(da, order=[(0, 0), (0, 1), (0, 2)])


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (weights().transpose("head", "layer", "query", "key"), {}), (weights() * 3, {}), (weights((1, 1, 129, 2)), {}),
        (weights(), {"order": [(0, 0)]}), (weights(), {"captions": ["a"]}), (weights()[:, :, :0], {}),
    ],
    ids=range(6),
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(given, more):
    with pytest.raises(ValueError, match="weights"):
        heads(given, **more)


def test_a_day_of_72_heads_is_small():
    component = heads(weights((6, 12, 26, 26)))
    assert len(pack(component.header, component.arrays)) < 60_000


def test_a_picture_for_files_has_every_weight():
    da = weights((2, 3, 4, 5)).assign_coords(layer=[1, 2])
    spec = still(heads(da))
    assert vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}}).count("<path")
    seen = spec.data.set_index(["layer", "head", "row", "column"])["weight"]
    assert seen[3, 2, 1, 4] == pytest.approx(da.values[1, 1, 1, 4], abs=0.5 / LEVELS + 1e-3)
    assert len(seen) == da.size
