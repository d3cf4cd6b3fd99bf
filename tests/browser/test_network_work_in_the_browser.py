"""What the page A network at work promises, in a real browser: words at once, silent stepping, links, files."""

import csv
import io
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.reading import query

PAGE = "network_work"


def words(page) -> list[str]:
    """The words of the network, without what stands under them."""
    script = """() => [...document.querySelectorAll('.words > .word, .words .lines > span:nth-of-type(1) > .word')]
      .map(word => [...word.querySelectorAll('ruby > span')].map(part => part.textContent).join(''))"""
    return page.evaluate(script)


def test_typing_a_sentence_gives_its_words(visit):
    visited = visit(PAGE, "lang=en")
    page = visited.page
    page.get_by_label("A Chinese text").fill("我在日本京都大学读书")
    page.wait_for_url("**network_text=*")
    visited.settle()
    assert words(page) == ["我", "在", "日本京都大学", "读书"]
    assert query(page)["network_text"] == ["我在日本京都大学读书"]
    assert not visited.problems


def test_handing_the_text_over_unchanged_changes_the_words(visit):
    visited = visit(PAGE, f"lang=en&network_text={quote('“你好！”他说。')}")
    page = visited.page
    assert words(page)[:1] == ["你好"]
    page.get_by_text("Hand the text over unchanged").click()
    page.get_by_text("Never seen in training").wait_for()
    visited.settle()
    assert words(page)[0].startswith("“你好")
    assert query(page)["unchanged"] == ["true"]
    assert not visited.problems


@pytest.mark.parametrize(("box", "param", "first"), [("network_trellis", "k", "0"), ("stepper_time", "t", "0")])
def test_stepping_sends_nothing_to_the_server(box, param, first, visit):
    visited = visit(PAGE, f"lang=en&{param}={first}")
    page, before = visited.page, len(visited.sent)
    if param == "k":
        page.locator(f".st-key-{box} [role=application]").first.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
    else:
        for _ in range(3):
            page.locator(f".st-key-{box}").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)[param] == ["3"]
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_picked_gate_is_explained(visit):
    visited = visit(PAGE, "lang=en&gru=2b")
    box = visited.page.locator(".st-key-network_u [role=application]").first
    box.focus()
    visited.page.keyboard.press("ArrowDown")
    visited.page.keyboard.press("Enter")
    panel = visited.page.locator(".st-key-network_u__explanation")
    panel.wait_for()
    visited.settle()
    assert "lac_small" in panel.inner_text()
    assert not visited.problems


def test_the_gru_goes_into_the_link(visit):
    visited = visit(PAGE, "lang=en")
    visited.page.get_by_text("layer 2, backward", exact=True).click()
    visited.page.wait_for_url("**gru=2b*")
    visited.settle()
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_upload_gives_a_table_and_a_file(visit, lang):
    visited = visit(PAGE, f"lang={lang}&of=many", lang=lang)
    page = visited.page
    blob = "他毕业于清华\n\n=1+今天很好\n".encode()
    page.locator("input[type=file]").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": blob})
    page.locator("[data-testid=stExpander]").filter(has_text=re.compile(r"^.*1.*(rows?|行)")).first.wait_for()
    visited.settle()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^CSV")).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["text"] for row in rows] == ["他毕业于清华", "'=1+今天很好"]
    assert rows[0]["segmented"] == "他 毕业 于 清华"
    assert rows[0]["hmm"] == "他 毕业于 清华"
    assert not visited.problems


def test_html_in_a_text_stays_text(visit):
    visited = visit(PAGE, f"lang=en&network_text={quote('<img src=x onerror=alert(1)>他来了')}")
    assert visited.page.locator("img[src='x']").count() == 0
    assert "了" in words(visited.page)
    assert not visited.problems
