"""What the lines between words receive: axes, heads, truth, positions, errors and the table."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.links import MOST_HEADS, MOST_WORDS, links, picture
from charts.payload import pack, unpack

SOURCE, TARGET = ["das", "Haus", "<b>", "."], ["the", "house", "."]


def weights(*sizes: tuple[str, int], seed: int = 0) -> xr.DataArray:
    """Rows that sum to 1, dims (…, target, source)."""
    shape = [size for _, size in sizes] + [len(TARGET), len(SOURCE)]
    values = np.random.default_rng(seed).dirichlet(np.ones(len(SOURCE)), shape[:-1])
    dims = [dim for dim, _ in sizes] + ["target", "source"]
    coords = {"target_label": ("target", np.asarray(TARGET, object)), "source_label": ("source", SOURCE)}
    coords |= {dim: np.arange(size) for dim, size in zip(dims, shape, strict=True)}
    return xr.DataArray(values, dims=dims, coords=coords, attrs={"name": "alpha", "dims": " ".join(dims)})


def test_weights_are_sent_target_then_source():
    da = weights()
    chart = links(da.transpose("source", "target"), cursors={"target": {"param": "t", "index": 2}})
    header, arrays = unpack(pack(chart.header, chart.arrays))
    np.testing.assert_allclose(arrays["weights"], da.values, rtol=1e-6)
    assert (header["source"]["labels"], header["target"]["labels"]) == (SOURCE, TARGET)
    assert header["head"] is header["slider"] is header["heads"] is None
    assert header["cursors"] == {"target": {"param": "t", "index": 2}}


def test_heads_and_a_slider_come_first():
    da = weights(("layer", 2), ("head", 5))
    chart = links(da, head="head", slider="layer", heads=[4, 1, 9])
    assert chart.arrays["weights"].shape == (2, 5, 3, 4)
    assert chart.header["heads"] == [1, 4]
    assert links(da.isel(layer=1), head="head").header["fixed"] == {"layer": 1}


def test_self_attention_has_two_dims_with_the_same_words():
    da = weights().isel(source=slice(0, 3)).rename(target="query", source="key")
    da = da.assign_coords(query_label=("query", TARGET), key_label=("key", TARGET))
    header = links(da, source="key", target="query").header
    assert header["source"]["labels"] == header["target"]["labels"] == TARGET
    assert (header["source"]["dim"], header["target"]["dim"]) == ("key", "query")


def test_the_truth_follows_the_dims_and_is_in_the_table():
    truth = np.zeros((3, 4), bool)
    truth[[0, 1, 2], [0, 1, 3]] = True
    named = xr.DataArray(truth.T, dims=("source", "target"))
    for given in (truth, named):
        chart = links(weights(("head", 2)), head="head", truth=given)
        np.testing.assert_array_equal(chart.arrays["truth"], truth)
    table = chart.table()
    assert list(table) == ["head", "target", "target_label", "source", "source_label", "value", "true"]
    assert table["true"].tolist() == [*truth.reshape(-1), *truth.reshape(-1)]
    assert table["value"].tolist() == chart.arrays["weights"].reshape(-1).tolist()
    assert "true" not in links(weights()).table()


def test_weights_not_known_yet_are_taken():
    da = weights()
    da[2] = np.nan
    assert np.isnan(links(da).arrays["weights"][2]).all()


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda da: da * 2, {}, "do not lie in 0…1"),
        (lambda da: da - 1, {}, "do not lie in 0…1"),
        (lambda da: da.isel(source=[]), {}, "empty"),
        (lambda da: da.expand_dims(head=3), {}, "has dims"),
        (lambda da: da.expand_dims(head=MOST_HEADS + 1), {"head": "head"}, "told apart"),
        (lambda da: da.isel(target=[0] * (MOST_WORDS + 1)), {}, "at most"),
        (lambda da: da, {"truth": np.ones((4, 3))}, "the weights need"),
        (lambda da: da, {"layout": "circle"}, "circle"),
    ],
)
def test_what_does_not_fit_is_refused(change, options, message):
    with pytest.raises(ValueError, match=message):
        links(change(weights()), **options)


@pytest.mark.parametrize("head", [None, "head"])
def test_picture(head):
    da = weights(("head", 2)) if head else weights()
    spec = picture(links(da, head=head))
    mean = da.mean("head") if head else da
    assert (spec.data["part"] == "line").sum() == int((mean >= 0.01).sum())
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    assert all(f">{word}<" in svg for word in ("das", "Haus", "the", "&lt;b&gt;"))
