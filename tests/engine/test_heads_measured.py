"""What heads do, against weights written by hand; what they add, against the trace; what is lost without them."""

import numpy as np
import pytest
from bert_folders import write as write_folder
from proofs import check_code, check_terms, explained
from test_transformer_explain import SOURCE, TARGET, written

from engine import bert_trace, heads, pretrained, transformer_names_trace, weights
from engine.grammar import Pair
from engine.tokens import EOS
from engine.transformer_trace import decoder, encoder
from engine.translation import knock_out

PAIR = Pair(tuple(SOURCE), tuple(TARGET[:-1]), ((0, 0), (1, 1), (3, 2)))


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    return written({}, tmp_path_factory.mktemp("w") / "w.safetensors")


def test_a_head_that_looks_back_has_all_its_weight_on_the_word_before():
    back = np.eye(4, k=-1)
    back[0, 0] = 1
    found = heads.measured(np.stack([back, np.eye(4)])[None])
    assert found["previous"].tolist() == [[1, 0]]
    assert found["same"].tolist() == [[0.25, 1]]
    assert found["next"].tolist() == [[0, 0]]
    assert found["first"].tolist() == [[0.5, 0.25]]
    assert found["last"].tolist() == [[0, 0.25]]
    assert found["sharp"].tolist() == [[1, 1]]


def test_alignment_is_the_share_of_places_whose_largest_weight_is_true():
    looks = np.zeros((1, 1, 3, 3))
    looks[0, 0, [0, 1, 2], [2, 0, 1]] = 1
    assert heads.measured(looks, [(2, 0), (1, 1)])["aligned"] == 0.5


def test_the_alignment_error_rate_adds_the_links_of_all_sentences_up():
    right, wrong = np.eye(3)[None, None], np.eye(3)[[1, 0, 2]][None, None]
    pairs = [Pair(("a", "b", "."), ("x", "y"), ((0, 0), (1, 1))), Pair(("a", "b", "."), ("x", "y"), ((0, 0),))]
    found = heads.errors([[*heads.agreements(looks, pair)] for looks, pair in zip((right, wrong), pairs, strict=True)])
    # found: 2 links of which 2 are true, and 2 of which none is; true: 2 and 1
    assert found == pytest.approx(np.array([[1 - (2 + 2) / (4 + 3)]]))


def test_a_single_word_has_no_word_before():
    found = heads.averaged([heads.measured(np.ones((1, 1, 1, 1))), heads.measured(np.full((1, 1, 2, 2), 0.5))])
    assert found["previous"].tolist() == [[0.5]]
    assert found["same"].tolist() == [[0.75]]


@pytest.mark.parametrize("view", heads.VIEWS)
def test_the_fast_weights_are_the_traces(view, translator):
    source, target = translator.source.encode(SOURCE), [*translator.target.encode(TARGET[:-1]), EOS]
    fast = heads.attentions(translator, source, target, view)
    trace = encoder(translator, SOURCE) if view == "encoder" else decoder(translator, SOURCE, TARGET)
    np.testing.assert_allclose(fast, trace["weights_c" if view == "cross" else "weights"].values, atol=1e-6)


def test_the_parts_of_the_heads_add_up(translator, tmp_path):
    trace = decoder(translator, SOURCE, TARGET)
    for end in ("", "_c"):
        assert heads.summed(trace, end) < 1e-12
    cases = explained([heads.parts(trace, end) for end in ("", "_c")], draws=3)
    check_code(cases, tmp_path, abs=1e-9)
    check_terms(cases, abs=1e-9)


@pytest.mark.parametrize("view", heads.VIEWS)
def test_the_change_without_a_head_is_that_of_the_network_without_it(view, translator):
    found = heads.changes(translator, SOURCE, TARGET, view)
    whole = knock_out.without(translator, SOURCE, TARGET, heads.offs(view, []))
    for layer, head in ((0, 0), (1, 1)):
        without = knock_out.without(translator, SOURCE, TARGET, heads.offs(view, [(layer, head)]))
        assert found[layer, head] == pytest.approx(without.log_prob - whole.log_prob, abs=1e-4)


def test_bleu_without_heads(translator):
    pairs = [PAIR, Pair(PAIR.source[:2], PAIR.target[:2], ())]
    own = [knock_out.without(translator, pair.source, TARGET, heads.offs("cross", [])) for pair in pairs]
    right = [
        Pair(pair.source, tuple(w for w in found.words if w != "<eos>"), ())
        for pair, found in zip(pairs, own, strict=True)
    ]
    assert heads.bleu_without(translator, right, heads.offs("cross", [])) == pytest.approx(100)
    assert heads.over(translator, pairs[:1], "cross")["aligned"].shape == (2, 2)


def test_heads_go_in_the_order_of_what_each_alone_costs(translator, monkeypatch):
    worth = {(0, 0): 5.0, (0, 1): 1.0, (1, 0): 20.0, (1, 1): 2.0}

    def score(_, __, off):
        return 90 - sum(worth[layer, head] for _, layer, head in off[1].heads)

    monkeypatch.setattr(heads, "bleu_without", score)
    found = heads.pruned(translator, [PAIR], "cross")
    assert found.single.tolist() == [[85, 89], [70, 88]]
    assert found.order == ((0, 1), (1, 1), (0, 0), (1, 0))
    assert found.less == (90, 89, 87, 82, 62)


def test_answers_without_heads_are_those_of_the_trace_without_them():
    loaded, sets = weights.load_shipped("names-transformer"), [(), [(0, 1)], [(1, 0), (1, 3)]]
    found = heads.answers(loaded, "Satoshi", sets)
    for off, logs in zip(sets, found, strict=True):
        right = transformer_names_trace.trace(loaded, "Satoshi", heads.offs("encoder", off)[0])["log_probs"].values
        np.testing.assert_allclose(logs, right, atol=1e-4)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return pretrained.load_folder(write_folder(tmp_path_factory.mktemp("bert")))


def test_scores_of_a_pretrained_encoder_are_those_of_its_traces(bert):
    texts = ["the cat sat", "a dog"]
    traces = [bert_trace.trace(bert, text)["weights"].values for text in texts]
    found, right = heads.over_texts(bert, texts), heads.averaged([heads.measured(each) for each in traces])
    assert found.keys() == right.keys()
    for name in right:
        np.testing.assert_allclose(found[name], right[name], atol=1e-5)


def test_the_vector_without_heads_is_that_of_the_trace_without_them(bert):
    text, sets = "the cat sat", [[(0, 0)], [(0, 1), (1, 0)], []]
    whole = bert_trace.trace(bert, text)["output"].values.mean(0)
    for off, moved in zip(sets, heads.moved(bert, text, sets), strict=True):
        less = bert_trace.trace(bert, text, heads.offs("encoder", off)[0])["output"].values.mean(0)
        right = 1 - whole @ less / np.linalg.norm(whole) / np.linalg.norm(less)
        assert moved == pytest.approx(right, abs=1e-5)
    assert heads.moves(bert, text)[0, 0] == pytest.approx(heads.moved(bert, text, sets[:1])[0])
