"""The time-lag network's trace: the parts add up, the answer is the network's own, every cell proves itself."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import weights
from engine.classifier import ClassifierParams, initial, prefix_logits
from engine.text import ALPHABET
from engine.window_explain import EXPLAIN
from engine.window_trace import SCHEMA, trace

PARAMS = ClassifierParams("window", 8, ("A", "B", "C"), (1, 1, 1), window=4)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    path = tmp_path_factory.mktemp("w") / "window.safetensors"
    net = initial(PARAMS, 0)
    path.write_bytes(weights.dumps(net, PARAMS, {}))
    shipped = weights.load_shipped("names-window")
    return [
        trace(net, "Li, Wang", PARAMS, str(path)), trace(net, "Q", PARAMS, str(path)),
        trace(shipped.net, "Dostoevsky", shipped.params, str(weights.ROOT / shipped.path)),
    ]  # fmt: skip


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    check_code(explained(traces), tmp_path, abs=1e-9)


def test_terms_give_the_value(traces):
    check_terms(explained(traces, seed=1), abs=1e-9)


def test_the_answer_is_the_networks_own_and_the_parts_add_up(traces):
    data, net = traces[0], initial(PARAMS, 0)
    np.testing.assert_allclose(data["logits"], prefix_logits(net, "Li, Wang"), atol=1e-12)
    bias = net.x2h.bias.detach().double().numpy()
    np.testing.assert_allclose(data["part"].sum("distance") + bias, data["a"], atol=1e-12)
    for time, distance in ((5, 0), (5, 3), (1, 1)):
        letter = ALPHABET.index("Li, Wang"[time - distance])
        column = net.x2h.weight[:, distance * 57 + letter].detach().double()
        np.testing.assert_allclose(data["part"][time, distance], column, atol=1e-12)
    assert not torch.as_tensor(data["part"].values)[0, 1:].any()  # nothing stands before the name


def test_an_empty_name_is_refused():
    with pytest.raises(ValueError, match="at least one letter"):
        trace(initial(PARAMS, 0), "", PARAMS, "")
