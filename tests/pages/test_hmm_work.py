"""At work, run without a browser: words are jieba's, tags the tagger's; lists and files come back whole."""

import io
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine import hmm, segment, sentences, tagger_file
from engine.readers.table import too_many_rows
from tests.pages import opened
from ui import hmm_files, hmm_segment, hmm_tagger, hmm_work, runs_work

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba
    import jieba.finalseg

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    *hmm_work.SEGMENT.examples, "这门课的作业明天交", "春眠不觉晓，处处闻啼鸟。", "abc 3.5% 的 x", "，，。", "词", "龘",
    "他来到了网易杭研大厦\t😀结婚的", "Python与C++、C#", "一" * 300,
]  # fmt: skip


open_page = partial(opened.open_page, "hmm_work")


def finding(app: AppTest) -> str:
    assert not app.exception
    said = next(text.value for text in app.markdown if text.value.startswith("####"))
    return said.removeprefix("#### ").replace("\\", "")


def drawn(app: AppTest) -> str:
    """The HTML of the words."""
    return next(each.proto.body for each in app.get("html") if 'class="words"' in each.proto.body)


def first_rows(found: list[hmm_work.Lines]) -> list[str]:
    """The words of the HMM: of the first row, or of the only one."""
    return ["".join(part.text for part in word.parts) for each in found for word in each.rows[0][1]]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:8])
def test_the_words_are_jiebas(text):
    found = runs_work.segmentation(text)
    lines = hmm_segment.lines(text, found)
    assert first_rows(lines) == list(jieba.finalseg.cut(text))
    assert [word for _, full, *_ in hmm_segment.ways(text, found) for word in full] == jieba.lcut(text)
    states = [part.under for each in lines for word in each.rows[0][1] for part in word.parts if part.under]
    assert "".join(states) == segment.tags(text)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:8])
def test_the_normalised_words_are_the_best_path_of_rows_that_sum_to_1(text):
    found = runs_work.segmentation(text)
    words, whole = hmm_segment.normalised_words(text, found), segment.model()
    assert "".join(words) == text
    for block in segment.blocks(text):
        states = hmm.viterbi(whole, segment.observe(whole, block)).states.tolist()
        cut = [at for at, state in enumerate(states, 1) if segment.STATES[state] in "ES" or at == len(block)]
        pieces = [block[a:b] for a, b in zip([0, *cut], cut, strict=False)]
        assert "\0".join(pieces) in "\0".join(words)


def test_where_the_two_segmentations_differ_is_said_and_drawn():
    app = open_page()
    assert "毕业于 → 毕业 | 于" in finding(app)
    shown = drawn(app)
    assert shown.count("apart") == 2
    assert 'lang="zh"' in shown
    assert app.query_params == {}


def test_the_link_reopens_tab_text_and_input():
    app = open_page(work="tag", english="They can fish.")
    assert app.text_input(key="english").value == "They can fish."
    assert "fish VERB → NOUN" in finding(app)
    assert open_page(work="tag", of="many").text_area[0].value.startswith(hmm_work.TAG.examples[0])
    assert open_page(of="many").text_area[0].value.startswith("他毕业于")


def test_a_long_text_works_and_is_not_in_the_link():
    text = "他毕业于北京大学。" * 200
    app = open_page()
    app.text_input(key="chinese").set_value(text).run()
    app.run()
    assert finding(app).startswith("600 words")
    assert "chinese" not in app.query_params
    assert any("not in the link" in each.value for each in app.caption)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!!!", "No Chinese character."), ("12345", "No Chinese character."), ("词", "One word, the same"),
        ("我!!!", "One word, the same"),
    ],
)  # fmt: skip
def test_marks_are_no_words_and_no_difference(text, said):
    assert finding(open_page(chinese=text)).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I can can a can", "5 words. In the training text each had this tag only"),
        ("!!!", "No word."),
        ("The old man the boats.", "5 words. The second-best path"),
        ("Go!", "One word."),
    ],
)
def test_what_is_said_of_an_english_sentence(text, said):
    app = open_page(work="tag", english=text)
    assert finding(app).startswith(said)
    assert any("is wrong here" in each.value for each in app.caption) == (text in hmm_tagger.WRONG)


def test_the_known_failures_are_failures_and_examples():
    for text in hmm_tagger.WRONG:
        assert text in hmm_work.TAG.examples
        assert runs_work.tagged(tuple(sentences.words([text])[0][0])).words[2].tag == "NOUN"


def test_a_text_that_is_too_long_is_cut_and_that_is_said():
    app = open_page()
    app.text_input(key="chinese").set_value("词" * 2500).run()
    assert not app.exception
    assert any("The first 2,000 characters" in each.value for each in app.caption)
    assert any("2,000 Chinese characters" in each.value for each in app.caption)


@pytest.mark.parametrize("block", ["0", "99", "x", "²", "-1", "1"])
def test_a_part_that_does_not_exist_is_the_one_that_is_shown_at_first(block):
    assert open_page(chinese="他来了，今天很好", block=block).selectbox[0].value == 0
    assert open_page(chinese="他来了，今天很好", block="2").selectbox[0].value == 1


def test_an_example_is_one_click():
    app = open_page()
    app.button_group(key="chinese_example").set_value(hmm_work.SEGMENT.examples[5]).run()
    assert app.text_input(key="chinese").value == hmm_work.SEGMENT.examples[5]
    assert "unknown" in drawn(app)


