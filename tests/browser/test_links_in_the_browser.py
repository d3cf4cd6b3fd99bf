"""Lines between words in Chromium: hover, keys, the shared cursor, heads, picks; and rows of a matrix being edited."""

import re
from pathlib import Path

import numpy as np
import pytest

from scripts.axe import AXE
from tests.browser.demo_links import SENTENCES, heads, translation

DEMO = Path(__file__).with_name("demo_links.py")
WEIGHTS, TRUTH = translation("short")
SOURCE, TARGET = (part.split(" ") for part in SENTENCES["short"][:2])


@pytest.fixture(scope="module")
def demo(serve):
    return serve(DEMO).url


@pytest.fixture
def opened(visit, demo):
    def open_demo(query="", **options):
        return visit(query=query, url=demo, **options)

    return open_demo


def part(page, selector, key="links"):
    return page.locator(f".st-key-{key} {selector}")


def word(page, side, k):
    return part(page, f".{side} .word").nth(k)


def shares(page, side):
    """The numbers printed beside the words of a side: {place: per cent}."""
    texts = part(page, f".{side} .word b").all_inner_texts()
    return {k: int(text.rstrip(" %")) for k, text in enumerate(texts) if text}


def expected(row):
    return {k: round(100 * float(w)) for k, w in enumerate(row) if w >= 0.01}


def said(page, key="links"):
    return part(page, ".heard[aria-live]", key).inner_text()


def report(page, nth=0):
    return page.locator("[data-testid=stCode]").nth(nth).inner_text()


def after(page, runs, nth=0):
    page.wait_for_function(f"() => document.querySelector('[data-testid=stCode]').innerText.includes('runs {runs} ')")
    return report(page, nth)


def close(shown, row):
    wanted = expected(row)
    return set(shown) == set(wanted) and all(abs(shown[k] - wanted[k]) <= 1 for k in wanted)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_numbers_beside_the_words_are_the_weights(opened, size):
    visited = opened("name=short&free=true", size=size)
    page, before = visited.page, len(visited.sent)
    assert shares(page, "source") == shares(page, "target") == {}
    word(page, "target", 3).hover()
    assert close(shares(page, "source"), WEIGHTS.values[3])
    assert part(page, ".now").inner_text().startswith("the: 81 % from das, 8 % from Buch")
    word(page, "source", 5).hover()
    assert close(shares(page, "target"), WEIGHTS.values[:, 5])
    assert part(page, ".now").inner_text().startswith(".: 97 % to <eos>, ")
    page.mouse.move(3, 3)
    assert shares(page, "source") == shares(page, "target") == {}
    assert len(visited.sent) == before
    assert not visited.problems


def test_as_many_lines_as_weights_of_one_per_cent(opened):
    page = opened("name=short&free=true").page
    assert int(part(page, ".u").get_attribute("data-lines")) == int((WEIGHTS.values >= 0.01).sum())
    assert "under 1 %" in part(page, ".legend").inner_text()


def test_the_cursor_of_the_target_shows_that_word(opened):
    visited = opened("name=short&t=1")
    page, before = visited.page, len(visited.sent)
    assert close(shares(page, "source"), WEIGHTS.values[1])
    page.locator(".st-key-stepper .act.forward").click()
    assert close(shares(page, "source"), WEIGHTS.values[2])
    word(page, "target", 5).hover()
    assert close(shares(page, "source"), WEIGHTS.values[5])
    page.mouse.move(3, 3)
    assert close(shares(page, "source"), WEIGHTS.values[2])
    assert part(page, ".target .word.here").inner_text().startswith("read")
    assert len(visited.sent) == before


def test_a_click_on_a_word_picks_its_strongest_line_and_moves_the_cursor(opened):
    page = opened("name=short&t=0").page
    word(page, "target", 2).click()
    assert "picked {'variable': 'weights', 'position': {'target': 2, 'source': 4}}" in after(page, 2)
    page.wait_for_function("() => location.search.includes('t=2')")
    word(page, "source", 0).click()
    assert "'target': 0, 'source': 0" in after(page, 3)


