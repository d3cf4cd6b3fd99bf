"""The code of random cells of LSTM and GRU traces, with switches, clamps and differences, run alone."""

import math

import pytest
from proofs import check_code, check_terms, explained

from engine import gru_trace, lstm_explain, lstm_trace, weights
from engine.classifier import ClassifierParams, initial
from engine.explain import explain
from engine.gru_explain import EXPLAIN as GRU
from engine.lstm import OPEN, Switches
from engine.lstm_difference import EXPLAIN as DIFFERENCE
from engine.lstm_difference import SCHEMA, difference

LANGUAGES = tuple(f"L{i:02}" for i in range(6))
READINGS = [
    ("lstm-peephole", Switches(0.0, None, 0.5), (("f", 2, 0.0), ("i", None, 1.0))),
    ("lstm-peephole", Switches(1.7, 0.5, None), (("o", None, 0.0), ("o", 0, 1.0))),
    ("lstm", Switches(1.0, 0.0, 0.0), ()),
    ("lstm", OPEN, ()),
]


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    out, folder = [], tmp_path_factory.mktemp("w")
    for n, (model, switches, clamp) in enumerate(READINGS):
        params, path = ClassifierParams(model, 7, LANGUAGES, (1,) * 6), folder / f"{n}.safetensors"
        net = initial(params, n)
        path.write_bytes(weights.dumps(net, params, {}))
        read = lstm_trace.trace(net, "Li, W.", params, str(path), switches, clamp)
        out += [read, difference(read, lstm_trace.trace(net, "Li, W.", params, str(path)))][: 2 - (model == "lstm")]
    params, path = ClassifierParams("gru", 7, LANGUAGES, (1,) * 6), folder / "gru.safetensors"
    net = initial(params, 9)
    path.write_bytes(weights.dumps(net, params, {}))
    out.append(gru_trace.trace(net, "Li, W.", params, str(path)))
    net, params, _, where = weights.load_shipped("names-lstm-peephole")
    out.append(lstm_trace.trace(net, "Ng", params, str(weights.ROOT / where)))
    return out


@pytest.fixture(scope="module")
def cases(traces):
    return explained(traces, draws=1)


def test_every_variable_has_an_explainer():
    assert set(lstm_explain.EXPLAIN) == set(lstm_trace.SCHEMA | lstm_trace.PEEPHOLES)
    assert set(GRU) == set(gru_trace.SCHEMA)
    assert set(DIFFERENCE) == set(SCHEMA)


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, abs=1e-5)


def test_terms_give_the_value(cases):
    check_terms(cases, abs=1e-9)


def test_equations_end_with_the_value(cases):
    for where, _, found in cases:
        assert found.equation.count("{") == found.equation.count("}"), where
        end = float(found.equation.rsplit("=", 1)[1].strip("{}"))
        assert end == pytest.approx(found.value, rel=1e-3, abs=1e-9), where


def test_an_equation_on_paper():
    """One unit, one letter: every number of the forget gate's equation by hand."""
    params = ClassifierParams("lstm-peephole", 1, LANGUAGES, (1,) * 6)
    net = initial(params, 0)
    for part in net.layer1.parameters():
        part.data.fill_(0.5)
    data = lstm_trace.trace(net, "aa", params, "")
    assert float(data["f_bar"][0, 0]) == pytest.approx(0.5 + 0.5)
    y, c = float(data["y"][0, 0]), float(data["c"][0, 0])
    assert float(data["f_bar"][1, 0]) == pytest.approx(0.5 + 0.5 + 0.5 * y + 0.5 * c)


def shown(trace, name: str) -> str:
    return explain(trace, name, time=1, unit=3).equation


@pytest.mark.parametrize("gate", ["i", "f", "o"])
def test_an_equation_shows_the_peephole_only_where_it_acts(gate, tmp_path):
    path, term = tmp_path / "p.safetensors", {"o": r"p_o\odot c^t"}.get(gate, rf"p_{gate}\odot c^{{t-1}}")

    def read(model: str, factor: float):
        params = ClassifierParams(model, 5, LANGUAGES, (1,) * 6)
        net = initial(params, 0)
        path.write_bytes(weights.dumps(net, params, {}))
        return lstm_trace.trace(net, "Ng", params, str(path), Switches(peepholes=factor))

    for model, factor in (("lstm", 1.0), ("lstm", 2.0), ("lstm-peephole", 0.0)):
        assert f"p_{gate}" not in shown(read(model, factor), f"{gate}_bar")
    assert f"+{term}+b_{gate}" in shown(read("lstm-peephole", 1.0), f"{gate}_bar")
    scaled = read("lstm-peephole", 2.5)
    assert rf"+2.5\,{term}+b_{gate}" in shown(scaled, f"{gate}_bar")
    assert shown(scaled, f"peep_{gate}").startswith(rf"2.5\,{term}=")
    assert "p_" not in shown(scaled, "z_bar")


@pytest.mark.parametrize("scale", [0.0, 0.25])
def test_a_scaled_gate_shows_what_its_sum_gives(scale, tmp_path):
    path, params = tmp_path / "s.safetensors", ClassifierParams("lstm", 5, LANGUAGES, (1,) * 6)
    net = initial(params, 0)
    path.write_bytes(weights.dumps(net, params, {}))
    read = lstm_trace.trace(net, "Ng", params, str(path), Switches(forget=scale))
    (row,) = explain(read, "f", time=1, unit=3).terms.itertuples()
    assert row.value == pytest.approx(1 / (1 + math.exp(-float(read["f_bar"][1, 3]))))
    assert row.weight == scale
