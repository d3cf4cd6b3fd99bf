"""Sentences as vectors: the card's recipe by hand, neighbours by looking at all pairs, and the proofs."""

import numpy as np
import pytest
import torch
from bert_folders import write
from proofs import check_code, check_terms, explained

from engine import embeddings, embeddings_trace, pretrained
from engine.pretrained import Bert

TEXTS = ["the cat sleeps.", "a", "dog dog dog dog", "the dog", "the cat sleeps. the dog sleeps. a cat", "the cat"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="module")
def bert(folder):
    return pretrained.load_folder(folder)


def by_hand(bert: Bert, text: str, most: int = 12) -> np.ndarray:
    """The mean over all places, scaled to length 1, of one sentence alone."""
    ids = bert.pieces.encode([text], most)[0].ids
    mean = bert.net(torch.tensor([ids]))[0].mean(0)
    return (mean / mean.norm()).numpy()


@pytest.mark.parametrize("budget", [1, 14, 2_048])
def test_vectors_are_the_normalised_means_whatever_the_batches(bert, budget, monkeypatch):
    monkeypatch.setattr(embeddings, "TOKENS", budget)
    found = embeddings.embed(bert, TEXTS)
    for vector, text in zip(found.vectors, TEXTS, strict=True):
        assert vector == pytest.approx(by_hand(bert, text), abs=1e-6)
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1)


def test_a_long_text_is_read_up_to_the_limit(bert):
    found = embeddings.embed(bert, TEXTS, most=5)
    assert found.cut.tolist() == [n > 5 for n in found.n_tokens]
    assert found.n_tokens[1] == 3
    assert found.vectors[4] == pytest.approx(by_hand(bert, TEXTS[4], 5), abs=1e-6)
    assert embeddings.embed(bert, [TEXTS[4]], most=10**6).cut.tolist() == [True]  # the network has 12 places


def test_nothing_gives_nothing(bert):
    assert embeddings.embed(bert, []).vectors.shape == (0, 8)
    assert embeddings.nearest(np.zeros((0, 8), np.float32), 3).index.shape == (0, 0)
    assert embeddings.nearest(np.ones((1, 8), np.float32), 3).index.shape == (1, 0)


@pytest.mark.parametrize("block", [1, 4, 512])
def test_neighbours_are_those_of_all_pairs(block, monkeypatch):
    monkeypatch.setattr(embeddings, "BLOCK", block)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(9, 4))
    vectors[7] = vectors[2]  # alike to all in the same degree
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = embeddings.nearest(vectors, 3)
    for at, vector in enumerate(vectors):
        others = [other for other in range(9) if other != at]
        order = sorted(others, key=lambda other: (-round(float(vector @ vectors[other]), 9), other))[:3]
        assert set(found.index[at]) == set(order)
        assert found.similarity[at] == pytest.approx([vector @ vectors[other] for other in order], abs=1e-6)
    among = embeddings.nearest(vectors[:2], 2, vectors)
    assert among.index[:, 0].tolist() == [0, 1]


def test_the_map_keeps_the_shares_that_it_says(bert):
    vectors = embeddings.embed(bert, TEXTS).vectors
    at, shares = embeddings.plane(vectors)
    centred = vectors - vectors.mean(0)
    assert (at**2).sum(0) / (centred**2).sum() == pytest.approx(shares, rel=1e-4)


def test_every_cell_is_proved(bert, folder):
    texts = TEXTS[:3]
    found = embeddings_trace.trace(bert, texts, embeddings.embed(bert, texts).vectors)
    cases = explained([found], draws=2)
    check_code(cases, folder.parent, abs=1e-5)
    check_terms(cases, abs=1e-6)


def test_minilm_tells_sense_from_words():
    if pretrained.packaged() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed")
    texts = ["Rates are up at the bank.", "Loans cost more.", "A picnic on the bank of the river."]
    vectors = embeddings.embed(pretrained.load(), texts).vectors
    alike = embeddings.similarity(vectors, vectors)
    assert alike[0, 1] > 0.4 > 0.3 > alike[0, 2]
