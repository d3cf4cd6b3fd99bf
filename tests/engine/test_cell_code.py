"""The text of every cell, run, against the network it repeats: one name, and several names one a row."""

from textwrap import indent

import pytest
import torch

from engine import cell_code, weights
from engine.classifier import ClassifierParams, initial, one_hot, prefix_logits
from engine.text import pad_left


@pytest.fixture(params=cell_code.STATES)
def network(request, tmp_path):
    """(kind, the network, the lines that load it)."""
    kind, path = request.param, tmp_path / "w.safetensors"
    params = ClassifierParams(kind, 6, ("A", "B", "C"), (1,) * 3)
    net = initial(params, 3)
    path.write_bytes(weights.dumps(net, params, {}))
    return kind, net.double().requires_grad_(False), cell_code.head(kind, str(path))


def test_one_name_gets_the_scores_of_the_network(network):
    kind, net, head = network
    found = {}
    exec(head + cell_code.loop(kind, "'Li, W.'"), found)
    expected = torch.as_tensor(prefix_logits(net, "Li, W.")[-1])
    torch.testing.assert_close(found[cell_code.scores(kind)], expected, rtol=0, atol=1e-12)


def test_names_one_a_row_get_the_states_of_the_network(network):
    kind, net, head = network
    x = one_hot(pad_left(["Liu", "Ngo"]))
    found = {"letters": x[..., :57].unbind(1)}
    body = indent(cell_code.step(kind, rows=True), "    ")
    exec(f"{head}{cell_code.start(kind, '2')}for x in letters:\n{body}", found)
    torch.testing.assert_close(found[cell_code.STATES[kind][0]], net.read_states(x)[:, -1], rtol=0, atol=1e-12)
