"""What a reader of the names pages is promised, in a real browser."""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.browser.reading import finding, picked, proved, query


@pytest.mark.parametrize("name", ["home", "step"])
def test_stepping_sends_nothing_to_the_server(name, visit):
    visited = visit(name, "name=Satoshi&t=0")
    page, before = visited.page, len(visited.sent)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["4"]
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_link_reopens_the_state(visit):
    page = visit("step", "name=Kowalski&model=elman&t=3&lang=zh").page
    assert page.get_by_label("名字").first.input_value() == "Kowalski"
    assert page.get_by_role("radio", name="elman").is_checked() or "elman" in query(page)["model"]
    assert query(page)["t"] == ["3"]
    assert "Kowalski" in finding(page)


def test_a_typed_name_changes_the_finding(visit):
    visited = visit("home", "name=Satoshi")
    page = visited.page
    page.get_by_label("Type a name").fill("Rossi")
    page.get_by_text(re.compile("^Rossi →")).wait_for()
    visited.settle()
    assert query(page)["name"] == ["Rossi"]
    assert not visited.problems


def test_a_picked_cell_is_proved_by_its_own_code(visit):
    """Enter on a cell shows its equation; the code on the page, run alone, prints the number on the page."""
    visited = visit("home", "name=Anna")
    page = visited.page
    panel = picked(page, "home_probs", ["ArrowDown"])
    proved(panel)
    panel.get_by_role("button").first.click()
    panel.wait_for(state="detached")
    assert not visited.problems


def test_the_figure_as_a_table_and_a_file(visit):
    visited = visit("home", "name=Anna")
    page = visited.page
    page.locator(".st-key-home_probs__menu button").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert len(rows) == 4 * 18
    assert sum(float(row["value"]) for row in rows) == pytest.approx(4, abs=1e-4)
    for form, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as download:
            page.get_by_role("button", name=form, exact=True).click()
        assert Path(download.value.path()).read_bytes().startswith(start)


def test_html_in_a_name_stays_text(visit):
    visited = visit("step", "name=%3Cimg src=x onerror=alert(1)%3E")
    assert "imgsrcx" in finding(visited.page).replace(" ", "")
    assert visited.page.locator("img[src='x']").count() == 0
    assert not visited.problems


def test_the_language_switch_keeps_the_name(visit):
    visited = visit("step", "name=Kim")
    visited.page.get_by_text("中文", exact=True).click()
    visited.page.get_by_role("heading", level=1, name="一个名字，逐个字母").wait_for()
    assert finding(visited.page).startswith("Kim")


def test_a_confusion_cell_opens_its_names(visit):
    visited = visit("quality")
    box = visited.page.locator(".st-key-quality_lecture [role=application]").first
    box.focus()
    visited.page.keyboard.press("Enter")
    panel = visited.page.locator(".st-key-quality_lecture__explanation")
    panel.get_by_text(re.compile(r"lecture: .*: \d+ names")).wait_for()
    panel.get_by_role("button").first.click()
    visited.page.wait_for_url("**/step*")
    visited.settle()
    assert visited.page.get_by_role("radio", name="lecture").is_checked()  # the matrix's, not the one chosen before
    assert not visited.problems
