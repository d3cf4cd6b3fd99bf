"""The small head against the equations, softmax's entropy and gradient against their definitions; every proof."""

import math

import numpy as np
import pytest
import torch
from proofs import check_code, check_terms, explained

from engine import softmax_scale
from engine.attention_teaching import DEFAULTS, SCHEMA, Teaching, trace
from engine.attention_teaching_explain import EXPLAIN
from engine.errors import InputError


def test_the_picture_of_the_lecture_by_hand():
    """Je = (1, 0, 0, 1): its query is (1, 2, 3), the keys are (2, 1, 3), (1, 1, 1) and (2, 1, 2)."""
    found = trace(Teaching())
    assert found["Q"].values[0].tolist() == [1, 2, 3]
    assert found["K"].values.tolist() == [[2, 1, 3], [1, 1, 1], [2, 1, 2]]
    assert found["products"].values[0].tolist() == [13, 6, 10]
    e = [math.exp(p / math.sqrt(3)) for p in (13, 6, 10)]
    np.testing.assert_allclose(found["weights"].values[0], [each / sum(e) for each in e])
    np.testing.assert_allclose(found["Z"].values, found["weights"].values @ found["V"].values)


def test_a_mask_hides_the_future():
    found = trace(Teaching(causal=True))
    assert not np.triu(found["weights"].values, 1).any()
    np.testing.assert_allclose(found["weights"].values.sum(1), 1)


@pytest.mark.parametrize(
    "wrong",
    [{"X": ((1.0,),)}, {"W_Q": ((math.nan,) * 3,) * 4}, {"W_V": ((1e9,) * 3,) * 4}],
    ids=["shape", "nan", "large"],
)
def test_matrices_that_are_none_are_refused(wrong):
    with pytest.raises(InputError):
        Teaching(**wrong)


def test_every_variable_has_a_proof(tmp_path):
    assert set(EXPLAIN) == set(SCHEMA)
    heads = [trace(Teaching()), trace(Teaching(causal=True, X=tuple(row[::-1] for row in DEFAULTS["X"])))]
    scales = [
        softmax_scale.at_temperatures([3.0, 1.0, -2.0], [0.1, 1.0, 8.0], "abc"),
        softmax_scale.by_size([4, 64], 5),
    ]
    cases = explained([*heads, *scales], draws=2)
    check_code(cases, tmp_path, abs=1e-9)
    check_terms(cases, abs=1e-9)


def test_entropy_and_gradient_are_those_of_torch():
    found = softmax_scale.at_temperatures([2.0, 0.5, 0.5, -1.0], [0.5, 1.0, 3.0], "abcd")
    for k, T in enumerate((0.5, 1.0, 3.0)):
        x = torch.tensor([2.0, 0.5, 0.5, -1.0], dtype=torch.float64) / T
        p = torch.distributions.Categorical(logits=x)
        assert found["entropy"].values[k] == pytest.approx(p.entropy().item() / math.log(2))
        J = torch.autograd.functional.jacobian(lambda x: x.softmax(0), x)
        assert found["gradient"].values[k] == pytest.approx(J.norm().item())


def test_without_the_scale_softmax_saturates():
    found = softmax_scale.by_size([4, 64, 512], 12)
    assert (np.diff(found["entropy_plain"]) < 0).all()
    assert (np.diff(found["gradient_plain"]) < 0).all()
    assert np.ptp(found["entropy_scaled"].values) < 0.3


@pytest.mark.parametrize("wrong", [([], [1.0]), ([1.0], [0.0])])
def test_scores_and_temperatures_are_needed(wrong):
    with pytest.raises(ValueError, match="temperatures"):
        softmax_scale.at_temperatures(*wrong, "a")
