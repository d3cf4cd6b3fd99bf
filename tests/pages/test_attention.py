"""Attention, run without a browser: what is drawn is what the network computes, as it is and edited."""

import re
from itertools import zip_longest

import numpy as np
import pytest

from charts.payload import unpack
from engine import alignment, grammar
from engine.seq2seq_trace import trace
from engine.translation import bulk, files
from engine.translation.intervention import log_prob, rewrite
from tests.pages.opened import open_page
from ui import runs_seq2seq
from ui.attention import crossings
from ui.attention_edits import equal, kind, only, read, text

GERMAN = "Mein Bruder möchte am Sonntag mit dem Zug nach Berlin fahren."
WORDS = ["Mein", "Bruder", "möchte", "am", "Sonntag", "mit", "dem", "Zug", "nach", "Berlin", "fahren", "."]


def figures(app, variable: str) -> list[tuple[dict, dict]]:
    found = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return [figure for figure in found if figure[1] and figure[0].get("variable") == variable]


def edits_of(app) -> list[str]:
    """The edits in the link."""
    found = app.query_params["edit"]
    return [found] if isinstance(found, str) else found


def said(app) -> str:
    return " ".join(element.value for element in [*app.markdown, *app.caption]).replace("\\", "")


def translated(name: str, german: str = GERMAN):
    used = files.load_shipped(name)
    found = bulk.translate(used.net, used.source, used.target, [german])[0]
    return used, [*found.tokens, *(["<eos>"] if found.reason == "eos" else [])]


@pytest.mark.parametrize("name", ["gru-attention", "gru-attention-dot"])
def test_the_pictures_are_the_networks_own_numbers(name):
    app = open_page("attention", s=GERMAN, translator=name, edit="none")
    used, written = translated(name)
    data = trace(used, WORDS, written)
    drawn = figures(app, "weights")
    whole = [arrays.get("values", arrays.get("weights")) for header, arrays in drawn if header.get("marks") != "bar"]
    for values in whole[:4]:  # matrix, lines, original, edited with nothing edited
        np.testing.assert_allclose(values, data["weights"].values, atol=1e-6)
    np.testing.assert_allclose(whole[0].sum(1), 1, atol=1e-6)
    for variable in ("scores", "exponentials"):
        np.testing.assert_allclose(figures(app, variable)[0][1]["values"], data[variable].values, atol=2e-6)
    header, arrays = figures(app, "weighed")[0]
    units = header["columns"]["index"]
    np.testing.assert_allclose(arrays["values"][:, :-1], data["weighed"].values[:, :, units], atol=1e-6)
    np.testing.assert_allclose(arrays["values"][:, -1], data["context"].values[:, units], atol=1e-6)
    assert used.target.join(written[:-1]) in said(app)


def test_the_truth_is_the_grammars_and_its_error_rate_is_told():
    app, pair = open_page("attention", s=GERMAN), grammar.find(tuple(WORDS))
    used, written = translated("gru-attention")
    weights = trace(used, WORDS, (*pair.target, "<eos>"))["weights"].values[:-1]
    rate = alignment.agreement(alignment.links(weights), pair.links).aer
    assert f"alignment error rate **{rate:.2f}**" in said(app)
    if tuple(written) == (*pair.target, "<eos>"):
        outline, truth = figures(app, "weights")[0][1]["outline"], figures(app, "weights")[1][1]["truth"]
        assert {(int(j), int(i)) for i, j in np.argwhere(outline)} == set(pair.links)
        np.testing.assert_array_equal(outline, truth)


def test_a_sentence_beyond_the_grammar_has_no_truth():
    app = open_page("attention", s="Zug der Berlin .")
    assert "no true alignment" in said(app)
    assert all("outline" not in arrays for _, arrays in figures(app, "weights")[:1])
    assert "BLEU against the original" in said(app)


