"""The picker of a text: keys and units in the link, own texts by hash, few kept, wrong files told."""

import gzip
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from engine import own_text
from engine.errors import InputError
from ui.corpora import SHELF, Shelf

LINES = "\n".join(f"the {n} little pigs went to the market" for n in range(40))
SMALL = replace(own_text.LEARN, upload=200_000, unpacked=200_000)


def page():
    import streamlit as st

    from ui import corpora

    asked = corpora.picker("demo")
    st.json({"key": asked.key, "unit": asked.unit, "title": asked.title, "own": asked.own, "text": asked.text})


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> dict:
    import json

    return json.loads(app.json[0].value)


@pytest.mark.parametrize(
    ("query", "key", "unit", "warnings"),
    [
        ({}, "names", "character", 0),
        ({"of": "names:Greek"}, "names:Greek", "character", 0),
        ({"of": "grammar:de"}, "grammar:de", "word", 0),
        ({"of": "pydoc", "unit": "character"}, "pydoc", "character", 0),
        ({"of": "names", "unit": "word"}, "names", "character", 1),
        ({"of": "pydoc", "unit": "tree"}, "pydoc", "word", 1),
        ({"of": "nothing"}, "names", "character", 1),
        ({"of": "own-0123456789abcdef"}, "names", "character", 1),
    ],
)
def test_a_link_gives_key_and_unit(query, key, unit, warnings):
    app = opened(**query)
    assert (shown(app)["key"], shown(app)["unit"]) == (key, unit)
    assert len(app.warning) == warnings


def test_an_own_text_is_reached_by_its_hash_in_any_session():
    digest = SHELF.put("pigs.txt", own_text.read(LINES.encode(), "pigs.txt"))
    app = opened(of=f"own-{digest}", unit="character")
    got = shown(app)
    assert (got["key"], got["unit"], got["title"], got["own"]) == ("own", "character", "pigs.txt", digest)
    assert got["text"] == LINES
    assert not app.warning
    app.selectbox[0].set_value("grammar:en").run()
    assert shown(app)["key"] == "grammar:en"
    assert app.query_params["of"] == "grammar:en"
    assert "pigs.txt" in app.selectbox[0].options


def test_without_a_file_names_are_shown_and_the_uploader_is_there():
    app = opened(of="own")
    assert shown(app)["key"] == "names"
    assert app.info
    assert app.get("file_uploader")


def test_the_shelf_keeps_few_texts_and_the_newest_in_any_case():
    shelf = Shelf(most=3, characters=5_000)
    read = [own_text.read(f"{LINES}\n{n}".encode(), "x") for n in range(6)]
    digests = [shelf.put("x", each) for each in read]
    assert [shelf.get(digest) is not None for digest in digests] == [False] * 3 + [True] * 3
    shelf.get(digests[3])
    shelf.put("x", read[0])
    assert shelf.get(digests[3])
    assert not shelf.get(digests[4])
    shelf.put("y", own_text.read((LINES * 9).encode(), "y"))
    assert [shelf.get(digest) for digest in digests] == [None] * 6


def test_texts_are_read_in_their_encoding_and_packed_or_not():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        lines = "\n".join(f"这是第{n}行，用来学习。" for n in range(12))
        assert own_text.read(lines.encode(encoding), "x.txt").text == lines
    assert own_text.read(gzip.compress(LINES.encode()), "x.txt.gz").text == LINES
    cyrillic = "\n".join(f"строка номер {n} этого текста" for n in range(12))
    assert own_text.read(cyrillic.encode("cp1251"), "x.txt", "cp1251").text == cyrillic


def test_one_long_line_is_cut_into_sequences():
    for text in ("字" * 9_000, "word " * 2_000, "ab\x07 cd" * 40 + "plain text " * 900):
        read = own_text.read(text.encode(), "x.txt")
        assert all(0 < len(line) <= 400 for line in read.text.split("\n"))
        assert read.n_lines == len(read.text.split("\n"))
        assert read.n_characters == len(read.text) - read.n_lines + 1


def test_bad_lines_are_left_out_and_told_with_their_place():
    blob = b"\n".join([*(f"line {n}: caf\u00e9".encode() for n in range(20)), b"caf\xe9\xff here", b"the end"])
    read = own_text.read(blob, "x.txt", "utf_8")
    assert [row.line for row in read.bad] == [21]
    assert read.n_lines == 21


@pytest.mark.parametrize(
    ("blob", "name", "why"),
    [
        (b"", "x.txt", "empty"),
        (b" \n\t ", "x.txt", "empty"),
        (b"one\ntwo", "x.txt", "2 lines"),
        (bytes(range(256)) * 40, "x.txt", "binary"),
        (b"%PDF-1.7\n" + b"text of a page\n" * 50, "x.txt", "pdf"),
        (b"PK\x03\x04" + b"a" * 500, "x.zip", "zip"),
        (b"\x1f\x8b" + b"a" * 500, "x.gz", "damaged"),
        (gzip.compress(b"a\n" * 120_000), "bomb.gz", "unpacks"),
        (b"a\n" * 105_000, "big.txt", "command line"),
        (("\u00e9\n" * 20).encode("cp1252"), "x.txt", "line 1"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(blob, name, why):
    with pytest.raises(InputError, match=f"(?i){why}"):
        own_text.read(blob, name, "utf_8" if why == "line 1" else None, SMALL)
