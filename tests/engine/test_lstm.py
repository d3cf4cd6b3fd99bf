"""The LSTM's step against torch.nn and against the slide's equations written out by hand, with switches and clamps."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from engine.cell import reversal
from engine.classifier import ClassifierParams, fill, initial, one_hot
from engine.gru import GRUCell
from engine.lstm import LSTMCell, PeepholeCell, Switches
from engine.lstm_difference import CHANGED, difference
from engine.lstm_trace import SCHEMA, Clamp, trace
from engine.rnn import TanhCell
from engine.similarity import similarity_order
from engine.stack import Stack
from engine.text import PAD, encode, pad_left

LANGUAGES = tuple(f"L{i}" for i in range(5))
TEXTS = ["Satoshi", "A", "Van der Berg", "Li"]


def network(model: str = "lstm-peephole", n_hidden: int = 6, seed: int = 0) -> Stack:
    """An untrained network with weights large enough that gates open and shut."""
    net = initial(ClassifierParams(model, n_hidden, LANGUAGES, (1,) * 5), seed).requires_grad_(False)
    return net.double()


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def by_hand(net: Stack, text: str, peepholes=1.0, forget=1.0, output=1.0, clamp=None) -> list[dict[str, list[float]]]:
    """The slide's equations, unit by unit in plain Python; `clamp` maps (gate, time) to a value."""
    cell, n, clamp = net.layer1, net.n_hidden, clamp or {}
    W, R, b = (part.tolist() for part in (cell.W, cell.R, cell.b))
    p = cell.p.tolist() if cell.p is not None else [0.0] * 3 * n
    y, c, out = [0.0] * n, [0.0] * n, []
    for t, letter in enumerate(encode(text)):

        def arrives(gate: int, j: int, y=y, letter=letter) -> float:
            row = gate * n + j
            return W[row][letter] + sum(R[row][k] * y[k] for k in range(n)) + b[row]

        step = {name: [] for name in ("z", "i", "f", "c", "o", "y")}
        for j in range(n):
            z = math.tanh(arrives(0, j))
            i = clamp.get(("i", t), sigmoid(arrives(1, j) + peepholes * p[j] * c[j]))
            f = sigmoid(arrives(2, j) + peepholes * p[n + j] * c[j])
            f = clamp.get(("f", t), 1.0 if forget is None else forget * f)
            cell_now = z * i + c[j] * f
            o = sigmoid(arrives(3, j) + peepholes * p[2 * n + j] * cell_now)
            o = clamp.get(("o", t), 1.0 if output is None else output * o)
            for name, value in zip(step, (z, i, f, cell_now, o, math.tanh(cell_now) * o), strict=True):
                step[name].append(value)
        y, c = step["y"], step["c"]
        out.append(step)
    return out


