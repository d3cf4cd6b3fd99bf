"""Translate a list, run without a browser: rows are the network's own translations, BLEU is counted over by hand."""

import io
import math
from collections import Counter
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from streamlit.testing.v1 import AppTest

from engine import grammar, search
from engine.readers import read
from engine.translation import files
from engine.translation.decoding import Decoder
from tests.pages import opened
from ui import lists, sentence, translate, translate_rows
from ui.translate_list import EXAMPLES, paired

open_page = partial(opened.open_page, "translate")
EOS, SOS, UNK = 2, 1, 3
PAIRS = grammar.pairs(40, seed=9)
PASTED = "Ich bin Student.\tI am a student.\nEr hat das Buch nicht gelesen.\tHe reads a book.\nWann kommt der Zug an?"


def table(app: AppTest) -> pd.DataFrame:
    """The result, the last table on the page."""
    assert not app.exception
    return app.dataframe[-1].value


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area(key="translate_text").set_value(text).run()
    assert not app.exception
    return app


def upload(app: AppTest, name: str, blob: bytes) -> AppTest:
    app.file_uploader[0].upload(name, blob).run()
    assert not app.exception
    return app


def finding(app: AppTest) -> str:
    return next(each.value for each in app.markdown if each.value.startswith("####")).replace("\\", "")


@pytest.fixture
def made(monkeypatch) -> dict[str, object]:
    """What the download buttons would hand out, by file name."""
    buttons = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda label, data, file_name, **rest: buttons.__setitem__(file_name, data)
    )
    return buttons


def by_hand(name: str, text: str) -> tuple[str, float, int]:
    """Translation, log P and number of steps, the likeliest word at each step, from the decoder one step at a time."""
    known = files.load_shipped(name)
    (words,) = known.source.cut([text])
    source, word, total, found = torch.tensor([known.source.encode(words)]), SOS, 0.0, []
    decoder = Decoder(known.net, source) if known.params.kind == "recurrent" else None
    state = decoder.start() if decoder else None
    with torch.inference_mode():
        while word != EOS and len(found) < 60:
            if decoder:
                logs, state = decoder.advance(torch.tensor([word]), state)
            else:  # all words again
                logs = known.net(source, torch.tensor([[SOS, *found]]))[:, -1].log_softmax(1)
            word = int(logs[0].argmax())
            total += float(logs[0, word])
            found.append(word)
    return known.target.join(known.target.decode(found[:-1])), total, len(found)


@pytest.mark.parametrize("name", ["lstm", "gru-attention", "transformer"])
def test_the_ready_table_is_the_networks_answer(name):
    shown = table(open_page(translator=name))
    assert shown["text"].tolist() == list(EXAMPLES)
    assert shown["line"].tolist() == list(range(1, len(EXAMPLES) + 1))
    for row in shown.itertuples():
        text, total, n = by_hand(name, row.text)
        assert row.translation == text
        assert row.log_probability == pytest.approx(total, abs=1e-4)
        assert row.per_word == pytest.approx(total / n, abs=1e-4)


def test_unknown_words_are_told():
    app = open_page()
    shown = table(app)
    known = files.load_shipped("gru-attention").source
    for text, told in zip(shown["text"], shown["unknown"], strict=True):
        assert told == ", ".join(word for word in known.cut([text])[0] if word not in known.vocabulary)
    assert (shown["unknown"] != "").sum() == 1
    assert any("Astronaut" in each.value and "\\<unk\\>" in each.value for each in app.markdown)


def test_a_beam_finds_what_is_no_less_likely():
    greedy, beam = table(open_page()), table(open_page(by="beam"))
    assert (beam["log_probability"] >= greedy["log_probability"] - 1e-4).all()
    known = files.load_shipped("gru-attention")
    for row in beam.itertuples():
        coded = torch.tensor([known.source.encode(known.source.cut([row.text])[0])])
        best = search.beam(Decoder(known.net, coded), 5, SOS, EOS, 2 * coded.shape[1] + 10)[0]
        assert row.log_probability == pytest.approx(best.log_prob, abs=1e-4)


def ngrams(words: list[str], n: int) -> Counter:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def bleu_by_hand(ours: list[list[str]], theirs: list[list[str]]) -> float:
    """Papineni et al., equations 1 to 3, one reference each."""
    logs = []
    for n in range(1, 5):
        clipped = sum((ngrams(a, n) & ngrams(b, n)).total() for a, b in zip(ours, theirs, strict=True))
        logs.append(math.log(clipped / sum(max(len(a) - n + 1, 0) for a in ours)))
    c, r = sum(map(len, ours)), sum(map(len, theirs))
    return 100 * min(1.0, math.exp(1 - r / c)) * math.exp(sum(logs) / 4)


def spaced(text: str) -> list[str]:
    return text.replace(".", " .").replace("?", " ?").replace(",", " ,").split()