def test_edits_of_the_link_are_written_again_from_there():
    edits = {4: only(6, 12), 7: equal(12)}
    app = open_page("attention", s=GERMAN, edit=[text(step, weights) for step, weights in edits.items()])
    used, written = translated("gru-attention")
    new = rewrite(used, WORDS, written, edits)
    drawn = [figure for figure in figures(app, "weights") if figure[0].get("edit")]
    np.testing.assert_allclose(drawn[0][1]["values"], trace(used, WORDS, new.words, edits)["weights"], atol=1e-4)
    assert drawn[0][1]["outline"].any(1).nonzero()[0].tolist() == [4, 7]
    assert "Edited: word 5: only at “dem”; word 8: everywhere equally." in said(app)
    for words, under in ((written, edits), (new.words, {}), (new.words, edits)):
        assert f"{log_prob(used, WORDS, words, under):.2f}".replace("-", "−") in said(app)
    assert edits_of(app) == [text(step, weights) for step, weights in edits.items()]


def test_without_edits_an_example_is_shown_and_said_to_be_one():
    app = open_page("attention", s=GERMAN)
    assert re.search(r"Example: word \d+: only at “\w+”. At word \d+ it writes “\w+” instead of “\w+”", said(app))
    assert "edit" not in app.query_params
    app = open_page("attention", s=GERMAN, edit="none")
    assert "Nothing is edited" in said(app)
    assert not next(arrays for header, arrays in figures(app, "weights") if header.get("edit")).get("outline", False)


def changing(used, written) -> dict[int, tuple[float, ...]]:
    """An edit of one step that changes the words."""
    one = ({step: only(source, 12)} for step in range(len(written)) for source in range(12))
    return next(edits for edits in one if rewrite(used, WORDS, written, edits).words != tuple(written))


def test_the_table_tells_both_texts_as_attention_was_and_edited():
    used, written = translated("gru-attention")
    edits = changing(used, written)
    app = open_page("attention", s=GERMAN, edit=[text(*each) for each in edits.items()])
    new = rewrite(used, WORDS, written, edits)
    table = next(each.value.replace("\\", "") for each in app.markdown if each.value.startswith("| |"))
    head, _, *rows = table.splitlines()
    assert head.split("|")[2:5] == [
        " log P, attention as it was ",
        " log P, attention edited ",
        " BLEU against the grammar ",
    ]
    for row, words in zip(rows, (written, new.words), strict=True):
        logs = [f"{log_prob(used, WORDS, words, under):.2f}".replace("-", "−") for under in ({}, edits)]
        assert [cell.strip() for cell in row.split("|")[2:4]] == logs
    assert rows[0].endswith("| 100.0 |") == (
        used.target.join(written[:-1]) == used.target.join(grammar.find(tuple(WORDS)).target)
    )


def test_the_choice_of_a_place_names_the_originals_word():
    used, written = translated("gru-attention")
    edits = changing(used, written)
    app = open_page("attention", s=GERMAN, edit=[text(*each) for each in edits.items()])
    new = rewrite(used, WORDS, written, edits).words
    options = app.selectbox(key="attention_at").options
    expected = [a if a == b else f"{a} → {b}" for a, b in zip_longest(written[: len(new)], new, fillvalue="∅")]
    assert options == [f"{k + 1} {each}" for k, each in enumerate(expected)]
    assert any("→" in each for each in expected)


def test_the_error_rates_of_both_say_on_which_words():
    assert "each made to write the grammar's translation" in said(open_page("attention", s=GERMAN))


def test_controls_edit_and_take_back():
    app = open_page("attention", s=GERMAN, edit="none")
    app.selectbox(key="attention_at").set_value(2).run()
    app.selectbox(key="attention_how").set_value("only:4").run()
    assert edits_of(app) == [text(2, only(4, 12))]
    app.selectbox(key="attention_at").set_value(3).run()
    app.selectbox(key="attention_how").set_value("before").run()
    assert edits_of(app) == [text(2, only(4, 12)), text(3, only(4, 12))]
    app.button(key="attention_drop_2").click().run()
    assert edits_of(app) == [text(3, only(4, 12))]
    app.selectbox(key="attention_how").set_value("own").run()
    assert edits_of(app) == ["none"]
    app.button(key="attention_example").click().run()
    assert "edit" not in app.query_params
    assert "Example: " in said(app)
    assert not app.exception


