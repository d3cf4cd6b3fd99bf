import time

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    log_loss,
    precision_score,
    recall_score,
    top_k_accuracy_score,
)  # fmt: skip

from engine import pca, weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError
from engine.evaluate import (
    SCHEMA,
    Scored,
    apply_prior,
    calibration,
    cell_names,
    confusion,
    evaluation,
    final_states,
    log_probs,
    metrics,
    scored,
    similarity_order,
    top_k,
)  # fmt: skip
from engine.names import Names, align, counts, read_names, split
from engine.rnn import PLAIN
from engine.rnn_trace import trace
from engine.trace import KINDS

K = 5
LANGUAGES = tuple("ABCDE")


def draw(n=400, seed=0):
    """Random log-probabilities that know something of the labels; every label occurs."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(K), random.choice(K, n - K, p=[0.5, 0.2, 0.15, 0.1, 0.05])])
    scores = random.normal(size=(n, K)) + 1.5 * np.eye(K)[labels]
    return (scores - np.log(np.exp(scores).sum(1, keepdims=True))).astype(np.float32), labels


def names_of(labels):
    return Names([f"n{i}" for i in range(len(labels))], labels, LANGUAGES)


def test_metrics_equal_scikit_learns():
    scores, labels = draw()
    p = np.exp(scores.astype(float))
    p /= p.sum(1, keepdims=True)
    guess, ours = scores.argmax(1), metrics(scores, labels)
    assert ours["n"] == len(labels)
    assert ours["accuracy"] == pytest.approx(accuracy_score(labels, guess))
    assert ours["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(labels, guess))
    assert ours["top3"] == pytest.approx(top_k_accuracy_score(labels, scores, k=3))
    assert ours["nll"] == pytest.approx(log_loss(labels, p), abs=1e-6)
    np.testing.assert_array_equal(confusion(scores, labels), confusion_matrix(labels, guess))
    np.testing.assert_allclose(
        top_k(scores, labels), [top_k_accuracy_score(labels, scores, k=k) for k in range(1, K)] + [1]
    )


def test_metrics_leave_out_languages_that_do_not_occur():
    scores, labels = draw()
    few = labels < 2
    recalls = recall_score(labels[few], scores[few].argmax(1), labels=[0, 1], average=None)
    assert metrics(scores[few], labels[few])["balanced_accuracy"] == pytest.approx(recalls.mean())


def test_metrics_of_nothing_are_nan():
    empty = metrics(np.zeros((0, K), np.float32), np.zeros(0, np.int64))
    assert empty["n"] == 0
    assert np.isnan([empty[key] for key in ("accuracy", "balanced_accuracy", "top3", "nll")]).all()


def test_calibration_equals_scikit_learns():
    scores, labels = draw(2000)
    ours = calibration(scores, labels)
    right, p = scores.argmax(1) == labels, np.exp(scores.max(1))
    accuracy, confidence = calibration_curve(right, p, n_bins=10)
    filled = ours["n_guesses"] > 0
    np.testing.assert_allclose(ours["hit_rate"][filled], accuracy)
    np.testing.assert_allclose(ours["confidence"][filled], confidence, rtol=1e-6)
    assert np.isnan(ours["hit_rate"][~filled]).all()
    weights = ours["n_guesses"][filled] / len(labels)
    assert ours["calibration_error"] == pytest.approx((weights * np.abs(accuracy - confidence)).sum(), rel=1e-5)


def test_prior_changes_odds_as_bayes_says():
    scores, _ = draw()
    params = ClassifierParams("elman", 4, LANGUAGES, (50, 20, 15, 10, 5), "name")
    flat = apply_prior(scores, params, "uniform")
    np.testing.assert_allclose(np.exp(flat).sum(1), 1, rtol=1e-5)
    odds = (scores[:, 0] - scores[:, 4]) - (flat[:, 0] - flat[:, 4])
    np.testing.assert_allclose(odds, np.log(50 / 5), rtol=1e-4)
    np.testing.assert_allclose(apply_prior(scores, params, "natural"), scores, atol=1e-5)
    assert apply_prior(scores[:0], params, "uniform").shape == (0, K)


@pytest.mark.parametrize("model", PLAIN)
def test_log_probs_and_states_equal_the_trace(model):
    torch.manual_seed(0)
    params = ClassifierParams(model, 16, LANGUAGES, (1,) * K)
    net = build(params).requires_grad_(False)
    texts = ["Satoshi", "Li", "Van den Berg", "A", "Satoshi"]
    ours, states = log_probs(net, texts), final_states(net, texts)
    for i, text in enumerate(texts):
        data = trace(net, text, params, "w")
        np.testing.assert_allclose(ours[i], data["log_probs"][-1], atol=1e-5)
        np.testing.assert_allclose(states[i], data["h"][-1], atol=1e-5)
    assert log_probs(net, []).shape == (0, K)


def test_evaluation_is_the_schema_with_true_numbers():
    scores, labels = draw()
    train_scores, train_labels = draw(900, seed=1)
    data = evaluation(Scored(names_of(labels), scores), Scored(names_of(train_labels), train_scores))
    assert set(data.data_vars) == set(SCHEMA)
    assert {var.kind for var in SCHEMA.values()} <= set(KINDS)
    order, guess = [LANGUAGES.index(language) for language in data.attrs["languages"]], scores.argmax(1)
    assert sorted(order) == list(range(K))
    assert data["language_label"].values.tolist() == [LANGUAGES[i] for i in order]
    np.testing.assert_array_equal(data["confusion"], confusion_matrix(labels, guess)[np.ix_(order, order)])
    np.testing.assert_allclose(data["share"].sum("guess"), 1)
    np.testing.assert_allclose(data["recall"], recall_score(labels, guess, average=None)[order])
    np.testing.assert_allclose(data["precision"], precision_score(labels, guess, average=None)[order])
    np.testing.assert_array_equal(data["n_train"], np.bincount(train_labels)[order])
    np.testing.assert_array_equal(data["n_held_out"], np.bincount(labels)[order])
    trained = recall_score(train_labels, train_scores.argmax(1), average=None)
    np.testing.assert_allclose(data["recall_train"], trained[order])
    assert data["top_k"][0] == pytest.approx(data.attrs["held_out"]["accuracy"])
    assert data["n_guesses"].sum() == len(labels)
    first = [LANGUAGES[2], "a language it does not know", LANGUAGES[0]]
    fixed = evaluation(Scored(names_of(labels), scores), Scored(names_of(labels), scores), first)
    assert fixed["language_label"].values.tolist()[:2] == [LANGUAGES[2], LANGUAGES[0]]
    assert sorted(fixed.attrs["languages"]) == sorted(LANGUAGES)


def test_similar_languages_stand_side_by_side():
    table = np.full((6, 6), 1)
    np.fill_diagonal(table, 80)
    for a, b in [(0, 3), (1, 5), (2, 4)]:
        table[a, b] = table[b, a] = 30
    table[0, 1] = table[1, 0] = 12
    order = similarity_order(table)
    place = {language: i for i, language in enumerate(order)}
    assert sorted(order) == list(range(6))
    for a, b in [(0, 3), (1, 5), (2, 4), (0, 1)]:
        assert abs(place[a] - place[b]) == 1
    assert similarity_order(np.zeros((3, 3), int)) != []


def test_a_confusion_cell_opens_its_names():
    scores, labels = draw()
    names, table = Scored(names_of(labels), scores), confusion(scores, labels)
    for i, language in enumerate(LANGUAGES):
        for j, guess in enumerate(LANGUAGES):
            found = cell_names(names, language, guess)
            assert len(found) == table[i, j]
            assert [f.p_guess for f in found] == sorted((f.p_guess for f in found), reverse=True)
            for name in found:
                assert name.text == f"n{name.index}"
                assert name.p_truth == pytest.approx(np.exp(scores[name.index, i]))
                assert name.p_guess >= name.p_truth


@pytest.mark.parametrize("name", ["names-elman", "names-lecture"])
def test_the_cards_of_shipped_networks_tell_the_truth(name):
    loaded = weights.load_shipped(name)
    card = loaded.card
    train, held = split(read_names(weights.ROOT / "data" / "names"), card["split_seed"], card["held_out"])
    assert loaded.params.languages == train.languages
    assert loaded.params.counts == tuple(counts(train))
    assert card["n_train"] == len(train.texts)
    for prior in ("natural", "uniform"):
        figures = metrics(scored(loaded.net, loaded.params, held, prior).log_probs, held.labels)
        assert figures == pytest.approx(card[prior], abs=1e-3)


def test_evaluating_names_of_a_language_the_network_does_not_know():
    with pytest.raises(InputError, match="Klingon"):
        align(Names(["x"], np.array([0]), ("Klingon",)), LANGUAGES)


def test_pca_equals_scikit_learns():
    states = np.random.default_rng(0).normal(size=(300, 8)) @ np.random.default_rng(1).normal(size=(8, 8))
    ours, peer = pca.fit(states), PCA(2).fit(states)
    np.testing.assert_allclose(ours.explained, peer.explained_variance_ratio_)
    np.testing.assert_allclose(np.abs((ours.axes * peer.components_).sum(1)), 1)
    np.testing.assert_allclose(np.abs(pca.project(ours, states)), np.abs(peer.transform(states)), atol=1e-9)
    assert (np.take_along_axis(ours.axes, np.abs(ours.axes).argmax(1)[:, None], 1) > 0).all()
    np.testing.assert_allclose(pca.project(ours, ours.mean), 0)
    with pytest.raises(ValueError, match="two states"):
        pca.fit(states[:1])


def test_the_held_out_part_is_scored_in_the_time_of_a_page():
    """1,500 names: log-probabilities, the whole evaluation and the plane of the states."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    names = ["".join(random.choice(list("abcdeiou"), n)) for n in random.integers(3, 12, 1500)]
    params = ClassifierParams("elman", 128, tuple(f"L{i:02}" for i in range(18)), (1,) * 18)
    net = build(params).requires_grad_(False)
    part = Names(names, np.arange(1500) % 18, params.languages)

    def page():
        result = scored(net, params, part, "natural")
        evaluation(result, result)
        return pca.fit(final_states(net, names))

    page()
    took = []
    for _ in range(3):
        started = time.process_time()
        page()
        took.append(time.process_time() - started)
    assert min(took) < 0.2  # 0.05 on a quiet machine
