"""The page Encoder → decoder: a step at a time, the map, the limit, both ways of computing."""

import pytest
from opened import open_page

SENTENCE = "Ich habe einen Hund ."


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


def test_the_first_screen_translates():
    app = open_page("transformer_decoder", lang="en")
    assert not app.exception
    assert "→" in texts(app)
    assert "The same numbers" in texts(app)


def test_the_map_has_a_line_a_word():
    app = open_page("transformer_decoder", s=SENTENCE, lang="en")
    lines = next(frame.value for frame in app.dataframe if "prefix" in frame.value)
    assert lines["prefix"].tolist()[:2] == ["f(<sos>)", f"f(<sos>, {lines['next word'][0]})"]
    assert lines["next word"].iloc[-1] == "<eos>"


def test_the_endless_sentence_stops_at_the_limit():
    app = open_page("transformer_decoder", s=SENTENCE, lang="en")
    assert "after 20 words" in texts(app)


@pytest.mark.parametrize("step", ["99", "x"])
def test_a_step_that_is_not_there_is_told(step):
    app = open_page("transformer_decoder", s=SENTENCE, step=step, lang="en")
    assert not app.exception
    assert app.warning
