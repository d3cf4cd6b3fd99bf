"""A network at work, run without a browser: words, tags and differences from the HMM are told, files come back."""

import io
from functools import partial
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine import bigru_crf, bigru_crf_bulk, segment
from engine.errors import InputError
from tests.pages import opened
from ui import network_files, network_inside, network_work, runs_work

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [*network_work.TEXT.examples, "。", "abc", "他 来\t了。 我\u3000走", "一" * 400, "龘𠮷\U0001f600 x"]


open_page = partial(opened.open_page, "network_work")


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
    assert finding(app).startswith("7 words; the HMM cuts otherwise in 2 places")
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
    assert finding(app).startswith("One word; the HMM cuts otherwise in one place")
    assert "Never seen in training" in told(app)
    assert "unknown" in drawn(app)
    app.toggle(key="unchanged").set_value(False).run()
    assert finding(app).startswith("4 words")


def test_where_both_agree_that_is_said():
    app = open_page(network_text="结婚的学生")
    assert "The HMM cuts the text in the same way" in finding(app)


@pytest.mark.parametrize("text", ["我", "龘𠮷", "𠮷", "〇", "！我"])
def test_short_and_strange_texts_are_walked_through(text):
    assert finding(open_page(network_text=text))


@pytest.mark.parametrize("text", ["!!!", "。，", "Hello world only English", "😀🎉", "123", "カタカナ", "🈁"])
def test_a_text_without_a_chinese_character_is_not_read(text):
    app = open_page(network_text=text)
    assert [each.value for each in app.info] == [network_work.TEXT.empty]
    assert not [each for each in app.markdown if each.value.startswith("####")]
    assert not app.subheader


def test_the_finding_of_a_long_text_stays_short():
    text = "".join(segment.segment("中文分词研究所的毕业于结婚的和尚未登记的他说" * 200)) + "一" * 500
    found, hmm = runs_work.network_words(text, True)
    pieces = network_work.ways(found, hmm)
    said = network_work.finding(pieces)
    places = sum(network_work.differ(own, other) for own, other in pieces)
    assert f"the HMM cuts otherwise in {places:,} places" in said
    assert said.count(" → ") <= network_work.TOLD + 1  # and one in the brackets
    assert len(said) < 180


def test_each_side_of_a_difference_is_cut():
    word = bigru_crf.Word("一" * 300, "m")
    said = network_work.finding([([word], ["一" * 10, "一" * 290])])
    assert said.endswith(f"in one place (HMM → network): {'一' * 10} | 一一… → {'一' * 12}…")


def test_of_one_character_no_gate_is_the_widest():
    assert "widest" not in told(open_page(network_text="我"))
    assert "widest" in told(open_page(network_text="我们"))


def test_empty_lines_of_a_file_lack_a_text_not_a_name():
    app = open_page(of="many")
    app.file_uploader[0].upload("a.txt", "他来了\n\n \n他走了\n".encode()).run()
    assert app.dataframe[0].value["reason"].tolist() == ["There is no text: the line or its cell is empty."] * 2
    assert " · one column" in told(app)


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
