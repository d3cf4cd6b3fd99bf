"""What the search tree receives: axes, flags, positions, errors and the table."""

import numpy as np
import pytest
import vl_convert
import xarray as xr

from charts.payload import pack, unpack
from charts.tree import MOST_NODES, picture, tree

WORDS = ["<sos>", "das", "der", "Haus", "<eos>", "Haus", "<b>"]


def search(**change: object) -> xr.Dataset:
    """A beam of two places and two steps, three words looked at in the second."""
    parts = {
        "parent": [-1, 0, 0, 1, 1, 2, 2], "depth": [0, 1, 1, 2, 2, 2, 2],
        "log_prob": np.log([1, 0.6, 0.4, 0.5, 0.5, 0.9, 0.1]), "score": np.log([1, 0.6, 0.4, 0.3, 0.3, 0.36, 0.04]),
        "kept": [1, 1, 1, 0, 1, 1, 0], "finished": [0, 0, 0, 0, 1, 0, 0], "best": [1, 0, 1, 0, 0, 1, 0],
    } | change  # fmt: skip
    variables = {name: ("node", np.asarray(values)) for name, values in parts.items() if values is not None}
    return xr.Dataset(variables, coords={"node_label": ("node", np.asarray(WORDS[: len(parts["parent"])], object))})


def test_header_and_arrays():
    chart = tree(search(), cursor="target", cursors={"target": {"param": "t", "index": 1}}, notes="why")
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert (header["variable"], header["labels"], header["rooted"], header["index"]) == ("score", WORDS, True, None)
    assert (header["cursor"], header["notes"]) == ("target", "why")
    assert arrays["parent"].tolist() == [-1, 0, 0, 1, 1, 2, 2]
    assert arrays["kept"].tolist() == [1, 1, 1, 0, 1, 1, 0]
    np.testing.assert_allclose(arrays["score"], search()["score"], rtol=1e-6)


def test_flags_of_a_trace_are_numbers():
    given = search(kept=np.array([1.0, 1, 1, 0, 1, 1, 0])).assign(leaf=("result", [5]))
    assert tree(given).arrays["kept"].tolist() == [True, True, True, False, True, True, False]


def test_a_forest_without_a_start():
    header = tree(search(parent=[-1, -1, -1, 1, 1, 2, 2], depth=[0, 0, 0, 1, 1, 1, 1])).header
    assert not header["rooted"]


def test_the_table_tells_the_hypotheses():
    table = tree(search()).table()
    assert table["hypothesis"].tolist()[3:] == [
        "<sos> das Haus", "<sos> das <eos>", "<sos> der Haus", "<sos> der <b>",
    ]  # fmt: skip
    assert list(table)[3:] == ["parent", "depth", "log_prob", "score", "kept", "finished", "best"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": None}, r"lacks \['score'\]"),
        ({"best": None}, r"lacks \['best'\]"),
        ({"parent": [0, 0, 0, 1, 1, 2, 2]}, "roots"),
        ({"parent": [-1, 0, 0, 1, 1, 2, 9]}, "among its nodes"),
        ({"depth": [1, 1, 1, 2, 2, 2, 2]}, "below its parent"),
        ({"depth": [0, 1, 1, 2, 2, 2, 3]}, "below its parent"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        tree(search(**change))


def test_words_are_needed_and_too_many_nodes_refused():
    with pytest.raises(ValueError, match="node_label"):
        tree(search().drop_vars("node_label"))
    with pytest.raises(ValueError, match=f"1 to {MOST_NODES}"):
        tree(search().isel(node=[0] * (MOST_NODES + 1)))


def test_picture():
    spec = picture(tree(search()))
    svg = vl_convert.vegalite_to_svg(spec.spec | {"data": {"values": spec.data.to_dict("records")}})
    assert svg.count(">Haus") == 2
    assert "&lt;b&gt;" in svg
    assert spec.data["y"].tolist() == [0, 0, 1, 0, 1, 2, 3]
