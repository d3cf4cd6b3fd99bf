"""Stacks, windows and combinations against reading letter by letter: layers, directions, pooling, masks, scores."""

from itertools import product

import numpy as np
import pytest
import torch

from engine import scoring
from engine.classifier import CELLS, ClassifierParams, initial, one_hot
from engine.stack import Stack
from engine.text import ALPHABET, N_LETTERS, encode, pad_left

LANGUAGES = tuple("abcd")
TEXTS = ["Abba", "", "Q", "Van der Berg", "Abbot", "Li", "Abba", "ot"]
SHAPES = {
    f"{layers} {'both' if both else 'one way'} {pool}": {"n_layers": layers, "bidirectional": both, "pool": pool}
    for layers, both, pool in product((1, 2), (False, True), ("last", "max"))
}


def params(model: str, **shape) -> ClassifierParams:
    return ClassifierParams(model, 5, LANGUAGES, (1, 2, 3, 4), **shape)


def stack(model: str, shape: str, seed: int = 0) -> Stack:
    """A network in which every layer and direction matters."""
    made = params(model, **SHAPES[shape])
    net = Stack(CELLS[model], 5, len(LANGUAGES), made.n_layers, made.bidirectional, made.pool)
    generator = torch.Generator().manual_seed(seed)
    for parameter in net.parameters():
        torch.nn.init.uniform_(parameter, -0.9, 0.9, generator=generator)
    return net.requires_grad_(False)


def read_one_way(cell, rows: list[torch.Tensor]) -> list[torch.Tensor]:
    """What a layer hands on after every row, read one after the other; the lecture's: the row and the state before."""
    state, out = cell.start(1), []
    for x in rows:
        before, state = state, cell.advance(cell.inputs(x[None]), state)
        out.append(torch.cat([x, before[0][0]]) if cell.name == "lecture" else state[0][0])
    return out


def letter_by_letter(net: Stack, text: str, masks: list[torch.Tensor] | None = None) -> torch.Tensor:
    """The scores of one text, without padding and without a batch."""
    if not text:
        return net.h2o.bias
    rows = list(torch.nn.functional.one_hot(torch.from_numpy(encode(text)), N_LETTERS).to(net.h2o.weight.dtype))
    for layer in range(1, net.n_layers + 1):
        ways = [read_one_way(getattr(net, f"layer{layer}"), rows)]
        if net.bidirectional:
            ways.append(read_one_way(getattr(net, f"layer{layer}_back"), rows[::-1])[::-1])
        rows = [torch.cat(parts) for parts in zip(*ways, strict=True)]
        if masks:
            rows = [row * masks[layer - 1] for row in rows]
    if net.pool == "max":
        summary = torch.stack([torch.stack(column).max() for column in zip(*rows, strict=True)])
    else:  # where each direction ends
        half = len(rows[-1]) // len(ways)
        summary = torch.cat([rows[-1][:half], rows[0][half:]]) if net.bidirectional else rows[-1]
    return net.h2o(summary)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("model", CELLS)
def test_bulk_scores_are_those_of_reading_letter_by_letter(model, shape):
    net = stack(model, shape)
    expected = torch.stack([letter_by_letter(net, text) for text in TEXTS]).log_softmax(1)
    np.testing.assert_allclose(scoring.log_probs(net, TEXTS), expected, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(scoring.batched(net, TEXTS), expected, atol=1e-5, rtol=1e-5)
    assert scoring.log_probs(net, []).shape == (0, 4)
    if net.n_layers == 1 and model != "lecture":
        np.testing.assert_allclose(scoring.by_tree(net, TEXTS), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model", [*CELLS, "window"])
def test_a_text_without_a_letter_alone_is_answered_before_any_letter(model):
    net = initial(params("window"), 0) if model == "window" else stack(model, "2 both max")
    expected = net.nothing_read().log_softmax(0).detach().numpy()[None]
    np.testing.assert_allclose(scoring.log_probs(net, [""]), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("model", CELLS)
def test_the_tree_in_parts_and_over_many_beginnings(model, monkeypatch):
    net, random = stack(model, "1 both max"), np.random.default_rng(0)
    texts = ["".join(random.choice(list(ALPHABET[:3]), random.integers(0, 13))) for _ in range(60)]
    expected = torch.stack([letter_by_letter(net, text) for text in texts]).log_softmax(1)
    monkeypatch.setattr(scoring, "GATED_CHUNK", 7)
    monkeypatch.setattr(scoring, "BATCH", 9)
    np.testing.assert_allclose(scoring.log_probs(net, texts), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("model", CELLS)
def test_masks_multiply_what_each_layer_hands_on(model, shape):
    net, generator = stack(model, shape), torch.Generator().manual_seed(1)
    masks = [2.0 * (torch.rand(3, size, generator=generator) > 0.5) for size in net.thinned]
    texts = ["Rossi", "Li", "Abe"]
    found = net(torch.from_numpy(pad_left(texts)).long(), tuple(masks))
    for row, text in enumerate(texts):
        expected = letter_by_letter(net, text, [mask[row] for mask in masks])
        torch.testing.assert_close(found[row], expected, atol=1e-5, rtol=1e-4)
    ones = tuple(torch.ones(3, size) for size in net.thinned)
    letters = torch.from_numpy(pad_left(texts)).long()
    torch.testing.assert_close(net(letters, ones), net(letters))


@pytest.mark.parametrize("k", [1, 3, 20])
def test_a_window_adds_a_matrix_for_each_distance(k):
    net = initial(params("window", window=k), 0).double().requires_grad_(False)
    letters = pad_left(TEXTS)
    expected = []
    for text in TEXTS:
        a = net.x2h.bias.clone()
        for distance, letter in enumerate(encode(text)[::-1][:k]):
            a += net.x2h.weight[:, distance * N_LETTERS + letter]
        expected.append(net.h2o(torch.tanh(a)))
    expected = torch.stack(expected)
    torch.testing.assert_close(net(torch.from_numpy(letters)), expected)
    torch.testing.assert_close(net.read(one_hot(letters)), expected)
    np.testing.assert_allclose(scoring.log_probs(net.float(), TEXTS), expected.log_softmax(1), atol=1e-5, rtol=1e-5)
    mask = torch.tensor([2.0, 0.0, 2.0, 0.0, 2.0])
    states = net.states(torch.from_numpy(letters))
    torch.testing.assert_close(net(torch.from_numpy(letters), (mask,)), net.h2o(states * mask))


def test_a_combination_of_any_members_is_their_weighted_mean():
    members = (
        params("elman"), params("lecture", pool="max"), params("gru", n_layers=2, bidirectional=True),
        ClassifierParams("lstm", 5, LANGUAGES, (1, 2, 3, 4), pool="max", weight=3.0), params("window"),
    )  # fmt: skip
    net = initial(ClassifierParams("combined", 25, LANGUAGES, (1, 2, 3, 4), members=members), 0).requires_grad_(False)
    expected = sum(
        member.weight / 7 * torch.from_numpy(scoring.batched(part, TEXTS))
        for member, part in zip(members, net.members, strict=True)
    ).log_softmax(1)
    np.testing.assert_allclose(scoring.log_probs(net, TEXTS), expected, atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(scoring.batched(net, TEXTS), expected, atol=1e-5, rtol=1e-5)
    lstm = torch.stack([letter_by_letter(net.members[3], text) for text in TEXTS]).log_softmax(1)
    np.testing.assert_allclose(scoring.log_probs(net.members[3], TEXTS), lstm, atol=1e-5, rtol=1e-5)
