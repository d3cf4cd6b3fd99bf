"""What the state graph receives, and what it refuses."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.graph import MOST_STATES, graph
from charts.payload import pack, unpack
from charts.still import still


def model(N, M=6, seed=0):
    """(A, pi, B) drawn at random, states called A, B, C…"""
    rng, S = np.random.default_rng(seed), [chr(65 + k) for k in range(N)]

    def named(name, values, *dims):
        labels = {"state": S, "next_state": S, "symbol": [f"o{k}" for k in range(M)]}
        coords = {dim: np.arange(size) for dim, size in zip(dims, values.shape, strict=True)}
        coords |= {f"{dim}_label": (dim, labels[dim]) for dim in dims}
        return xr.DataArray(values, dims=dims, coords=coords, attrs={"name": name, "kind": "prob"})

    A, B = rng.dirichlet(np.ones(N), N), rng.dirichlet(np.ones(M), N)
    return (named("A", A, "state", "next_state"), named("pi", rng.dirichlet(np.ones(N)), "state"),
            named("B", B, "state", "symbol"))  # fmt: skip


def test_header_and_arrays():
    A, pi, B = model(3)
    chart = graph(A, pi=pi, B=B, path=np.array([0, 2, 1]), observed=["x", "y", "x"])
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert (header["variable"], header["start"], header["path"]) == ("A", "pi", [0, 2, 1])
    assert header["observed"] == ["x", "y", "x"]
    assert arrays["A"].shape == (3, 3)
    assert arrays["pi"].shape == (3,)


def test_the_likeliest_symbols_first_and_few_in_their_own_order():
    A, pi, B = model(2)
    top = graph(A, pi=pi, B=B).header["emissions"]
    assert [len(each) for each in top] == [4, 4]
    for row, each in zip(B.values, top, strict=True):
        assert [p for _, p in each] == sorted(row.tolist(), reverse=True)[:4]
    A, pi, B = model(2, M=3)
    assert [name for name, _ in graph(A, B=B).header["emissions"][1]] == ["o0", "o1", "o2"]


def test_symbols_that_are_not_emitted_are_left_out():
    A, _, B = model(2)
    B[0] = np.eye(6)[2]
    assert graph(A, B=B).header["emissions"][0] == [["o2", 1.0]]


@pytest.mark.parametrize("N", [0, MOST_STATES + 1])
def test_too_many_states_are_refused(N):
    with pytest.raises(ValueError, match=f"1 to {MOST_STATES} states"):
        graph(xr.DataArray(np.zeros((N, N)), dims=("state", "next_state")))


@pytest.mark.parametrize("options", [{"path": [0, 5]}, {"path": [0, -1]}, {"path": [0, 1], "observed": ["x"]}])
def test_a_path_that_does_not_fit_is_refused(options):
    with pytest.raises(ValueError, match="does not fit"):
        graph(model(2)[0], **options)


def test_table():
    A, pi, _ = model(2)
    table = graph(A, pi=pi).table()
    assert table["value"].tolist() == [*pi.values, *A.values.ravel()]
    assert table["next_state_label"].tolist() == ["A", "B", "A", "B", "A", "B"]


@pytest.mark.parametrize("N", [1, 2, 5])
def test_still(N):
    A, pi, B = model(N)
    spec = still(graph(A, pi=pi, B=B))
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    assert svg.count("<text") >= (A.values >= 0.005).sum()
    assert "NaN" not in svg
