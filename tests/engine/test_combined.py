"""The combined classifier: a weighted mean of its members, a trigram model that is counted, training in turn."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine import scoring, trigram, weights
from engine.classifier import ClassifierParams, build, initial, one_hot
from engine.errors import InputError
from engine.names import Names
from engine.records import TrainParams
from engine.text import pad_left
from engine.training import classifier_params, train

TEXTS = ["Abe", "Li", "Rossi", "Bianchi", "Sato", "Kato", "Okada", "Verdi", "Neri", "Moto", "Conti", "Ueda"]
LABELS = np.array([0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 1, 0])
NAMES = Names(TEXTS, LABELS, ("Italian", "Japanese"))


def fitted(flat=False) -> trigram.Trigram:
    net = trigram.Trigram(2)
    net.fit(TEXTS, LABELS, flat)
    return net


@pytest.mark.parametrize("flat", [False, True])
def test_the_trigram_module_says_what_the_counts_say(flat):
    codes, real = trigram.trigrams(TEXTS)
    expected = trigram.scores(trigram.fit(codes, real, LABELS, 2), codes, real)
    counts = np.array([7.1, 5.1])
    expected = expected + (0 if flat else np.log(counts / counts.sum()))
    net = fitted(flat)
    got = net(torch.from_numpy(pad_left(TEXTS)))
    np.testing.assert_allclose(got.numpy(), expected, atol=2e-2)  # the table is kept in half precision
    torch.testing.assert_close(net.read(one_hot(pad_left(TEXTS)).float()), got)
    torch.testing.assert_close(
        net(torch.from_numpy(pad_left(["Li"]))), net(torch.from_numpy(pad_left(["Li", "Rossi"])))[:1]
    )


def test_the_polynomial_of_the_letters_is_the_same_where_they_are_whole_and_has_a_slope():
    net, x = fitted().double(), one_hot(pad_left(TEXTS)).requires_grad_()
    got = net.read(x)
    torch.testing.assert_close(got, net(torch.from_numpy(pad_left(TEXTS))))
    (slope,) = torch.autograd.grad(got[2, 0], x)
    assert slope[2].abs().sum() > 0 == slope[[0, 1, 3]].abs().sum()


def trained(steps=6):
    params = TrainParams(model="combined", recipe="fast", steps=steps, batch=4, held_out=0.0, checks=1)
    return list(train(NAMES, params))[-1].check.net, classifier_params(NAMES, params)


def test_the_answer_is_the_weighted_mean_of_the_members():
    net, params = trained()
    letters = torch.from_numpy(pad_left(TEXTS)).long()
    parts = torch.stack([member(letters).log_softmax(1) for member in net.members])
    share = torch.tensor([each.weight for each in params.members])
    expected = torch.einsum("m,mbl->bl", share / share.sum(), parts)
    torch.testing.assert_close(net(letters), expected)
    torch.testing.assert_close(net.read(one_hot(pad_left(TEXTS)).float()), expected)
    np.testing.assert_allclose(scoring.log_probs(net, TEXTS), expected.log_softmax(1), atol=1e-5)


@pytest.mark.parametrize(("steps", "moved"), [(2, [1]), (5, [0, 1, 2, 3])])
def test_members_are_trained_in_turn_and_the_counts_are_not(steps, moved):
    """The first step has a learning rate of 0."""
    before, (net, params) = initial(classifier_params(NAMES, TrainParams(model="combined")), 0), trained(steps)
    changed = [
        any(not torch.equal(p, q) for p, q in zip(old.parameters(), new.parameters(), strict=True))
        for old, new in zip(before.members, net.members, strict=True)
    ]
    assert [at for at, moves in enumerate(changed) if moves] == moved
    assert torch.equal(net.members[-1].table, fitted().table)
    assert [member.model for member in params.members] == ["gru", "lstm", "lstm", "gru", "trigram"]


def test_a_file_keeps_members_and_weights():
    net, params = trained()
    loaded = weights.loads(weights.dumps(net, params, {}), "x")
    assert loaded.params == params
    letters = torch.from_numpy(pad_left(TEXTS)).long()
    torch.testing.assert_close(loaded.net(letters), net(letters))


@pytest.mark.parametrize(
    "change",
    [
        {"members": ()}, {"members": (ClassifierParams("combined"),) * 2}, {"weight": -1.0}, {"weight": "much"},
        {"n_hidden": 7}, {"n_layers": 99}, {"pool": "mean"}, {"window": 10**9}, {"bidirectional": "yes"},
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused(change):
    _, params = trained(1)
    bad = replace(params, **change)
    with pytest.raises(InputError):
        weights.loads(weights.dumps(build(params), bad, {}), "x")


@pytest.mark.parametrize(
    "change", [{"sampling": []}, {"model": None}, {"pool": {}}, {"n_hidden": True}, {"members": 3}]
)
def test_members_of_other_types_are_refused(change):
    net, params = trained(1)
    blob = weights.dumps(net, params, {})
    whole = json.loads(weights.metadata(blob)["params"])
    whole["members"][0] |= change
    bad = save(net.state_dict(), {"params": json.dumps(whole)})
    with pytest.raises(InputError):
        weights.loads(bad, "x")


def test_a_network_beyond_all_sizes_is_refused():
    params = ClassifierParams("lstm", 1024, ("a", "b"), (1, 1), n_layers=4, bidirectional=True, pool="max")
    with pytest.raises(InputError, match="limit"):
        weights.check_size(build(params))
    with pytest.raises(InputError, match="limit"):
        list(
            train(
                NAMES, TrainParams(model="lstm", recipe="fast", n_hidden=1024, n_layers=4, bidirectional=True, steps=1)
            )
        )
