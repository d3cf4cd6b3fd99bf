import string
import unicodedata

import numpy as np
import pytest

from engine.text import ALPHABET, N_LETTERS, PAD, encode, encode_many, fold, pad_left


def lecture_fold(name):
    """The lecture's unicodeToAscii."""
    letters = string.ascii_letters + " .,:;"
    return "".join(
        c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn" and c in letters
    )  # fmt: skip


NAMES = [
    "Ślusàrski",
    "O'Néàl",
    "Nguyễn",
    "D’Angelo",
    "Bjørk",
    "Łukasz",
    "Müller-Lüdenscheidt",
    "李雷",
    "ﬁn",
    "á̂b",
    "",
    "Å",
]


def test_alphabet_is_the_lectures():
    assert string.ascii_letters + " .,:;" == ALPHABET
    assert len(ALPHABET) == N_LETTERS == 57


@pytest.mark.parametrize("name", NAMES)
def test_fold_equals_the_lectures(name):
    assert fold(name).text == lecture_fold(name)
    assert fold(name).raw == name


def test_fold_reports_what_it_drops():
    assert fold("Ślusàrski").dropped == ()
    assert fold("O'Łuk李").dropped == ((1, "'"), (2, "Ł"), (5, "李"))
    assert fold("e\u0301").dropped == ()


def test_encode_is_the_place_in_the_alphabet():
    assert encode("aZ .,:;").tolist() == [ALPHABET.index(c) for c in "aZ .,:;"]
    assert encode("").shape == (0,)


@pytest.mark.parametrize("text", ["a'b", "é", "a\0", "ab\n", "1", "李"])
def test_encode_refuses_what_is_outside(text):
    with pytest.raises(ValueError, match="not in the alphabet"):
        encode(text)


def test_batch_is_right_aligned():
    texts = ["Ana", "", "B", "Li Wei"]
    batch = pad_left(texts)
    assert batch.shape == (4, 6)
    for row, text in zip(batch, texts, strict=True):
        assert row.tolist() == [PAD] * (6 - len(text)) + [ALPHABET.index(c) for c in text]
    letters, lengths = encode_many(texts)
    assert lengths.tolist() == [3, 0, 1, 6]
    np.testing.assert_array_equal(letters, np.concatenate([encode(t) for t in texts]))
