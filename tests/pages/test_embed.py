"""Compare sentences, run without a browser: the table is the model's, the words are read off the vectors."""

import io
from functools import partial

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine import embeddings, pretrained
from engine.explain import explain
from tests.engine.bert_folders import write
from tests.pages import opened
from ui import embed
from ui.embed import EXAMPLES

open_page = partial(opened.open_page, "embed")


@pytest.fixture
def absent(monkeypatch):
    """As if pip had never installed the model."""
    monkeypatch.setattr(pretrained, "PACKAGE", "no-such-package-as-this")
    monkeypatch.delenv(pretrained.FOLDERS, raising=False)


@pytest.fixture
def installed():
    if pretrained.packaged() is None:
        pytest.skip("all-MiniLM-L6-v2 is not installed: make test without MODELS=0 installs it")


@pytest.fixture
def made(monkeypatch) -> dict[str, object]:
    """What the download buttons would hand out, by file name."""
    buttons = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, file_name, **rest: buttons.__setitem__(file_name, data)
    )
    return buttons


def said(app: AppTest) -> str:
    return " ".join(each.value for each in app.markdown).replace("\\", "")


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area(key="embed_text").set_value(text).run()
    assert not app.exception
    return app


def table(app: AppTest) -> pd.DataFrame:
    return app.dataframe[-1].value


def test_the_first_screen_has_a_finding(installed):
    app = open_page()
    vectors = embeddings.embed(pretrained.load(), EXAMPLES, 128).vectors
    alike = vectors @ vectors.T - 2 * np.eye(len(EXAMPLES))
    a, b = sorted(np.unravel_index(alike.argmax(), alike.shape))
    assert f"({alike[a, b]:.2f})" in said(app)
    assert f"“{EXAMPLES[a]}” and “{EXAMPLES[b]}”" in said(app)
    assert f"“bank” stands in “{EXAMPLES[0]}” and in “{EXAMPLES[2]}”, similarity {alike[0, 2]:.2f}" in said(app)


def test_the_table_is_the_models(installed):
    shown = table(open_page())
    vectors = embeddings.embed(pretrained.load(), EXAMPLES, 128).vectors
    alike = vectors @ vectors.T - 2 * np.eye(len(EXAMPLES))
    assert shown["text"].tolist() == list(EXAMPLES)
    assert shown["nearest_1"].tolist() == [EXAMPLES[at] for at in alike.argmax(1)]
    assert shown["similarity_1"].to_numpy() == pytest.approx(alike.max(1), abs=1e-6)
    assert shown["similarity_3"].to_numpy() == pytest.approx(np.sort(alike, 1)[:, -3], abs=1e-6)


def test_orders_and_a_link_to_one(installed):
    alone = table(open_page(order="alone"))
    assert alone["similarity_1"].is_monotonic_increasing
    app = open_page(order="upwards")
    assert "upwards" in app.warning[0].value
    assert table(app)["line"].tolist() == list(range(1, len(EXAMPLES) + 1))


def test_the_matrix_holds_the_similarities_and_proves_them(installed, monkeypatch):
    drawn = []
    monkeypatch.setattr("ui.page.row", lambda *figures, **rest: drawn.extend(figures))
    open_page()
    figure = next(figure for figure in drawn if figure.key == "embed_matrix")
    values = figure.chart.arrays["values"]
    assert values == pytest.approx(figure.trace["similarity"].values)
    found = explain(figure.trace, "similarity", sentence=4, other=5)
    assert found.terms["product"].sum() == pytest.approx(values[4, 5], abs=1e-6)
    figure = next(figure for figure in drawn if figure.key == "embed_map")
    assert len(figure.chart.data) == len(EXAMPLES)


def test_files_hold_table_and_vectors(installed, made):
    paste(open_page(), "A cat.\nA dog.\n=1+1\n")
    got = pd.read_csv(io.BytesIO(made["sentences.csv"]()))
    assert got["sentence"].tolist() == ["A cat.", "A dog.", "'=1+1"]
    vectors = np.load(io.BytesIO(made["vectors.npy"]()))
    assert got["similarity_1"][0] == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)


@pytest.mark.parametrize("text", ["One.", "Same.\nSame.", "<b>x</b> $y$ **z**\n`code` [a](b)\n🙂 שלום"])
def test_odd_lists_are_shown(installed, text):
    app = paste(open_page(), text)
    assert len(table(app)) == len(text.split("\n"))


def test_what_is_too_long_or_too_much_is_said(installed, monkeypatch):
    monkeypatch.setattr(embed, "MOST", 3)
    app = paste(open_page(), "\n".join(["word " * 200, "b", "c", "d"]))
    assert "The first 3 of 4" in app.warning[0].value
    assert "128 pieces of words, of which only the beginning was read: 1" in said(app)


def test_an_upload_lists_its_bad_rows(installed):
    app = open_page()
    app.file_uploader[0].upload("a.csv", b"id,sentence\n1,A cat sleeps.\n2,\n3,A dog sleeps.\n").run()
    assert not app.exception
    assert table(app)["text"].tolist() == ["A cat sleeps.", "A dog sleeps."]
    assert "1 row was left out" in app.expander[0].label


def test_without_a_model_the_page_says_how_to_get_it(absent):
    app = open_page()
    assert "requirements-models.txt" in app.info[0].value
    assert not app.dataframe
    assert any("How this is computed" in each.label for each in app.expander)


def test_a_folder_of_the_environment_is_used(absent, monkeypatch, tmp_path):
    monkeypatch.setenv(pretrained.FOLDERS, str(write(tmp_path / "small")))
    app = paste(open_page(), "the cat\nthe dog\na cat sleeps")
    assert len(table(app)) == 3
    assert not app.info


def test_a_damaged_folder_is_said(absent, monkeypatch, tmp_path):
    folder = write(tmp_path / "broken")
    (folder / "config.json").write_text("{", "utf-8")
    monkeypatch.setenv(pretrained.FOLDERS, str(folder))
    app = open_page()
    assert "config.json" in app.error[0].value.replace("\\", "")
