"""The GRU's step, scan and trace against torch's own GRU with copied weights."""

import numpy as np
import pytest
import torch
from torch import nn

from engine.classifier import ClassifierParams, initial, one_hot
from engine.gru import GRUCell
from engine.gru_trace import trace
from engine.text import pad_left

LANGUAGES = tuple(f"L{i}" for i in range(5))
PARAMS = ClassifierParams("gru", 6, LANGUAGES, (1,) * 5)


def torch_cell(cell: GRUCell) -> nn.GRUCell:
    peer = nn.GRUCell(cell.n_inputs, cell.n_hidden).to(cell.W.dtype)
    b_h = torch.zeros_like(cell.b)
    b_h[2 * cell.n_hidden :] = cell.b_u
    parts = {"weight_ih": cell.W, "weight_hh": cell.R, "bias_ih": cell.b, "bias_hh": b_h}
    for name, part in parts.items():
        getattr(peer, name).data.copy_(part)
    return peer.requires_grad_(False)


@pytest.fixture
def net():
    return initial(PARAMS, 0).requires_grad_(False).double()


def test_steps_equal_torch_letter_by_letter(net):
    peer, data = torch_cell(net.layer1), trace(net, "Kowalski", PARAMS, "")
    h = torch.zeros(1, 6, dtype=torch.float64)
    for t, letter in enumerate(one_hot(pad_left(["Kowalski"]))[0, :, :-1]):
        np.testing.assert_allclose(data["h_prev"][t], h[0], atol=1e-12)
        h = peer(letter[None], h)
        np.testing.assert_allclose(data["h"][t], h[0], atol=1e-12)
    np.testing.assert_allclose(data["logits"][-1], net.h2o(h)[0], atol=1e-12)
    np.testing.assert_allclose(data["h"], data["kept"] + data["written"], atol=1e-14)


def test_scan_equals_step_by_step_and_padding_keeps_zero(net):
    x = one_hot(pad_left(["Kowalski", "Li"]))
    found = net.layer1.scan(x)
    assert found[1, :6].abs().max() < 1e-15
    for row, text in enumerate(["Kowalski", "Li"]):
        np.testing.assert_allclose(found[row, -len(text) :], trace(net, text, PARAMS, "")["h"], atol=1e-12)


@pytest.mark.parametrize("model", ["lstm", "elman"])
def test_another_network_is_refused(model):
    with pytest.raises(ValueError, match="only a GRU"):
        trace(initial(ClassifierParams(model, 6, LANGUAGES, (1,) * 5), 0), "Anna", PARAMS, "")
