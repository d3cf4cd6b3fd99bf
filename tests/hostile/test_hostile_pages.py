"""Hostile uploads on the page Score, hostile addresses on every page: a message or a clean page, never a traceback."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.hostile.hostile_table import READ, REFUSED

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"100-MB", "200001-rows", "zip-bomb-many", "zip-100000-members", "quotes-everywhere", "line-of-3-MB"}

LONG = "x" * 5000
URLS = [
    ("home", {"name": LONG}), ("home", {"name": "<script>alert(1)</script>"}), ("home", {"name": "**b** $x$ :red[y]"}),
    ("home", {"name": ""}), ("home", {"name": "李雷"}), ("home", {"name": "\u202eannA 😀\x00"}),
    ("home", {"t": "-1"}), ("home", {"t": "99999999999999999999"}), ("home", {"t": "nan"}), ("home", {"lang": "xx"}),
    ("home", {"large": "maybe"}), ("home", {"unknown": "1"}),
    ("step", {"name": "1234"}), ("step", {"name": "Anna", "model": "../../etc/passwd"}),
    ("step", {"model": "mine-0123456789abcdef"}), ("step", {"model": "mine-" + "../" * 6}), ("step", {"model": ""}),
    ("step", {"t": "1e9"}), ("step", {"name": "A", "t": "5"}),
    ("quality", {"model": "nope", "prior": "nope"}), ("quality", {"prior": ""}), ("quality", {"model": LONG}),
    ("score", {"model": "mine-ffffffffffffffff"}), ("score", {"prior": "’"}), ("score", {"least": "nan"}),
    ("score", {"least": "-5"}), ("score", {"least": "abc"}), ("score", {"order": "nope"}), ("score", {"order": ""}),
    ("score", {"found": ["Klingon", "Greek", "Greek"]}), ("score", {"found": "<b>$x$</b>"}), ("score", {"found": ""}),
    ("score", {"search": "(["}), ("score", {"search": LONG}), ("score", {"search": "\\x00\x00"}),
    ("score", {"score_text": "x", "score_upload_0": "x"}),
    ("train", {"train_steps": "1e99"}), ("train", {"train_seed": "-1"}), ("train", {"train_lr": "inf"}),
    ("train", {"train_model": "gpt", "train_layers": "99", "train_both": "maybe", "train_window": "-4"}),
    ("score", {"score_model": "../../x"}), ("score", {"score_model": "mine-combined-ffffffff"}),
    ("lstm", {"name": LONG, "unit": "999", "stage": "x"}), ("lstm", {"clamp": "q", "to": "7", "at": "-1"}),
    ("lstm", {"peepholes": "scaled", "peepholes_x": "nan"}),
    ("lstm", {"cell": "mine-../x", "order": "no", "show": "Z"}),
    ("cells", {"name": "😀A", "measure": "<b>", "on": "Klingon"}), ("cells", {"t": "-7", "on": LONG}),
    ("memory", {"task": "juggle", "distance": "7", "cell": "foo"}), ("memory", {"distance": "1e9", "task": ""}),
    ("units", {"span": "9-2", "level": "nan"}), ("units", {"span": "0-99999", "unit": "-1", "end": "middle"}),
    ("units", {"name": "A", "span": "7-9", "model": "window", "state": "q"}), ("units", {"model": "combined"}),
    ("network_work", {"network_text": LONG, "layer": "9"}), ("network_work", {"zh_text": "\x00\u202e<b>$x$</b>"}),
    ("mappings", {"name": "A", "map_other": "", "map_k": "0", "map_net": "combined"}),
    ("mappings", {"map_text": LONG, "map_window": "-3", "map_seed": "1e99", "map_english": "", "map_chinese": "<b>"}),
    ("train", {"train_hidden": "x"}), ("train", {"run": "../../x"}), ("train", {"train_seconds": LONG}),
]  # fmt: skip


def open_page(page: str, query: dict) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if page != "home":
        app._page_hash = calc_hash(page)  # AppTest.switch_page would drop the query
    return app.run()


def said(app: AppTest) -> list[str]:
    return [element.value for kind in (app.error, app.warning, app.info) for element in kind]


@pytest.mark.parametrize(("page", "query"), URLS, ids=lambda value: str(value)[:60])
def test_addresses(page, query):
    app = open_page(page, query)
    assert not app.exception
    assert app.title


@pytest.fixture(scope="module")
def score() -> AppTest:
    """One page for all uploads, as one visitor would try them."""
    return open_page("score", {})


@pytest.mark.parametrize("row", [row for row in REFUSED if row.id not in SLOW], ids=lambda row: row.id)
def test_refused_uploads(score, row):
    score.file_uploader[0].upload(row.file, row.make()).run()
    assert not score.exception
    assert len(said(score)) == 1
    assert not score.dataframe


@pytest.mark.parametrize("row", [row for row in READ if row.id not in SLOW], ids=lambda row: row.id)
def test_read_uploads(score, row):
    score.file_uploader[0].upload(row.file, row.make()).run()
    assert not score.exception
    n = row.names if isinstance(row.names, int) else len(row.names)
    if n:
        assert len(score.dataframe[-1].value) == n
    else:
        assert said(score)
    if row.bad:
        assert str(row.bad) in score.expander[0].label
