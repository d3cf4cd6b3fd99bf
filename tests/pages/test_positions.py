"""The page Positional encoding: every kind opens, the code is checked, order does not reach an encoder without any."""

import numpy as np
import pytest
from opened import open_page

from ui import positions, runs_transformer

SENTENCE = "Ich habe einen Hund ."
KINDS = tuple(positions.TRANSLATORS)


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


def test_the_first_screen_says_what_the_waves_do():
    app = open_page("positions", lang="en")
    said = texts(app)
    assert "goes round every 6\\.3 places" in said
    assert "32\\.0 for the same place" in said
    assert "One matrix for all 48 places" in said
    assert "the same 13 vectors come out, permuted" in said


@pytest.mark.parametrize(("kind", "said"), [
    ("learned", "One row of 64 numbers a place"), ("rotary", "gives the key of"), ("none", "a bag of words"),
])  # fmt: skip
def test_every_kind_opens(kind, said):
    app = open_page("positions", positions=kind, s=SENTENCE, lang="en")
    assert said in texts(app)
    assert ("A step is a rotation" in [each.value for each in app.subheader]) == (kind == "sinusoidal")


def test_learned_rows_beyond_the_longest_sentence_are_told():
    app = open_page("positions", positions="learned", lang="en")
    assert "on every row is as it was drawn before training" in texts(app)


def test_sizes_of_the_link_are_taken():
    app = open_page("positions", pos_n="12", pos_d="8", pos_base="100", pos_k="3", pos_b="16", lang="en")
    assert "One matrix for all 12 places" in texts(app)
    assert app.slider(key="pos_k").value == 3
    assert app.slider(key="pos_b").value == 2  # there is no 16th unit


@pytest.mark.parametrize("d", ["33", "1", "900", "x"])
def test_an_odd_or_impossible_size_gives_a_page(d):
    assert not open_page("positions", pos_d=d, lang="en").exception


def test_an_unknown_kind_is_told():
    app = open_page("positions", positions="tidal", lang="en")
    assert "tidal" in app.warning[0].value


@pytest.mark.parametrize("order", ["reverse", "drawn"])
def test_without_positions_the_same_translation_comes_out(order):
    app = open_page("positions", s=SENTENCE, order=order, pos_seed="3", lang="en")
    assert "writes the same for both" in texts(app)
    table = app.table[0].value
    assert list(table.index) == list(KINDS)
    assert table.loc["none"].nunique() == 1


def test_one_word_has_no_other_order():
    app = open_page("positions", s="Hund", lang="en")
    assert "One word has one order only" in texts(app)


def test_the_encoders_outputs_are_compared_word_by_word():
    words, order = tuple(SENTENCE.split()), (4, 2, 0, 1, 3)
    found = runs_transformer.shuffled(tuple(positions.shipped().items()), words, order)
    for kind in range(found.sizes["positions"]):
        z, moved = found["output"].values[kind], found["moved"].values[kind]
        name = positions.TRANSLATORS[str(found["positions_label"].values[kind])]
        again = runs_transformer.encoder_trace(name, tuple(words[at] for at in order))["output"].values
        np.testing.assert_allclose(moved[list(order)], again)
        same = str(found["positions_label"].values[kind]) == "none"
        assert (np.abs(z - moved).max() < 1e-6) == same
