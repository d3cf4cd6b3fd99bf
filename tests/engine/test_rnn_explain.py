"""Each explanation's code runs in a fresh interpreter that cannot import the engine, and prints the cell's value."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from engine import weights
from engine.explain import HOW, NoSuchCell, explain
from engine.rnn import RNNParams, build
from engine.rnn_explain import EXPLAIN
from engine.rnn_trace import LINEAR, SCHEMA, trace

LANGUAGES = tuple(f"L{i:02}" for i in range(18))
DRAWS = 4  # cells of every variable of every run

RUNNER = """
import contextlib, importlib.util, io, json, sys
assert importlib.util.find_spec("engine") is None
out = []
for code in json.load(sys.stdin):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(code, {"__name__": "__main__"})
    out.append(text.getvalue())
print(json.dumps(out))
"""


def run_alone(codes, folder):
    """What each code prints; -I: nothing of this project on the path."""
    result = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER], input=json.dumps(codes), cwd=folder, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    out = []
    for seed, (model, text) in enumerate(
        [("lecture", "Li, W."), ("elman", "Abbas"), ("elman", "Q"), ("lecture", "zo")]
    ):
        torch.manual_seed(seed)
        params = RNNParams(model, 24, LANGUAGES, (1,) * 18)
        path = tmp_path_factory.mktemp("w") / f"{model}.safetensors"
        net = build(params)
        path.write_bytes(weights.dumps(net, params, {}))
        out.append(trace(net, text, params, str(path)))
    for model in ("lecture", "elman"):
        net, params, _, path = weights.load_shipped(f"names-{model}")
        out.append(trace(net, "Wolfeschlegelsteinhausenbergerdorff, K.", params, str(weights.ROOT / path)))
    return out


def cells(data, name, random):
    """Random positions, and the cell of the last time step's best language or largest value."""
    sizes = data[name].sizes
    for _ in range(DRAWS):
        yield {dim: int(random.integers(size)) for dim, size in sizes.items()}
    last = {dim: size - 1 for dim, size in sizes.items()}
    yield last
    yield {dim: 0 for dim in sizes}


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA | LINEAR)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    random, cases = np.random.default_rng(0), []
    for data in traces:
        for name in data.data_vars:
            cases += [(data, name, at, explain(data, name, **at)) for at in cells(data, name, random)]
    printed = run_alone([e.code for *_, e in cases], tmp_path)
    for (data, name, at, explanation), text in zip(cases, printed, strict=True):
        value = float(data[name].isel(at))
        where = f"{data.attrs['model']} {name} {at}"
        assert explanation.value == pytest.approx(value, abs=1e-12), where
        assert float(text) == pytest.approx(value, abs=1e-5), where
        assert "engine" not in explanation.code


def test_terms_give_the_value(traces):
    random = np.random.default_rng(1)
    for data in traces:
        for name in data.data_vars:
            for at in cells(data, name, random):
                explanation = explain(data, name, **at)
                total = HOW[explanation.how][0](explanation.terms["product"].to_numpy())
                assert total == pytest.approx(explanation.value, abs=1e-9), (data.attrs["model"], name, at)


def test_how_is_what_its_name_says():
    products = np.array([0.5, -0.2, 0.1])
    for how, value in {"sum": 0.4, "max": 0.5, "tanh": np.tanh(0.4), "exp": np.exp(0.4), "log": np.log(0.4)}.items():
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
