"""What is summed up of several models' traces: whose pieces are whose, and numbers that their code repeats."""

import numpy as np
import pytest
from bert_folders import write
from proofs import check_code, check_terms, explained

from engine import everything_sentence, pretrained, seq2seq_trace, transformer_trace, weights
from engine.bert_trace import trace as bert_trace
from engine.translation import files

WORDS = ["The", "boy", "reads", "unheard", "books", "."]
GERMAN = ["Der", "Junge", "liest", ".", "<eos>"]
TOKENS = ["The", "cats", "a_b", "."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("models") / "small", prefix="bert.")


@pytest.fixture(scope="module")
def met(folder):
    bert = pretrained.load_folder(folder)
    of = everything_sentence.spans(TOKENS, lambda token: len(bert.pieces.encode([token])[0].ids) - 2, 1)
    return everything_sentence.words(bert_trace(bert, " ".join(TOKENS)), TOKENS, of)


@pytest.fixture(scope="module")
def recurrent():
    return everything_sentence.changes(seq2seq_trace.trace(files.load_other_way("gru"), WORDS, GERMAN))


@pytest.fixture(scope="module")
def looks():
    translator = files.load_other_way("transformer")
    read, written = transformer_trace.encoder(translator, WORDS), transformer_trace.decoder(translator, WORDS, GERMAN)
    return everything_sentence.looks(read), everything_sentence.looks(written, "weights_c")


def test_the_pieces_of_a_token_follow_each_other():
    of = everything_sentence.spans(["o'clock", "", "tea"], lambda token: len(token.split("'")) if token else 0, 1)
    assert of == ((1, 2), (), (3,))
    assert everything_sentence.places(of) == [None, None, 3]
    values = np.arange(8.0).reshape(2, 4)
    found = everything_sentence.gathered(values, of, lambda part: part.sum(-1))
    np.testing.assert_array_equal(found, [[3, np.nan, 3], [11, np.nan, 7]])


def test_the_pieces_are_those_of_the_whole_text(met):
    labels = met.attrs["base"]["query_label"].values.tolist()
    assert ["".join(labels[at] for at in pieces) for pieces in met.attrs["spans"]][:2] == ["the", "cat##s"]
    assert met.attrs["spans"][-1][-1] == len(labels) - 2


def test_words_are_the_means_of_their_pieces(met):
    base, of = met.attrs["base"], met.attrs["spans"]
    a, b = (base["output"].values[list(of[at])].mean(0) for at in (1, 2))
    assert float(met["alike"][1, 2]) == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    np.testing.assert_allclose(np.diag(met["alike"].values), 1)
    rest = base["weights"].values.mean((0, 1, 2))
    assert float(met["received"].sum()) == pytest.approx(1 - rest[0] - rest[-1])  # [CLS] and [SEP] receive the rest


def test_a_token_without_a_piece_is_refused(met):
    with pytest.raises(ValueError, match="without a piece"):
        everything_sentence.words(met.attrs["base"], TOKENS, ((), (1,), (2,), (3,)))


def test_the_state_moves_from_nothing(recurrent):
    h = recurrent["h"].values
    assert float(recurrent["change"][0]) == pytest.approx((h[0] ** 2).sum())
    assert float(recurrent["change"][3]) == pytest.approx(((h[3] - h[2]) ** 2).sum())


def test_each_view_is_a_head_and_the_first_their_mean(looks):
    for trace, name in zip(looks, ("weights", "weights_c"), strict=True):
        base = trace.attrs["base"][name].values
        views = trace["looks"].values
        np.testing.assert_allclose(views.sum(-1), 1)
        np.testing.assert_allclose(views[0], views[1:].mean(0))
        np.testing.assert_array_equal(views[1 + base.shape[1] + 2], base[1, 2])
    assert looks[0]["key_label"].values.tolist() == WORDS
    assert looks[1]["query_label"].values.tolist() == GERMAN


def test_the_code_prints_every_cell_of_a_translator(recurrent, looks):
    cases = explained([recurrent, *looks], draws=1)
    check_code(cases, weights.ROOT, abs=1e-9)
    check_terms([case for case in cases if "change" in case[0] or "looks" in case[0]], abs=1e-9)


def test_the_code_prints_every_cell_of_a_pretrained_encoder(met, folder):
    cases = explained([met], draws=2)
    check_code(cases, folder.parent, abs=1e-9)
    check_terms(cases, abs=1e-9)
