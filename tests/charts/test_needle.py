"""What the needle receives, what it refuses, and its table."""

import numpy as np
import pytest
import xarray as xr

from charts.needle import Drawn, needle
from charts.payload import pack, unpack

P = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
SAID = ["first", "second"]


def array(values, *dims, name="p"):
    coords = {dim: np.arange(size) for dim, size in zip(dims, np.shape(values), strict=True)}
    if "state" in dims:
        coords["state_label"] = ("state", list("abc")[: np.shape(values)[dims.index("state")]])
    return xr.DataArray(np.asarray(values, float), dims=dims, coords=coords, attrs={"name": name, "kind": "prob"})


def drawn(outcome=(1, 2), n=2):
    u, low, high = ([value] * n for value in (0.75, 0.5, 1.0))
    return Drawn(*(array(values, "time") for values in (u, low, high)), outcome)


def test_header_and_arrays():
    chart = needle(array(P, "time", "state"), drawn(), SAID)
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert (header["chosen"], header["captions"], header["whole"]) == ([1, 2], SAID, True)
    assert header["outcome"]["labels"] == ["a", "b", "c"]
    np.testing.assert_allclose(arrays["p"], P, rtol=1e-6)
    assert [arrays[name].tolist() for name in ("u", "low", "high")] == [[0.75] * 2, [0.5] * 2, [1.0] * 2]


def test_the_axes_may_come_in_any_order():
    turned = needle(array(P.T, "state", "time"), drawn(), SAID)
    np.testing.assert_array_equal(turned.arrays["p"], P)


def test_outcomes_that_are_left_out_are_told():
    assert not needle(array(P[:, :2], "time", "state"), drawn((1, 0)), SAID).header["whole"]


@pytest.mark.parametrize(
    ("found", "captions"),
    [(drawn((1, 3)), SAID), (drawn((1, -1)), SAID), (drawn((1,)), SAID), (drawn(n=3), SAID), (drawn(), SAID[:1])],
)
def test_sizes_that_do_not_fit_are_refused(found, captions):
    with pytest.raises(ValueError, match="sizes"):
        needle(array(P, "time", "state"), found, captions)


def test_table():
    table = needle(array(P, "time", "state"), drawn(), SAID).table()
    assert table["probability"].tolist() == P.ravel().tolist()
    assert table["state_label"].tolist() == list("abcabc")
    assert table["drawn"].tolist() == [False, True, False, False, False, True]
    assert set(table["number"]) == {0.75}
