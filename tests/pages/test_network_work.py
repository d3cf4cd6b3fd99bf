"""A network at work, run without a browser: words, tags and differences from the HMM are told, files come back."""

import io
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine import bigru_crf, bigru_crf_bulk, segment
from engine.errors import InputError
from ui import network_files, network_inside, network_work, runs_work

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [*network_work.TEXT.examples, "。", "abc", "他 来\t了。 我\u3000走", "一" * 400, "龘𠮷\U0001f600 x"]


def open_page(**query) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("network_work")  # AppTest.switch_page would drop the query
    app.run()
    assert not app.exception
    return app


def finding(app: AppTest) -> str:
    assert not app.exception
    said = next(text.value for text in app.markdown if text.value.startswith("####"))
    return said.removeprefix("#### ").replace("\\", "")


def told(app: AppTest) -> str:
    return " ".join(each.value for each in (*app.caption, *app.markdown)).replace("\\", "")


def drawn(app: AppTest) -> str:
    """The HTML of the words."""
    return next(each.proto.body for each in app.get("html") if 'class="words"' in each.proto.body)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_the_pieces_are_both_segmentations(text):
    found, hmm = runs_work.network_words(text, True)
    pieces = network_work.ways(found, hmm)
    assert [word for own, _ in pieces for word in own] == list(found)
    assert [word for _, other in pieces for word in other] == hmm == segment.segment(text)
    for own, other in pieces:
        assert "".join(word.text for word in own) == "".join(other)


def test_words_tags_and_differences_are_on_the_first_screen():
    app = open_page()
    assert finding(app).startswith("7 words. Where the HMM cuts otherwise")
    assert "毕业于 → 毕业 | 于" in finding(app)
    assert "中文分 | 词 → 中文 | 分词" in finding(app)
    shown = drawn(app)
    assert shown.count("apart") == 2
    assert "<rt>ORG</rt>" in shown
    assert "北京大学 (organisation)" in told(app)
    assert "， → ,  ·  。 → .".replace("  ", " ") in told(app)
    assert app.query_params == {}


def test_the_text_unchanged_meets_rows_that_training_never_saw():
    app = open_page(unchanged="true", network_text="春眠不觉晓，处处闻啼鸟。")
    assert finding(app).startswith("One word.")
    assert "Never seen in training" in told(app)
    assert "unknown" in drawn(app)
    app.toggle(key="unchanged").set_value(False).run()
    assert finding(app).startswith("4 words")


def test_where_both_agree_that_is_said():
    app = open_page(network_text="结婚的学生")
    assert "The HMM cuts the text in the same way" in finding(app)


@pytest.mark.parametrize("text", ["!!!", "我", "龘𠮷"])
def test_short_and_strange_texts_are_walked_through(text):
    assert finding(open_page(network_text=text))


def test_every_sentence_can_be_chosen():
    text = "他毕业了。今天很好！"
    app = open_page(network_text=text, sentence="2")
    assert app.selectbox[0].value == 1
    assert "Least sure is" in told(app)
    assert open_page(network_text=text, sentence="9").selectbox[0].value == 0


@pytest.mark.parametrize("gru", list(network_inside.READERS))
def test_every_gru_has_its_gates(gru):
    trace = runs_work.network_trace(network_work.TEXT.examples[0], True)
    layer, direction = network_inside.READERS[gru]
    _, figures = network_inside.gates(trace, layer, direction, similar=False)
    for figure, name in zip(figures, "urch", strict=True):
        values = figure.chart.arrays["values"]
        assert (values == trace[name].values[layer, direction].T).all()


def test_a_link_opens_one_gru_with_its_finding():
    text = told(open_page(gru="2b", units="index"))
    trace = runs_work.network_trace(network_work.TEXT.examples[0], True)
    open_at = trace["u"].values[1, 1].mean(1)
    assert (
        f"widest at {open_at.argmax() + 1} ({trace['time_label'].values[open_at.argmax()]}), {open_at.max():.2f}"
        in text
    )


def test_the_tags_that_are_drawn_hold_the_best_path_and_its_pointers():
    for text in network_work.TEXT.examples:
        trace = runs_work.network_trace(text[:40], True)
        kept = network_inside.matter(trace)
        path = trace["path"].values.tolist()
        assert set(path) <= set(kept)
        assert len(kept) <= max(12, len(set(path)))
        back = network_inside._back(trace, kept).values
        for step, (tag, after) in enumerate(pairwise(path)):
            assert kept[back[step, kept.index(after)]] == tag


def test_bad_links_give_the_default_and_a_message():
    app = open_page(gru="9x", units="?", k="-1", t="x", of="nope")
    assert finding(app).startswith("7 words")
    assert len(app.warning) >= 3


def test_without_the_network_the_page_says_so(monkeypatch):
    def missing(*_):
        raise InputError("The network is not installed: the package jieba with its folder lac_small is missing.")

    monkeypatch.setattr("engine.bigru_crf.shipped", missing)
    app = open_page()
    assert "not installed" in app.error[0].value


@pytest.fixture
def made(monkeypatch) -> dict:
    """The functions behind the download buttons, by file name."""
    found = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, file_name, **rest: found.__setitem__(file_name, data)
    )
    return found


def test_a_list_is_scored_line_by_line():
    shown = open_page(of="many").dataframe[-1].value
    assert shown["text"].tolist() == list(network_files.LIST.examples)
    for row in shown.itertuples():
        found = bigru_crf_bulk.read(bigru_crf.shipped(), [row.text])[0]
        assert row.tagged == " ".join(f"{word.text}/{word.tag}" for word in found)
        assert row.hmm == " ".join(segment.segment(row.text))


def test_a_file_with_columns_bad_rows_and_formulas(made):
    app = open_page(of="many")
    app.file_uploader[0].upload("a.csv", "id,sentence\n1,=1+他来了\n2,\n3,他毕业于清华\n".encode("gb18030")).run()
    assert not app.exception
    assert app.dataframe[-1].value["text"].tolist() == ["=1+他来了", "他毕业于清华"]
    assert app.dataframe[0].value["line"].tolist() == [3]
    as_csv = pd.read_csv(io.BytesIO(made["sentences.csv"]()), dtype=str)
    assert as_csv["text"].tolist() == ["'=1+他来了", "他毕业于清华"]
    assert as_csv["hmm"].tolist()[1] == "他 毕业于 清华"
    as_parquet = pd.read_parquet(io.BytesIO(made["sentences.parquet"]()))
    assert as_parquet["segmented"].tolist()[1] == "他 毕业 于 清华"
    assert as_parquet["id"].tolist() == ["1", "3"]


def test_a_picked_row_opens_its_gates():
    app = open_page(of="many")
    app.session_state["network_table"] = {"selection": {"rows": [3], "columns": [], "cells": []}}
    app.run()
    app.button(key="network_open").click().run()
    assert app.text_input(key="network_text").value == network_files.LIST.examples[3]
    assert "of" not in app.query_params


def test_the_page_speaks_chinese():
    assert "真实软件" in told(open_page(lang="zh"))
