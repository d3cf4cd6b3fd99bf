"""A sentence through everything: the same columns in every figure, findings, proofs, odd sentences, no encoder."""

import numpy as np
import pytest
from opened import open_page

from charts.payload import unpack
from engine import pretrained
from ui import everything_sentence

KEYS = ("glance", "ngrams", "tags", "states", "encoder", "attention", "cross")
needs_model = pytest.mark.skipif(not pretrained.available(), reason="the pretrained model is not installed")


def drawn(app) -> dict[str, tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of the figures by key."""
    found = {}
    for each in app.get("bidi_component"):
        header, arrays = unpack(each.proto.bytes) if each.proto.bytes else ({}, {})
        if "bands" in header:
            found[each.proto.id.rpartition("sentence_")[2]] = header, arrays
    return found


def texts(app) -> str:
    return " ".join(each.value for each in (*app.markdown, *app.caption)).replace("\\", "")


def test_every_figure_has_the_columns_of_the_sentence():
    app = open_page("everything_sentence", lang="en")
    figures = drawn(app)
    assert set(KEYS) <= set(figures)
    tokens = ["The", "child", "likes", "to", "drink", "lemonade", "when", "it", "is", "thirsty", "."]
    for header, arrays in figures.values():
        assert header["tokens"] == tokens
        assert {block.shape[-1] for block in arrays.values()} == {len(tokens)}
        assert header["cursors"] == {"token": {"param": "w", "index": None}}
    bits, p = figures["ngrams"][1]["band1"], figures["ngrams"][1]["band0"]
    np.testing.assert_allclose(bits, -np.log2(p), rtol=1e-5)
    np.testing.assert_allclose(figures["glance"][1]["band0"][0, 0], bits[0, 0])
    np.testing.assert_allclose(figures["cross"][1]["band0"].sum(-1), 1, rtol=1e-5)
    said = texts(app)
    assert "With attention, recurrent or not: Das Kind trinkt gern Limonade, wenn es Durst hat." in said
    assert "Exactly so: gru-attention, transformer" in said
    assert "No translator has learned from this sentence." in said


@pytest.mark.parametrize(
    ("figure", "variable", "position"),
    [
        ("ngrams", "p", {"model": 1, "position": 2}), ("tags", "gamma", {"time": 1, "state": 0}),
        ("states", "change", {"source": 2}), ("encoder", "looks", {"view": 0, "query": 1, "key": 2}),
        ("attention", "weights", {"target": 1, "source": 2}), ("cross", "looks", {"view": 5, "query": 1, "key": 0}),
    ],
)  # fmt: skip
def test_a_picked_cell_is_explained(figure, variable, position):
    app = open_page("everything_sentence", lang="en", s="It is raining today.")
    app.session_state[f"sentence_{figure}__picked"] = {"variable": variable, "position": position}
    app.run()
    assert not app.exception
    assert len(app.latex) == 1
    assert "print(" in app.code[0].value


@pytest.mark.parametrize(
    ("text", "n"),
    [("Hi", 1), (".", 1), ("I don't know o'clock café 中文 <b>x</b>", None), ("a b c d e " * 8, None),
     ("The old man the boats.", 6)],
)  # fmt: skip
def test_any_text_is_shown(text, n):
    app = open_page("everything_sentence", s=text, lang="en")
    assert not app.exception
    for header, arrays in drawn(app).values():
        assert n is None or len(header["tokens"]) == n
        assert len(header["tokens"]) <= everything_sentence.MOST
        assert all(np.isfinite(block).any() for block in arrays.values())


def test_what_no_model_knows_is_marked():
    app = open_page("everything_sentence", s="The old man the boats.", lang="en")
    assert "never read “boats”" in texts(app)
    figures = drawn(app)
    assert figures["states"][0]["strange"] == [False, False, False, False, True, False]
    assert figures["ngrams"][0]["strange"][4]


def test_an_empty_box_says_what_to_do():
    app = open_page("everything_sentence", lang="en")
    app.session_state["english_box__said"] = ""
    app.run()
    assert not app.exception
    assert "English sentence" in app.info[0].value


def test_another_sentence_is_drawn_from_what_is_held_out():
    app = open_page("everything_sentence", lang="en")
    app.button(key="sentence_draw").click().run()
    assert not app.exception
    assert app.session_state["english"] != everything_sentence.EXAMPLES[0]
    assert "No translator has learned from this sentence." in texts(app)


def test_without_the_pretrained_encoder_the_rest_works(monkeypatch):
    monkeypatch.setattr(pretrained, "available", list)
    app = open_page("everything_sentence", lang="en")
    assert set(drawn(app)) == set(KEYS)
    assert "not installed" in app.info[0].value


@needs_model
def test_the_pretrained_encoder_has_the_same_columns():
    app = open_page("everything_sentence", lang="zh", s="The old man the boats.")
    header, arrays = drawn(app)["met"]
    assert header["tokens"] == ["The", "old", "man", "the", "boats", "."]
    alike = arrays["band2"][0]
    assert np.isnan(np.diag(alike)).all()
    np.testing.assert_allclose(alike, alike.T)
    np.testing.assert_allclose(arrays["band1"][0, 0], np.nanmax(alike, 0))
    app.session_state["sentence_met__picked"] = {"variable": "alike", "position": {"token": 1, "other": 2}}
    app.run()
    assert not app.exception
    assert len(app.latex) == 1
