"""The page Encoder–decoder shows what a translator computes, and its words agree with the numbers."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from charts.payload import unpack
from engine import grammar
from engine.tokens import SOS
from engine.translation import batches, files
from tests.pages.opened import ROOT, open_page
from ui.encoder_decoder import EXAMPLES

SHORT = "Ich bin Student ."


def figures(app) -> list[tuple[dict, dict[str, np.ndarray]]]:
    found = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return [figure for figure in found if figure[1]]


def values(app, variable: str, columns: str | None = None, place: int = 0) -> tuple[dict, np.ndarray]:
    found = [
        (header, arrays["values"])
        for header, arrays in figures(app)
        if header.get("variable") == variable and (header["columns"] or {}).get("dim") == columns
    ]
    return found[place]


def unsorted_rows(header: dict, drawn: np.ndarray) -> np.ndarray:
    return drawn[np.argsort(header["rows"]["index"] or range(len(drawn)))]


def said(app) -> str:
    return " ".join(element.value for element in app.markdown).replace("\\", "")


def steppers(app) -> dict[str, dict]:
    found = [unpack(element.proto.bytes)[0] for element in app.get("bidi_component") if element.proto.bytes]
    return {header["dim"]: header for header in found if "flips" in header}


def written(found: files.Translator, words: list[str]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """(words with <eos>, p of each word at each step, states after reading) by the network's own step."""
    with torch.inference_mode():
        encoded = found.net.encode(torch.tensor([found.source.encode(words)]))
        state, word, rows, p = encoded.state, SOS, [], []
        while not rows or rows[-1] != "<eos>":
            step = found.net.step(found.net.E_target(torch.tensor([word])), state, encoded)
            state, word = step.state, int(step.logits.argmax())
            rows.append(found.target.vocabulary[word])
            p.append(step.logits.softmax(-1)[0].numpy())
        return rows, np.stack(p), encoded.h[0].numpy()