CASES = {
    "as trained": ({}, ()),
    "no peepholes": ({"peepholes": 0.0}, ()),
    "twice the peepholes": ({"peepholes": 2.0}, ()),
    "no forget gate": ({"forget": None}, ()),
    "half the forget gate": ({"forget": 0.5}, ()),
    "no output gate": ({"output": None}, ()),
    "an output gate of 1.5": ({"output": 1.5}, ()),
    "forget clamped everywhere": ({}, (Clamp("f", None, 1.0),)),
    "input shut at one time": ({}, (Clamp("i", 2, 0.0),)),
    "output shut, then open": ({}, (Clamp("o", None, 0.0), Clamp("o", 4, 1.0))),
    "a clamp wins over a switch": ({"peepholes": 0.3, "forget": None}, (Clamp("f", 1, 0.0),)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("model", ["lstm", "lstm-peephole"])
def test_every_gate_is_what_the_slide_says(model, case):
    switches, clamp = CASES[case]
    net, text = network(model), "Satoshi"
    fixed = {(g, t): v for g, at, v in clamp for t in (range(len(text)) if at is None else [at])}
    found = trace(net, text, ClassifierParams(model, 6, LANGUAGES), "", Switches(**switches), clamp)
    for t, step in enumerate(by_hand(net, text, **switches, clamp=fixed)):
        for name, values in step.items():
            np.testing.assert_allclose(found[name].values[t], values, atol=1e-12, err_msg=f"{name} at {t}")


def test_a_clamp_leaves_everything_before_it_alone():
    net, params = network(), ClassifierParams("lstm-peephole", 6, LANGUAGES)
    before = trace(net, "Satoshi", params, "")
    after = trace(net, "Satoshi", params, "", clamp=(Clamp("f", 3, 0.0),))
    for name in set(SCHEMA) - {"x"}:
        np.testing.assert_array_equal(after[name].values[:3], before[name].values[:3])
    for name in ("z", "i", "z_bar", "f_bar", "written"):  # at the clamped letter only f and what hangs on it
        np.testing.assert_array_equal(after[name].values[3], before[name].values[3])
    assert (after["f"].values[3] == 0).all()
    np.testing.assert_array_equal(after["c"].values[3], after["written"].values[3])
    assert np.abs(after["y"].values[4:] - before["y"].values[4:]).max() > 1e-3


def test_the_parts_of_a_trace_add_up():
    net, params = network(), ClassifierParams("lstm-peephole", 6, LANGUAGES)
    data = trace(net, "Dostoevsky", params, "")
    np.testing.assert_allclose(data["c"], data["kept"] + data["written"], atol=1e-14)
    np.testing.assert_allclose(data["y"], np.tanh(data["c"]) * data["o"], atol=1e-14)
    np.testing.assert_allclose(data["c_prev"][1:], data["c"][:-1])
    np.testing.assert_allclose(data["probs"].sum("language"), 1, atol=1e-12)
    without = data["f_bar"] - data["peep_f"]
    W, R, b = (part[12:18].numpy() for part in (net.layer1.W, net.layer1.R, net.layer1.b))
    np.testing.assert_allclose(without, data["x"].values @ W.T + data["y_prev"].values @ R.T + b, atol=1e-12)
    scores = net.read(one_hot(pad_left(["Dostoevsky"])))[0]
    np.testing.assert_allclose(data["logits"][-1], scores, atol=1e-12)


@pytest.mark.parametrize(("text", "clamp"), [("", ()), ("Anna", (("z", None, 1.0),)), ("Anna", (("f", 4, 1.0),))])
def test_what_cannot_be_traced_is_refused(text, clamp):
    with pytest.raises(ValueError, match=r"at least one letter|there is no gate"):
        trace(network(), text, ClassifierParams("lstm-peephole", 6, LANGUAGES), "", clamp=clamp)


def test_another_network_is_refused():
    params = ClassifierParams("gru", 6, LANGUAGES)
    with pytest.raises(ValueError, match="only an LSTM"):
        trace(network("gru"), "Anna", params, "")


def test_a_difference_is_what_the_equations_by_hand_differ_by():
    net, params = network(), ClassifierParams("lstm-peephole", 6, LANGUAGES)
    off, on = (trace(net, "Anna", params, "", Switches(peepholes=k)) for k in (0.0, 1.0))
    found = difference(off, on)
    assert set(found.data_vars) == set(CHANGED)
    without, with_ = (by_hand(net, "Anna", peepholes=k) for k in (0.0, 1.0))
    for name in ("z", "i", "f", "c", "o", "y"):
        expected = np.subtract([step[name] for step in without], [step[name] for step in with_])
        np.testing.assert_allclose(found[name], expected, atol=1e-12, err_msg=name)
        assert np.abs(expected).max() > 1e-3
    weight, bias = net.h2o.weight.numpy(), net.h2o.bias.numpy()
    odds = [np.exp(np.array([step["y"] for step in steps]) @ weight.T + bias) for steps in (without, with_)]
    expected = np.subtract(*(each / each.sum(1, keepdims=True) for each in odds))
    np.testing.assert_allclose(found["probs"], expected, atol=1e-12)
    with pytest.raises(ValueError, match="one name"):
        difference(off, trace(net, "Hanna", params, ""))


# ── against torch ──────────────────────────────────────────────────────────────────────────────────────────────


def as_torch(cell, rows: torch.Tensor) -> torch.Tensor:
    """Rows in torch's order: i, f, g, o of an LSTM, r, z, n of a GRU, one block of a plain cell."""
    if not isinstance(cell, LSTMCell):
        return rows
    z, i, f, o = rows.chunk(4)
    return torch.cat([i, f, z, o])


def copied(net: Stack) -> nn.RNNBase:
    """torch's own recurrent network with the weights of a stack."""
    cells = {PeepholeCell: nn.LSTM, LSTMCell: nn.LSTM, GRUCell: nn.GRU, TanhCell: nn.RNN}
    kind = cells[type(net.layer1)]
    peer = kind(57, net.n_hidden, net.n_layers, batch_first=True, bidirectional=net.bidirectional).double()
    for layer in range(net.n_layers):
        for side, ending in zip(net.directions, ("", "_reverse"), strict=False):
            cell = getattr(net, f"layer{layer + 1}{side}")
            b_h = torch.zeros_like(cell.b)
            if isinstance(cell, GRUCell):
                b_h[2 * net.n_hidden :] = cell.b_u
            parts = {"weight_ih": cell.W, "weight_hh": cell.R, "bias_ih": cell.b, "bias_hh": b_h}
            for name, part in parts.items():
                getattr(peer, f"{name}_l{layer}{ending}").data.copy_(as_torch(cell, part))
    return peer


def stack(cell, **sizes) -> Stack:
    net = Stack(cell, 5, 5, **sizes).requires_grad_(False)
    fill(net, torch.Generator().manual_seed(3))
    if isinstance(net.layer1, PeepholeCell):
        for part in net.children():
            if isinstance(part, PeepholeCell):
                part.p.zero_()
    return net.double()


SIZES = [{}, {"n_layers": 2}, {"bidirectional": True}, {"n_layers": 2, "bidirectional": True}]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("cell", [LSTMCell, PeepholeCell, GRUCell, TanhCell])
def test_a_stack_reads_padded_batches_as_torch_reads_each_name(cell, sizes):
    net = stack(cell, **sizes)
    peer, letters = copied(net), pad_left(TEXTS)
    found = net.outputs(one_hot(letters))[-1]
    for row, text in enumerate(TEXTS):
        own, _ = peer(one_hot(pad_left([text]))[..., :-1])
        mine = torch.cat(found, 2)[row, -len(text) :]
        torch.testing.assert_close(mine, own[0], atol=1e-12, rtol=0)
        for features in found:  # padding leaves every state at 0
            assert (features[row, : -len(text)].abs() < 1e-15).all()


@pytest.mark.parametrize("sizes", [{}, {"bidirectional": True}], ids=str)
def test_scores_are_read_where_each_direction_ends(sizes):
    net = stack(LSTMCell, **sizes)
    peer, alone = copied(net), net(torch.from_numpy(pad_left(TEXTS)).long())
    for row, text in enumerate(TEXTS):
        _, (last, _) = peer(one_hot(pad_left([text]))[..., :-1])
        torch.testing.assert_close(alone[row], net.h2o(last.flatten()), atol=1e-12, rtol=0)


@pytest.mark.parametrize("cell", [LSTMCell, PeepholeCell])
def test_scan_equals_step_by_step(cell):
    made = cell(7, 4)
    for part in made.parameters():
        nn.init.uniform_(part.detach(), -1, 1, generator=torch.Generator().manual_seed(1))
    x = torch.randn(3, 6, 7, generator=torch.Generator().manual_seed(2))
    state, out = made.start(3), []
    for letter in x.unbind(1):
        step = made.step(letter, state)
        state = step.y, step.c
        out.append(step.y)
    found = made.scan(nn.functional.pad(x, (0, 1)))
    torch.testing.assert_close(found, torch.stack(out, 1), atol=1e-6, rtol=0)


def test_reversal_keeps_the_padding_in_front():
    letters = torch.tensor([[PAD, PAD, 4, 5, 6], [1, 2, 3, 4, 5]])
    turned = letters.gather(1, reversal(letters, PAD))
    assert turned.tolist() == [[PAD, PAD, 6, 5, 4], [5, 4, 3, 2, 1]]


# ── the order of units ─────────────────────────────────────────────────────────────────────────────────────────


def test_units_that_do_the_same_stand_side_by_side():
    random = np.random.default_rng(0)
    waves = random.normal(size=(40, 4))
    family = random.permutation(np.repeat(np.arange(4), 6))
    order = similarity_order(waves[:, family] + 0.05 * random.normal(size=(40, 24)))
    assert sorted(order) == list(range(24))
    kinds = family[order]
    assert (kinds[1:] != kinds[:-1]).sum() == 3  # each family in one piece


@pytest.mark.parametrize("shape", [(1, 3), (5, 1), (4, 0)])
def test_an_order_of_almost_nothing(shape):
    assert sorted(similarity_order(np.ones(shape))) == list(range(shape[1]))
