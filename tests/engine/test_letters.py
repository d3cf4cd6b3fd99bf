"""Letters as observations: what is kept of a name, how a model sorts letters, the shipped preset."""

import numpy as np
import pytest
import torch

from engine.hmm import HMM, json_files, letters
from engine.names import read_names, split
from engine.shipping import DATA


def spelled(O) -> str:
    return "".join(letters.V[at] for at in O)


def test_sequences_keep_the_letters_alone():
    found = letters.sequences(["O'Neal", "X", "Van der Berg", "1 2"])
    assert list(map(spelled, found)) == ["oneal", "vanderberg"]


def test_a_seed_always_draws_the_same_names():
    texts = [f"{a}{b}n" for a in "abcdef" for b in "aeiou"]
    once, again, other = (letters.sequences(texts, 10, seed) for seed in (0, 0, 1))
    assert list(map(spelled, once)) == list(map(spelled, again)) != list(map(spelled, other))
    assert len(set(map(spelled, once))) == 10


def model(B: np.ndarray) -> HMM:
    return HMM(letters.STATES, letters.V, [0.5, 0.5], [[0.5, 0.5], [0.5, 0.5]], B / B.sum(1, keepdims=True))


@pytest.mark.parametrize("vowels_in", [0, 1])
def test_sorting_is_counted_letter_by_letter(vowels_in):
    B = np.full((2, 26), 1.0)
    is_vowel = np.array([letter in letters.VOWELS for letter in letters.V])
    B[vowels_in, is_vowel] = B[1 - vowels_in, ~is_vowel] = 5.0
    B[:, letters.V.index("q")] = 0.0  # never emitted: counts neither way
    B[vowels_in, letters.V.index("y")] = 50.0  # the one on the wrong side
    found = letters.sort(model(B))
    assert (found.state, found.n, found.right) == (vowels_in, 25, 24)
    assert set(found.taken) == letters.VOWELS | {"y"}


def test_the_shipped_model_sorts_the_letters_and_is_what_learning_makes():
    shipped = json_files.preset("letters").model
    found = letters.sort(shipped)
    assert (found.state, found.right, found.n) == (1, 26, 26)
    texts = split(read_names(DATA))[0].texts
    again = letters.learn(texts[::20], seeds=[0, 1], iterations=40)
    assert letters.sort(again).right >= 24
    assert torch.allclose(again.A, shipped.A, atol=0.15)


def test_the_file_reads_back():
    shipped = json_files.preset("letters")
    assert letters.dumps(shipped.model) == (json_files.FOLDER / "letters.json").read_text("utf-8")
    assert "".join(shipped.example) == letters.EXAMPLE
