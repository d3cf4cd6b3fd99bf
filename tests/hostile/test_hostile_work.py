"""Hostile texts, links and files on the page At work: a message or a sane answer, never a traceback, never HTML."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine import segment, sentence_scores, tagger_file
from tests.hostile.hostile_table import HAN, MB, READ, REFUSED, Row, workbook, zipped
from ui import hmm_work

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"100-MB", "200001-rows", "zip-bomb-many", "zip-100000-members", "quotes-everywhere", "line-of-3-MB"}

TEXTS = {
    "empty": "",
    "blanks": " \t\u3000\u00a0 ",
    "a-hundred-thousand": "中文" * 50_000,
    "a-hundred-thousand-latin": "a b " * 25_000,
    "control": "他\x01来\x07了\x1b[31m a\x08b",
    "nul": "他\x00来 a\x00b",
    "right-to-left": "\u202e他来了 boats the\u202c \u2067abc\u2069",
    "hebrew-and-arabic": "שלום 他来了 مرحبا hello",
    "emoji": "他👩‍👩‍👧来🏳️‍🌈了 boats 🚤.",
    "combining": "e" + "\u0301" * 500 + "他来了",
    "lone-surrogates": "他\ud800来\udfff了 a\ud800b",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>他来了 boats",
    "attribute": "\" onmouseover='alert(1)' 他来了",
    "markdown": "**他** :red[来] `了` [x](http://a) # ~~a~~",
    "latex": "$\\frac{1}{0}$ 他来了 $$x$$ \\(y\\)",
    "formula": "=HYPERLINK(\"http://a\",\"他\") +1 -1 @a",
    "thousand-letters": "a" * 1000,
    "no-word": "。，！？—…《》",
    "only-han-punctuation-between": "，他，，来，",
    "unknown-characters": "龘龘龘龘",
    "beyond-the-plane": "𠮷野家𪚥㐂",
    "percent": "%s %(x)s {0} {x} {{ 他来了",
    "line-ends": "他来了\r\n\u2028\u2029\x85今天\v\f",
    "bom": "\ufeff他来了\ufffe",
    "replacement": "他\ufffd来",
    "one-character": "他",
    "numbers": "3.14% 1e99 0x41 １２３",
}  # fmt: skip

LINKS = [
    {"work": "nope"}, {"work": ["tag", "segment"]}, {"work": ""}, {"of": "nope"}, {"of": ""}, {"k": "-1"}, {"k": "nan"},
    {"k": "99999999"}, {"chinese": ""}, {"chinese": "x" * 5000}, {"english": "中" * 5000, "work": "tag"},
    {"work": "tag", "english": ""}, {"of": "many", "work_segment_text": "x"}, {"work": "<b>$x$</b>"},
]  # fmt: skip

FILES = [
    Row("formulas", "a.xlsx", lambda: workbook([["sentence", "n"], ["=1+1", 1], ["他来了", 2]]), names=1),
    Row("gb18030", "a.csv", lambda: HAN, names=3),
    Row("utf-16", "a.txt", lambda: "他来了\n今天很好\n".encode("utf-16"), names=2),
    Row("broken-bytes", "a.txt", lambda: "他来了\n".encode() + b"\xff\xfe\xfa\n" + "今天\n".encode(), names=2, bad=1),
    Row("long-cell", "a.txt", lambda: ("他" * 10_001 + "\n来了\n").encode(), names=1, bad=1),
    Row("line-of-words", "a.txt", lambda: b"a b c d. " * 1000 + b"\nx\n", names=2),
    Row("nul", "a.txt", lambda: "他\0来\n今天很好，我们去学校。\n".encode(), names=1, bad=1),
    Row("html", "a.txt", lambda: b"<script>alert(1)</script>\n<b>x</b>\n", names=2),
    Row("zip", "a.zip", lambda: zipped({"a.txt": "他来了\n".encode(), "b.txt": b"The boats.\n"}), names=2),
    Row("only-punctuation", "a.txt", lambda: "。，！\n？\n".encode(), names=2),
    Row("surrogates-in-a-sheet", "a.csv", lambda: b"\xed\xa0\x80,1\nabc,2\n", names=1),
]  # fmt: skip


def open_page(query: dict) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("hmm_work")  # AppTest.switch_page would drop the query
    return app.run()


def said(app: AppTest) -> list[str]:
    return [element.value for kind in (app.error, app.warning, app.info) for element in kind]


@pytest.fixture(scope="module")
def pages() -> dict[str, AppTest]:
    """A page for each tab, on which all texts are typed, as one visitor would try them."""
    return {key: open_page({"work": work}) for work, key in (("segment", "chinese"), ("tag", "english"))}


def test_the_table_is_long_enough():
    assert len(TEXTS) >= 25
    assert len(FILES) + len(REFUSED) >= 15


@pytest.mark.parametrize("key", ["chinese", "english"])
@pytest.mark.parametrize("name", TEXTS)
def test_texts(pages, key, name):
    app = pages[key]
    app.text_input(key=key).set_value(hmm_work.readable(TEXTS[name])).run()  # no socket carries half a character
    assert not app.exception
    drawn = [each.proto.body for each in app.get("html") if 'class="words"' in each.proto.body]
    assert drawn or said(app)
    for body in drawn:
        for part in ("<script", "<img", " onmouseover='", "\0", "\u202e", "\ud800"):
            assert part not in body


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_read_of_a_text(name):
    text = hmm_work.readable(TEXTS[name])
    assert len(text.encode()) <= 4 * hmm_work.LONGEST
    assert "\0" not in text


@pytest.mark.parametrize("query", LINKS, ids=lambda query: str(query)[:50])
def test_links(query):
    app = open_page(query)
    assert not app.exception
    assert app.title


@pytest.mark.parametrize("name", TEXTS)
def test_bulk(name):
    text = TEXTS[name][:10_000].encode("utf-8", "replace").decode()
    for scored in (sentence_scores.segmented([text]), sentence_scores.tagged([text], tagger_file.load_shipped())):
        assert len(scored) == 1
        assert not scored["log_probability"].iloc[0] > 0  # nan where there is nothing to read
    assert "".join(segment.segment(text)) == text


@pytest.fixture(scope="module")
def lists() -> dict[str, AppTest]:
    """A page for each tab on which all files are dropped."""
    return {work: open_page({"work": work, "of": "many"}) for work in ("segment", "tag")}


@pytest.mark.parametrize("work", ["segment", "tag"])
@pytest.mark.parametrize("row", FILES, ids=lambda row: row.id)
def test_files(lists, work, row):
    app = lists[work]
    app.file_uploader[0].upload(row.file, row.make()).run()
    assert not app.exception
    assert len(app.dataframe[-1].value) == row.names
    if row.bad:
        assert f"{row.bad} row" in app.expander[0].label
        assert app.dataframe[0].value["line"].notna().all()


@pytest.mark.parametrize("row", [row for row in REFUSED if row.id not in SLOW], ids=lambda row: row.id)
def test_refused_files(lists, row):
    app = lists["segment"]
    app.file_uploader[0].upload(row.file, row.make()).run()
    assert not app.exception
    assert len(said(app)) == 1
    assert "score names" not in said(app)[0]
    assert not app.dataframe


SHORT = [row for row in READ if row.id not in SLOW and (not isinstance(row.names, int) or row.names < 1000)]


@pytest.mark.parametrize("row", SHORT, ids=lambda row: row.id)
def test_files_made_for_names(lists, row):
    app = lists["tag"]
    blob = row.make()
    if len(blob) > MB:
        pytest.skip("measured with names")
    app.file_uploader[0].upload(row.file, blob).run()
    assert not app.exception
    assert app.dataframe or said(app)
