"""Bulk scoring against the networks' own steps, one letter at a time."""

import numpy as np
import pytest
import torch

from engine import scoring
from engine.rnn import PLAIN
from engine.text import ALPHABET, encode

TEXTS = ["Smith", "Smithson", "Sm", "A", "Dostoevsky", "Smith", "zz Top.", "a" * 100, "Ab" * 20, ":;,. "]


def trained_like(model: str, seed: int = 0, gain: float = 1.5) -> torch.nn.Module:
    """A network whose weights are as spread as after training, so that its answers differ."""
    torch.manual_seed(seed)
    net = PLAIN[model](128, 18).eval().requires_grad_(False)
    for parameter in net.parameters():
        parameter.mul_(gain)
    return net


def stepwise(net: torch.nn.Module, text: str) -> np.ndarray:
    h, logits = torch.zeros(1, net.n_hidden), None
    for letter in encode(text):
        x = torch.nn.functional.one_hot(torch.tensor([letter]), len(ALPHABET)).float()
        _, h, logits = net.step(x, h)
    return torch.log_softmax(logits, 1)[0].numpy()


def many(n: int, seed: int = 0) -> list[str]:
    draw = np.random.default_rng(seed)
    return ["".join(draw.choice(list(ALPHABET[:12]), draw.integers(1, 14))) for _ in range(n)]


@pytest.mark.parametrize("model", PLAIN)
def test_log_probs_equal_the_steps(model):
    net = trained_like(model)
    expected = np.stack([stepwise(net, text) for text in TEXTS])
    np.testing.assert_allclose(scoring.log_probs(net, TEXTS), expected, atol=1e-4)


@pytest.mark.parametrize("model", PLAIN)
@pytest.mark.parametrize("chunk", [1, 7, 8192])
def test_chunks_do_not_matter(model, chunk, monkeypatch):
    net, texts = trained_like(model, 1), many(300)
    expected = np.stack([stepwise(net, text) for text in texts])
    monkeypatch.setattr(scoring, "CHUNK", chunk)
    monkeypatch.setattr(scoring, "TABLE_CHUNK", chunk)
    np.testing.assert_allclose(scoring.log_probs(net, texts), expected, atol=1e-4)
    np.testing.assert_allclose(scoring.by_prefix(net, texts), expected, atol=1e-4)


def test_collapse_is_the_chain_of_matrices():
    net = trained_like("lecture")
    table = scoring.collapse(net, 4).double().numpy()
    W, b = (parameter.double().numpy() for parameter in (net.i2h.weight, net.i2h.bias))
    W_o, b_o = (parameter.double().numpy() for parameter in (net.i2o.weight, net.i2o.bias))
    for letter in (0, 30, 56):
        h = W[:, letter] + b
        np.testing.assert_allclose(table[0, letter], W_o[:, letter] + b_o, atol=1e-5)
        for distance in (1, 2, 3):
            np.testing.assert_allclose(table[distance, letter], W_o[:, 57:] @ h, atol=1e-4)
            h = W[:, 57:] @ h


@pytest.mark.parametrize("model", PLAIN)
def test_edges(model):
    net = trained_like(model)
    assert scoring.log_probs(net, []).shape == (0, 18)
    probs = np.exp(scoring.log_probs(net, ["", "Anna", ""]))
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs.sum(1), 1, atol=1e-5)
    np.testing.assert_allclose(np.log(probs[1]), stepwise(net, "Anna"), atol=1e-4)


def test_top_is_sorted_and_cut():
    log_probs = np.log(np.array([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]], np.float32))
    index, probs = scoring.top(log_probs, 2)
    assert index.tolist() == [[1, 2], [0, 2]]
    np.testing.assert_allclose(probs, [[0.7, 0.2], [0.5, 0.3]], atol=1e-6)
    assert scoring.top(log_probs, 9)[0].shape == (2, 3)
