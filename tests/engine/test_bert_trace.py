"""Cells of BERT's trace: the values of the network, and the code that repeats them from the weights file alone."""

import numpy as np
import pytest
import torch
from bert_folders import SMALL, write
from proofs import check_code, check_terms, explained

from engine import pretrained
from engine.bert_explain import EXPLAIN
from engine.bert_trace import trace
from engine.explain import explain
from engine.transformer_block import Off

TEXT = "The cats a_b."
WITHOUT = Off(heads=(("self", 1, 0),), parts=(("ffn", 0),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("models") / "small", prefix="bert.")


@pytest.fixture(scope="module")
def small(folder):
    return pretrained.load_folder(folder)


@pytest.fixture(scope="module")
def cases(small):
    return explained([trace(small, TEXT), trace(small, TEXT, WITHOUT)], draws=1)


def test_every_variable_can_be_explained(small):
    found = trace(small, TEXT)
    assert set(found.data_vars) <= set(EXPLAIN)
    assert found["query_label"].values.tolist()[:4] == ["[CLS]", "the", "cat", "##s"]
    assert found.sizes["layer"] == SMALL.n_layers


def test_the_code_prints_every_cell(cases, folder):
    check_code(cases, folder.parent, abs=1e-9)


def test_the_terms_make_the_value(cases):
    check_terms(cases, abs=1e-9)


def test_the_values_are_those_of_the_network(small):
    found = trace(small, TEXT)
    words = torch.tensor([small.pieces.encode([TEXT])[0].ids])
    assert np.allclose(found["output"], small.net(words)[0], atol=1e-5)
    assert np.allclose(found["weights"], torch.stack(small.net.attentions(words))[:, 0], atol=1e-6)
    off = trace(small, TEXT, WITHOUT)
    assert np.allclose(off["output"], small.net(words, off=WITHOUT)[0], atol=1e-5)
    assert not np.allclose(off["output"], found["output"], atol=1e-3)


def test_a_proof_of_minilm_finds_the_file_by_itself(tmp_path):
    if pretrained.packaged() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed")
    found = trace(pretrained.load(), "The animal was too tired.")
    places = [
        ("X", {"layer": 0, "query": 2, "unit": 7}), ("weights", {"layer": 3, "head": 1, "query": 4, "key": 2}),
        ("X_out", {"layer": 5, "query": 6, "unit": 383}),
    ]  # fmt: skip
    check_code([(name, float(found[name].isel(at)), explain(found, name, **at)) for name, at in places], tmp_path,
               abs=1e-5)  # fmt: skip


def test_more_places_than_the_network_has_are_refused(small):
    with pytest.raises(ValueError, match="13 places"):
        trace(small, "a " * 11)
