"""What a reader of the page on decoding is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import finding, picked, proved, query

OFFERS = ".st-key-decoding_offers"


def test_the_tree_grows_without_the_server(visit):
    visited = visit("decoding", "step=0")
    page, before = visited.page, len(visited.sent)
    ahead = page.locator(".st-key-decoding_tree .node.ahead")
    first = ahead.count()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert query(page)["step"] == ["3"]
    assert ahead.count() < first
    assert page.locator(f"{OFFERS} .at").inner_text().startswith("Word 4, after Does she")
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_node_is_proved_and_gone_on_from(visit):
    visited = visit("decoding")
    page = visited.page
    proved(picked(page, "decoding_tree", ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp"]))
    page.get_by_role("button", name="Go on from here: Does she cook").click()
    page.get_by_text("Forced:").wait_for()
    visited.settle()
    assert query(page)["force"] == ["1:Does", "2:she", "3:cook"]
    assert "Does she cook" in finding(page)
    assert not visited.problems


def test_a_word_is_forced_by_a_click_and_taken_back(visit):
    visited = visit("decoding", "search=greedy&step=2")
    page, before = visited.page, finding(visited.page)
    page.locator(f"{OFFERS} .offered").filter(has_text=re.compile("^answer$")).click()
    page.get_by_text("Forced:").wait_for()
    visited.settle()
    assert query(page)["force"] == ["3:answer"]
    assert "Does she answer the cook" in finding(page)
    assert page.locator(f"{OFFERS} .line.forced .offered").inner_text() == "answer"
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Forced:").wait_for(state="detached")
    visited.settle()
    assert finding(page) == before
    assert "force" not in query(page)
    assert not visited.problems


def test_the_random_number_falls_on_the_word_that_was_taken(visit):
    visited = visit("decoding", "search=sampling&temperature=1.5&draw=3&step=2")
    page, before = visited.page, len(visited.sent)
    for _ in range(4):
        taken = page.locator(f"{OFFERS} .line.taken:not([hidden])")
        piece, needle = (taken.locator(kind).bounding_box() for kind in (".piece", ".needle"))
        assert piece["x"] - 2 <= needle["x"] <= piece["x"] + piece["width"] + 2
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(150)
    assert len(visited.sent) == before
    assert page.locator(f"{OFFERS} .cutoff:visible").count() == 1
    page.locator(f"{OFFERS} .told button").first.click()
    panel = page.locator(".st-key-decoding_offers__explanation")
    panel.wait_for()
    proved(panel)
    assert not visited.problems


def test_without_eos_the_loop_is_told(visit):
    visited = visit("decoding", "search=greedy&limit=40")
    page = visited.page
    page.get_by_role("button", name="What if …").click()
    page.get_by_text("What if it never says").click()
    page.get_by_text("until the limit").wait_for()
    visited.settle()
    assert query(page)["never"] == ["true"]
    assert "after 40 words" in finding(page)
    assert not visited.problems


@pytest.mark.parametrize("search", ["beam", "greedy", "sampling"])
def test_it_fits_a_phone(search, visit):
    visited = visit("decoding", f"search={search}&temperature=1.5&force=3:answer", size="phone", lang="zh")
    assert visited.overflow() <= 0
    assert not visited.problems
