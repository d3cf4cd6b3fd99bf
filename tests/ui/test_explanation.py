"""Equations as they are shown."""

import pytest

from ui.explanation import powers


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("p=4.277e-07", r"p=4.277\cdot10^{-7}"),
        ("(-1.5e+08)+2", r"(-1.5\cdot10^{8})+2"),
        (r"0.25+\text{Re-10}", r"0.25+\text{Re-10}"),
        (r"e^{-3}\cdot 2", r"e^{-3}\cdot 2"),
    ],
)
def test_small_and_large_numbers_are_powers_of_ten(given, shown):
    assert powers(given) == shown
