"""A name through every classifier: the same numbers as each alone, agreement counted by hand, every cell proved."""

from functools import cache

import numpy as np
import pytest
import torch
import xarray as xr

from engine import everything_name, weights
from engine.classifier import prefix_logits
from engine.everything_name import SCHEMA, ready, trace
from tests.engine.proofs import check_code, check_terms, explained

NAMES = tuple(name.removeprefix("names-") for name in weights.shipped())


@cache
def models(*names: str) -> list[weights.Loaded]:
    return [ready(weights.load_shipped(f"names-{name}")) for name in names]


@cache
def found(text: str, *names: str) -> xr.Dataset:
    return trace(models(*(names or NAMES)), names or NAMES, text)


@pytest.mark.parametrize("text", ["Dostoevsky", "Wolfeschlegelsteinhausen bergerdorff"])
def test_every_model_answers_as_it_does_alone(text):
    seen = found(text)
    for name, rows in zip(NAMES, seen["log_probs"].values, strict=True):
        net = weights.load_shipped(f"names-{name}").net
        expected = torch.as_tensor(prefix_logits(net, text)).log_softmax(1)
        np.testing.assert_allclose(rows, expected, atol=1e-9, err_msg=name)
    np.testing.assert_allclose(seen["probs"].sum("language"), 1)


@pytest.mark.parametrize("text", ["O", "Lee", "Kowalczyk"])
def test_agreement_is_what_counting_says(text):
    seen = found(text)
    p, M = seen["probs"].values, len(NAMES)
    for t in range(len(text)):
        answers = [row.argmax() for row in p[:, t]]
        counts = {k: answers.count(k) for k in range(p.shape[2])}
        assert seen["votes"].values[t].tolist() == list(counts.values())
        most = max(counts, key=lambda k: (counts[k], p[:, t, k].mean()))
        assert int(seen["majority"][t]) == most
        assert float(seen["agreement"][t]) == pytest.approx(counts[most] / M)
        each = [-sum(q * np.log2(q) for q in row if q > 0) for row in p[:, t]]
        np.testing.assert_allclose(seen["entropy"].values[:, t], each, atol=1e-9)
        mean = p[:, t].mean(0)
        apart = sum((row * (np.log2(np.maximum(row, 1e-300)) - np.log2(mean))).sum() for row in p[:, t]) / M
        assert float(seen["disagreement"][t]) == pytest.approx(apart, abs=1e-9)  # the mean Kullback-Leibler distance


def test_who_is_alone_agrees_with_itself():
    seen = found("Lee", "gru")
    assert seen["agreement"].values.tolist() == [1, 1, 1]
    np.testing.assert_allclose(seen["disagreement"], 0, atol=1e-12)


def test_a_trace_holds_what_its_schema_says():
    assert set(found("Lee")) == set(SCHEMA)
    assert everything_name.AXES["model"] == found("Lee")["model"].attrs["word"]


@pytest.mark.parametrize("text", ["", "Ł", "a-b"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(ValueError, match=r"letter|alphabet"):
        trace(models("gru"), ("gru",), text)


def test_models_of_other_languages_are_refused():
    one = models("gru")[0]
    other = one._replace(params=weights.parse({**vars(one.params), "languages": ["A", "B"], "members": []}))
    with pytest.raises(ValueError, match="different languages"):
        trace([one, other], ("a", "b"), "Lee")


def test_every_cell_is_proved():
    cases = explained([found("Li.X", "gru", "window")], draws=1)
    cases += [case for name in NAMES for case in explained([found("O K", name)[["probs", "log_probs"]]], draws=1)[::2]]
    check_terms(cases, abs=1e-9)
    check_code(cases, weights.ROOT, abs=1e-9)
