"""What a reader of Positional encoding is promised, in a real browser."""

import pytest

from tests.browser.reading import finding, picked, proved, query

SENTENCE = "s=Ich+habe+einen+Hund+."


def test_the_kinds_are_stepped_through_without_the_server(visit):
    visited = visit("positions", f"{SENTENCE}&encoder=0")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-steps_positions").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["encoder"] == ["1"]
    assert page.locator(".st-key-pos_moved").get_by_text("2 of 4").count()
    assert len(visited.sent) == before
    assert not visited.problems


@pytest.mark.parametrize("key", ["pos_sinusoidal_pairs", "pos_ahead"])
def test_a_picked_cell_of_the_codes_is_proved(key, visit):
    visited = visit("positions", f"{SENTENCE}&pos_n=20&pos_d=16")
    proved(picked(visited.page, key, ["ArrowRight", "ArrowDown"]))
    assert not visited.problems


@pytest.mark.parametrize(("kind", "key"), [("rotary", "pos_rotary_pairs"), ("none", "pos_output")])
def test_a_picked_cell_of_the_networks_is_proved(kind, key, visit):
    visited = visit("positions", f"{SENTENCE}&positions={kind}")
    proved(picked(visited.page, key, ["ArrowRight", "ArrowDown"]))
    assert not visited.problems


def test_a_slider_goes_into_the_link_and_the_finding(visit):
    visited = visit("positions", "pos_base=100")
    page = visited.page
    assert "the last every 544" in finding(page)
    slider = page.locator(".st-key-pos_n").get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    visited.settle()
    page.get_by_text("One matrix for all 49 places").wait_for()
    assert query(page)["pos_n"] == ["49"]
    assert not visited.problems
