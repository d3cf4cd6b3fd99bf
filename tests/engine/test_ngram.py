"""n-gram models against NLTK's, against counting by hand, and against what a probability is."""

from collections import Counter

import numpy as np
import pytest
from nltk.lm import MLE, KneserNeyInterpolated, Lidstone, WittenBellInterpolated
from nltk.lm.vocabulary import Vocabulary as NltkVocabulary

from engine import corpora
from engine.errors import InputError
from engine.ngram import METHODS, NGramParams, fit
from engine.ngram_counts import count
from engine.vocabulary import SPECIALS, Vocabulary, vocabulary

TRAIN = corpora.corpus("names:Scottish", "character").train
HELD = corpora.corpus("names:Irish", "character").held


def grams(text: str, order: int) -> list[tuple[str, ...]]:
    """All grams of orders 1…order that end in a token that is predicted."""
    padded = ["<s>"] * (order - 1) + list(text) + ["</s>"]
    ends = range(order, len(padded) + 1)
    return [tuple(padded[end - k : end]) for end in ends for k in range(1, order + 1)]


@pytest.fixture(scope="module")
def counts():
    return count(TRAIN, vocabulary(TRAIN), 5)


def test_tables_are_the_counts(counts):
    counted = Counter(gram for text in TRAIN for gram in grams(text, 5))
    known = {0: [()]}
    for k, table in enumerate(counts.tables, 1):
        known[k] = [(*known[k - 1][row], counts.vocabulary.words[word]) for row, word in
                    zip(table.context, table.word, strict=True)]  # fmt: skip
        assert {gram: n for gram, n in zip(known[k], table.count.tolist(), strict=True) if n} == {
            gram: n for gram, n in counted.items() if len(gram) == k
        }
        assert [known[k - 1][row] for row in table.suffix] == [gram[1:] for gram in known[k]]


ORACLES = {
    "mle": (NGramParams(3, "mle"), lambda v: MLE(3, vocabulary=v)),
    "add-k": (NGramParams(3, "add-k", k=0.25), lambda v: Lidstone(0.25, 3, vocabulary=v)),
    "witten-bell": (NGramParams(3, "witten-bell", floor=False), lambda v: WittenBellInterpolated(3, vocabulary=v)),
    "kneser-ney": (
        NGramParams(3, "kneser-ney", discount=0.3, floor=False),
        lambda v: KneserNeyInterpolated(3, discount=0.3, vocabulary=v),
    ),
}


@pytest.mark.parametrize("method", ORACLES)
def test_as_nltk(method):
    """Every token of unseen names; NLTK counts the same n-grams, and knows the same tokens."""
    params, make = ORACLES[method]
    symbols = vocabulary(TRAIN)
    model = fit(count(TRAIN, symbols, 3), params)
    oracle = make(NltkVocabulary([word for word in symbols.words if word not in ("<s>", "<unk>")], unk_label="<unk>"))
    oracle.fit([grams(text, 3) for text in TRAIN])
    texts = [text for text in HELD[:40] if set(text) <= set(symbols.words)]
    found = model.log_probs(texts)
    assert len(texts) > 20
    for row, text in enumerate(texts):
        padded = ["<s>", "<s>", *text, "</s>"]
        theirs = [oracle.score(padded[end], padded[end - 2 : end]) for end in range(2, len(padded))]
        ours = np.exp(found.log_p[found.starts[row] : found.starts[row + 1]])
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("floor", [True, False])
@pytest.mark.parametrize("order", [1, 2, 4, 5])
@pytest.mark.parametrize("method", METHODS)
def test_all_that_can_come_next_sums_to_1(counts, method, order, floor):
    """After seen and unseen contexts alike, and `next` says what `log_probs` says."""
    model, draw = fit(counts, NGramParams(order, method, floor=floor)), np.random.default_rng(order)
    for text in [*TRAIN[:8], *HELD[:8], "", "qqxyz", "李小龙"]:
        tokens = list(text)[: int(draw.integers(len(text) + 1))]
        p = model.next(tokens)
        never = method == "mle" and p.sum() == 0
        assert never or p.sum() == pytest.approx(1, abs=1e-12)
        assert p[0] == 0
        for word in ("a", "</s>", "z"):
            text = "".join(tokens) + (word if word in "az" else "")
            scored = np.exp(model.log_probs([text]).log_p[len(tokens)])
            assert scored == pytest.approx(p[model.vocabulary.index[word]], abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_every_context_sums_to_1(counts, method):
    """All contexts of two tokens that the training texts hold, and their beginnings."""
    model = fit(counts, NGramParams(3, method))
    contexts = {tuple(text[:at]) for text in TRAIN[:300] for at in range(len(text) + 1)}
    assert len(contexts) > 500
    for context in contexts:
        p = model.next(context)
        assert (p >= 0).all()
        assert p.sum() == pytest.approx(1, abs=1e-12)


def test_back_off_by_hand():
    """aab, ab: what `a` has seen is discounted, the rest shared out by unigrams among what it has not seen."""
    symbols = Vocabulary((*SPECIALS, "a", "b"))
    model = fit(count(["aab", "ab"], symbols, 2), NGramParams(2, "back-off", discount=0.5))
    unigram = {"a": (3 - 0.5) / 7, "b": (2 - 0.5) / 7, "</s>": (2 - 0.5) / 7}
    unigram["<unk>"] = 1 - sum(unigram.values())  # the only one unseen takes all that was left
    after_a = {"a": (1 - 0.5) / 3, "b": (2 - 0.5) / 3}
    left = (1 - sum(after_a.values())) / (unigram["</s>"] + unigram["<unk>"])
    expected = after_a | {word: left * unigram[word] for word in ("</s>", "<unk>")}
    p = model.next(["a"])
    assert {word: p[symbols.index[word]] for word in expected} == pytest.approx(expected)


@pytest.mark.parametrize("key", ["names", "names:Japanese", "grammar:en", "pydoc"])
def test_kneser_ney_beats_add_k(key):
    for unit in corpora.units(key):
        texts = corpora.corpus(key, unit)
        counted = count(texts.train, vocabulary(texts.train, unit), 3)
        bits = {method: fit(counted, NGramParams(3, method)).perplexity(texts.held).bits for method in METHODS[1:4]}
        assert bits["kneser-ney"] < bits["add-k"]
        assert bits["witten-bell"] < bits["add-k"]


def test_bad_parameters_are_refused(counts):
    for wrong in ({"order": 0}, {"order": 7}, {"method": "magic"}, {"k": 0.0}, {"discount": 1.5}):
        with pytest.raises(InputError):
            NGramParams(**wrong)
    with pytest.raises(InputError):
        fit(counts, NGramParams(6))


def test_special_symbols_in_a_text_are_unknown():
    symbols = vocabulary(["a <s> b"] * 3, "word")
    assert symbols.encode(["<s>", "</s>", "a"]).tolist() == [2, 2, symbols.index["a"]]
    assert symbols.cut("a <s> b") == ["a", "<", "s", ">", "b"]


def test_code_of_many_texts_is_that_of_each():
    for unit, texts in (("character", ["ab", "", "b李a\n"]), ("word", ["a b, c", "", "x a"])):
        symbols = vocabulary(texts[:2], unit)
        coded = symbols.code(texts)
        for row, text in enumerate(texts):
            own = coded.ids[coded.starts[row] : coded.starts[row + 1]].tolist()
            assert own == [*symbols.encode(symbols.cut(text)).tolist(), 1]