@pytest.mark.parametrize("name", ["lstm", "gru-attention"])
def test_the_pictures_are_what_the_network_computes(name):
    app, found = open_page("encoder_decoder", s=SHORT, translator=name, order="index"), files.load_shipped(name)
    words, p, h = written(found, SHORT.split())
    assert steppers(app)["target"]["labels"] == words
    assert found.target.join(words[:-1]) in said(app)
    n = h.shape[1]
    if name == "lstm":
        header, drawn = values(app, "h", "read")
        np.testing.assert_allclose(drawn, h[::-1].T, atol=1e-5)
        assert header["columns"]["labels"] == SHORT.split()[::-1]
        assert steppers(app)["read"]["labels"] == SHORT.split()[::-1]
    else:
        np.testing.assert_allclose(values(app, "h", "read")[1], h[:, : n // 2].T, atol=1e-5)
        np.testing.assert_allclose(values(app, "h", "read", 1)[1], h[::-1, n // 2 :].T, atol=1e-5)
    context = values(app, "context_vector")[1]
    ends = h[0] if name == "lstm" else np.concatenate([h[-1, : n // 2], h[0, n // 2 :]])
    np.testing.assert_allclose(context.ravel(), ends, atol=1e-5)
    header, drawn = values(app, "p", "target")
    rows = header["rows"]["index"]
    shown = np.isfinite(drawn)
    np.testing.assert_allclose(drawn[shown], p[:, rows].T[shown], atol=1e-5)
    for step, best in enumerate(p.argmax(1)):
        assert shown[rows.index(best), step]
        assert shown[:, step].sum() <= 5


@pytest.fixture(scope="module")
def plain_app():
    return open_page("encoder_decoder", s=SHORT, translator="lstm")


def test_the_sentence_lights_up_from_its_end(plain_app):
    header, lit = values(plain_app, "read_at", "source")
    assert header["columns"]["labels"] == SHORT.split()
    assert lit.shape == (4, 1, 4)
    assert np.isnan(lit[0, 0]).tolist() == [True, True, True, False]
    np.testing.assert_array_equal(lit[3, 0], [4, 3, 2, 1])


def test_the_units_stand_in_one_order_in_all_pictures(plain_app):
    orders = [values(plain_app, name, columns)[0]["rows"]["index"] for name, columns in
              (("h", "read"), ("context_vector", None), ("c_0", None), ("s", "target"))]  # fmt: skip
    assert sorted(orders[0]) == list(range(len(orders[0])))
    assert orders[1:] == orders[:1] * 3


@pytest.mark.parametrize(("name", "drawn"), [("lstm", "zifoc"), ("gru-attention", "rzn")])
def test_gates_are_shown_where_they_are_asked_for(name, drawn):
    app = open_page("encoder_decoder", s=SHORT, translator=name)
    names = {header.get("variable") for header, _ in figures(app)}
    assert not names & {f"{gate}_s" for gate in drawn}
    app.segmented_control(key="encoder_decoder_shown_en").set_value("gates").run()
    names = {header.get("variable") for header, _ in figures(app)}
    assert names >= {*drawn, *(f"{gate}_s" for gate in drawn)}
    assert not app.exception


@pytest.mark.parametrize(
    ("name", "key", "variable", "place", "at"),
    [
        ("lstm", "encoder_decoder_h_there", "h", {"read": 1, "unit": 3}, (2, 3)),
        ("gru-attention", "encoder_decoder_h_back", "h", {"read": 1, "unit": 60}, (2, 60)),
        ("gru-attention", "encoder_decoder_h_there", "h", {"read": 1, "unit": 3}, (1, 3)),
    ],
)
def test_a_cell_picked_by_its_reading_step_is_proved(name, key, variable, place, at):
    app = open_page("encoder_decoder", s=SHORT, translator=name)
    app.session_state[f"{key}__picked"] = {"variable": variable, "position": place}
    assert not app.run().exception
    run = subprocess.run([sys.executable, "-c", app.main.code[0].value], cwd=ROOT, capture_output=True, text=True)
    assert float(run.stdout) == pytest.approx(float(written(files.load_shipped(name), SHORT.split())[2][at]), abs=1e-5)


def test_other_cells_are_explained():
    app = open_page("encoder_decoder", s=SHORT, translator="lstm")
    for name, variable, place in (
        ("words", "p", {"target": 1, "word": 8}), ("s", "s", {"target": 1, "unit": 8}), ("c_0", "c_0", {"unit": 8}),
    ):  # fmt: skip
        app.session_state[f"encoder_decoder_{name}__picked"] = {"variable": variable, "position": place}
    assert not app.run().exception
    assert ["load_file" in code.value for code in app.main.code] == [True] * 2  # s and p are in one row


def test_what_the_grammar_says_is_told():
    right = open_page("encoder_decoder", s=SHORT, translator="gru-attention")
    assert "Word for word what the grammar says" in said(right)
    foreign = open_page("encoder_decoder", s="Student Student Student", translator="gru-attention")
    assert "The grammar does not know this sentence" in said(foreign)


def test_a_wrong_translation_gets_the_grammars_and_its_bleu():
    for text in EXAMPLES:
        app = open_page("encoder_decoder", s=text, translator="lstm")
        if "The grammar says" in said(app):
            pair = grammar.find(files.load_shipped("lstm").source.cut([text])[0])
            assert " ".join(pair.target[:3]) in said(app)
            assert re.search(r"BLEU \d\d\.\d", said(app))
            return
    pytest.skip("every example is right")


def test_an_unknown_word_is_read_as_unk():
    app = open_page("encoder_decoder", s="Ich bin Xylofon .", translator="lstm")
    assert "<unk>" in steppers(app)["read"]["labels"]
    assert "Xylofon" in steppers(app)["read"]["captions"]
    assert "Xylofon" in said(app)


def test_the_examples_are_sentences_of_the_grammar():
    own = files.load_shipped("lstm").source
    for text in EXAMPLES:
        assert grammar.find(own.cut([text])[0]), text
        assert set(own.cut([text])[0]) <= set(own.vocabulary)


def test_a_first_step_may_be_where_the_network_is_least_sure():
    found = files.load_shipped("lstm")
    words, p, _ = written(found, found.source.cut([EXAMPLES[0]])[0])
    app = open_page("encoder_decoder", s=EXAMPLES[0], translator="lstm")
    own = [p[k, found.target.index[word]] for k, word in enumerate(words)]
    assert steppers(app)["target"]["cursors"]["target"]["index"] == int(np.argmin(own))
    app = open_page("encoder_decoder", s=EXAMPLES[0], translator="lstm", step="1", read="0")
    assert steppers(app)["target"]["cursors"]["target"]["index"] == 1
    assert steppers(app)["read"]["cursors"]["read"]["index"] == 0


def test_bad_values_in_the_link_are_said_and_not_used():
    app = open_page("encoder_decoder", s=SHORT, step="x", read="-3", show="nope", order="random")
    assert len(app.warning) == 4
    assert figures(app)


@pytest.mark.parametrize("text", ["", "   ", "<script>alert(1)</script>", "**Ich** $x$ :red[bin] {told}", "a " * 40])
def test_any_text_is_shown_or_asked_for(text):
    app = open_page("encoder_decoder", s=text)
    assert figures(app) or app.info


@pytest.mark.parametrize(("name", "lang"), [("lstm", "en"), ("gru-attention", "zh")])
def test_no_raw_message_template_is_shown(name, lang):
    app = open_page("encoder_decoder", lang=lang, translator=name)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]


def test_padding_makes_no_difference_to_what_is_shown(plain_app):
    """The page's one sentence alone gives what a batch gives."""
    found = files.load_shipped("lstm")
    rows = [np.array(found.source.encode(text.split())) for text in (SHORT, "Es regnet .")]
    with torch.inference_mode():
        both = found.net.encode(batches.left(rows)).state[0][0].numpy()
    header, drawn = values(plain_app, "context_vector")
    np.testing.assert_allclose(drawn.ravel(), both[header["rows"]["index"]], atol=1e-5)
