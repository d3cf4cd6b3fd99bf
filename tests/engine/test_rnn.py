import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import log_softmax, one_hot

from engine.classifier import ClassifierParams, build, log_prior, prior_shift
from engine.rnn import PLAIN, ElmanRNN, LectureRNN
from engine.rnn_trace import LINEAR, SCHEMA, contributions, trace
from engine.text import ALPHABET, encode, pad_left
from engine.trace import KINDS

LANGUAGES = tuple(f"L{i:02}" for i in range(18))
TEXTS = ["Satoshi", "A", "Van der Berg", "Li", "Abcdefghijklmnopqrstuvwxyz"]


def params(model, counts=None):
    return ClassifierParams(model, 128, LANGUAGES, counts or tuple(range(1, 19)))


@pytest.fixture(params=["lecture", "elman"])
def net(request):
    torch.manual_seed(0)
    return build(params(request.param)).requires_grad_(False)


def stepwise(net, text):
    """Letter by letter through `step`: all steps."""
    h, steps = torch.zeros(1, net.n_hidden), []
    for letter in encode(text):
        steps.append(net.step(one_hot(torch.tensor([letter]), 57).float(), h))
        h = steps[-1].h
    return steps


class LecturesOwn(nn.Module):
    """The class on the slide, from its text: two linear layers on [x, h] and a LogSoftmax."""

    def __init__(self):
        super().__init__()
        self.i2h, self.i2o = nn.Linear(57 + 128, 128), nn.Linear(57 + 128, 18)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, x, hidden):
        combined = torch.cat((x, hidden), 1)
        return self.softmax(self.i2o(combined)), self.i2h(combined)


def test_parameter_shapes_of_the_lecture():
    shapes = [tuple(p.shape) for p in LectureRNN().parameters()]
    assert shapes == [(128, 185), (128,), (18, 185), (18,)]


def test_lecture_step_by_hand():
    net = LectureRNN(n_hidden=2, n_languages=2)
    with torch.no_grad():
        for p in net.parameters():
            p.zero_()
        net.i2h.weight[:, 0] = torch.tensor([1.0, 2.0])
        net.i2h.weight[:, 57:] = torch.tensor([[0.0, 1.0], [1.0, 3.0]])
        net.i2h.bias[:] = torch.tensor([0.5, -0.5])
        net.i2o.weight[:, 0] = torch.tensor([3.0, 0.0])
        net.i2o.weight[:, 57:] = torch.tensor([[1.0, 1.0], [2.0, -1.0]])
        net.i2o.bias[:] = torch.tensor([0.0, 10.0])
    a = one_hot(torch.tensor([0]), 57).float()
    first = net.step(a, torch.zeros(1, 2))
    assert first.h.tolist() == [[1.5, 1.5]]
    assert first.logits.tolist() == [[3.0, 10.0]]
    second = net.step(a, first.h)
    assert second.h.tolist() == [[0 + 1.5 + 1.5, 1.5 + 4.5 + 1.5]]
    assert second.logits.tolist() == [[3.0 + 1.5 + 1.5, 3.0 - 1.5 + 10.0]]


def test_lecture_equals_the_class_on_the_slide():
    torch.manual_seed(1)
    slide, ours = LecturesOwn(), LectureRNN()
    ours.load_state_dict(slide.state_dict())
    for text in TEXTS:
        hidden = torch.zeros(1, 128)
        for letter, step in zip(encode(text), stepwise(ours, text), strict=True):
            output, hidden = slide(one_hot(torch.tensor([letter]), 57).float(), hidden)
            torch.testing.assert_close(step.h, hidden)
            torch.testing.assert_close(log_softmax(step.logits, 1), output)


def test_elman_equals_nn_rnn():
    torch.manual_seed(2)
    peer, read, ours = nn.RNN(57, 128, batch_first=True), nn.Linear(128, 18), ElmanRNN()
    with torch.no_grad():
        ours.i2h.weight.copy_(torch.cat([peer.weight_ih_l0, peer.weight_hh_l0], 1))
        ours.i2h.bias.copy_(peer.bias_ih_l0 + peer.bias_hh_l0)
    ours.h2o.load_state_dict(read.state_dict())
    for text in TEXTS:
        states, last = peer(one_hot(torch.from_numpy(encode(text))[None], 57).float())
        steps = stepwise(ours, text)
        torch.testing.assert_close(torch.cat([s.h for s in steps]), states[0])
        torch.testing.assert_close(ours(torch.from_numpy(encode(text))[None]), read(last[0]))


