"""What a reader of the page Translate a list is promised, in a real browser."""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.browser.reading import finding, query

PASTED = "Ich bin Student.\tI am a student.\nWir sehen ein Buch.\tWe see the books.\nWann kommt der Zug an?"


def paste(visited, text: str) -> None:
    box = visited.page.locator("textarea").first
    box.fill(text)
    box.press("Control+Enter")


def test_pasted_pairs_get_bleu_and_an_order(visit):
    visited = visit("translate")
    page, before = visited.page, finding(visited.page)
    assert "→" in before
    paste(visited, PASTED)
    page.get_by_text(re.compile(r"BLEU \d+\.\d on 2 lines")).wait_for()
    visited.settle()
    page.get_by_label("Order").click()
    page.get_by_role("option", name="worst BLEU first").click()
    visited.settle()
    assert page.locator("[data-testid=stDataFrame]").count() == 1
    assert not visited.problems


def test_the_search_goes_into_the_link(visit):
    visited = visit("translate")
    visited.page.get_by_text("beam of 5", exact=True).click()
    visited.page.wait_for_url("**by=beam*")
    visited.settle()
    assert "→" in finding(visited.page)
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_upload_gives_a_table_and_a_file(visit, lang):
    visited = visit("translate", f"lang={lang}", lang=lang)
    page = visited.page
    blob = b"de,en\nIch bin Student.,I am a student.\n,x\n=1+1,=2\n"
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": blob})
    page.locator("[data-testid=stExpander]").filter(has_text=re.compile(r"^.*1.*(rows?|行)")).first.wait_for()
    visited.settle()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^CSV")).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["sentence"] for row in rows] == ["Ich bin Student.", "'=1+1"]
    assert rows[0]["translation"] == "I am a student."
    assert rows[1]["reference"] == "'=2"
    assert not visited.problems


def test_a_row_opens_on_the_page_that_steps_through_it(visit):
    visited = visit("translate", "translator=lstm")
    page = visited.page
    table = page.locator("[data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    frame = table.bounding_box()
    page.mouse.click(frame["x"] + 16, frame["y"] + 37 * 2.5)
    page.get_by_role("button", name=re.compile("^.*Step through Ich bin Student")).click()
    page.wait_for_url("**/encoder_decoder*")
    page.get_by_text(re.compile("^Ich bin Student. → ")).first.wait_for()
    visited.settle()
    assert query(page).get("translator", ["lstm"]) == ["lstm"]
    assert not visited.problems


@pytest.mark.parametrize("text", [PASTED, "x" * 3000 + " <b>שלום</b> 🙂"], ids=["pairs", "hostile"])
def test_it_fits_a_phone(text, visit):
    visited = visit("translate", size="phone", lang="zh")
    before = finding(visited.page)
    paste(visited, text)
    visited.page.wait_for_function(
        "before => (document.querySelector('h4') ?? {innerText: before}).innerText !== before", arg=before
    )
    visited.settle()
    assert visited.overflow() <= 0
    assert not visited.problems
