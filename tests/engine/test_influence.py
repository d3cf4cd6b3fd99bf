"""Influence against finite differences, completeness against two readings, leaving out against direct scoring."""

import copy

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import influence, weights
from engine.classifier import ClassifierParams, initial, one_hot, prefix_logits
from engine.influence_explain import EXPLAIN
from engine.influence_trace import MEASURES, PATH, SCHEMA, trace
from engine.text import pad_left

LANGUAGES = tuple(f"L{i}" for i in range(5))
PLAIN = ("lecture", "elman", "gru", "lstm", "lstm-peephole", "window")
TEXT = "Li, Wan"


def params(model: str, **rest) -> ClassifierParams:
    return ClassifierParams(model, 9, LANGUAGES, (1,) * 5, window=3, **rest)


OTHERS = (
    params("gru", bidirectional=True, pool="max"),
    params("lstm", n_layers=2),
    ClassifierParams("combined", 18, LANGUAGES, (1,) * 5, members=(params("gru"), params("window"))),
)
NETWORKS = {model: params(model) for model in PLAIN} | {f"other {k}": other for k, other in enumerate(OTHERS)}


@pytest.fixture(params=NETWORKS)
def net(request):
    made = influence.double(initial(NETWORKS[request.param], 1))
    for number in made.parameters():
        number.mul_(2.5)  # far enough from 0 that nothing is linear
    return made


def languages(net, text: str = TEXT) -> list[int]:
    return prefix_logits(net, text).argmax(1).tolist()


def asked(net, x: torch.Tensor, language: int, kind: str) -> float:
    scores = net.read(x)[0]
    value = scores[language] if kind == "score" else scores.log_softmax(0)[language]
    return float(-value if kind == "loss" else value)


@pytest.mark.parametrize("kind", ["log_prob", "score", "loss"])
def test_gradient_equals_finite_differences(net, kind):
    which, step = languages(net), 1e-5
    found = influence.gradient(net, TEXT, which, kind)
    random = np.random.default_rng(0)
    for t in range(len(TEXT)):
        x = one_hot(pad_left([TEXT[: t + 1]]))
        for k in range(t + 1):
            for j in (random.integers(57), int(x[0, k].argmax())):
                up, down = x.clone(), x.clone()
                up[0, k, j] += step
                down[0, k, j] -= step
                slope = (asked(net, up, which[t], kind) - asked(net, down, which[t], kind)) / (2 * step)
                assert float(found[t, k, j]) == pytest.approx(slope, abs=1e-6)
    assert found[0, 1:].isnan().all()


def test_integrated_gradients_are_complete(net):
    which = languages(net)
    share = influence.integrated(net, TEXT, which, steps=200).nansum(1)
    for t in range(len(TEXT)):
        x = one_hot(pad_left([TEXT[: t + 1]]))
        difference = asked(net, x, which[t], "log_prob") - asked(net, 0 * x, which[t], "log_prob")
        smooth = getattr(net, "pool", "last") == "last"  # where a maximum changes hands the path has a kink
        assert float(share[t]) == pytest.approx(difference, abs=1e-6 if smooth else 1e-2)
    begin = influence.baseline(net, TEXT, which)
    assert float(begin[-1]) == pytest.approx(asked(net, 0 * x, which[-1], "log_prob"), abs=1e-12)


def test_integrated_gradients_do_not_depend_on_how_the_work_is_cut(net, monkeypatch):
    which = languages(net)
    whole = influence.integrated(net, TEXT, which)
    monkeypatch.setattr(influence, "MOST", 10)
    monkeypatch.setattr(influence, "TOGETHER", 3)
    torch.testing.assert_close(influence.integrated(net, TEXT, which), whole, equal_nan=True)