def test_a_dragged_row_is_added_to_what_is_shown():
    app = open_page("attention", s=GERMAN, edit=text(4, only(6, 12)))
    row = [0.5, 0.5, *[0.0] * 10]
    app.session_state["attention_edited__edited"] = {"variable": "weights", "position": {"target": 1}, "row": row}
    app.run()
    assert edits_of(app) == [text(1, row), text(4, only(6, 12))]
    assert "word 2: by hand, 50% on “Mein”" in said(app)
    app.session_state["attention_edited__edited"] = {"variable": "weights", "position": {"target": 1}, "row": [1.0]}
    app.run()  # a row of another sentence
    assert edits_of(app) == [text(1, row), text(4, only(6, 12))]
    assert not app.exception


def test_a_translation_that_takes_too_much_memory_is_not_shown(monkeypatch):
    monkeypatch.setattr(runs_seq2seq, "MOST_BYTES", 1e5)
    app = open_page("attention", s="Ich bin Student.")
    assert "Make the sentence shorter" in app.main.warning[0].value
    assert not app.main.subheader


def test_the_size_of_a_trace_is_about_what_it_takes():
    found = runs_seq2seq.translator("gru-attention")
    source, target = ("der",) * 40, ("the",) * 40
    whole = sum(array.nbytes for array in trace(found, source, target).data_vars.values())
    assert whole / 2 < runs_seq2seq.trace_bytes(found, source, target) <= whole


def test_edits_are_forgotten_with_their_sentence():
    app = open_page("attention", s=GERMAN, edit=text(4, only(6, 12)))
    app.query_params["s"] = "Wann kommt der Zug an?"
    app.run()
    assert "edit" not in app.query_params
    assert "Example: " in said(app) or "Nothing is edited" in said(app)
    assert not app.warning


BAD = ("x", "1", "1:", "0:1", "1:1-1", "1:-----------", "1:1-2-3-4-5-6-7-8-9-a-b-c", "1:99999999-----------",
       "٣:1-----------", "1:" + "-" * 9000, "9999:1-----------")  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_bad_edits_of_a_link_are_no_edits(bad):
    assert read(bad, 12) is None


def test_a_bad_edit_is_said_and_left_out():
    app = open_page("attention", s=GERMAN, edit=["7:1-1", text(4, only(6, 12))], step="x")
    assert any("edit=7:1-1" in each.value.replace("\\", "") for each in app.warning)
    assert edits_of(app) == [text(4, only(6, 12))]


def test_edits_survive_the_link():
    row = np.random.default_rng(5).dirichlet(np.ones(12))
    step, weights = read(text(6, row), 12)
    assert step == 6
    np.testing.assert_allclose(weights, row, atol=1e-4)
    assert read(text(0, equal(7)), 7) == (0, equal(7))
    assert [kind(each, row) for each in (only(3, 12), equal(12), row, row[::-1])] == [
        "only:3", "equal", "before", "hand",
    ]  # fmt: skip


def test_crossings_are_counted_pair_by_pair():
    place = np.random.default_rng(2).integers(0, 6, 9)
    assert crossings(place) == sum(place[i] > place[k] for i in range(9) for k in range(i + 1, 9))
    assert crossings(np.array([0, 0, 1, 4])) == 0


@pytest.mark.parametrize("german", ["Haus", "?", "xyzzy plugh", "<eos> <b>x</b> $\\alpha$ | [a](b)", "Zug " * 30])
def test_any_sentence_has_its_pictures(german):
    app = open_page("attention", s=german, step="99")
    assert figures(app, "weighed")
