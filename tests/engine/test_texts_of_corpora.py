"""The texts of the app: parts that do not share a line where lines differ, own texts checked."""

import pytest

from engine import corpora
from engine.errors import InputError


def test_keys_and_units():
    assert set(corpora.keys()) > {"names:Italian", "names", "pydoc"}
    assert corpora.units("names:Italian") == ("character",)
    for key in ("names", "grammar:de", "pydoc"):
        texts = corpora.corpus(key, corpora.units(key)[-1])
        assert len(texts.train) > 8 * len(texts.held) > 500
    with pytest.raises(InputError):
        corpora.corpus("names:Klingon", "character")
    with pytest.raises(InputError):
        corpora.corpus("names", "word")


def test_names_and_sentences_that_are_held_out_are_not_trained_on():
    for key in ("names:Greek", "grammar:en"):
        texts = corpora.corpus(key, "character")
        assert not set(texts.train) & set(texts.held)


def test_an_own_text_is_cut_into_lines():
    text = "one\n\n  two  \n" + "word " * 200 + "\n" + "x\n" * 12
    assert corpora.lines(text)[:2] == ["one", "two"]
    assert max(map(len, corpora.lines(text))) <= corpora.PIECE
    own = corpora.corpus("own", "word", text)
    assert own.held
    assert len(own.train) + len(own.held) == len(corpora.lines(text))
    with pytest.raises(InputError, match="10"):
        corpora.corpus("own", "word", "too short")
