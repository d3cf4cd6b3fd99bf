"""Alignment error rate: by hand, and equal to its definition on random sets of links."""

import numpy as np
import pytest

from engine.alignment import Agreement, agreement, links, total

WEIGHTS = np.array([[0.7, 0.2, 0.1], [0.4, 0.4, 0.2], [0.0, 0.3, 0.7], [0.1, 0.5, 0.4]])  # [target, source]


def test_the_largest_weight_of_each_target_word():
    assert links(WEIGHTS) == {(0, 0), (0, 1), (2, 2), (1, 3)}


def test_all_weights_above_a_threshold():
    assert links(WEIGHTS, 0.4) == {(0, 0), (0, 1), (1, 1), (2, 2), (1, 3), (2, 3)}
    assert links(WEIGHTS, 1.1) == set()
    assert links(np.zeros((0, 3))) == set()
    with pytest.raises(ValueError, match="target, source"):
        links(WEIGHTS[0])


def test_och_and_neys_measure_by_hand():
    found = agreement({(0, 0), (1, 1), (2, 2)}, {(0, 0), (1, 2)}, {(1, 1)})
    assert found == Agreement(found=3, sure=2, hit=1, possible=2)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(1 / 2)
    assert found.aer == pytest.approx(1 - 3 / 5)


def test_with_sure_links_alone_it_is_one_minus_f1():
    random = np.random.default_rng(0)
    every = [(i, j) for i in range(4) for j in range(4)]
    for _ in range(50):
        a, s = ({every[k] for k in random.choice(16, random.integers(1, 9), replace=False)} for _ in range(2))
        found = agreement(a, s)
        both = len(a & s)
        assert found.aer == pytest.approx(1 - 2 * both / (len(a) + len(s)))
        if both:
            assert found.aer == pytest.approx(1 - 2 / (1 / found.precision + 1 / found.recall))


def test_sentences_are_added_up_before_they_are_divided():
    each = [agreement({(0, 0)}, {(0, 0)}), agreement({(0, 0), (1, 1), (2, 1)}, {(5, 5)})]
    assert total(each) == Agreement(4, 2, 1, 1)
    assert total(each).aer == pytest.approx(1 - 2 / 6)
    assert total([]).aer == 0
    assert (agreement([], []).precision, agreement([], []).recall) == (1, 1)
