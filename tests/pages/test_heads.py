"""The page Heads: what it measures, heads taken out, a pretrained encoder, and where it is absent."""

import numpy as np
import pytest
from opened import open_page

from charts.heads import LEVELS, heads, spread
from engine import pretrained
from ui import runs_transformer

SENTENCE = "Ich habe einen Hund ."
needs_model = pytest.mark.skipif(not pretrained.available(), reason="the pretrained model is not installed")


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize(("view", "said"), [("encoder", "clearest"), ("decoder", "clearest"), ("cross", "aligns")])
def test_each_view_says_what_its_heads_do(view, said):
    app = open_page("heads", s=SENTENCE, view=view, lang="en")
    assert not app.exception
    assert said in texts(app)


def test_heads_taken_out_are_told():
    app = open_page("heads", s=SENTENCE, off=["2.1", "1.3"], lang="en")
    assert not app.exception
    assert "Without 2·1, 1·3" in texts(app)
    assert "log-probability changes by" in texts(app)


def test_an_order_by_what_heads_do():
    app = open_page("heads", s=SENTENCE, order="aligned", lang="en")
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("link", [{"off": "9.9"}, {"layer": "7"}, {"head": "x"}, {"view": "y"}, {"order": "z"}])
def test_a_bad_link_is_told(link):
    app = open_page("heads", s=SENTENCE, lang="en", **link)
    assert not app.exception
    assert app.warning


def test_the_small_maps_are_the_trace():
    words = tuple(SENTENCE.split())
    weights = runs_transformer.encoder_trace("transformer", words)["weights"]
    component = heads(weights)
    seen = spread(component.arrays["weights"], component.header["shape"])
    np.testing.assert_allclose(seen, weights.values, atol=0.5 / LEVELS + 1e-9)


@needs_model
def test_it_looks_at_the_animal():
    app = open_page("heads", network=pretrained.NAME, lang="en")
    assert not app.exception
    assert "look from “it”: 69% of a head’s weight on “animal”" in texts(app).replace("\\", "")


@needs_model
def test_a_long_text_is_cut_and_said():
    app = open_page("heads", network=pretrained.NAME, heads_text="word " * 300, lang="en")
    assert not app.exception
    assert "300" in app.warning[0].value or "302" in app.warning[0].value


@needs_model
def test_the_marks_can_be_hidden():
    app = open_page("heads", network=pretrained.NAME, special="true", off="3.1", lang="en")
    assert not app.exception
    assert "cosine" in texts(app)


def test_without_the_model_the_translator_is_there(monkeypatch):
    monkeypatch.setattr(pretrained, "available", lambda: [])
    app = open_page("heads", network=pretrained.NAME, s=SENTENCE, lang="en")
    assert not app.exception
    assert app.warning
    assert "aligns" in texts(app)