@pytest.mark.parametrize("text", [TEXT, "Q"])
def test_left_out_equals_direct_scoring(net, text):
    which = languages(net, text)
    found = influence.left_out(net, text, which)
    for t in range(len(text)):
        with_letter = prefix_logits(net, text[: t + 1])[-1]
        for k in range(t + 1):
            without = text[:k] + text[k + 1 : t + 1]
            scores = prefix_logits(net, without)[-1] if without else net.nothing_read().numpy()
            rows = torch.as_tensor(np.stack([with_letter, scores])).log_softmax(1)[:, which[t]]
            assert float(found[t, k]) == pytest.approx(float(rows[0] - rows[1]), abs=1e-9)
        assert found[t, t + 1 :].isnan().all()


@pytest.mark.parametrize("model", ["lecture", "elman", "gru", "lstm", "lstm-peephole"])
def test_state_gradient_equals_finite_differences(model):
    net, step, k = influence.double(initial(params(model), 1)), 1e-5, 2
    which = languages(net)
    found = influence.state_gradient(net, TEXT, which)
    cell, read_out = influence.recurrent(net)
    x = one_hot(pad_left([TEXT]))[0, :, :-1]

    def answer(t: int, part: int, unit: int, by: float) -> float:
        state, before = cell.start(1), None
        for place in range(t + 1):
            before, state = state, cell.advance(cell.inputs(x[place : place + 1]), state)
            if place == k:
                state = tuple(copy.deepcopy(each) for each in state)
                state[part][0, unit] += by
        features = torch.cat([x[t : t + 1], before[0]], 1) if model == "lecture" else state[0]
        return float(read_out(features).log_softmax(1)[0, which[t]])

    for t in (k, len(TEXT) - 1):
        for part in range(cell.n_states):
            slope = (answer(t, part, 4, step) - answer(t, part, 4, -step)) / (2 * step)
            assert float(found[t, k, part * 9 + 4]) == pytest.approx(slope, abs=1e-6)
    assert found[k - 1, k].isnan().all()


def test_other_networks_have_no_one_state():
    net = influence.double(initial(params("window"), 1))
    assert influence.state_gradient(net, TEXT, languages(net)).isnan().all()


@pytest.fixture(scope="module")
def traces(tmp_path_factory):
    folder, loaded = tmp_path_factory.mktemp("w"), []
    for seed, model in enumerate(PLAIN):
        path = folder / f"{model}.safetensors"
        path.write_bytes(weights.dumps(initial(params(model), seed), params(model), {}))
        loaded.append(weights.load_file(path))
    shipped = [weights.load_shipped(f"names-{model}") for model in ("elman", "lecture")]
    shipped = [each._replace(path=str(weights.ROOT / each.path)) for each in shipped]
    return [
        trace(loaded, PLAIN, TEXT), trace(loaded[::-1], PLAIN[::-1], "Q", language=2),
        trace(shipped, ("a", "b"), "Novak", ("integrated",)),
    ]  # fmt: skip


def test_every_variable_has_an_explainer():
    assert set(EXPLAIN) == set(SCHEMA | MEASURES | PATH)


def test_code_reproduces_random_cells_of_every_variable(traces, tmp_path):
    check_code(explained(traces, draws=2), tmp_path, abs=1e-6)


def test_terms_give_the_value(traces):
    check_terms(explained(traces, seed=1, draws=1), abs=1e-9)


def test_trace_holds_what_the_networks_answer(traces):
    for k, path in enumerate(traces[0].attrs["files"]):
        scores = torch.as_tensor(prefix_logits(weights.load_file(path).net, TEXT)).log_softmax(1)
        np.testing.assert_allclose(traces[0]["probs"][k], scores.exp(), atol=1e-12)
        np.testing.assert_allclose(traces[0]["log_prob"][k], scores.amax(1), atol=1e-12)
        assert traces[0].attrs["asked"][k] == scores.argmax(1).tolist()
    assert traces[1].attrs["asked"] == [[2]] * 6
    assert float(abs(traces[0]["gap"]).max()) < 1e-6


def test_what_does_not_go_together_is_refused(traces):
    one = weights.load_shipped("names-elman")
    with pytest.raises(ValueError, match="at least one letter"):
        trace([one], ["a"], "")
    with pytest.raises(ValueError, match="different languages"):
        trace([one, weights.load_file(traces[0].attrs["files"][0])], ["a", "b"], "A")
