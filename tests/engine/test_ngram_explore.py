"""What n-gram models expect and write: shares that sum to 1, sparsity by hand, drawing as the probabilities say."""

import math
from collections import Counter

import numpy as np
import pytest

from engine import corpora
from engine import ngram_explore as explore
from engine.errors import InputError
from engine.ngram import METHODS, NGramParams, fit
from engine.ngram_counts import count
from engine.vocabulary import cut, vocabulary
from tests.engine.proofs import check_code, check_terms, explained

OWN = ["to be or not to be", "to sleep no more", "or to take arms", "not to be", "to be is to do"] * 3
HELD = ["to be or to do", "no more arms", "xyz to be"]


def counted(texts, unit, order=4):
    return count(texts, vocabulary(texts, unit), order)


@pytest.fixture(scope="module")
def greek():
    return counted(corpora.corpus("names:Greek", "character").train, "character")


@pytest.mark.parametrize("method", METHODS)
def test_the_shares_of_a_tree_are_the_model_s_and_sum_to_those_of_the_parent(greek, method):
    model = fit(greek, NGramParams(3, method))
    tree = explore.tree(model, list("Pap"))
    parent, p, joint = (tree[name].values for name in ("parent", "p", "joint"))
    words, paths = tree["node_label"].values, tree.attrs["paths"]
    for node in set(parent.tolist()) - {-1}:
        children = np.flatnonzero(parent == node)
        assert p[children].sum() == pytest.approx(1)
        assert joint[children].sum() == pytest.approx(joint[node])
    for node in range(1, len(p)):
        assert tree["depth"].values[node] == tree["depth"].values[parent[node]] + 1
        if not tree["others"].values[node]:
            after = model.next(paths[parent[node]])
            assert p[node] == after[model.vocabulary.index[str(words[node])]]
            assert paths[node][:-1] == paths[parent[node]]


def test_counts_and_lengths_of_a_tree_by_hand():
    model = fit(counted(OWN, "word", 3), NGramParams(3))
    tree = explore.tree(model, ["to"])
    at = {word: k for k, word in enumerate(tree["node_label"].values.tolist()) if tree["parent"].values[k] == 0}
    # `<s> to be` stands in two of five texts, three times each; `<s> to sleep` in one
    assert [int(tree["count"].values[at[word]]) for word in ("be", "sleep")] == [6, 3]
    assert int(tree["longest"].values[at["be"]]) == 3
    tree = explore.tree(model, ["no"])  # a text never begins so: `no more` is all that was seen
    more = tree["node_label"].values.tolist().index("more")
    assert (int(tree["count"].values[more]), int(tree["longest"].values[more])) == (0, 2)


def test_what_follows_is_what_the_model_says_and_orders_add_up(greek):
    for method in METHODS:
        model = fit(greek, NGramParams(4, method))
        found, after = explore.follow(model, list("Pa")), model.next("Pa")
        words = found["rank_label"].values.tolist()
        assert [after[model.vocabulary.index[word]] for word in words] == pytest.approx(found["p"].values.tolist())
        assert found["contribution"].values.sum(1) == pytest.approx(found["p"].values)
        assert sorted(found["p"].values, reverse=True) == found["p"].values.tolist()
    assert explore.follow(fit(greek, NGramParams(4, "mle")), list("Xqzj")).sizes["rank"] == 0


def test_sparsity_and_perplexities_by_hand():
    counts = counted(OWN, "word")
    sparse = explore.sparsity(counts, OWN, HELD)
    known = set(counts.vocabulary.words)
    for n in range(1, 5):

        def grams(texts, n=n):
            for tokens in cut(texts, "word"):
                tokens = [token if token in known else "<unk>" for token in tokens]
                padded = ["<s>"] * (n - 1) + tokens + ["</s>"]
                yield from (tuple(padded[k : k + n]) for k in range(len(tokens) + 1))

        seen, asked = Counter(grams(OWN)), list(grams(HELD))
        assert sparse["kinds"].values[n - 1] == len(seen)
        assert sparse["once"].values[n - 1] == pytest.approx(sum(c == 1 for c in seen.values()) / len(seen))
        assert sparse["unseen"].values[n - 1] == pytest.approx(sum(g not in seen for g in asked) / len(asked))
        for row, method in enumerate(METHODS):
            model = fit(counts, NGramParams(n, method))
            assert sparse["held"].values[row, n - 1] == pytest.approx(model.perplexity(HELD).perplexity)
            assert sparse["train"].values[row, n - 1] == pytest.approx(model.perplexity(OWN).perplexity)
    assert sparse["share"].values.sum(1) == pytest.approx(np.ones(4))


def test_a_sample_is_spread_and_bounded():
    texts = [f"{k:09d}" for k in range(1000)]
    assert explore.sample(texts, 10**6) == texts
    few = explore.sample(texts, 900)
    assert 60 <= len(few) <= 100
    assert (few[0], int(few[-1]) > 900) == (texts[0], True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_words_are_drawn_as_often_as_they_are_probable(temperature):
    model = fit(counted(OWN, "word", 2), NGramParams(2))
    write = explore.writer(model, temperature, limit=1)
    drawn = Counter(tuple(write(seed)) for seed in range(4000))
    p = model.next([])
    p[2] = 0  # <unk>
    p = p ** (1 / temperature)
    p /= p.sum()
    for word, share in zip(model.vocabulary.words, p, strict=True):
        key = () if word == "</s>" else (word,)
        assert drawn[key] / 4000 == pytest.approx(share, abs=4 * math.sqrt(share / 4000) + 1e-9)


def test_writing_is_repeatable_and_keeps_to_its_limits(greek):
    model = fit(greek, NGramParams(4))
    write = explore.writer(model, 1.5, limit=9, begin=list("Pa"))
    texts = [write(seed) for seed in range(30)]
    assert texts == [explore.write(model, seed, 1.5, 9, list("Pa")) for seed in range(30)]
    assert all(text[:2] == ["P", "a"] and len(text) <= 9 for text in texts)
    assert not {"<s>", "</s>", "<unk>"} & {token for text in texts for token in text}
    with pytest.raises(InputError):
        explore.writer(model, 0.0)


def test_share_of_grams_that_were_counted():
    counts = counted(OWN, "word")
    assert explore.share_seen(counts, [["to", "be", "or", "not"], ["to", "be"]], 2) == 1.0
    assert explore.share_seen(counts, [["be", "to", "sleep"], ["or"]], 2) == 0.5
    assert explore.share_seen(counts, [["or"]], 3) == 0.0


def test_every_number_is_proved(greek, tmp_path):
    own = counted(OWN, "word", 3)
    traces = [
        explore.sparsity(own, OWN, HELD), explore.tree(fit(greek, NGramParams(3)), list("Pap"), "names:Greek"),
        explore.tree(fit(own, NGramParams(2, "mle")), [], "own"),
        explore.follow(fit(greek, NGramParams(4, "witten-bell")), list("Pap"), 4, "names:Greek"),
        explore.follow(fit(own, NGramParams(3, "back-off")), ["to", "be"], 4, "own"),
    ]  # fmt: skip
    cases = explained(traces, draws=2)
    check_terms([case for case in cases if np.isfinite(case[1])], rel=1e-9, abs=1e-9)
    check_code(cases, corpora.weights.ROOT, rel=1e-9, abs=1e-9)
