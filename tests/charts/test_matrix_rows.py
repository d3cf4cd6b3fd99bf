"""A matrix whose rows can be edited, and cells with an outline: what is sent, what is refused."""

import numpy as np
import pytest
import xarray as xr

from charts.matrix import matrix
from charts.payload import pack, unpack


def weights(rows: int = 3, columns: int = 4) -> xr.DataArray:
    values = np.random.default_rng(0).dirichlet(np.ones(columns), rows)
    return xr.DataArray(values, dims=("target", "source"), attrs={"name": "alpha", "kind": "prob"})


def test_rows_that_sum_to_one_can_be_edited():
    assert matrix(weights(), "target", "source", edit=True).header["edit"] is True
    assert matrix(weights(), "target", "source").header["edit"] is False
    known = weights()
    known[1] = np.nan  # not computed yet
    assert matrix(known, "target", "source", edit=True)


@pytest.mark.parametrize(
    ("da", "options"),
    [
        (weights() * 2, {"rows": "target", "columns": "source"}),
        (weights(), {"rows": "source", "columns": "target"}),
        (weights().isel(target=0), {"rows": "source"}),
        (weights().isel(target=0), {"rows": "source", "marks": "bar"}),
    ],
)
def test_other_matrices_cannot(da, options):
    with pytest.raises(ValueError, match="rows sum to 1"):
        matrix(da, edit=True, **options)


def test_an_outline_follows_the_rows_and_columns():
    true = np.zeros((3, 4), bool)
    true[[0, 1, 2], [0, 3, 1]] = True
    named = xr.DataArray(true, dims=("target", "source"), attrs={"meaning": "true alignment"})
    chart = matrix(weights(), "source", "target", outline=named)
    header, arrays = unpack(pack(chart.header, chart.arrays))
    np.testing.assert_array_equal(arrays["outline"], true.T)
    assert header["outlined"] == "true alignment"
    plain = matrix(weights(), "target", "source", outline=true)
    np.testing.assert_array_equal(plain.arrays["outline"], true)
    assert plain.header["outlined"] == ""


def test_one_outline_for_all_slices_of_a_slider():
    da = weights().expand_dims(head=2)
    assert matrix(da, "target", "source", "head", outline=np.ones((3, 4))).arrays["outline"].shape == (3, 4)
    with pytest.raises(ValueError, match="the outline has shape"):
        matrix(da, "target", "source", "head", outline=np.ones((2, 3, 4)))
