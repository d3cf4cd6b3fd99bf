"""What a reader of "Cells side by side" is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import picked, proved, query


def test_stepping_sends_nothing_to_the_server(visit):
    visited = visit("cells", "name=Satoshi&t=0")
    page, before = visited.page, len(visited.sent)
    grid = page.locator(".st-key-cells_influence [role=application]").first
    assert "Satoshi" in page.locator("h4").first.inner_text()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["4"]
    assert grid.is_visible()
    assert page.locator(".st-key-cells_influence").get_by_text("5 of 7").count()  # the row follows the stepper
    assert len(visited.sent) == before
    assert not visited.problems


LOOKED = 300  # milliseconds in which a look has begun and the address would have changed


def place(page) -> str:
    """Which letter the row of influences is of, e.g. "4 of 7"."""
    told = page.locator(".st-key-cells_influence").get_by_text(re.compile(r"\d+ of \d+")).first.inner_text()
    return re.search(r"\d+ of \d+", told)[0]


def picture(page) -> bytes:
    """The row of influences as it is drawn."""
    return page.locator(".st-key-cells_influence [role=application]").first.screenshot()


def letters(page):
    return page.locator(".st-key-steps_time .chip")


def aside(page) -> None:
    """The mouse leaves the row."""
    page.mouse.move(700, 5)


def test_the_letter_under_the_mouse_shows_what_mattered_for_it(visit):
    visited = visit("cells", "name=Satoshi&t=5")
    page = visited.page
    aside(page)
    page.wait_for_timeout(LOOKED)
    before, address, chosen = len(visited.sent), page.url, picture(page)
    for k in (2, 3, 0):
        letters(page).nth(k).hover()
        page.wait_for_timeout(LOOKED)
        assert place(page) == f"{k + 1} of 7"
        assert page.url == address
    assert picture(page) != chosen
    assert page.locator(".st-key-steps_time [aria-current=step] .letter").inner_text() == "h"
    aside(page)
    page.wait_for_timeout(LOOKED)
    assert place(page) == "6 of 7"
    assert page.url == address
    assert picture(page) == chosen
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_click_or_a_key_ends_the_look_and_goes_from_what_was_chosen(visit):
    visited = visit("cells", "name=Satoshi&t=5")
    page = visited.page
    letters(page).nth(1).hover()
    page.wait_for_timeout(LOOKED)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(LOOKED)
    assert (place(page), query(page)["t"]) == ("5 of 7", ["4"])
    letters(page).nth(2).hover()
    page.wait_for_timeout(LOOKED)
    letters(page).nth(2).click()
    letters(page).nth(3).hover()  # at once: the address of the click is not lost
    page.wait_for_timeout(LOOKED)
    assert (place(page), query(page)["t"]) == ("4 of 7", ["2"])
    aside(page)
    page.wait_for_timeout(LOOKED)
    assert (place(page), query(page)["t"]) == ("3 of 7", ["2"])
    assert not visited.problems


def test_there_is_no_look_while_playing_or_by_touch(visit):
    visited = visit("cells", "name=Satoshi&t=2")
    page = visited.page
    for kind in ("pointerenter", "pointermove"):
        letters(page).nth(5).dispatch_event(kind, {"pointerType": "touch", "bubbles": True, "composed": True})
    page.wait_for_timeout(LOOKED)
    assert place(page) == "3 of 7"
    page.get_by_role("button", name="Play").click()
    letters(page).nth(6).hover()
    page.wait_for_timeout(LOOKED)
    assert int(place(page)[0]) < 6
    assert not visited.problems


def test_a_link_reopens_the_state(visit):
    page = visit("cells", "name=Kowalski&measure=gradient&on=Polish&t=3").page
    assert page.get_by_label("Name", exact=True).first.input_value() == "Kowalski"
    assert query(page)["measure"] == ["gradient"]
    assert query(page)["on"] == ["Polish"]
    assert query(page)["t"] == ["3"]
    assert page.get_by_text("Length of the gradient at the letter").count()


def test_another_measure_is_kept_in_the_link(visit):
    visited = visit("cells", "name=Rossi")
    visited.page.get_by_text("gradient × input", exact=True).first.click()
    visited.page.get_by_text("Gradient × input", exact=False).first.wait_for()
    visited.settle()
    assert query(visited.page)["measure"] == ["gradient_input"]
    assert not visited.problems


def test_a_picked_cell_is_proved_by_its_own_code(visit):
    visited = visit("cells", "name=Anna")
    page = visited.page
    _, code = proved(picked(page, "cells_influence", ["ArrowDown"] * 2))
    assert "names-gru" in code
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_long_name_fits_a_phone(lang, visit):
    visited = visit("cells", "name=Wolfeschlegelsteinhausenbergerdorff", size="phone", lang=lang)
    assert visited.overflow() <= 0
    assert not visited.problems
