"""BLEU, run without a browser: what is drawn is what the engine counts; nothing typed or uploaded breaks the page."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
from sacrebleu.metrics import BLEU
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from charts.payload import unpack
from engine import bleu_words
from engine.bleu_trace import trace
from ui.bleu_asked import EXAMPLES
from ui.bleu_upload import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]


def open_bleu(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("bleu")  # AppTest.switch_page would drop the query
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption)).replace("\\", "")


def figures(app: AppTest) -> list[tuple[dict, dict[str, np.ndarray]]]:
    found = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return [figure for figure in found if figure[1]]


def expected(example, order=4, smoothing="none", tokenize="13a", lower=False, effective=False):
    a, b, *references = bleu_words.cut([example.a, example.b, *example.references], tokenize, lower)
    return [trace(words, references, order, smoothing, None, effective) for words in (a, b)]


@pytest.mark.parametrize("name", EXAMPLES)
def test_words_factors_and_precisions_are_the_engines(name):
    each = EXAMPLES[name]
    app = open_bleu(a=each.a, b=each.b, ref="\n".join(each.references))
    found = expected(each)
    drawn = figures(app)
    words = next(figure for figure in drawn if "orders" in figure[0])
    assert [line["text"] for line in words[0]["lines"][:2]] == [list(data.attrs["candidate"]) for data in found]
    for at, data in enumerate(found):
        np.testing.assert_array_equal(words[1][f"marks{at}"], np.nan_to_num(data["matched"].values, nan=-1))
    for variable in ("p", "factors"):
        shown = [arrays["values"] for header, arrays in drawn if header.get("variable") == variable]
        np.testing.assert_allclose(shown, [data[variable].values for data in found], atol=1e-6)
    scores = [f"{100 * float(data['bleu']):.1f}" for data in found]
    assert f"A {scores[0]}, B {scores[1]}." in said(app)
    assert not app.warning


def test_the_examples_show_the_known_failures():
    """Scrambled: every word counts, no long n-gram. Short: all counts, BP does not. Negation: the wrong one wins."""
    whole, scrambled = expected(EXAMPLES["order"])
    assert scrambled["p"].values[0] == 1
    assert float(scrambled["bleu"]) == 0
    assert float(whole["bleu"]) == 1
    _, short = expected(EXAMPLES["short"])
    assert short["p"].values.tolist() == [1, 1, 1, 1]
    assert float(short["bleu"]) == float(short["bp"]) < 0.6
    right, wrong = expected(EXAMPLES["negation"])
    assert float(wrong["bleu"]) > float(right["bleu"])
    good, synonyms = expected(EXAMPLES["synonyms"])
    assert float(synonyms["bleu"]) == 0
    assert float(good["bleu"]) > 0.5


def test_the_link_says_how_it_is_scored_and_sacrebleu_agrees():
    query = {"a": "A cat sat", "b": "a Cat, sat!", "ref": "the cat sat\na cat sat down", "n": "3", "smooth": "exp"}
    app = open_bleu(**query, bleu_lower="true", bleu_effective="true")
    peer = BLEU(lowercase=True, smooth_method="exp", effective_order=True, max_ngram_order=3)
    scores = [peer.sentence_score(query[name], query["ref"].split("\n")).score for name in "ab"]
    assert f"A {scores[0]:.1f}, B {scores[1]:.1f}." in said(app)


def test_a_changed_word_moves_the_finding_and_the_link():
    app = open_bleu()
    before = said(app)
    box = app.text_input(key="bleu_b")
    box.set_value("The children are reading a good book in the garden.")
    app.run()
    assert not app.exception
    assert said(app) != before
    assert "B 100.0" in said(app)
    assert app.query_params["b"] in ("The children are reading a good book in the garden.", [box.value])
    app.button(key="bleu_same").click().run()
    assert "A and B are the same" in said(app)


@pytest.mark.parametrize("query", [{"n": "9"}, {"smooth": "laplace"}, {"cut": "intl"}, {"bleu_of": "x"}], ids=str)
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = open_bleu(**query)
    assert app.warning
    assert "BLEU: A" in said(app)


HOSTILE = {
    "blank": "   \t ", "emoji": "🙂 👩‍👩‍👧 🇩🇪", "html": "<script>alert(1)</script> & <b>x</b>", 
    "rtl": "שלום עולם 123", "latex": "$x^2$ {a} \\frac",
    "nul": "a\0b", "long word": "x" * 70_000, "marks": "...,,,!!!",
    "many": " ".join(f"w{k % 700}" for k in range(10_000)),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_typed_breaks_the_page(lang):
    app = open_bleu(lang=lang)
    for key in ("bleu_b", "bleu_a"):
        for text in HOSTILE.values():
            app.text_input(key=key).set_value(text).run()
            assert not app.exception
    app.text_area(key="bleu_ref").set_value("\n".join(HOSTILE.values())).run()
    assert not app.exception
    app.text_area(key="bleu_ref").set_value(" \n").run()
    assert not app.exception
    assert app.info


@pytest.mark.parametrize(
    ("slot", "variable", "position"),
    [("bleu_p_A", "p", {"order": 3}), ("bleu_factors_B", "factors", {"factor": 0}),
     ("bleu_factors_B", "factors", {"factor": 4}), ("bleu_words", "matched", {"line": 1, "position": 3, "order": 1})],
)  # fmt: skip
def test_what_is_picked_is_explained(slot, variable, position):
    app = open_bleu()
    app.session_state[f"{slot}__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    assert "from collections import Counter" in app.main.code[0].value


@pytest.mark.parametrize("position", [{}, {"line": 7}, {"line": 0, "position": 99, "order": 1}, {"line": 2, "x": 1}])
def test_a_pick_that_is_not_there_is_passed_over(position):
    app = open_bleu()
    app.session_state["bleu_words__picked"] = {"variable": "matched", "position": position}
    assert not app.run().exception
    assert not app.main.code


def test_files_without_a_file_show_an_example():
    app = open_bleu(bleu_of="corpus")
    _, candidates, references = zip(*EXAMPLE, strict=True)
    wanted = BLEU(smooth_method="none").corpus_score(list(candidates), [list(references)])
    assert f"BLEU {wanted.score:.1f} on {len(EXAMPLE)} lines" in said(app)
    table = app.dataframe[0].value
    assert table["bleu"].is_monotonic_increasing
    each = BLEU(effective_order=True)
    for row in table.itertuples():
        assert row.bleu == pytest.approx(each.sentence_score(row.candidate, [references[row.line - 1]]).score)


def uploaded(app: AppTest, translations: dict[str, bytes], references: dict[str, bytes]) -> AppTest:
    for at, files in enumerate((translations, references)):
        if files:
            app.file_uploader[at].set_value([(name, blob, "text/plain") for name, blob in files.items()]).run()
            assert not app.exception
    return app


def test_two_files_are_scored_as_sacrebleu_scores_them():
    hypotheses, references = ["the cat sat", "", "a dog ran away today"], ["the cat sat", "x", "the dog ran away"]
    app = uploaded(open_bleu(bleu_of="corpus"), {"h.txt": "\n".join(hypotheses).encode()},
                   {"r.txt": "\n".join(references).encode()})  # fmt: skip
    wanted = BLEU(smooth_method="none").corpus_score(hypotheses, [references])
    assert f"BLEU {wanted.score:.1f} on 3 lines" in said(app)
    assert app.dataframe[0].value["line"].tolist() == [2, 3, 1]


def test_a_table_of_two_columns_is_scored():
    text = "hyp\tref\n" + "\n".join(f"{candidate}\t{reference}" for _, candidate, reference in EXAMPLE)
    app = uploaded(open_bleu(bleu_of="corpus"), {"pairs.tsv": text.encode()}, {})
    assert f"on {len(EXAMPLE)} lines" in said(app)


def test_the_columns_taken_are_said_and_what_is_missing_is_asked_for():
    rows = "".join(f"{n},2024-01-0{n},{mt},{ref}\n" for n, (_, mt, ref) in enumerate(EXAMPLE[:9], 1) if "," not in mt)
    app = uploaded(open_bleu(bleu_of="corpus"), {"m.csv": f"id,date,sentence,reference\n{rows}".encode()}, {})
    assert "translations in “sentence” with the references in “reference”" in said(app)
    rows = "".join(f"{de};{ref};{n}\n" for n, (de, _, ref) in enumerate(EXAMPLE))
    app = uploaded(open_bleu(bleu_of="corpus"), {"m.csv": f"Satz;Referenz;Nr\n{rows}".encode("cp1252")}, {})
    assert any("column of translations" in each.value for each in app.info)
    next(box for box in app.selectbox if box.label == "Translations").set_value("Satz").run()
    assert f"on {len(EXAMPLE)} lines" in said(app)


@pytest.mark.parametrize(
    ("translations", "references"),
    [({"h.txt": b"a\nb\n"}, {"r.txt": b"a\n"}), ({"h.txt": b""}, {"r.txt": b"a"}), ({"h.txt": b"a\nb"}, {}),
     ({}, {"r.txt": b"a"}), ({"h.png": b"\x89PNG\r\n\x1a\n\0\0\0"}, {"r.txt": b"a"}),
     ({"h.txt": b"one bad\0 line of text\n"}, {"r.txt": b"a"})],
    ids=str,
)  # fmt: skip
def test_files_that_do_not_fit_are_told(translations, references):
    app = uploaded(open_bleu(bleu_of="corpus"), translations, references)
    told = [*app.error, *app.info, *app.warning]
    assert told or [each for each in app.expander if "left out" in each.label]


def test_ten_thousand_lines_are_scored_in_time():
    lines = "\n".join(" ".join(f"w{(k * j) % 977}" for j in range(1, 22)) for k in range(10_000)).encode()
    app = open_bleu(bleu_of="corpus")
    uploaded(app, {"h.txt": lines}, {})
    begin = time.process_time()
    uploaded(app, {}, {"r.txt": lines})
    assert time.process_time() - begin < 10
    assert "BLEU 100.0 on 10,000 lines" in said(app)


@pytest.mark.parametrize("query", [{}, {"bleu_of": "corpus"}], ids=str)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang, query):
    app = open_bleu(lang=lang, **query)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]
