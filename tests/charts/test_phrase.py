"""What the box for a sentence receives, what it refuses, and its table."""

import pytest

from charts.payload import pack, unpack
from charts.phrase import LONGEST, phrase

WORDS = ["der", "Hund", "ist", "Der", "Hund", "."]


def test_the_header_travels_whole():
    chart = phrase("Der Hund", WORDS, ["Der Hund ist ."], "a sentence", 7, ("s", "Der"))
    header, arrays = unpack(pack(chart.header, chart.arrays))
    assert (header["text"], header["serial"], header["param"], header["first"]) == ("Der Hund", 7, "s", "Der")
    assert header["vocabulary"] == ["der", "Hund", "ist", "Der", "."]  # each once, in its order
    assert header["examples"] == ["Der Hund ist ."]
    assert not arrays


@pytest.mark.parametrize(("words", "lower"), [(WORDS, False), (["der", "hund", "ist"], True), ([], False)])
def test_a_vocabulary_in_small_letters_knows_no_capitals(words, lower):
    assert phrase("", words).header["lower"] is lower


def test_the_table_says_what_is_known():
    table = phrase("Der Hünd ist", ["der", "hund", "ist"]).table()
    assert table["word"].tolist() == ["Der", "Hünd", "ist"]
    assert table["known"].tolist() == [True, False, True]


def test_without_a_link_the_address_stays():
    assert phrase("", []).header["param"] is None


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="301 characters"):
        phrase("a" * (LONGEST + 1), [])
