"""Hostile models at the door of the pages: uploads, links, observations; a reason is given, the current model stays."""

import json
import pickle
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"S": ["a", "b"], "V": ["x", "y"], "pi": [0.5, 0.5], "A": [[0.9, 0.1], [0.2, 0.8]], "B": [[1, 0], [0, 1]]}


def changed(**fields: object) -> bytes:
    return json.dumps(GOOD | fields).encode()


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("model.json", json.dumps(GOOD))
    return out.getvalue()


HOSTILE = {
    "empty": b"", "no-json": b"S, V, pi", "cut": changed()[:-9], "binary": bytes(range(256)) * 8,
    "pickle": pickle.dumps(GOOD), "zip": zipped(), "png": b"\x89PNG\r\n\x1a\n" + bytes(200), "utf16": json.dumps(
        GOOD).encode("utf-16") + b"\xd8", "number": b"7", "list": b"[]", "null": b"null", "text": b'"model"',
    "deep": b"[" * 100_000 + b"]" * 100_000, "long-number": b'{"S":' + b"9" * 100_000 + b"}",
    "3-MB": changed(S=["a" * 3_000_000, "b"]), "no-A": json.dumps({k: v for k, v in GOOD.items() if k != "A"}).encode(),
    "no-states": changed(S=[], pi=[], A=[], B=[]), "twice": changed(S=["a", "a"]),
    "comma": changed(V=["x,y", "z"]), "blank": changed(V=[" x", "y"]),
    "empty-name": changed(V=["x", " "]),
    "name-a-number": changed(S=["a", 1]), "names-a-text": changed(S="ab"), "control-letters": changed(S=["a", "\x00"]),
    "long-name": changed(S=["a", "b" * 61]), "10000-states": changed(S=[str(n) for n in range(10_000)]),
    "nan": b'{"S":["a"],"V":["x"],"pi":[NaN],"A":[[1]],"B":[[1]]}',
    "infinity": b'{"S":["a"],"V":["x"],"pi":[1],"A":[[Infinity]],"B":[[1]]}',
    "1e999": changed().replace(b"0.9", b"1e999"),
    "negative": changed(A=[[1.5, -0.5], [0.2, 0.8]]), "sum": changed(A=[[0.9, 0.18], [0.2, 0.8]]),
    "ragged": changed(A=[[0.9, 0.1], [1.0]]), "flat": changed(A=[0.9, 0.1, 0.2, 0.8]),
    "words": changed(pi=["0.5", "0.5"]),
    "booleans": changed(B=[[True, False], [False, True]]), "nothing": changed(pi=[None, 1.0]),
    "table": changed(pi={"a": 1}),
    "three-symbols": changed(V=["x", "y", "z"]), "html": changed(S=["<script>alert(1)</script>", "b"], pi=[2, 0]),
    "markdown": changed(S=["**$x$** :red[y]", "b"], A=[[2, 0], [0, 1]]),
}  # fmt: skip


def open_page(query: dict[str, str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("hmm_generate")
    return app.run()


def bar_alone() -> None:
    import streamlit as st

    from ui import hmm_models

    key = hmm_models.bar()
    st.code(key)
    st.code(str(hmm_models.observations(key)))


@pytest.fixture(scope="module")
def bar() -> AppTest:
    """The bar of one visitor who tries all files, its menu of files open."""
    app = AppTest.from_function(bar_alone, default_timeout=60)
    app.session_state["hmm_json"] = True
    return app.run()


def test_the_table_is_long_enough():
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_upload_is_refused_with_a_reason(bar, name):
    bar.file_uploader[0].upload("model.json", HOSTILE[name]).run()
    assert not bar.exception
    assert len(bar.error) == 1
    assert 10 < len(bar.error[0].value) < 300
    assert bar.code[0].value == "preset:weather"
    assert not bar.run().error  # said once


def test_a_good_upload_is_taken(bar):
    bar.file_uploader[0].upload("model.json", changed()).run()
    assert not bar.error
    assert json.loads(bar.code[0].value)["S"] == ["a", "b"]
    bar.button(key="hmm_undo_button").click().run()
    assert bar.code[0].value == "preset:weather"


LONG = "x" * 5000
URLS = [
    {"hmm": "nope"}, {"hmm": ""}, {"hmm": "mine"}, {"hmm": LONG}, {"hmm": "preset:weather"},
    {"hmm": "../../etc/passwd"},
    {"m": ""}, {"m": LONG}, {"m": "<b>$x$</b>"}, {"m": "\x00"}, {"gen_T": "0"}, {"gen_T": "1e9"}, {"gen_T": "nan"},
    {"gen_T": ""}, {"gen_seed": "-1"}, {"gen_seed": "1e99"}, {"gen_seed": "x"}, {"t": "-1"}, {"t": "99999999999"},
    {"t": "5", "gen_T": "1"}, {"o": LONG}, {"hmm": "jieba", "gen_T": "200"},
]  # fmt: skip


@pytest.mark.parametrize("query", URLS, ids=lambda value: str(value)[:50])
def test_addresses(query):
    app = open_page(query)
    assert not app.exception
    assert app.title
    assert not app.error


@pytest.mark.parametrize(
    "typed", ["", "  ", LONG, "walk 7", "<script>alert(1)</script>", "**walk** $x$",
     "\u202ewalk", "walk\x00", "🙂", ",,,", "0" * 4000]
)  # fmt: skip
def test_hostile_observations_give_the_example(typed):
    app = AppTest.from_function(bar_alone, default_timeout=60).run()
    app.text_input(key="o").set_value(typed).run()
    assert not app.exception
    assert app.code[1].value == "(0, 1, 2, 0, 1)"
    assert bool(app.warning) == bool(typed.strip(" ,"))
