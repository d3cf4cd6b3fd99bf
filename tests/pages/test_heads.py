"""The page Heads: what it measures, heads taken out, a pretrained encoder, and where it is absent."""

import re

import numpy as np
import pytest
from opened import open_page

from charts.heads import LEVELS, spread
from charts.payload import unpack
from engine import pretrained
from ui import heads_asked, runs_seq2seq, runs_transformer

SENTENCE = "Ich habe einen Hund ."
needs_model = pytest.mark.skipif(not pretrained.available(), reason="the pretrained model is not installed")


def drawn(app, key: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of the component with this key."""
    return next(unpack(each.proto.bytes) for each in app.get("bidi_component") if each.proto.id.endswith(f"-{key}"))


def texts(app) -> str:
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize(("view", "said"), [("encoder", "clearest"), ("decoder", "clearest"), ("cross", "aligns")])
def test_each_view_says_what_its_heads_do(view, said):
    app = open_page("heads", s=SENTENCE, view=view, lang="en")
    assert not app.exception
    assert said in texts(app)
    cursors = drawn(app, "heads_all")[0]["cursors"]  # the head that is told of is the one that is shown large
    told = re.search(r"[Ll]ayer (\d), head (\d)", texts(app))
    assert [cursors[dim]["index"] + 1 for dim in ("layer", "head")] == [int(place) for place in told.groups()]


@pytest.mark.parametrize(("word", "network"), [("Hund", "transformer"), ("a", "names")])
def test_a_single_word_is_enough(word, network):
    app = open_page("heads", s=word, name=word, network=network, view="encoder" if network == "transformer" else [])
    assert not app.warning


def test_heads_taken_out_are_told():
    app = open_page("heads", s=SENTENCE, off=["2.1", "1.3"], lang="en")
    assert not app.exception
    assert "Without 2·1, 1·3" in texts(app)
    assert "held-out sentences goes from" in texts(app).replace("\\", "")
    assert "probability changes by" in texts(app)
    frame = next(each.value for each in app.dataframe if "BLEU" in each.value)
    assert frame["BLEU"][0] > 97
    assert frame["it writes"][0] == "I have a dog."


def test_only_some_heads_are_kept():
    killed = open_page("heads", s=SENTENCE, off=[f"2.{k}" for k in (1, 2, 3, 4)], lang="en")
    kept = open_page("heads", s=SENTENCE, off=[f"1.{k}" for k in (1, 2, 3, 4)], way="keep", lang="en")
    assert "With only 1·1, 1·2, 1·3, 1·4" in texts(kept)
    out = [next(each.value for each in app.dataframe if "BLEU" in each.value) for app in (killed, kept)]
    assert list(out[0]["BLEU"]) == list(out[1]["BLEU"])


def test_one_head_after_the_other_goes():
    app = open_page("heads", s=SENTENCE, view="encoder", lang="en")
    app.button(key="heads_pruned_of_button").click().run()
    assert not app.exception
    assert "of 8 heads can go before more than 1 BLEU is lost" in texts(app)


def test_heads_of_the_name_classifier():
    app = open_page("heads", network="names", name="Satoshi", off=["1.1", "1.2", "1.3", "1.4"], way="keep", lang="en")
    assert not app.warning
    assert "is the clearest" in texts(app)
    assert "With only 1·1, 1·2, 1·3, 1·4 it" in texts(app)
    trace = runs_transformer.names_trace("transformer", "Satoshi")
    np.testing.assert_array_equal(drawn(app, "heads_one")[1]["values"], trace["weights"].values.astype("f4"))


@needs_model
def test_another_network_by_hand_brings_no_warning():
    choices = {"off": ["5.11", "6.12"], "order": "previous", "layer": "5", "head": "11", "word": "2", "over": "texts"}
    app = open_page("heads", network=pretrained.NAME, lang="en", **choices)
    assert not app.warning
    for name in ("transformer", "names", pretrained.NAME, "transformer"):
        app.button_group(key="heads_network_en").set_value(name).run()
        assert not app.exception
        assert not app.warning
        assert drawn(app, "heads_all")[0]["shape"][:2] == ([6, 12] if name == pretrained.NAME else [2, 4])
    for view in ("encoder", "cross", "decoder"):
        app.button_group(key="heads_view_en").set_value(view).run()
        app.selectbox(key="heads_order_en").set_value("aer" if view == "cross" else "next").run()
        assert not app.exception
        assert not app.warning


def test_an_order_by_what_heads_do():
    app = open_page("heads", s=SENTENCE, order="aer", lang="en")
    assert not app.warning
    header, _ = drawn(app, "heads_all")
    table = runs_transformer.head_scores("transformer", "cross")["aer"]
    assert header["captions"] == [f"{table[layer, head]:.2f}" for layer, head in header["order"]]
    assert header["captions"] == sorted(header["captions"])


@pytest.mark.parametrize("link", [{"off": "9.9"}, {"layer": "7"}, {"head": "x"}, {"view": "y"}, {"order": "z"}])
def test_a_bad_link_is_told(link):
    app = open_page("heads", s=SENTENCE, lang="en", **link)
    assert not app.exception
    assert app.warning


@pytest.mark.parametrize("view", ["encoder", "decoder", "cross"])
def test_what_is_drawn_are_the_arrays_of_the_trace(view):
    app, words = open_page("heads", s=SENTENCE, view=view), tuple(SENTENCE.split())
    written = (*runs_seq2seq.greedy("transformer", SENTENCE).tokens, "<eos>")
    trace = runs_transformer.encoder_trace("transformer", words)
    if view != "encoder":
        trace = runs_transformer.decoder_trace("transformer", words, written)
    right = trace["weights_c" if view == "cross" else "weights"].values
    header, arrays = drawn(app, "heads_all")
    np.testing.assert_allclose(spread(arrays["weights"], header["shape"]), right, atol=0.5 / LEVELS + 1e-9)
    np.testing.assert_array_equal(drawn(app, "heads_one")[1]["values"], right.astype(np.float32))
    np.testing.assert_array_equal(drawn(app, "heads_lines")[1]["weights"].reshape(right.shape), right.astype("f4"))


@needs_model
def test_it_looks_at_the_animal():
    app = open_page("heads", network=pretrained.NAME, lang="en")
    assert not app.exception
    assert "look from “it”: 69% of a head’s weight on “animal”" in texts(app).replace("\\", "")


@needs_model
def test_a_long_text_is_cut_and_said():
    app = open_page("heads", network=pretrained.NAME, heads_text="word " * 300, lang="en")
    assert not app.exception
    assert "302" in app.warning[0].value
    header, arrays = drawn(app, "heads_all")
    assert header["shape"] == [1, 12, 128, 128]  # one layer at a time
    assert drawn(app, "heads_one")[1]["values"].shape == (12, 128, 128)
    assert arrays["weights"].size * 4 == 12 * 128 * 128


@needs_model
@pytest.mark.parametrize("text", ["." * 400, "他毕业于北京大学" * 40, "a" * 1_500])
def test_a_text_without_spaces_is_cut_too(text):
    app = open_page("heads", network=pretrained.NAME, heads_text=text, lang="en")
    assert max(drawn(app, "heads_all")[0]["shape"]) <= 128


@needs_model
def test_another_layer_of_a_long_text():
    app = open_page("heads", network=pretrained.NAME, heads_text="word " * 60, layer="4", lang="en")
    header, arrays = drawn(app, "heads_all")
    right = runs_transformer.bert_trace_of(pretrained.NAME, ("word " * 60).strip())["weights"].values[4]
    assert header["layers"] == [4]
    np.testing.assert_allclose(spread(arrays["weights"], header["shape"])[0], right, atol=0.5 / LEVELS + 1e-7)


@needs_model
def test_scores_over_held_out_sentences():
    app = open_page("heads", network=pretrained.NAME, over="texts", lang="en")
    assert "of 72 heads rest" in texts(app)


@needs_model
def test_the_marks_can_be_hidden():
    app = open_page("heads", network=pretrained.NAME, special="true", off="3.1", lang="en")
    assert not app.exception
    assert "cosine" in texts(app)
    assert any("Rows now sum to" in each.value for each in app.caption)
    trace = runs_transformer.bert_trace_of(pretrained.NAME, heads_asked.ANIMAL)["weights"].values
    np.testing.assert_array_equal(drawn(app, "heads_one")[1]["values"], trace[:, :, 1:-1, 1:-1].astype("f4"))


def test_without_the_model_the_translator_is_there(monkeypatch):
    monkeypatch.setattr(pretrained, "available", lambda: [])
    app = open_page("heads", network=pretrained.NAME, s=SENTENCE, lang="en")
    assert not app.exception
    assert app.warning
    assert "aligns" in texts(app)
