"""The leaderboard: sums, resamples and McNemar's test against enumeration, the shipped file against shipped weights."""

import json
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from engine import evaluate, leaderboard, leaderboard_stats, scoring, weights
from engine.leaderboard import Board, Entry
from engine.leaderboard_stats import MEASURES, RESAMPLES, Answers
from engine.names import read_names, split

STALE = "assets/leaderboard.json is not of these models: " + leaderboard.STALE


def drawn_answers(n_names: int, n_languages: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities that favour the truth, and labels, the last language only once."""
    draw = np.random.default_rng(seed)
    labels = np.append(draw.integers(n_languages - 1, size=n_names - 1), n_languages - 1)
    scores = draw.normal(size=(n_names, n_languages))
    scores[np.arange(n_names), labels] += 0.7
    return (scores - np.log(np.exp(scores).sum(1, keepdims=True))).astype(np.float32), labels


@pytest.mark.parametrize("seed", [0, 1])
def test_what_the_names_contribute_adds_up_to_the_figures(seed):
    log_probs, labels = drawn_answers(200, 6, seed)
    found, expected = leaderboard.answers(log_probs, labels), evaluate.metrics(log_probs, labels)
    for measure in MEASURES:
        total = leaderboard_stats.contributions(measure, found, labels).sum()
        assert total == pytest.approx(expected[measure], rel=1e-6), measure


def test_every_resample_draws_as_many_names_of_each_language_as_there_are():
    labels = np.array([0, 2, 2, 0, 0, 5])
    drawn = leaderboard_stats.resamples(labels, 500, seed=3)
    assert drawn.shape == (500, 6)
    for label in (0, 2, 5):
        assert (drawn[:, labels == label].sum(1) == (labels == label).sum()).all()
    np.testing.assert_array_equal(drawn, leaderboard_stats.resamples(labels, 500, seed=3))
    assert (drawn != leaderboard_stats.resamples(labels, 500, seed=4)).any()


def test_intervals_are_those_of_all_resamples_that_there_can_be():
    """Three names of one language, two of another: 27 x 4 equally likely resamples, all written down."""
    labels, parts = np.array([0, 0, 0, 1, 1]), np.array([0.0, 1.0, 4.0, 10.0, 30.0])
    every = [parts[list(a)].sum() + parts[list(b)].sum()
             for a in product([0, 1, 2], repeat=3) for b in product([3, 4], repeat=2)]  # fmt: skip
    drawn = leaderboard_stats.resamples(labels, 20_000, seed=0)
    found = drawn @ parts.astype(np.float32)
    for value in np.unique(every):
        assert (found <= value + 1e-3).mean() == pytest.approx((np.array(every) <= value).mean(), abs=0.015)
    (interval,) = leaderboard_stats.intervals(drawn, parts[:, None])
    assert interval.value == parts.sum()
    low, high = np.quantile(every, [0.025, 0.975])
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1.01)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (0, 5), (3, 3), (2, 7), (9, 1)])
def test_mcnemar_counts_the_coin_tosses_at_least_as_uneven(only_a, only_b):
    n, uneven = only_a + only_b, abs(only_a - only_b)
    tosses = [abs(2 * sum(toss) - n) >= uneven for toss in product([0, 1], repeat=n)]
    assert leaderboard_stats.mcnemar(only_a, only_b) == pytest.approx(float(Fraction(sum(tosses), len(tosses))))


def test_mcnemar_bears_many_names():
    assert leaderboard_stats.mcnemar(10_000, 5_000) < 1e-300
    assert leaderboard_stats.mcnemar(5_000, 5_000) == 1


def test_a_comparison_is_the_difference_and_turns_its_sign_with_the_order():
    (one, labels), (two, _) = drawn_answers(300, 4, 0), drawn_answers(300, 4, 9)
    a, b = leaderboard.answers(one, labels), leaderboard.answers(two, labels)
    drawn = leaderboard_stats.resamples(labels, 300)
    for measure in MEASURES:
        there, back = (leaderboard_stats.compare(drawn, measure, *pair, labels) for pair in ((a, b), (b, a)))
        gap = evaluate.metrics(one, labels)[measure] - evaluate.metrics(two, labels)[measure]
        assert there.difference.value == pytest.approx(gap, abs=1e-6)
        assert there.difference.low <= gap <= there.difference.high
        assert (there.difference.low, there.p) == pytest.approx((-back.difference.high, back.p), abs=1e-6)
        assert (there.only_a, there.only_b) == (back.only_b, back.only_a)
    same = leaderboard_stats.compare(drawn, "nll", a, a, labels)
    assert tuple(same.difference) == (0, 0, 0)
    assert same.p == 1


def test_without_a_model_the_shares_of_the_languages_answer():
    labels = np.array([0, 0, 0, 1, 2, 3])
    found = leaderboard.baseline(np.log([0.4, 0.3, 0.2, 0.1]), labels)
    assert found["natural"]["accuracy"] == 3 / 6
    assert found["natural"]["balanced_accuracy"] == 1 / 4
    assert found["natural"]["top3"] == 5 / 6
    assert found["natural"]["nll"] == pytest.approx(-np.log([0.4] * 3 + [0.3, 0.2, 0.1]).mean())
    assert found["uniform"]["nll"] == pytest.approx(np.log(4))


def test_a_board_survives_its_file():
    log_probs, labels = drawn_answers(50, 3, 2)
    found = leaderboard.answers(log_probs, labels)
    judged = leaderboard.figures(found, labels, leaderboard_stats.resamples(labels, 40))
    entry = Entry("x", "ab", 9, 3, None, "2026-01-01", 5e4, {"natural": judged}, {"natural": found})
    kept = leaderboard.loads(leaderboard.dumps(Board({"n": 50}, ("A", "B", "C"), (entry,), {"natural": {"nll": 1.5}})))
    assert (kept.about, kept.languages, kept.baseline) == ({"n": 50}, ("A", "B", "C"), {"natural": {"nll": 1.5}})
    read = kept.entry("x")
    assert read[:7] == entry[:7]
    assert read.figures["natural"]["top3"] == pytest.approx(judged["top3"], abs=1e-6)
    _same_answers(read.answers["natural"], found)


def _same_answers(read: Answers, found: Answers) -> None:
    np.testing.assert_array_equal(read.guess, found.guess)
    np.testing.assert_array_equal(read.rank, found.rank)
    np.testing.assert_allclose(np.exp(-read.surprise), np.exp(-found.surprise), atol=2e-4)
    np.testing.assert_allclose(read.nll, found.nll, rtol=5e-4)


def test_the_numbers_of_a_file_are_counted():
    loaded = weights.load_shipped("names-elman")
    blob = (weights.ROOT / weights.SHIPPED / "names-elman.safetensors").read_bytes()
    assert leaderboard.n_numbers(blob) == sum(tensor.numel() for tensor in loaded.net.state_dict().values())


@pytest.fixture(scope="module")
def board() -> Board:
    found = leaderboard.read()
    assert found is not None, STALE
    return found


def test_the_shipped_board_is_of_the_shipped_models(board):
    assert not leaderboard.stale(board), STALE
    assert {f"names-{each.name}" for each in board.entries} == set(weights.shipped()), STALE
    for each in board.entries:
        path = weights.ROOT / weights.SHIPPED / f"names-{each.name}.safetensors"
        card = json.loads(path.with_suffix(".json").read_text("utf-8"))
        assert weights.sha256(path.read_bytes()) == each.sha256, STALE
        assert (path.stat().st_size, card.get("seconds")) == (each.size, each.seconds), STALE


def test_the_shipped_board_says_what_the_shipped_weights_say(board):
    """All models on all held-out names again; another processor may round one name over an edge."""
    held = split(read_names(leaderboard.DATA))[1]
    assert leaderboard.held_out(board).texts == held.texts, STALE
    for each in board.entries:
        loaded = weights.load_shipped(f"names-{each.name}")
        order = [loaded.params.languages.index(language) for language in held.languages]
        said = scoring.log_probs(loaded.net, held.texts)
        for prior in leaderboard.PRIORS:
            shifted = evaluate.apply_prior(said, loaded.params, prior)[:, order]
            judged = evaluate.metrics(shifted, held.labels)
            for measure in ("accuracy", "top3"):
                shown = each.figures[prior][measure].value
                assert shown == pytest.approx(judged[measure], abs=1.01 / len(held.texts)), (each.name, STALE)
            assert each.figures[prior]["nll"].value == pytest.approx(judged["nll"], abs=1e-3), (each.name, STALE)
            assert (each.answers[prior].guess != shifted.argmax(1)).sum() <= 1, (each.name, STALE)


def test_the_shipped_intervals_follow_from_the_shipped_answers(board):
    labels = leaderboard.held_out(board).labels
    drawn = leaderboard_stats.resamples(labels)
    assert len(drawn) == RESAMPLES
    for each in board.entries:
        for prior in leaderboard.PRIORS:
            again = leaderboard.figures(each.answers[prior], labels, drawn)
            for measure in MEASURES:
                assert each.figures[prior][measure] == pytest.approx(again[measure], abs=2e-3), STALE
