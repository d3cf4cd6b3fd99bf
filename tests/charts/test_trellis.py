"""What the trellis receives, what it refuses, and what becomes of too much."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.payload import pack, unpack
from charts.still import still
from charts.trellis import MOST_COLUMNS, MOST_STATES, MOST_TIMES, traced, trellis, winners

CELL, STEP = ("time", "state"), ("step", "state", "next_state")


def array(dims, values, name="delta", kind="prob", **labels):
    coords = {dim: np.arange(size) for dim, size in zip(dims, np.shape(values), strict=True)}
    coords |= {f"{dim}_label": (dim, words) for dim, words in labels.items()}
    return xr.DataArray(np.asarray(values, float), dims=dims, coords=coords, attrs={"name": name, "kind": kind})


def table(T=4, N=3, lead=(), seed=0):
    """(nodes, arcs) drawn at random."""
    rng, first = np.random.default_rng(seed), tuple(lead.items()) if lead else ()
    sizes, dims = [size for _, size in first], [dim for dim, _ in first]
    nodes = array([*dims, *CELL], rng.random((*sizes, T, N)), state=list("abcdefghijklmnop")[:N])
    return nodes, array([*dims, *STEP], rng.random((*sizes, T - 1, N, N)), "candidate")


def test_header_and_arrays():
    nodes, arcs = table()
    chart = trellis(nodes, arcs=arcs, observations=list("wxyz"), trace_back=True, index=5)
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert chart.name == "trellis"
    assert (header["variable"], header["arcs"]["variable"]) == ("delta", "candidate")
    assert header["time"]["labels"] == list("wxyz")
    assert header["state"]["labels"] == list("abc")
    assert header["cursors"] == {"move": {"param": "k", "index": 5}}
    assert (header["order"], header["summary"], header["logged"]) == ("forward", None, [])
    assert {name: part.shape for name, part in arrays.items()} == {
        "nodes": (4, 3), "arcs": (3, 3, 3), "back": (3, 3), "best": (4,),
    }  # fmt: skip


def test_the_hero_is_said():
    nodes, _ = table()
    paths = xr.DataArray(np.zeros((2, 4)), dims=("decoder", "time"))
    assert trellis(nodes, paths=paths, hero=1).header["hero"] == 1
    assert trellis(nodes, paths=paths).header["hero"] is None


def test_the_last_of_equal_candidates_wins_and_the_first_of_equal_ends():
    """As `viterbi` decides."""
    arcs = np.zeros((1, 3, 2))
    arcs[0, :, 0] = [1, 1, 0]
    assert winners(arcs).tolist() == [[1, 2]]
    assert traced(np.array([[0.0, 1], [2, 2]]), np.array([[1, 0]])).tolist() == [1, 0]


def test_traced_path_is_the_best_of_all():
    rng = np.random.default_rng(3)
    start, A = rng.random(3), rng.random((4, 3, 3))
    delta, candidate = [start], []
    for step in A:
        candidate.append(delta[-1][:, None] * step)
        delta.append(candidate[-1].max(0))
    chart = trellis(array(CELL, delta), arcs=array(STEP, candidate), trace_back=True)
    paths = np.stack(np.meshgrid(*[range(3)] * 5, indexing="ij"), -1).reshape(-1, 5)
    scores = start[paths[:, 0]] * np.prod([A[t, paths[:, t], paths[:, t + 1]] for t in range(4)], 0)
    assert chart.arrays["best"].tolist() == paths[scores.argmax()].tolist()


def test_small_probabilities_travel_as_logarithms():
    nodes, arcs = table()
    tiny = nodes * 1e-60
    tiny[0, 0] = 0
    chart = trellis(tiny, arcs=arcs)
    assert chart.header["logged"] == ["nodes"]
    np.testing.assert_allclose(np.exp(chart.arrays["nodes"][1:]), tiny.values[1:])
    assert chart.arrays["nodes"][0, 0] == -np.inf


def test_infinite_and_missing_numbers_leave_the_header_plain():
    nodes, arcs = table()
    nodes[0, 0], nodes[1, 1], arcs[0, 0, 0] = -np.inf, np.nan, np.nan
    nodes[3] = np.nan
    chart = trellis(nodes.assign_attrs(kind="log"), arcs=arcs, trace_back=True)
    assert pack(chart.header, chart.arrays)
    assert chart.arrays["best"].shape == (4,)


def test_one_time_has_no_arcs():
    nodes, arcs = table(T=1)
    chart = trellis(nodes, arcs=arcs, back=array(STEP[::2], np.zeros((0, 3))), trace_back=True)
    assert set(chart.arrays) == {"nodes", "best"}


@pytest.mark.parametrize(("T", "N"), [(MOST_TIMES + 1, 2), (5, MOST_STATES + 1), (MOST_COLUMNS + 7, 2)])
def test_too_much_becomes_a_summary(T, N):
    nodes, arcs = table(T, N)
    paths = array(("decoder", "time"), np.zeros((1, T)), decoder=["viterbi"])
    chart = trellis(nodes, arcs=arcs, paths=paths, observations=["o"] * T, trace_back=True)
    shown = min(T, MOST_COLUMNS)
    assert chart.header["summary"] == {"states": N, "times": T, "shown": shown}
    assert chart.header["order"] is None
    assert chart.header["cursors"] == {}
    assert set(chart.arrays) == {"nodes", "paths"}
    assert len(chart.header["time"]["labels"]) == chart.arrays["nodes"].shape[0] == shown


def test_the_largest_that_steps():
    nodes, arcs = table(MOST_TIMES, MOST_STATES)
    assert trellis(nodes, arcs=arcs).header["summary"] is None


def test_a_slider_leads_nodes_and_arcs():
    nodes, arcs = table(lead={"iteration": 5})
    cursors = {"iteration": {"param": "i"}}
    chart = trellis(nodes, arcs=arcs, order=None, rule=None, slider="iteration", cursors=cursors)
    assert chart.header["slider"]["size"] == 5
    assert chart.header["cursors"] == cursors
    assert chart.arrays["nodes"].shape == (5, 4, 3)


def test_a_part_of_the_times_keeps_its_positions():
    nodes, arcs = table(T=6)
    chart = trellis(nodes.isel(time=slice(2, 5)), arcs=arcs.isel(step=slice(2, 4)))
    assert chart.header["time"]["index"] == [2, 3, 4]
    assert chart.header["arcs"]["index"] == [2, 3]


def test_table():
    nodes, _ = table(T=2, N=2)
    back = array(("step", "next_state"), [[1, 0]], "psi", "index")
    paths = array(("decoder", "time"), [[0, 1], [1, 1]], decoder=["greedy", "viterbi"])
    found = trellis(nodes, back=back, paths=paths).table()
    assert found["best_from"].tolist() == ["", "", "b", "a"]
    assert found["paths"].tolist() == ["greedy", "viterbi", "", "greedy, viterbi"]
    assert found["value"].tolist() == nodes.values.ravel().tolist()
    assert found["state_label"].tolist() == ["a", "b"] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": array(CELL, np.zeros((0, 2)))}, "at least one time"),
        ({"nodes": array(("time", "unit"), np.zeros((4, 3)))}, "has dims"),
        ({"arcs": array(STEP, np.zeros((4, 3, 3)))}, "arcs has shape"),
        ({"back": array(("step", "next_state"), np.zeros((3, 2)))}, "back has shape"),
        ({"paths": array(("decoder", "time"), np.zeros((2, 3)))}, "paths has shape"),
        ({"pi": array(("state",), np.zeros(2))}, "pi has shape"),
        ({"observations": ["x"]}, "1 observations for 4 times"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    arguments = {"nodes": table()[0]} | change
    with pytest.raises(ValueError, match=message):
        trellis(arguments.pop("nodes"), **arguments)


@pytest.mark.parametrize("given", ["back", "paths", "nothing", "slider", "log"])
def test_still(given):
    lead = {"iteration": 2} if given == "slider" else ()
    nodes, arcs = table(lead=lead)
    if given == "log":
        nodes, arcs = (np.log(each).assign_attrs(each.attrs | {"kind": "log"}) for each in (nodes, arcs))
        nodes[0, 0] = -np.inf
    options = {"paths": array(("decoder", "time"), [[0, 1, 2, 1], [0, 1, -1, 1]], decoder=["a'b", "c"])}
    chart = trellis(nodes, arcs=None if given == "nothing" else arcs, trace_back=given == "back",
                    slider="iteration" if lead else None, **options if given == "paths" else {})  # fmt: skip
    spec = still(chart)
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    assert svg.count("<text") >= 12
    assert "NaN" not in svg


def test_still_of_a_summary_ends_before_it_is_too_wide():
    nodes, _ = table(400, 2)
    paths = array(("decoder", "time"), np.zeros((1, 400)), decoder=["viterbi"])
    assert still(trellis(nodes, paths=paths)).data["x"].max() == MOST_TIMES - 1