def test_pasted_references_give_bleu_a_line_and_of_the_list():
    app = paste(open_page(), PASTED)
    shown = table(app)
    assert shown["text"].tolist() == [line.split("\t")[0] for line in PASTED.split("\n")]
    assert shown["reference"].tolist() == ["I am a student.", "He reads a book.", ""]
    assert shown["bleu"].notna().tolist() == [True, True, False]
    assert shown["bleu"].iloc[0] == pytest.approx(100)
    whole = bleu_by_hand([*map(spaced, shown["translation"][:2])], [*map(spaced, shown["reference"][:2])])
    c, r = (sum(map(len, map(spaced, shown[name][:2]))) for name in ("translation", "reference"))
    assert f"BLEU {whole:.1f} on 2 lines" in finding(app)
    assert "1 (50.0%)" in finding(app)
    assert any("not counted in BLEU" in each.value and "1" in each.value for each in app.markdown)
    assert any(f"BP {min(1.0, math.exp(1 - r / c)):.3f}" in each.value.replace("\\", "") for each in app.markdown)


def test_worst_lines_come_first_if_asked():
    app = paste(open_page(), PASTED)
    next(box for box in app.selectbox if box.label == "Order").set_value("bleu").run()
    shown = table(app)
    assert shown["line"].tolist() == [2, 1, 3]
    assert shown["bleu"].iloc[0] < shown["bleu"].iloc[1]


@pytest.mark.parametrize(
    ("name", "blob", "source", "reference"),
    [
        ("a.csv", b"id,en,de\n7,I am a student.,Ich bin Student.\n8,It rains.,Es regnet.\n", "de", "en"),
        ("a.tsv", b"Deutsch\tEnglisch\nIch bin Student.\tI am a student.\n", "Deutsch", "Englisch"),
        ("a.csv", "Satz;Referenz\nSie fährt müde nach Köln.;She travels.\n".encode("cp1252"), "Satz", "Referenz"),
        ("a.csv", "原文,英语\nIch bin Student.,I am a student.\n".encode(), "原文", "英语"),
        ("a.tsv", b"Ich bin Student.\tI am a student.\nEs regnet.\tIt rains.\n", "1", ""),
    ],
    ids=["named", "German", "in cp1252", "Chinese", "unnamed"],
)
def test_columns_are_guessed_by_their_names(name, blob, source, reference):
    app = upload(open_page(), name, blob)
    assert next(box for box in app.selectbox if box.label == "Column to translate").value == source
    assert next(box for box in app.selectbox if box.label == "Reference").value == reference
    assert table(app)["text"].iloc[0] in ("Ich bin Student.", "Sie fährt müde nach Köln.")
    assert ("bleu" in table(app)) == bool(reference)


def test_any_column_can_be_the_reference():
    app = upload(open_page(), "a.tsv", b"Ich bin Student.\tI am a student.\nEs regnet.\tIt rains.\n")
    next(box for box in app.selectbox if box.label == "Reference").set_value("2").run()
    assert table(app)["reference"].tolist() == ["I am a student.", "It rains."]


def test_rows_left_out_are_listed_and_add_up():
    blob = "Ich bin Student.\n\n" + "x" * 6000 + "\nEs regnet.\n"
    app = upload(open_page(), "a.txt", blob.encode())
    assert table(app)["line"].tolist() == [1, 4]
    assert app.dataframe[0].value["line"].tolist() == [2, 3]
    assert any("4 rows" in each.value for each in app.caption)


def test_files_hold_every_row_and_no_formula(made, monkeypatch):
    monkeypatch.setattr("ui.translate.SHOWN", 1)
    blob = b"de,en,note\n=1+1,=2,@x\nIch bin Student.,I am a student.,b\n"
    app = upload(open_page(), "a.csv", blob)
    assert len(table(app)) == 1
    as_csv = pd.read_csv(io.BytesIO(made["translations.csv"]()))
    as_parquet = pd.read_parquet(io.BytesIO(made["translations.parquet"]()))
    assert as_csv["sentence"].tolist() == ["'=1+1", "Ich bin Student."]
    assert as_csv["reference"].tolist() == ["'=2", "I am a student."]
    assert as_csv["note"].tolist() == ["'@x", "b"]
    assert as_parquet["sentence"].tolist() == ["=1+1", "Ich bin Student."]
    told = {"log_probability", "log_probability_per_token", "stopped_at_limit", "unknown_words", "tokens_written"}
    assert told | {"bleu", "equals_reference"} <= set(as_parquet)
    assert "de" not in as_parquet
    np.testing.assert_allclose(as_csv["bleu"], as_parquet["bleu"], atol=1e-6)


