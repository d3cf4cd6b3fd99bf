"""What a reader of "What does a unit know?" is promised, in a real browser."""

import re

from scripts import chromium
from tests.browser.reading import finding, picked, proved, query


def prove(page, key: str, *keys: str) -> None:
    """A cell is proved, and its panel closed again."""
    panel = picked(page, key, keys, panel="[class*=__explanation]")
    proved(panel)
    panel.get_by_role("button").first.click()
    panel.wait_for(state="detached")


def test_the_slider_moves_the_span(visit):
    visited = visit("units", "name=Semenova&span=6-8")
    page = visited.page
    assert "“ova” in Semenova" in finding(page)
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("heading", name=re.compile("“nova” in Semenova")).wait_for()
    assert query(page)["span"] == ["5-8"]
    visited.settle()
    assert not visited.problems


def test_a_quick_pick_and_a_unit_are_in_the_link(visit):
    visited = visit("units")
    page = visited.page
    page.get_by_role("button", name="Mc-", exact=True).click()
    page.get_by_role("heading", name=re.compile("“Mc” in McCarthy")).wait_for()
    visited.settle()
    assert (query(page)["name"], query(page)["span"]) == (["McCarthy"], ["1-2"])
    page.get_by_text("where it is smallest", exact=True).click()
    page.get_by_text(re.compile(r"where unit \d+ is (smallest|largest)")).first.wait_for()
    visited.settle()
    assert not visited.problems


def test_numbers_are_proved_by_their_own_code(visit):
    """A state, how many times as often as by chance (through all names), and a place of one unit."""
    visited = visit("units", "name=Semenova&span=6-8&model=lstm")
    prove(visited.page, "units_states", "ArrowRight", "ArrowDown")
    prove(visited.page, "units_lift_0", "ArrowDown")
    prove(visited.page, "units_places", "ArrowDown")
    assert not visited.problems


def test_a_bad_link_is_told_and_a_phone_is_wide_enough(visit):
    visited = visit("units", "name=Semenova&span=8-2&unit=x", size="phone")
    assert "span=8-2" in visited.page.get_by_test_id("stAlert").first.inner_text()
    assert visited.overflow() <= 0
    visited.page.set_viewport_size(chromium.SIZES["desktop"])
    visited.settle()
    assert visited.overflow() <= 0
    assert not visited.problems
