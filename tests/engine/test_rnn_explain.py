"""Each explanation's code runs in a fresh interpreter that cannot import the engine, and prints the cell's value."""

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import weights
from engine.classifier import ClassifierParams, build
from engine.explain import HOW, NoSuchCell, explain
from engine.rnn_explain import EXPLAIN
from engine.rnn_trace import LINEAR, SCHEMA, trace

LANGUAGES = tuple(f"L{i:02}" for i in range(18))


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    out = []
    for seed, (model, text) in enumerate(
        [("lecture", "Li, W."), ("elman", "Abbas"), ("elman", "Q"), ("lecture", "zo")]
    ):
        torch.manual_seed(seed)
        params = ClassifierParams(model, 24, LANGUAGES, (1,) * 18)
        path = tmp_path_factory.mktemp("w") / f"{model}.safetensors"
        net = build(params)
        path.write_bytes(weights.dumps(net, params, {}))
        out.append(trace(net, text, params, str(path)))
    for model in ("lecture", "elman"):
        net, params, _, path = weights.load_shipped(f"names-{model}")
        out.append(trace(net, "Wolfeschlegelsteinhausenbergerdorff, K.", params, str(weights.ROOT / path)))
    return out


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA | LINEAR)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    check_code(explained(traces), tmp_path, abs=1e-5)


def test_terms_give_the_value(traces):
    check_terms(explained(traces, seed=1), abs=1e-9)


def test_how_is_what_its_name_says():
    products = np.array([0.5, -0.2, 0.1, 0.5])
    values = {
        "sum": 0.9, "max": 0.5, "tanh": np.tanh(0.9), "exp": np.exp(0.9), "log": np.log(0.9),
        "logsumexp": np.log(2 * np.exp(0.5) + np.exp(-0.2) + np.exp(0.1)), "argmax": 0, "last argmax": 3,
        "sigmoid": 1 / (1 + np.exp(-0.9)), "product": -0.005,
    }  # fmt: skip
    assert set(values) == set(HOW)
    for how, value in values.items():
        assert HOW[how][0](products) == pytest.approx(value)


def test_equation_ends_with_the_value(traces):
    for data in traces:
        for name in data.data_vars:
            at = {dim: size - 1 for dim, size in data[name].sizes.items()}
            explanation = explain(data, name, **at)
            assert explanation.equation.count("{") == explanation.equation.count("}")
            assert float(explanation.equation.rsplit("=", 1)[1]) == pytest.approx(explanation.value, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize(("name", "at"), [("x", {}), ("nope", {}), ("h", {"time": 99, "unit": 0}), ("h", {"unit": 0})])
def test_a_cell_that_is_not_there_is_named(traces, name, at):
    with pytest.raises(NoSuchCell, match=name):
        explain(traces[0], name, **at)
