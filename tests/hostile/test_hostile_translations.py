"""Hostile lists, links and files on the page Translate a list: a message or a sane answer, never a traceback."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests.hostile.hostile_table import READ, REFUSED, Row, workbook, zipped
from tests.hostile.test_hostile_pages import open_page, said
from ui import hmm_work

SLOW = {"100-MB", "200001-rows", "zip-bomb-many", "zip-100000-members", "quotes-everywhere", "line-of-3-MB"}
LISTS = {
    "empty": "", "blanks": " \t\u3000\u00a0 ", "line-ends": "\n\r\n\n", "only-tabs": "\t\t\n\t",
    "long": "Hund " * 2_000, "one-word": "a" * 10_000, "tabs": "a\tb\tc\td\n\te\nf\t\n", "sep": "sep=;\na;b",
    "emoji": "👩‍👩‍👧 liest.\n🏳️‍🌈", "html": "<script>alert(1)</script>\n<img src=x onerror=alert(1)>",
    "markdown": "**Der** :red[Hund] `x` [y](http://a)\t# $x$", "latex": "$\\frac{1}{0}$ $$x$$",
    "formula": "=HYPERLINK(\"http://a\")\n+1\n-1\n@a", "nul": "a\0b\nDer Hund .", "control": "a\x01\x07\x1b[31m b",
    "right-to-left": "\u202eDer Hund\u202c\nשלום مرحبا", "combining": "e" + "\u0301" * 500,
    "quotes": '"Der Hund\n"x"\ty\n""', "specials": "<eos> <sos> <pad> <unk>", "percent": "%s {0} {x} {{",
    "surrogates": "a\ud800b", "chinese": "他来了", "punctuation": "。，！\n?!", "replacement": "a\ufffdb",
}  # fmt: skip
LINKS = [
    {"translator": "nope"}, {"translator": "mine-gru-ffffffff"}, {"translator": "../../x"}, {"by": "nope"}, {"by": ""},
    {"by": ["beam", "greedy"]}, {"translate_text": "x"}, {"order": "<b>$x$</b>"},
]  # fmt: skip
FILES = [
    Row("formulas", "a.xlsx", lambda: workbook([["sentence", "n"], ["=1+1", 1], ["Der Hund", 2]]), names=1),
    Row("reference-numbers", "a.xlsx", lambda: workbook([["de", "en"], ["Der Hund", 1], ["Die Katze", None]]), names=2),
    Row("utf-16", "a.txt", lambda: "Der Hund\nDie Tür\n".encode("utf-16"), names=2),
    Row("broken-bytes", "a.txt", lambda: "Die Tür\n".encode() + b"\xff\xfe\xfa\n" + "Grün\n".encode(), names=2, bad=1),
    Row("long-cell", "a.txt", lambda: b"x" * 5_001 + b"\nDer Hund\n", names=1, bad=1),
    Row("nul", "a.txt", lambda: b"a\0b\nDer Hund schl\xc3\xa4ft in der K\xc3\xbcche.\n", names=1, bad=1),
    Row("html", "a.txt", lambda: b"<script>alert(1)</script>\n<b>x</b>\n", names=2),
    Row("two-tables", "a.zip", lambda: zipped({"a.csv": b"de,en\nDer Hund,The dog\n", "b.txt": b"Die Katze\n"}),
        names=3),
    Row("no-references", "a.csv", lambda: b"de,en\nDer Hund,\nDie Katze, \n", names=2),
    Row("reference-of-nuls", "a.csv", lambda: b"de,en\nDer Hund der Frau schl\xc3\xa4ft,a\0b\n", names=1),
    Row("same-names", "a.csv", lambda: b"de,de,bleu,translation,en\nDer Hund,x,1,2,The dog\n", names=1),
    Row("formula-header", "a.csv", lambda: b"=1,sentence\n@a,Der Hund\n", names=1),
]  # fmt: skip


@pytest.fixture(scope="module")
def app() -> AppTest:
    """One page for all, as one visitor would try them."""
    return open_page("translate", {})


def drawn(app: AppTest) -> list[str]:
    """Everything on the page that is taken for Markdown."""
    return [each.value for each in app.markdown]


@pytest.mark.parametrize("name", LISTS)
def test_lists(app, name):
    app.text_area(key="translate_text").set_value(hmm_work.readable(LISTS[name], 500_000)).run()
    assert not app.exception
    assert app.dataframe or said(app)
    for text in drawn(app):
        assert not re.search(r"(?<!\\)<(script|img)|[\0\u202e]", text)


@pytest.mark.parametrize("query", LINKS, ids=lambda query: str(query)[:50])
def test_links(query):
    app = open_page("translate", query)
    assert not app.exception
    assert app.dataframe


@pytest.fixture(scope="module")
def files() -> AppTest:
    """One page on which all files are dropped."""
    return open_page("translate", {})


@pytest.mark.parametrize("row", FILES, ids=lambda row: row.id)
def test_files(files, row, monkeypatch):
    made = []
    monkeypatch.setattr("streamlit.download_button", lambda label, data, file_name, **rest: made.append(data))
    files.file_uploader[0].upload(row.file, row.make()).run()
    assert not files.exception
    assert len(files.dataframe[-1].value) == row.names
    if row.bad:
        assert f"{row.bad} row" in files.expander[0].label
        assert files.dataframe[0].value["line"].notna().all()
    for build in made:
        assert build()


@pytest.mark.parametrize("row", [row for row in REFUSED if row.id not in SLOW], ids=lambda row: row.id)
def test_refused_files(files, row):
    files.file_uploader[0].upload(row.file, row.make()).run()
    assert not files.exception
    assert len(said(files)) == 1
    assert "score names" not in said(files)[0]
    assert not files.dataframe


@pytest.mark.parametrize("row", [row for row in READ if row.id not in SLOW], ids=lambda row: row.id)
def test_files_made_for_names(files, row):
    files.file_uploader[0].upload(row.file, row.make()).run()
    assert not files.exception
    assert files.dataframe or said(files)
