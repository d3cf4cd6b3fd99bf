"""The code of random cells of translations' traces, of every kind of cell and attention, run alone."""

import numpy as np
import pytest
from proofs import check_code, check_terms, explained

from engine.explain import explain
from engine.seq2seq import Seq2SeqParams, initial
from engine.seq2seq_explain import EXPLAIN
from engine.seq2seq_schema import schema
from engine.seq2seq_trace import trace
from engine.tokens import SPECIALS, Tokens
from engine.translation import files

DE = Tokens("de", (*SPECIALS, "ich", "du", "sehe", "siehst", "Hund"))
EN = Tokens("en", (*SPECIALS, "I", "you", "see", "the", "dog", "#_{}"))
KINDS = [
    Seq2SeqParams("none", "lstm"),
    Seq2SeqParams("none", "gru", reversed=False),
    Seq2SeqParams("additive", "lstm", bidirectional=True, reversed=False),
    Seq2SeqParams("dot", "gru", tied=True, shared=True),
    Seq2SeqParams("additive", "gru", bidirectional=True, reversed=False, tied=True),
]
EDITS = {1: [0.5, 0.5, 0.0, 0.0], 9: [1.0, 0.0, 0.0, 0.0]}


def written(params: Seq2SeqParams, path):
    """A network with random biases, as a weights file read again; float32, as files are."""
    source = EN if params.shared else DE
    params = Seq2SeqParams(**{**vars(params), "n_source": len(source.vocabulary), "n_target": len(EN.vocabulary),
                              "n_embedding": 6, "n_hidden": 8})  # fmt: skip
    net = initial(params, 3)
    random = np.random.default_rng(4)
    for part in net.parameters():
        part.data += part.data.new_tensor(random.normal(0, 0.3, part.shape))
    path.write_bytes(files.dumps(net, source, EN, {}))
    return files.load_file(path)


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("w"), []
    for n, params in enumerate(KINDS):
        translator = written(params, folder / f"{n}.safetensors")
        edits = EDITS if params.attention != "none" else None
        out.append(trace(translator, ["ich", "sehe", "'n", "Hund"], ["I", "see", "#_{}", "it", "<eos>"], edits))
    return out


@pytest.fixture(scope="module")
def cases(traces):
    return explained(traces, draws=1)


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) >= set().union(*map(schema, KINDS))


def test_code_reproduces_random_cells_of_every_variable(cases, tmp_path):
    check_code(cases, tmp_path, abs=1e-9)


def test_terms_give_the_value(cases):
    check_terms(cases, abs=1e-9)


def test_equations_end_with_the_value(cases):
    for where, _, found in cases:
        assert found.equation.count("{") == found.equation.count("}"), where
        end = float(found.equation.rsplit("=", 1)[1].strip("{}"))
        assert end == pytest.approx(found.value, rel=1e-3, abs=1e-9), where


def test_an_equation_names_the_state_that_was_read_before(traces):
    back, there, both, *_ = traces
    assert "R_r h_{1}" in explain(there, "r", source=1, unit=0).equation
    assert "R_i h_{3}" in explain(back, "i", source=1, unit=0).equation
    assert "R_i h_{1}" in explain(both, "i", source=1, unit=3).equation
    assert "R_i h_{3}" in explain(both, "i", source=1, unit=4).equation
    assert "[E y_{1};c_{2}]+R_i s_{1}" in explain(both, "i_s", target=1, unit=0).equation


def test_given_weights_are_said_to_be_given(traces):
    found = explain(traces[2], "weights", target=1, source=0)
    assert found.equation.endswith(":=0.5")
    assert found.value == 0.5
    assert ":=" not in explain(traces[2], "weights", target=2, source=0).equation
    assert "edits" not in explain(traces[2], "weights", target=0, source=0).code


def test_the_logarithm_of_the_sum_keeps_a_score_of_zero(tmp_path):
    translator = written(KINDS[1], tmp_path / "w.safetensors")
    for part in (translator.net.out.weight, translator.net.out.bias):
        part.data.zero_()
    found = explain(trace(translator, ["ich"], ["I"]), "log_norm", target=0)
    assert np.logaddexp.reduce(found.terms["product"]) == pytest.approx(np.log(len(EN.vocabulary)))
