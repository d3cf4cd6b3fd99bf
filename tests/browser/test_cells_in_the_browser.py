"""What a reader of "Cells side by side" is promised, in a real browser."""

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


def test_a_picked_cell_is_proved_by_its_own_code(visit, tmp_path):
    visited = visit("cells", "name=Anna")
    page = visited.page
    _, code = proved(picked(page, "cells_influence", ["ArrowDown"] * 2), tmp_path)
    assert "names-gru" in code
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_long_name_fits_a_phone(lang, visit):
    visited = visit("cells", "name=Wolfeschlegelsteinhausenbergerdorff", size="phone", lang=lang)
    assert visited.overflow() <= 0
    assert not visited.problems