def test_left_padded_batch_equals_step_by_step(net):
    batch = net(torch.from_numpy(pad_left(TEXTS)).int())
    alone = torch.cat([stepwise(net, text)[-1].logits for text in TEXTS])
    torch.testing.assert_close(batch, alone, rtol=1e-4, atol=1e-5)
    before, last = net.states(torch.from_numpy(pad_left(TEXTS)).int())
    for i, text in enumerate(TEXTS):
        steps = stepwise(net, text)
        torch.testing.assert_close(last[i], steps[-1].h[0], rtol=1e-4, atol=1e-5)
        expected = steps[-2].h[0] if len(text) > 1 else torch.zeros(128)
        torch.testing.assert_close(before[i], expected, rtol=1e-4, atol=1e-5)


def test_trace_holds_the_schema_and_true_values(net):
    p = params(net.name)
    data = trace(net, "Satoshi", p, "w")
    assert set(data.data_vars) == set(SCHEMA | (LINEAR if net.name == "lecture" else {}))
    for name, var in SCHEMA.items():
        assert data[name].dims == tuple(var.dims.split())
        assert data[name].attrs["kind"] == var.kind
        assert var.kind in KINDS
    steps = stepwise(net, "Satoshi")
    logits = torch.cat([s.logits for s in steps])
    np.testing.assert_allclose(data["logits"], logits, atol=1e-5)
    np.testing.assert_allclose(data["h"], torch.cat([s.h for s in steps]), atol=1e-5)
    np.testing.assert_array_equal(data["h_prev"][1:], data["h"][:-1])
    np.testing.assert_array_equal(data["h_prev"][0], 0)
    exact = torch.from_numpy(data["logits"].values)
    np.testing.assert_allclose(data["log_probs"], log_softmax(exact, 1), atol=1e-12)
    np.testing.assert_allclose(data["probs"].sum("language"), 1, atol=1e-12)
    np.testing.assert_array_equal(data["maximum"], exact.amax(1))
    np.testing.assert_array_equal(data["x"].argmax("symbol"), encode("Satoshi"))
    np.testing.assert_array_equal(data["x"].sum("symbol"), 1)
    assert data["language_label"].values.tolist() == list(LANGUAGES)
    assert "".join(data["symbol_label"].values) == ALPHABET


def test_contributions_sum_to_the_lectures_scores_and_elman_has_none():
    torch.manual_seed(2)
    data = trace(LectureRNN(), "Pochitalin", params("lecture"), "w")
    np.testing.assert_allclose(data["contribution"].sum("source"), data["logits"], atol=1e-12)
    assert "contribution" not in trace(ElmanRNN(), "Pochitalin", params("elman"), "w")


def test_changes_add_up_to_the_score(net):
    data = trace(net, "Pochitalin", params(net.name), "w")
    bias = (net.i2o if net.name == "lecture" else net.h2o).bias.double().detach().numpy()
    np.testing.assert_allclose(bias + data["change"].values.cumsum(0), data["logits"], atol=1e-6)


def test_a_contribution_is_what_the_score_loses_without_the_letter():
    torch.manual_seed(3)
    net = LectureRNN().double().requires_grad_(False)
    letters = torch.from_numpy(encode("Rossi"))
    parts = contributions(net, letters)
    x = one_hot(letters, 57).double()

    def score(x):
        h = x.new_zeros(1, 128)
        for letter in x.split(1):
            _, h, out = net.step(letter, h)
        return out[0]

    for k in range(5):
        without = x.clone()
        without[k] = 0
        torch.testing.assert_close(score(x) - score(without), parts[4, :, k])
    torch.testing.assert_close(score(torch.zeros_like(x)), parts[4, :, 5])


@pytest.mark.parametrize("text", ["", "é", "a'b", "李"])
def test_trace_refuses_what_it_cannot_read(net, text):
    with pytest.raises(ValueError, match=r"letter|alphabet"):
        trace(net, text, params(net.name), "w")


def test_prior_by_bayes():
    counts = (10, 30, 60)
    natural = ClassifierParams("elman", 4, ("a", "b", "c"), counts, "name")
    flat = ClassifierParams("elman", 4, ("a", "b", "c"), counts, "language")
    np.testing.assert_allclose(np.exp(log_prior(natural)), [0.1, 0.3, 0.6])
    likelihood = np.array([0.2, 0.5, 0.1])
    posterior = {"natural": likelihood * counts, "uniform": likelihood}
    posterior = {k: v / v.sum() for k, v in posterior.items()}
    for p, own in ((natural, "natural"), (flat, "uniform")):
        for prior in ("natural", "uniform"):
            moved = np.exp(np.log(posterior[own]) + prior_shift(p, prior))
            np.testing.assert_allclose(moved / moved.sum(), posterior[prior])


def test_every_model_builds():
    for name, cell in PLAIN.items():
        assert type(build(ClassifierParams(name, 16, ("a", "b"), (1, 1)))) is cell
