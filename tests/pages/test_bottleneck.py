"""The page One vector for all: its measurements against independent ones, and its words against its numbers."""

import re

import numpy as np
import pytest
import sacrebleu
import torch

from charts.intervals import intervals
from charts.payload import unpack
from engine import grammar, pca, tokens
from engine.seq2seq import Seq2SeqParams, initial
from engine.seq2seq_trace import trace
from engine.tokens import UNK
from engine.translation import bottleneck, bulk, files, judging
from engine.translation.data import Parallel, take
from tests.pages.opened import open_page
from ui import bottleneck as page_words
from ui import runs_seq2seq, translators


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Fewer sentences than the page measures with."""
    cached = runs_seq2seq.held_out, runs_seq2seq.held_scores, runs_seq2seq.vectors, runs_seq2seq.way_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bottleneck, "MEASURED", 250)
        for each in cached:
            each.clear()
        yield
    for each in cached:
        each.clear()


@pytest.fixture(scope="module")
def held(quick) -> Parallel:
    return bottleneck.held_out()


@pytest.fixture(scope="module")
def few(held) -> Parallel:
    return take(held, range(80))


def net(name: str) -> files.Translator:
    return files.load_shipped(name)


# ── measurements ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_held_out_pairs_are_the_grammars(held):
    assert len(held.source) == len(set(held.source)) == bottleneck.MEASURED
    for place in range(0, len(held.source), 10):
        known = grammar.find(held.source[place].split())
        assert known == (tuple(held.source[place].split()), tuple(held.target[place].split()), held.links[place])


def test_by_length_agrees_with_sacrebleu_and_its_intervals_hold_it(few):
    found = net("lstm")
    said = bottleneck.translated(found.net, found.source, found.target, few)
    true = bottleneck.references(few, found.target)
    sizes = [len(text.split()) for text in few.source]
    table = bottleneck.by_length(said, true, sizes)
    assert table["n"].sum() == len(sizes)
    assert [row["from"] for _, row in table.iterrows()] == [
        row["from"] for row in judging.by_length(said, few, found.source, found.target)
    ]
    for _, row in table.iterrows():
        at = [k for k, n in enumerate(sizes) if n >= row["from"] and not n > row["to"]]
        score = sacrebleu.corpus_bleu(
            [" ".join(said[k]) for k in at], [[" ".join(true[k]) for k in at]], tokenize="none", smooth_method="none"
        )
        assert row["bleu"] == pytest.approx(score.score, abs=1e-6)
        assert row["exact"] == pytest.approx(np.mean([said[k] == true[k] for k in at]))
        assert row["words"] == pytest.approx(np.mean([sizes[k] for k in at]))
        for key in ("bleu", "exact"):
            assert row[f"{key}_low"] - 1e-9 <= row[key] <= row[f"{key}_high"] + 1e-9


def test_a_bootstrap_of_equal_sentences_has_no_width_and_of_two_kinds_the_binomials():
    right, wrong = list("abcdef"), list("abcxyz")
    same = bottleneck.by_length([right] * 30, [right] * 30, [6] * 30).iloc[0]
    assert (same["bleu_low"], same["bleu"], same["bleu_high"]) == pytest.approx((100, 100, 100))
    half = bottleneck.by_length([right, wrong] * 50, [right] * 100, [6] * 100).iloc[0]
    assert half["exact"] == 0.5
    assert half["exact_high"] - half["exact_low"] == pytest.approx(2 * 1.96 * 0.05, abs=0.03)


def test_lost_words_by_hand():
    source, target = "a b c d e f g h i j .", "A B C D E F G H I J ."
    pairs = Parallel([source], [target], cut=True, links=[tuple((k, k) for k in range(11))])
    said = [["A", "B", "X", "D", "E", "F", "."]]  # C, G, H, I, J are missing
    table = bottleneck.lost(said, [target.split()], pairs, least=1)
    places = [5 * k // 11 for k in range(10)]  # of the words; the full stop counts for nothing
    missing = [places[k] for k in (2, 6, 7, 8, 9)]
    assert table["n"].tolist() == [places.count(k) for k in range(5)]
    assert table["lost"].tolist() == pytest.approx([missing.count(k) / places.count(k) for k in range(5)])
    assert bottleneck.lost(said, [target.split()], pairs)["n"].tolist() == [0] * 5  # shorter than twelve words


def test_a_word_said_once_is_found_once():
    assert bottleneck.survives(["the", "dog"], ["the", "cat", "sees", "the", "dog"]) == [
        True, False, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["lstm", "gru-attention"])
def test_context_vectors_are_the_decoders_first_state(name, few):
    found, cut = net(name), [text.split() for text in few.source[:9]]
    vectors = bottleneck.contexts(found.net, found.source, cut)
    for words, vector in zip(cut, vectors, strict=True):
        with torch.inference_mode():
            alone = found.net.encode(torch.tensor([found.source.encode(words)])).state
        np.testing.assert_allclose(vector, torch.cat(alone, 1)[0], atol=1e-5)
        way = bottleneck.on_the_way(trace(found, words, ["<eos>"]))
        assert way.shape == (len(words), len(vector))
        np.testing.assert_allclose(way[-1], vector, atol=1e-5)


@pytest.mark.parametrize("kind", ["capitals", "small letters", "pieces"])
def test_sentences_are_read_as_the_networks_own_tokens(kind, held):
    said = ["Der Junge liest", "Wir schlafen"]
    if kind == "pieces":
        side = tokens.by_pieces(held.source, ["de"], 200)[0]
        cut = side.cut(said)
    else:
        lower = kind == "small letters"
        cut = [(text.lower() if lower else text).split() for text in said]
        side = tokens.by_words(cut, "de", lower=lower)
    assert UNK not in side.encode([word for each in cut for word in each])
    own = initial(Seq2SeqParams("none", "gru", len(side.vocabulary), 5, 4, 6), 1)
    vectors = bottleneck.contexts(own, side, [text.split() for text in said])
    for words, vector in zip(cut, vectors, strict=True):
        with torch.inference_mode():
            alone = own.encode(torch.tensor([side.encode(words)])).state
        np.testing.assert_allclose(vector, torch.cat(alone, 1)[0], atol=1e-6)


def test_a_sentence_without_a_word_has_no_vector():
    found = net("lstm")
    with pytest.raises(ValueError, match="without a word"):
        bottleneck.contexts(found.net, found.source, [["Ich"], []])


def test_the_way_holds_the_states_of_shorter_sentences():
    """An encoder that reads from the end has, after k words, the vector of the last k words alone."""
    found, words = net("lstm"), ["Der", "Junge", "liest", "ein", "Buch", "."]
    way = bottleneck.on_the_way(trace(found, words, ["<eos>"]))
    ends = bottleneck.contexts(found.net, found.source, [words[-k:] for k in range(1, len(words) + 1)])
    np.testing.assert_allclose(way, ends, atol=1e-5)


def test_every_change_is_a_sentence_of_the_grammar():
    rows = bottleneck.variants(12, seed=3)
    for base, front, denied, past, other in rows:
        for each in (base, front, denied, past, other):
            assert grammar.find(each.source), each.source
        assert sorted(word.lower() for word in front.source) == sorted(word.lower() for word in base.source)
        assert front.source[0] == "Heute"
        assert {"nicht", "kein", "keine", "keinen", "keinem", "keiner"} & set(denied.source)
        assert {"hat", "habe", "hast", "haben", "habt", "bin", "bist", "ist", "sind", "seid"} & set(past.source)
        assert other.source[-2] == base.source[-2] or other.target != base.target


def test_how_far_a_change_moves_by_hand():
    vectors = np.array([[[0.0, 0.0], [3.0, 4.0]], [[0.0, 10.0], [0.0, 10.0]]])
    np.testing.assert_allclose(bottleneck.moved(vectors), [[0.5], [0.0]])


def test_the_cloud_is_projected_by_hand(held):
    found = net("lstm")
    cloud = bottleneck.cloud(found.net, found.source, held, n=40, n_changed=4)
    texts = [text.split() for text in cloud.points["label"]]
    vectors = bottleneck.contexts(found.net, found.source, texts)
    plane = pca.fit(vectors[:40])
    np.testing.assert_allclose(cloud.points[["x", "y"]], pca.project(plane, vectors), atol=1e-5)
    assert cloud.points["group"].tolist()[40:45] == ["", *bottleneck.CHANGES]
    assert {name for name, _ in grammar.related()} <= set(cloud.points["group"])


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def opened(quick):
    return open_page("bottleneck", s="Ich bin Student .")


def said(app) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption)).replace("\\", "")


def test_the_findings_are_those_of_the_numbers(opened, held):
    text = said(opened)
    for name in ("lstm", "gru-attention"):
        table, lost = runs_seq2seq.held_scores(name)
        assert f"{table['bleu'].iloc[0]:.1f} and {table['bleu'].iloc[-1]:.1f}" in text
        ends = [f"{lost['lost'].iloc[k]:.0%}" for k in (0, -1)]
        assert re.search(rf"{ends[0]}( of the words of the first fifth.*?| )and {ends[1]}", text)
    assert f"{len(held.source):,} sentences" in text


def test_a_chart_says_what_it_counts(opened):
    names = ("lstm", "gru-attention")
    table, lost = page_words.scores(names)
    charts = [page_words.lost(lost, names)[1].chart, *(figure.chart for figure in page_words.by_length(table, names))]
    for chart, of in zip(charts, ("words", "sentences", "sentences"), strict=True):
        tips = [tip for layer in chart.spec["layer"] for tip in layer["encoding"].get("tooltip", ())]
        assert {tip["title"] for tip in tips if tip["field"] == "n"} == {of}


def test_own_networks_stand_where_they_belong(quick):
    own = {}
    for attention in ("none", "additive"):
        params = Seq2SeqParams(attention, "gru", 6, 6, 4, 6)
        sides = [tokens.by_words([["a", "b"]], language) for language in ("de", "en")]
        own[attention] = translators.add(files.dumps(initial(params, 0), *sides, {}))
    for attention, name in own.items():
        assert name in translators.names((), name)
        assert (name in translators.names((), name, own=translators.editable)) == (attention != "none")
        assert (name in translators.names((), name, own=translators.has_vector)) == (attention == "none")
    app = open_page("bottleneck", without=own["additive"], **{"with": own["none"]})
    assert sum("does not fit this page" in each.value for each in app.warning) == 2
    without, attends = (app.segmented_control(key=key) for key in ("without", "with"))
    assert (without.value, attends.value) == ("lstm", "gru-attention")
    assert ("One vector" in without.label, "With attention" in attends.label) == (True, True)


def test_the_growing_sentence_marks_the_first_wrong_word(opened):
    table = next(element.value for element in opened.markdown if element.value.startswith("|  |"))
    rows = table.splitlines()[2:]
    chain = grammar.growing()[0]
    assert len(rows) == len(chain)
    for row, each in zip(rows, chain, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert int(cells[0]) == len(each.source)
        for name, cell in zip(("lstm", "gru-attention"), cells[2:], strict=True):
            found = net(name)
            told = bulk.translate(found.net, found.source, found.target, [" ".join(each.source)], True)[0].tokens
            assert cell.startswith("✓") == (told == list(each.target))
            plain = re.sub(r":red-background\[\*\*(.*?)\*\*\]", r"\1", cell[1:]).replace("\\", "").strip()
            assert plain.replace(" ∅", "") == found.target.join(told)
            if marked := re.search(r":red-background\[\*\*(.*?)\*\*\]", cell):
                before = found.target.cut([cell[1 : marked.start()].replace("\\", "").strip()])[0]
                assert tuple(before) == each.target[: len(before)]


@pytest.mark.parametrize(
    ("told", "true", "marked"),
    [
        ("a b c", "a b c", "✓ a b c"),
        ("a x c", "a b c", "✗ a :red-background[**x**] c"),
        ("a b", "a b c", "✗ a b :red-background[**∅**]"),
        ("a b c d", "a b c", "✗ a b c :red-background[**d**]"),
        ("", "a", "✗ :red-background[**∅**]"),
        ("a , b .", "a , b .", r"✓ a, b\."),
        ("a ; b .", "a , b .", r"✗ a:red-background[**;**] b\."),
    ],
)
def test_marks_by_hand(told, true, marked):
    assert page_words._marked(told.split(), true.split()) == marked


def test_the_users_sentence_is_a_way_in_the_plane(opened):
    found = [unpack(each.proto.bytes) for each in opened.get("bidi_component") if each.proto.bytes]
    header, arrays = next(each for each in found if "points" in each[1])
    assert header["steps"] == [".", "Student", "bin", "Ich"]
    assert arrays["path"].shape == (4, 2)
    assert len(header["labels"]) == len(arrays["points"])


@pytest.mark.parametrize(
    "query", [{"without": "nope"}, {"with": "lstm"}, {"chain": "9"}, {"read": "x"}, {"read": "99"}], ids=str
)
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = open_page("bottleneck", s="Ich bin Student .", **query)
    assert app.warning
    assert "BLEU" in said(app)


def test_in_chinese_no_template_stays_raw():
    app = open_page("bottleneck", lang="zh")
    assert not re.findall(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", said(app), flags=re.DOTALL))


def test_intervals_need_their_columns():
    with pytest.raises(ValueError, match="low"):
        intervals(page_words.pd.DataFrame({"x": [0], "y": [1.0]}), "x", "y", {})