def test_a_line_is_picked(opened):
    page = opened("name=short&free=true").page
    word(page, "target", 4).hover()
    begin, end = (word(page, side, k).bounding_box() for side, k in (("source", 0), ("target", 4)))
    x = [box["x"] + box["width"] / 2 for box in (begin, end)]
    y = begin["y"] + begin["height"], end["y"]
    page.mouse.move(3, 3)
    page.mouse.move(sum(x) / 2, sum(y) / 2)
    assert part(page, ".now").inner_text() == "book: 10 % from ich"
    page.mouse.click(sum(x) / 2, sum(y) / 2)
    assert "'target': 4, 'source': 0" in after(page, 2)


def test_the_keys_walk_over_words_and_lines(opened):
    page = opened("name=short&free=true").page
    part(page, ".side.source").focus()
    page.keyboard.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert said(page).startswith("the: 81 % from das, 8 % from Buch")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert said(page) == "the: 8 % from Buch"
    page.keyboard.press("Enter")
    assert "'target': 3, 'source': 3" in after(page, 2)
    page.keyboard.press("End")
    assert said(page).startswith("<eos>: 97 % from .")


def test_heads_are_switched_by_chips(opened):
    visited = opened("name=heads")
    page, before, values = visited.page, len(visited.sent), heads(4, 12).values
    chips, lines = part(page, ".chip"), lambda: int(part(page, ".u").get_attribute("data-lines"))
    assert lines() == int((values >= 0.01).sum())
    word(page, "target", 7).hover()
    assert close(shares(page, "source"), values[:, 7].mean(0))
    chips.nth(1).click()
    page.mouse.move(3, 3)
    assert lines() == int((values[[0, 2, 3]] >= 0.01).sum())
    chips.nth(2).dblclick()
    page.mouse.move(3, 3)
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()[:4]] == ["false", "false", "true", "false"]
    word(page, "target", 7).hover()
    assert close(shares(page, "source"), values[2, 7])
    page.mouse.move(3, 3)
    chips.nth(2).dblclick()
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()[:4]] == ["true"] * 4
    assert len(visited.sent) == before
    word(page, "target", 7).click()
    at = np.unravel_index(values[:, 7].argmax(), values[:, 7].shape)
    assert f"{{'query': 7, 'key': {at[1]}, 'head': {at[0]}}}" in after(page, 2)


def test_sixteen_heads_of_forty_words(opened):
    visited = opened("name=many")
    page = visited.page
    word(page, "target", 3).hover()
    assert len(shares(page, "source")) > 10
    assert float(part(page, ".u").get_attribute("data-ms")) < 400
    assert not visited.problems


def test_labels_are_text(opened):
    visited = opened("name=hostile", size="phone")
    page = visited.page
    assert word(page, "source", 0).locator("span").inner_text() == "<img/src=x/onerror=window.hacked=1>"
    word(page, "target", 1).hover()
    assert page.evaluate("() => window.hacked") is None
    assert part(page, ".word :not(span, b)").count() == 0
    assert visited.overflow() <= 0
    assert not visited.problems


@pytest.mark.parametrize("query", ["name=long&t=9", "name=heads", "name=short&free=true&large=true", "name=many"])
def test_it_fits_a_phone_and_type_is_never_small(opened, query):
    visited = opened(query, size="phone", theme="dark")
    page = visited.page
    assert visited.overflow() <= 0
    sizes = part(page, "*").evaluate_all(
        "all => all.filter(one => one.childNodes.length && [...one.childNodes].some(child => child.nodeType === 3))"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 10.99
    boxes = part(page, ".target .word").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(boxes) < 8 or min(np.diff(boxes)) >= 20
    assert not visited.problems


def test_nothing_moves_in_the_layout(opened):
    page, boxes = opened("name=long&t=0", size="phone").page, set()
    for _ in range(5):
        places = [part(page, selector).bounding_box() for selector in (".stage", ".legend")]
        boxes.add(str([[round(value) for value in box.values()] for box in places]))
        page.locator(".st-key-stepper .act.forward").click()
    assert len(boxes) == 1, boxes


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["name=short&t=2", "name=heads"])
def test_axe_finds_nothing(opened, theme, query):
    page = opened(query, theme=theme).page
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run([...document.querySelectorAll('.stBidiComponent')], {resultTypes: ['violations']})"
        ".then(found => found.violations.map(rule => `${rule.id} ${rule.nodes[0].html}`))"
    )
    assert not found


