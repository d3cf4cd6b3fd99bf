"""Score, run without a browser: the table is the network's answer, filters and links work, files hold what is shown."""

import io
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from engine import weights
from engine.text import encode, fold
from tests.pages import opened
from ui.uploads import EXAMPLES

ROOT = Path(__file__).resolve().parents[2]
NAMES = "name,x\nDostoevsky,1\nMüller,2\n=1+a,3\n,4\nPapadopoulos,5\n"


open_page = partial(opened.open_page, "score")


def table(app: AppTest) -> pd.DataFrame:
    """The result, the last table on the page (rows left out stand above it), with its percentages as shares."""
    assert not app.exception
    shown = app.dataframe[-1].value
    percent = [column for column in shown if column.startswith("probability_")]
    return shown.assign(**{column: shown[column] / 100 for column in percent})


def upload(app: AppTest, name: str, blob: bytes) -> AppTest:
    app.file_uploader[0].upload(name, blob).run()
    assert not app.exception
    return app


def by_hand(model: str, name: str, prior: str) -> tuple[list[str], np.ndarray]:
    """Languages and probabilities, likeliest first, step by step; several networks answer with their weighted mean."""
    net, params, _, _ = weights.load_shipped(f"names-{model}")
    x = torch.nn.functional.one_hot(torch.from_numpy(encode(fold(name).text)), 57).float()
    if model == "combined":
        x = torch.nn.functional.pad(x, (0, 1))[None]
        parts = torch.cat([member.read(x).double().log_softmax(1) for member in net.members])
        weight = torch.tensor([member.weight for member in params.members]).double()
        p = (weight @ parts / weight.sum()).softmax(0).numpy()
    elif model == "transformer":
        p = net.read(torch.nn.functional.pad(x, (0, 1))[None])[0].double().softmax(0).numpy()
    else:
        h, logits = torch.zeros(1, net.n_hidden), None
        for letter in x.split(1):
            _, h, logits = net.step(letter, h)
        p = torch.softmax(logits.double(), 1)[0].numpy()
    shares = np.array(params.counts) / sum(params.counts)
    if params.sampling == "name" and prior == "uniform":
        p = p / shares
    if params.sampling == "language" and prior == "natural":
        p = p * shares
    order = p.argsort()[::-1]
    return [params.languages[i] for i in order], p[order] / p.sum()


@pytest.mark.parametrize("model", ["lecture", "elman", "combined", "transformer"])
@pytest.mark.parametrize("prior", ["natural", "uniform"])
def test_the_ready_table_is_the_networks_answer(model, prior):
    shown = table(open_page(score_model=model, prior=prior))
    assert shown["name"].tolist() == list(EXAMPLES)
    for row in shown.itertuples():
        languages, p = by_hand(model, row.name, prior)
        assert [row.language_1, row.language_2, row.language_3] == languages[:3]
        np.testing.assert_allclose([row.probability_1, row.probability_2, row.probability_3], p[:3], atol=1e-4)


def test_filters_come_from_the_link():
    whole = table(open_page())
    assert table(open_page(search="usars"))["name"].tolist() == ["Ślusàrski"]
    sure = table(open_page(least="60"))
    assert set(sure["name"]) == set(whole["name"][whole["probability_1"] >= 0.6])
    language = whole["language_1"].iloc[0]
    assert set(table(open_page(found=language))["language_1"]) == {language}
    ordered = table(open_page(order="sure"))["probability_1"].tolist()
    assert ordered == sorted(ordered, reverse=True)
    assert table(open_page(order="name"))["folded"].is_monotonic_increasing


def test_filters_that_leave_nothing_say_so():
    app = open_page(search="no such name")
    assert table(app).empty
    assert any("loosen the filters" in text.value for text in app.markdown)


def test_an_upload_is_scored_and_what_is_left_out_is_listed():
    app = upload(open_page(), "a.csv", NAMES.encode())
    assert table(app)["name"].tolist() == ["Dostoevsky", "Müller", "=1+a", "Papadopoulos"]
    assert app.dataframe[0].value["line"].tolist() == [5]


