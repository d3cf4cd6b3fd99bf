"""The page Self-attention: the small head and its numbers in the link, trained heads, bad links."""

import pytest
from opened import open_page

SENTENCE = "Ich habe einen Hund ."
NUMBERS = ",".join(["1"] * 48)


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


def test_the_first_screen_is_the_picture_of_the_lecture():
    app = open_page("self_attention", lang="en")
    assert not app.exception
    assert "“étudiant” looks most at “Je”" in texts(app)
    assert "Without √d\\_k" in texts(app)


def test_numbers_of_a_link_are_used():
    app = open_page("self_attention", m=NUMBERS, lang="en")
    assert not app.exception
    assert not app.warning
    assert "weight 33%" in texts(app)


@pytest.mark.parametrize("m", ["1,2,3", "x", "1e9" + ",1" * 47, "nan" + ",1" * 47])
def test_numbers_that_are_none_are_told(m):
    app = open_page("self_attention", m=m, lang="en")
    assert not app.exception
    assert app.warning
    assert "weight 73%" in texts(app) or "looks most" in texts(app)


@pytest.mark.parametrize("view", ["encoder", "decoder", "cross"])
def test_a_trained_head(view):
    app = open_page("self_attention", mode="trained", s=SENTENCE, view=view, of_layer="1", of_head="3", lang="en")
    assert not app.exception
    assert "looks most at" in texts(app)


@pytest.mark.parametrize("link", [{"of_layer": "9"}, {"of_head": "x"}, {"view": "y"}])
def test_a_head_that_is_not_there_is_told(link):
    app = open_page("self_attention", mode="trained", s=SENTENCE, lang="en", **link)
    assert not app.exception
    assert app.warning
