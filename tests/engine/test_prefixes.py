"""States of prefixes: equal up to the last common letter, apart after it; every number against a network by hand."""

from itertools import product

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import orders, prefixes, weights
from engine.classifier import CELLS, ClassifierParams, initial, prefix_logits
from engine.explain import explain
from engine.names import Names
from engine.prefixes_explain import EXPLAIN

LANGUAGES = ("Czech", "Greek", "Irish")
KINDS = tuple(CELLS)


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """One small untrained network of every kind, on file."""
    found = {}
    for seed, kind in enumerate(KINDS):
        params = ClassifierParams(kind, 9, LANGUAGES, (4, 5, 6))
        net = initial(params, seed).eval()
        path = tmp_path_factory.mktemp("w") / f"{kind}.safetensors"
        path.write_bytes(weights.dumps(net, params, {}))
        found[kind] = weights.load_file(path)
    return found


def made(found: weights.Loaded) -> list:
    net, params, _, path = found
    return [
        prefixes.pair(net, "Dostoevsky", "Dostal", params, path),
        prefixes.changes(net, "Do", params, path),
        prefixes.boundaries(net, "Li, W. Dostal", 4, params, path),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("first", "second", "common"), [("Dostoevsky", "Dostal", 4), ("Anna", "Bnna", 0), ("A", "Ab", 1)]
)
def test_states_are_equal_to_the_last_bit_up_to_the_end_of_the_common_beginning(networks, kind, first, second, common):
    net, params, _, path = networks[kind]
    trace = prefixes.pair(net, first, second, params, path)
    assert orders.common_prefix(first, second) == common
    assert (trace["difference"].values[:common] == 0).all()
    assert (trace["apart"].values[:common] == 0).all()
    assert (trace["distance"].values[common:] > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_the_prefixes(networks, kind):
    net, params, _, path = networks[kind]
    trace = prefixes.pair(net, "Dostoevsky", "Dostal", params, path)
    expected = torch.from_numpy(prefix_logits(net, "Dostal")).softmax(1)
    np.testing.assert_allclose(trace["second_probs"], expected, atol=1e-12)


def test_an_elman_state_is_that_of_the_equation(networks):
    net, params, _, path = networks["elman"]
    W = net.double().state_dict()
    h = torch.zeros(9, dtype=torch.float64)
    for letter in "Do":
        x = torch.zeros(57, dtype=torch.float64)
        x["abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;".index(letter)] = 1
        h = torch.tanh(W["i2h.weight"] @ torch.cat([x, h]) + W["i2h.bias"])
    net.float()
    np.testing.assert_allclose(prefixes.pair(net, "Dob", "Dou", params, path)["first"][1], h, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_letter_reaches_every_later_state_and_no_earlier_one(networks, kind):
    net, params, _, path = networks[kind]
    trace = prefixes.changes(net, "Do, Li", params, path)
    reach, turned = trace["reach"].values, trace["turned"].values
    assert (np.tril(reach, -1) == 0).all()
    assert (np.tril(turned, -1) == 0).all()
    assert (reach[np.triu_indices(6)] > 0).all()
    swapped = [prefixes.read(net, ["D" + other + ", Li"]).states[0] for other in "abcdefghijklmnpqrstuvwxyz"]
    gaps = [(each - prefixes.read(net, ["Do, Li"]).states[0]).abs().mean(1) for each in swapped]
    np.testing.assert_allclose(reach[1], torch.stack(gaps).mean(0), atol=1e-12)


def test_a_text_is_cut_at_the_marks_of_the_alphabet():
    text = " Li,W.. van der;Aa:"
    assert [text[a:b] for a, b in prefixes.cut(text)] == ["Li", "W", "van", "der", "Aa"]
    assert prefixes.cut(" .,:;") == []


@pytest.mark.parametrize("kind", KINDS)
def test_three_readings_of_a_text(networks, kind):
    net, params, _, path = networks[kind]
    text = "Li, Dostal; Rossi"
    trace = prefixes.boundaries(net, text, 7, params, path)
    for place, whole in enumerate(("Rossi", text, "; Rossi")):
        expected = torch.from_numpy(prefix_logits(net, whole)).softmax(1)[-1]
        np.testing.assert_allclose(trace["answer"][2, place], expected, atol=1e-12)
    assert (trace["gap"].values[0] == 0).all()
    assert (trace["gap"].values[1:] > 0).all()
    first = prefixes.boundaries(net, "Li", 7, params, path)
    assert (first["gap"].values == 0).all()
    np.testing.assert_allclose(first["answer"][0, 1:] - first["answer"][0, 0], 0, atol=1e-12)


def test_a_text_without_letters_is_refused(networks):
    net, params, _, path = networks["elman"]
    with pytest.raises(ValueError, match="letter"):
        prefixes.boundaries(net, " , ", 3, params, path)


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(prefixes.PAIR | prefixes.CHANGES | prefixes.PIECES)


@pytest.fixture(scope="module")
def traces(networks):
    every = {kind: made(networks[kind]) for kind in KINDS}
    return [pair for pair, *_ in every.values()] + every["lstm-peephole"][1:]


def test_code_alone_prints_the_cells(traces, tmp_path):
    check_code(explained(traces, draws=0), tmp_path, abs=1e-9)


def test_terms_make_the_cells(traces):
    check_terms(explained(traces, seed=1, draws=0), abs=1e-12)


def test_equations_end_with_the_value(traces):
    for data in traces:
        for name in data.data_vars:
            said = explain(data, name, **{dim: size - 1 for dim, size in data[name].sizes.items()})
            assert said.equation.count("{") == said.equation.count("}")
            assert float(said.equation.rsplit("=", 1)[1]) == pytest.approx(said.value, rel=1e-3, abs=1e-9)


NAMES = Names(["Abba", "Obba", "Labba", "Dora", "Ora", "Zoe"], np.array([0, 0, 1, 1, 2, 2]), LANGUAGES)


def test_a_model_of_order_k_counts_endings():
    """The recursion, term by term, from the list of names itself."""
    model = orders.fit(NAMES, 3)
    for text, k in product(("Yabba", "ra", "Q"), range(4)):
        p = np.array([2, 2, 2]) / 6
        for length in range(1, k + 1):
            ending = ("^" * length + text)[-length:]
            seen = np.array(
                [sum(("^" * length + name)[-length:] == ending for name in np.array(NAMES.texts)[NAMES.labels == each])
                 for each in range(3)]
            )  # fmt: skip
            p = (seen + orders.SMOOTHING * p) / (seen.sum() + orders.SMOOTHING)
        np.testing.assert_allclose(orders.beliefs(model, text)[k], p)


def test_a_model_of_order_k_sees_no_further_back():
    model = orders.fit(NAMES)
    a, b = orders.beliefs(model, "Yabba"), orders.beliefs(model, "Robba")
    assert (a[:4] == b[:4]).all()
    assert (a[4:] != b[4:]).any()


def test_the_share_of_right_answers_by_order():
    model = orders.fit(NAMES, 2)
    expected = np.mean(
        [orders.beliefs(model, text).argmax(1) == each for text, each in zip(NAMES.texts, NAMES.labels, strict=True)], 0
    )
    np.testing.assert_allclose(orders.counted(model, NAMES), expected)
    assert 0 <= orders.whole_name(NAMES, NAMES) <= 1


def test_shortened_names_are_read_as_they_stand(networks):
    net = networks["gru"].net
    found = orders.shortened(net, NAMES)
    for row, k in enumerate(orders.ORDERS):
        answers = [prefix_logits(net, text[-k:])[-1].argmax() for text in NAMES.texts]
        whole = [prefix_logits(net, text)[-1].argmax() for text in NAMES.texts]
        assert found.same[row].tolist() == [a == b for a, b in zip(answers, whole, strict=True)]
        assert found.right[row].tolist() == [a == b for a, b in zip(answers, NAMES.labels, strict=True)]
    assert found.same[-1].all()  # no name is longer


def test_a_window_gives_equal_ends_one_answer(networks):
    net = initial(ClassifierParams("window", 9, LANGUAGES, (4, 5, 6), window=3), 0).eval()
    same = orders.probabilities(net, ("Abba", "Labba", "Robba"))
    assert (same == same[0]).all()
    apart = orders.probabilities(networks["gru"].net, ("Abba", "Labba"))
    assert (apart[0] != apart[1]).all()
    expected = torch.from_numpy(prefix_logits(networks["gru"].net, "Labba")[-1]).softmax(0)
    np.testing.assert_allclose(apart[1], expected, atol=1e-12)


def test_names_with_the_same_end_and_the_same_beginning():
    assert orders.same_ending(NAMES.texts, "Yabba", 3) == ["Abba", "Labba", "Obba"]
    assert orders.same_ending(NAMES.texts, "Abba", 3) == ["Labba", "Obba"]
    assert orders.same_ending(NAMES.texts, "Zoe", 3) == []
    assert orders.same_beginning(NAMES.texts, "Orb") == "Ora"
    assert orders.same_beginning(NAMES.texts, "Zo") == ""
