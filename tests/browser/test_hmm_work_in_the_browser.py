"""What the page At work promises, in a real browser: words at once, stepping without messages, links, files."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.reading import query

PAGE = "hmm_work"


def words(page) -> list[str]:
    """The words of the first way, without what stands under them."""
    script = """() => [...document.querySelectorAll('.words > .word, .words .lines > span:nth-of-type(1) > .word')]
      .map(word => [...word.querySelectorAll('ruby > span')].map(part => part.textContent).join(''))"""
    return page.evaluate(script)


def test_typing_a_sentence_gives_its_words(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_label("A Chinese text").fill("我们在教室里")
    page.get_by_text(re.compile("^4 words")).first.wait_for()
    visited.settle()
    assert words(page) == ["我们", "在", "教室", "里"]
    assert query(page)["chinese"] == ["我们在教室里"]
    assert not visited.problems


def test_an_example_is_one_click(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_text("结婚的和尚未结婚的", exact=True).first.click()
    page.wait_for_url("**chinese=*")
    visited.settle()
    assert words(page) == ["结婚", "的", "和", "尚未", "结婚", "的"]
    assert page.get_by_label("A Chinese text").input_value() == "结婚的和尚未结婚的"


@pytest.mark.parametrize("work", ["segment", "tag"])
def test_stepping_sends_nothing_to_the_server(work, visit):
    visited = visit(PAGE, f"lang=en&work={work}&k=0")
    page, before = visited.page, len(visited.sent)
    box = page.locator(f".st-key-{work}_trellis [role=application]").first
    box.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert query(page)["k"] == ["3"]
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_link_reopens_tab_and_text(visit):
    page = visit(PAGE, f"lang=en&work=tag&english={quote('They can fish.')}").page
    assert page.get_by_label("An English text").input_value() == "They can fish."
    assert words(page) == ["They", "can", "fish"]
    page = visit(PAGE, "lang=zh&work=tag&of=many", lang="zh").page
    assert page.get_by_role("textbox").first.input_value().startswith("Please book")


def test_the_tab_goes_into_the_link(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_text("Tag English", exact=True).click()
    page.get_by_label("An English text").wait_for()
    visited.settle()
    assert query(page)["work"] == ["tag"]
    assert words(page)[:3] == ["Please", "book", "a"]
    assert not visited.problems


def test_a_long_text_leaves_the_link_alone(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_label("A Chinese text").fill("今天很好。" * 150)
    page.get_by_text("not in the link").wait_for()
    visited.settle()
    page.get_by_text("One text", exact=True).wait_for()
    assert len(page.url) < 600
    page.get_by_label("A Chinese text").fill("今天很好")
    page.get_by_text(re.compile("^3 words")).first.wait_for()
    visited.settle()
    assert query(page)["chinese"] == ["今天很好"]
    assert not visited.problems


def test_a_picked_cell_is_explained(visit):
    visited = visit(PAGE, "lang=en")
    box = visited.page.locator(".st-key-segment_gamma [role=application]").first
    box.focus()
    visited.page.keyboard.press("ArrowDown")
    visited.page.keyboard.press("Enter")
    visited.page.locator(".st-key-segment_gamma__explanation").wait_for()
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_upload_gives_a_table_a_file_and_what_was_left_out(visit, lang):
    visited = visit(PAGE, f"lang={lang}&of=many", lang=lang)
    page = visited.page
    blob = "他来了\n\n=1+今天很好\n".encode()
    page.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": blob})
    page.locator("[data-testid=stExpander]").filter(has_text=re.compile(r"^.*1.*(rows?|行)")).first.wait_for()
    visited.settle()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^CSV")).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["text"] for row in rows] == ["他来了", "'=1+今天很好"]
    assert [row["line"] for row in rows] == ["1", "3"]
    assert all(float(row["log_probability"]) < 0 for row in rows)
    assert not visited.problems


def test_html_in_a_text_stays_text(visit):
    visited = visit(PAGE, f"lang=en&work=tag&english={quote('<img src=x onerror=alert(1)> boats')}")
    assert visited.page.locator("img[src='x']").count() == 0
    assert "boats" in words(visited.page)
    assert not visited.problems


def test_a_pasted_text_beyond_the_limit_is_cut_and_that_is_said(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_label("A Chinese text").fill("")
    page.get_by_label("A Chinese text").focus()
    page.keyboard.insert_text("今天很好。" * 600)
    page.get_by_text("The first 2,000 characters are shown").wait_for()
    visited.settle()
    assert not visited.problems


def test_the_chosen_sentence_is_in_the_link(visit):
    page = visit(PAGE, f"lang=en&work=tag&english={quote('They can fish. I saw her duck.')}&sentence=2").page
    page.get_by_text("duck NOUN → VERB").first.wait_for()
    assert query(page)["sentence"] == ["2"]