def test_tags_confidence_and_the_path_that_lost():
    text = "The blorfing wugs were snarfed glumly."
    app = open_page(work="tag", english=text)
    found = tagger_file.load_shipped().tag(sentences.words([text])[0][0])
    shown = app.dataframe[0].value
    assert shown["word"].tolist() == [word.word for word in found.words]
    assert shown["tag"].tolist() == [word.tag for word in found.words]
    np.testing.assert_allclose(shown["confidence"], [100 * word.confidence for word in found.words])
    assert shown["unknown"].str.startswith("-").tolist() == [not word.known for word in found.words]
    assert f"{np.exp(found.lost):.2f} times less likely" in finding(app)
    assert drawn(app).count("unknown") == sum(not word.known for word in found.words)


def test_every_sentence_of_a_text_can_be_walked_through():
    app = open_page(work="tag", english="They can fish. The old man the boats.")
    assert app.selectbox[0].options == ["1: They can fish .", "2: The old man the boats ."]
    app.selectbox[0].set_value(1).run()
    assert "".join(app.query_params["sentence"]) == "2"
    assert "old ADJ → NOUN" in finding(app)
    assert "old ADJ → NOUN" in finding(open_page(work="tag", english=app.text_input[0].value, sentence="2"))
    assert drawn(app).count("<ruby>") == 3 + 6  # the full stops have none, old has two


def test_a_list_is_scored_line_by_line():
    app = open_page(of="many")
    shown = app.dataframe[-1].value
    assert shown["text"].tolist() == list(hmm_files.LISTS["segment"].examples)
    for row in shown.itertuples():
        scored = segment.score(row.text)
        assert row.segmented == " ".join(jieba.finalseg.cut(row.text))
        assert row.log_probability == pytest.approx(scored.log_probability)
        assert row.per_character == pytest.approx(scored.log_probability / scored.n_characters)
        assert row.unknown == scored.n_unknown
    tagged = open_page(work="tag", of="many").dataframe[-1].value
    assert "The_DET old_ADJ man_NOUN the_DET boats_NOUN ._PUNCT" in tagged["tagged"].tolist()


@pytest.fixture
def made(monkeypatch) -> dict:
    """The functions behind the download buttons, by file name."""
    found = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, file_name, **rest: found.__setitem__(file_name, data)
    )
    return found


TABLE = "id,sentence,=1\n1,=1+他来了,a\n2,,b\n3,今天很好,@c\n"


def test_a_file_with_columns_bad_rows_and_formulas(made):
    app = open_page(of="many")
    app.file_uploader[0].upload("a.csv", TABLE.encode("gb18030")).run()
    assert not app.exception
    assert app.dataframe[-1].value["text"].tolist() == ["=1+他来了", "今天很好"]
    left_out = app.dataframe[0].value
    assert left_out["line"].tolist() == [3]
    assert "no text" in left_out["reason"].iloc[0]
    as_csv = pd.read_csv(io.BytesIO(made["sentences.csv"]()), dtype=str)
    assert as_csv["text"].tolist() == ["'=1+他来了", "今天很好"]
    assert as_csv["'=1"].tolist() == ["a", "'@c"]
    as_parquet = pd.read_parquet(io.BytesIO(made["sentences.parquet"]()))
    assert as_parquet["text"].tolist() == ["=1+他来了", "今天很好"]
    assert as_parquet["id"].tolist() == ["1", "3"]
    assert as_parquet["segmented"].tolist() == ["= 1 + 他来 了", "今天 很 好"]


def test_a_header_is_no_sentence_and_a_text_without_chinese_has_no_probability():
    app = open_page(of="many")
    app.file_uploader[0].upload("a.txt", "句子\n他来了\nhello world\n".encode()).run()
    shown = app.dataframe[-1].value
    assert shown["text"].tolist() == ["他来了", "hello world"]
    assert shown["log_probability"].isna().tolist() == [False, True]


def test_an_empty_file_is_called_empty():
    app = open_page(of="many")
    app.file_uploader[0].upload("a.txt", b"").run()
    assert app.error[0].value.replace("\\", "") == "a.txt is empty."


def test_many_sentences_are_scored_in_parts(monkeypatch):
    monkeypatch.setattr("ui.hmm_files.PART", 100)
    monkeypatch.setattr("ui.hmm_files.PATIENCE", 0.0)
    monkeypatch.setattr("ui.hmm_files.SHOWN", 150)
    app = open_page(of="many")
    texts = list(hmm_work.SEGMENT.examples) * 50
    app.file_uploader[0].upload("a.txt", "\n".join(texts).encode()).run()
    assert not app.exception
    assert app.dataframe[-1].value["text"].tolist() == texts[:150]
    assert finding(app).startswith("350 sentences")


def test_a_picked_row_opens_its_trellis():
    app = open_page(of="many")
    app.session_state["work_table_segment"] = {"selection": {"rows": [3], "columns": [], "cells": []}}
    app.run()
    app.button(key="work_open_segment").click().run()
    assert app.text_input(key="chinese").value == hmm_work.SEGMENT.examples[3]
    assert "of" not in app.query_params


def test_too_many_rows_names_the_right_command(monkeypatch):
    def refuse(*_):
        raise too_many_rows("b.txt", 200_000)

    monkeypatch.setattr("engine.readers.read", refuse)
    app = open_page(of="many")
    app.file_uploader[0].upload("b.txt", b"x").run()
    assert "python -m engine segment" in app.error[0].value.replace("\\", "")
    assert "score names" not in app.error[0].value


def test_both_credits_are_on_the_page():
    for query in {}, {"of": "many"}, {"lang": "zh"}:
        said = " ".join(each.value for each in open_page(**query).caption)
        assert "jieba" in said
        assert "CC BY-SA 4.0" in said