def test_an_upload_survives_language_and_page_switches():
    app = upload(open_page(search="o", order="name", found=["Russian", "Greek"]), "a.csv", NAMES.encode())
    before = table(app)["name"].tolist()
    app.session_state["lang"] = "zh"
    app.run()
    assert table(app)["name"].tolist() == before == ["Dostoevsky", "Papadopoulos"]
    assert app.query_params["order"] in ("name", ["name"])
    app.switch_page("pages/step.py").run()
    assert not app.exception
    app.switch_page("pages/score.py").run()
    assert table(app)["name"].tolist() == before


@pytest.mark.parametrize(("model", "page"), [("elman", "step"), ("combined", "cells"), ("lstm", "lstm")])
def test_a_picked_row_offers_its_reading(model, page):
    app = open_page(order="name", score_model=model)
    name = table(app)["name"].iloc[2]
    app.session_state["score_table"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    link = app.main.get("page_link")[0].proto
    assert link.page == page
    assert name in link.label
    assert link.query_string == f"name={name}{'&model=elman' * (page == 'step')}"


def test_a_language_switch_keeps_the_readers_options():
    app = upload(open_page(), "a.csv", NAMES.encode())
    for lang in ("zh", "en", "zh"):
        app.session_state["lang"] = lang
        app.run()
        assert app.selectbox[0].value == ""
        assert app.selectbox[1].value == "name"
    app.selectbox[0].set_value("cp1251").run()
    app.session_state["lang"] = "en"
    app.run()
    assert app.selectbox[0].value == "cp1251"
    assert len(table(app)) == 4


def test_rows_read_and_left_out_add_up():
    app = upload(open_page(), "a.csv", NAMES.encode())
    left_out = len(app.dataframe[0].value)
    assert any(f"{len(table(app)) + left_out} rows" in text.value for text in app.caption)


def test_files_hold_every_row(monkeypatch):
    made = {}
    monkeypatch.setattr(
        "streamlit.download_button",
        lambda label, data, file_name, **options: made.__setitem__(file_name, data),
    )
    monkeypatch.setattr("ui.scores.SHOWN", 2)
    app = upload(open_page(), "a.csv", NAMES.encode())
    assert len(table(app)) == 2
    blob = made["names.csv"]()
    assert blob.startswith(b"\xef\xbb\xbf")
    as_csv = pd.read_csv(io.BytesIO(blob))
    as_parquet = pd.read_parquet(io.BytesIO(made["names.parquet"]()))
    assert as_csv["name"].tolist() == ["Dostoevsky", "Müller", "'=1+a", "Papadopoulos"]
    assert as_parquet["name"].tolist() == ["Dostoevsky", "Müller", "=1+a", "Papadopoulos"]
    assert as_parquet["line"].tolist() == as_csv["line"].tolist() == [2, 3, 4, 6]
    np.testing.assert_allclose(as_csv["probability_1"], as_parquet["probability_1"], atol=1e-6)


def test_files_keep_the_other_columns_without_their_formulas(monkeypatch):
    made = {}
    monkeypatch.setattr(
        "streamlit.download_button",
        lambda label, data, file_name, **options: made.__setitem__(file_name, data),
    )
    blob = b"city,name,line,=1\nRome,Anna,=2+3,a\nParis,Bob,7,@b\n"
    app = upload(open_page(search="b"), "a.csv", blob)
    assert table(app)["name"].tolist() == ["Bob"]
    as_parquet = pd.read_parquet(io.BytesIO(made["names.parquet"]()))
    assert as_parquet["city"].tolist() == ["Paris"]
    assert as_parquet["line (in the file)"].tolist() == ["7"]
    as_csv = pd.read_csv(io.BytesIO(made["names.csv"]()))
    assert as_csv["'=1"].tolist() == ["'@b"]
    assert as_csv["folded"].tolist() == ["Bob"]


def test_many_names_are_scored_in_parts(monkeypatch):
    monkeypatch.setattr("ui.scores.PART", 100)
    monkeypatch.setattr("ui.scores.PATIENCE", 0.0)
    app = upload(open_page(), "a.txt", "\n".join([*EXAMPLES] * 100).encode())
    shown = table(app)
    assert shown["name"].tolist() == [*EXAMPLES] * 100
    first = shown["probability_1"].to_numpy().reshape(100, len(EXAMPLES))
    np.testing.assert_allclose(first, np.broadcast_to(first[0], first.shape), atol=1e-6)
