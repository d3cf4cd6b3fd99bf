"""Position codes against the equations written out by hand: sines, rotations, and what only depends on distance."""

import math

import numpy as np
import pytest
import torch

from engine import positional

SIZES = [(8, 1e4), (6, 100.0), (2, 10.0)]


@pytest.mark.parametrize(("d", "base"), SIZES)
def test_sinusoidal_codes_are_those_of_the_paper(d, base):
    code = positional.sinusoidal(7, d, base)
    for p in range(7):
        for i in range(d // 2):
            angle = p / base ** (2 * i / d)
            assert code[p, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-14)
            assert code[p, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-14)


@pytest.mark.parametrize(("d", "base"), SIZES)
@pytest.mark.parametrize("k", [0, 1, 5, -3])
def test_a_rotation_takes_each_code_to_that_k_places_further(d, base, k):
    code, R = positional.sinusoidal(40, d, base), positional.rotation(k, d, base)
    at = range(max(0, -k), 40 - max(0, k))
    for p in at:
        np.testing.assert_allclose(R @ code[p], code[p + k], atol=1e-13)
    np.testing.assert_allclose(R @ R.T, np.eye(d), atol=1e-13)
    assert torch.linalg.det(R).item() == pytest.approx(1)


def test_rotations_add_up():
    R = [positional.rotation(k, 8) for k in (3, 4, 7)]
    np.testing.assert_allclose(R[0] @ R[1], R[2], atol=1e-13)


def test_the_dot_product_of_two_codes_is_a_sum_of_cosines_of_their_distance():
    code = positional.sinusoidal(30, 8)
    for p, q in ((0, 0), (3, 10), (29, 2)):
        expected = sum(math.cos((p - q) / 1e4 ** (2 * i / 8)) for i in range(4))
        assert (code[p] @ code[q]).item() == pytest.approx(expected)


def test_turning_is_multiplication_by_a_complex_number():
    x = torch.randn(2, 5, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    places = torch.tensor([0, 1, 2, 9, 40])
    turned = positional.turn(x, places)
    for row in range(2):
        for j, p in enumerate(places.tolist()):
            for i in range(3):
                z = complex(x[row, j, 2 * i], x[row, j, 2 * i + 1]) * np.exp(1j * p / 1e4 ** (2 * i / 6))
                found = complex(turned[row, j, 2 * i], turned[row, j, 2 * i + 1])
                assert found == pytest.approx(z, abs=1e-13)


def test_products_of_turned_queries_and_keys_depend_on_the_distance_only():
    q, k = torch.randn(2, 16, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    places = torch.arange(20)
    scores = positional.turn(q.expand(20, -1), places) @ positional.turn(k.expand(20, -1), places).T
    for distance in range(-19, 20):
        line = scores.diagonal(distance)
        np.testing.assert_allclose(line, line[0].expand_as(line), atol=1e-12)
    further = positional.turn(q.expand(20, -1), places + 1000) @ positional.turn(k.expand(20, -1), places + 1000).T
    np.testing.assert_allclose(further, scores, atol=1e-11)
    assert scores[0, 0].item() == pytest.approx((q @ k).item())


def test_turning_keeps_the_length_and_the_type():
    x = torch.randn(3, 4, 8, generator=torch.Generator().manual_seed(3))
    turned = positional.turn(x, torch.arange(4))
    assert turned.dtype == torch.float32
    np.testing.assert_allclose(turned.norm(dim=-1), x.norm(dim=-1), rtol=1e-6)