def test_a_line_without_reference_is_neither_equal_nor_different(made):
    paste(open_page(), PASTED)
    told = pd.read_csv(io.BytesIO(made["translations.csv"]()))["equals_reference"]
    assert told.isna().tolist() == [False, False, True]
    assert told.tolist()[:2] == [True, False]
    assert pd.read_parquet(io.BytesIO(made["translations.parquet"]()))["equals_reference"].isna().sum() == 1


def test_near_certain_lines_are_no_finding_of_doubt():
    sure = pd.DataFrame({"text": ["a", "b"], "translation": ["x", "y"], "per_word": [-0.0012, -0.00001]})
    assert "near certain" in translate.finding(translate.Result(sure))
    assert "99.8%" in translate.finding(translate.Result(sure))
    assert "near certain" in translate.finding(translate.Result(sure.tail(1)))
    assert "least sure: a → x (log P −0.30" in translate.finding(translate.Result(sure.assign(per_word=[-0.3, -0.1])))


def test_no_number_is_a_negative_nothing():
    shown = table(paste(open_page(), "Ich bin Student.")).drop(columns="line").select_dtypes("number").to_numpy()
    assert not np.signbit(shown[shown == 0]).any()


def test_many_sentences_are_translated_in_parts(monkeypatch):
    monkeypatch.setattr("ui.translate.PART", 7)
    monkeypatch.setattr("ui.lists.PATIENCE", 0.0)
    texts = [" ".join(pair.source) for pair in PAIRS]
    shown = table(upload(open_page(), "a.txt", "\n".join(texts).encode()))
    assert shown["text"].tolist() == texts
    whole = translate_rows.translated(files.load_shipped("gru-attention"), texts, 1)
    assert shown["translation"].tolist() == whole["translation"].tolist()
    np.testing.assert_allclose(shown["log_probability"], whole["log_probability"], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "page", "title"),
    [
        ("lstm", "encoder_decoder", "Encoder–decoder"),
        ("gru-attention-dot", "encoder_decoder", "Encoder–decoder"),
        ("gru-attention-dot", "attention", "Attention"),
        ("transformer", "transformer_decoder", "Encoder → decoder"),
    ],
)
def test_a_picked_row_opens_where_its_translation_can_be_seen(name, page, title):
    app = open_page(translator=name)
    app.session_state["translate_table"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    button = app.button(key=f"translate_open_{page}")
    assert "Er hat das Buch" in button.label
    button.click().run()
    assert not app.exception
    assert app.title[0].value == title
    assert app.session_state["sentence"] == EXAMPLES[2]
    assert app.session_state["translator"] == name


@pytest.mark.parametrize(("name", "only"), [("lstm", "encoder_decoder"), ("transformer", "transformer_decoder")])
def test_pages_that_cannot_show_a_network_are_not_offered(name, only):
    app = open_page(translator=name)
    app.session_state["translate_table"] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    offered = [each.key for each in app.run().button if "translate_open" in (each.key or "")]
    assert offered == [f"translate_open_{only}"]


def test_a_long_row_says_why_it_is_not_opened():
    app = paste(open_page(), "das " * 60)
    app.session_state["translate_table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert any(str(sentence.MOST_WORDS) in each.value and "too long" in each.value for each in app.caption)


def test_an_upload_survives_language_and_page_switches():
    app = upload(open_page(by="beam"), "a.csv", b"de,en\nIch bin Student.,I am a student.\n")
    before = table(app)["translation"].tolist()
    app.session_state["lang"] = "zh"
    app.run()
    assert table(app)["translation"].tolist() == before
    app.switch_page("pages/score.py").run()
    app.switch_page("pages/translate.py").run()
    assert table(app)["translation"].tolist() == before


def test_a_lone_sentence_among_pairs_keeps_its_line():
    assert paired("a\tb\nc\n\nd\te") == "a\tb\nc\t\n\nd\te"
    assert paired("a\nb") == "a\nb"


def test_references_follow_their_rows():
    tables, _ = read(b"de,en\na b,x\n,y\nc d,\ne f,z\xff\n", "a.csv", True, "utf_8")
    rows, bad = translate_rows.sources([table._replace(name="de") for table in tables], None)
    assert rows["line"].tolist() == [2, 4, 5]
    assert [row.line for row in bad] == [3]
    assert translate_rows.references(tables, rows, "en") == ["x", "", ""]


def test_the_time_left_is_said(monkeypatch):
    said = []

    class Bar:
        def progress(self, share: float, text: str = "") -> "Bar":
            said.append((share, text))
            return self

        empty = progress

    monkeypatch.setattr("streamlit.progress", lambda share: Bar())
    Bar.empty = lambda self: None
    assert lists.in_parts(5, 2, lambda begin, end: (begin, end), 0.0, timed=True) == [(0, 2), (2, 4), (4, 5)]
    assert [share for share, _ in said] == [0.4, 0.8, 1.0]
    assert all("left" in text for _, text in said)