# ── rows of the matrix ──────────────────────────────────────────────────────────────────────────────────────────


def cell(page, i, j):
    """The middle of a cell on the screen."""
    stage = part(page, ".stage", "matrix")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    high = int(page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)") * 0.86 * 1.65)
    width = (box["width"] - 6) / len(SOURCE)
    return box["x"] + 3 + (j + 0.5) * width, box["y"] + box["height"] - 3 - (len(TARGET) - i - 0.5) * high


def edited(text):
    """(target, source, weights) of the report."""
    at = re.search(r"'position': \{'target': (\d+), 'source': (\d+)\}, 'row': \[(.*?)\]", text)
    return int(at[1]), int(at[2]), np.array([float(each) for each in at[3].split(",")])


def others(row, j):
    rest = np.delete(row, j)
    return rest / rest.sum()


def test_dragging_a_cell_sends_its_row_once(opened):
    visited = opened("name=short&t=3")
    page = visited.page
    x, y = cell(page, 3, 2)
    before = len(visited.sent)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 30)
    page.mouse.move(x, y + 56)
    assert len(visited.sent) == before
    shown = part(page, ".tip b", "matrix").inner_text()
    page.mouse.up()
    text = after(page, 2, nth=1)
    i, j, row = edited(text)
    assert (i, j) == (3, 2)
    assert row.sum() == pytest.approx(1)
    assert row[2] == pytest.approx(float(WEIGHTS.values[3, 2]) - 56 / 140, abs=0.01)
    assert float(shown) == pytest.approx(row[2], abs=1e-3)
    np.testing.assert_allclose(others(row, 2), others(WEIGHTS.values[3], 2), rtol=1e-4)
    page.wait_for_timeout(500)
    assert "runs 2 " in report(page)
    assert text.endswith("matrix None")
    assert not visited.problems


def test_a_click_still_picks(opened):
    page = opened("name=short&t=3").page
    page.mouse.click(*cell(page, 1, 4))
    assert "edited None matrix {'variable': 'weights', 'position': {'target': 1, 'source': 4}}" in after(page, 2, nth=1)


def test_keys_change_a_row_and_escape_undoes_it(opened):
    visited = opened("name=short&t=3")
    page, before = visited.page, len(visited.sent)
    part(page, ".stage", "matrix").focus()
    page.keyboard.press("ArrowDown")
    for key in "42":
        page.keyboard.press(key)
    assert said(page, "matrix").startswith("have, ich, 0.42")
    page.keyboard.press("Escape")
    assert f"{WEIGHTS.values[1, 0]:.4g}" in said(page, "matrix")
    assert len(visited.sent) == before
    for key in ("5", "0", "+", "PageUp", "-", "Enter"):
        page.keyboard.press(key)
    i, j, row = edited(after(page, 2, nth=1))
    assert (i, j) == (1, 0)
    assert row[0] == pytest.approx(0.7, abs=1e-5)
    np.testing.assert_allclose(others(row, 0), others(WEIGHTS.values[1], 0), rtol=1e-4)


def test_a_finger_drags_the_chosen_cell_only(browser, demo):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en-GB")
    page = context.new_page()
    page.goto(f"{demo}/?name=short&t=3")
    part(page, ".stage", "matrix").wait_for()
    page.wait_for_timeout(500)
    page.touchscreen.tap(*cell(page, 3, 3))
    after(page, 2)
    page.wait_for_timeout(700)
    hand = context.new_cdp_session(page)
    for at in ((4, 2), (3, 3)):  # the first moves the page, for it is not the chosen one
        assert "edited None" in report(page, 1)
        x, y = cell(page, *at)
        hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for by in (15, 30, 42):
            hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - by}]})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(700)
    after(page, 3)
    i, j, row = edited(report(page, 1))
    assert (i, j) == (3, 3)
    assert row[3] == pytest.approx(float(WEIGHTS.values[3, 3]) + 42 / 140, abs=0.03)
    context.close()
