"""What is sent to and taken from the browser's components."""

import re

import pytest

from ui import components

WORDS = re.compile(r"\bwords\.(\w+)")


@pytest.mark.parametrize(
    "value",
    [
        None, "text", 3, [], {}, {"variable": "h"}, {"position": {"unit": "1"}}, {"position": {"unit": -1}},
        {"position": {"unit": True}}, {"position": {"unit": 1.5}}, {"position": {"unit": float("nan")}},
        {"variable": "h", "position": {"unit": 1, "time": None}}, {"variable": "h", "position": [1]},
    ],
)  # fmt: skip
def test_what_is_no_cell_is_not_taken(value):
    """A client can send anything in place of a picked cell."""
    assert components.cell(value) is None


def test_a_cell_is_taken_and_nothing_else_with_it():
    sent = {"variable": "h" * 500, "position": {"unit": 1, "time": 0}, "more": "<b>"}
    assert components.cell(sent) == {"variable": "h" * 80, "position": {"unit": 1, "time": 0}}


@pytest.mark.parametrize("name", components.NAMES)
def test_every_word_that_the_code_shows_is_given(name):
    used = set(WORDS.findall((components.FOLDER / f"{name}.js").read_text("utf-8")))
    assert used <= set(components.words())


def test_kinds_have_words_for_their_scale():
    from charts.matrix import KINDS

    assert {f"scale_{kind}" for kind in KINDS} <= set(components.words())


def test_only_the_copy_link_button_carries_the_code():
    sizes = {name: len(components._script(name)) for name in components.NAMES}
    assert all(size < 500 for name, size in sizes.items() if name != "copylink")
    assert components.CODE in components._script("copylink")


def test_the_code_that_travels_has_no_comments_and_all_strings():
    code = components.CODE
    assert not re.search(r"^\s*//|^\s*/\*\*", code, re.MULTILINE)
    assert "http://www.w3.org/2000/svg" in code
