"""The search tree in Chromium: numbers, growth with the cursor, keys, picks, long trees, phone and large type."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scripts.axe import AXE
from tests.browser.demo_tree import HOSTILE, SIZES, searched

DEMO = Path(__file__).with_name("demo_tree.py")


@pytest.fixture(scope="module")
def demo(serve):
    return serve(DEMO).url


@pytest.fixture
def opened(visit, demo):
    def open_demo(query="", **options):
        return visit(query=query, url=demo, **options)

    return open_demo


def part(page, selector, key="tree"):
    return page.locator(f".st-key-{key} {selector}")


def said(page):
    return part(page, ".heard[aria-live]").inner_text()


def picked(page, runs):
    page.wait_for_function(f"() => document.querySelector('[data-testid=stCode]').innerText.includes('runs {runs} ')")
    return page.locator("[data-testid=stCode]").inner_text()


def pale(page):
    return part(page, ".node.ahead").count()


@pytest.mark.parametrize("name", ["small", "usual", "large"])
def test_every_node_is_drawn_as_what_it_is(opened, name):
    visited = opened(f"name={name}")
    page, data = visited.page, searched(name)
    assert part(page, ".node").count() == data.sizes["node"]
    assert part(page, ".edge").count() == data.sizes["node"] - 1
    assert part(page, ".node.kept").count() == int(data["kept"].sum())
    assert part(page, ".node.best").count() == part(page, ".edge.best").count() + 1 == int(data["best"].sum())
    assert part(page, ".node .end").count() == int(data["finished"].sum())
    shown = part(page, ".node.best .score").all_text_contents()
    values = [float(text.replace("−", "-")) for text in shown]
    np.testing.assert_allclose(values, data["score"].values[data["best"].values], rtol=0.006)
    assert visited.overflow() <= 0
    assert not visited.problems


def test_the_tree_grows_with_the_cursor(opened):
    visited = opened("name=usual&t=0")
    page, data, before = visited.page, searched("usual"), len(visited.sent)
    for step in range(4):
        assert pale(page) == int((data["depth"] > step + 1).sum())
        page.locator(".st-key-stepper .act.forward").click()
    assert len(visited.sent) == before
    assert not visited.problems


def test_no_branches_cross_and_no_words_touch(opened):
    page, data = opened("name=large").page, searched("large")
    boxes = part(page, ".node .pill").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
    )
    order = [int(k) for k in np.lexsort([[box[1] for box in boxes], [round(box[0]) for box in boxes]])]
    for a, b in pairwise(order):
        assert round(boxes[a][0]) != round(boxes[b][0]) or boxes[a][3] <= boxes[b][1] + 1
    assert len(boxes) == data.sizes["node"]


def test_the_keys_walk_from_parent_to_child(opened):
    page, data = opened("name=usual").page, searched("usual")
    best = np.flatnonzero(data["best"].values)
    words, logs = data["node_label"].values, data["log_prob"].values
    part(page, ".stage").focus()
    page.keyboard.press("Home")
    assert said(page).startswith("start, ")
    for depth, k in enumerate(best[1:], 1):
        page.keyboard.press("ArrowRight")
        assert said(page).startswith(f"{words[k]}, word {depth}, log-probability ")
        value = float(re.search(r"log-probability (\S+)", said(page))[1].replace("−", "-"))
        assert value == pytest.approx(logs[k], rel=0.01)
    assert said(page).endswith("kept, finished, on the best path")
    tip = part(page, ".tip b").inner_text()
    assert tip == " ".join(words[best[1:]])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    assert said(page).split(", ")[1] == f"word {len(best) - 2}"
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert f"{{'variable': 'score', 'position': {{'node': {best[-1]}}}}}" in picked(page, 2)


def test_a_click_picks_and_the_node_stays_marked(opened):
    page, data = opened("name=small").page, searched("small")
    kept = int(np.flatnonzero(data["kept"].values & ~data["best"].values)[0])
    word = data["node_label"].values[kept]
    part(page, ".node.kept:not(.best)").filter(has_text=word).first.click()
    found = int(re.search(r"'node': (\d+)", picked(page, 2))[1])
    assert data["node_label"].values[found] == word
    assert bool(data["kept"][found])
    assert part(page, ".node.picked").count() == 1


def test_hover_tells_the_numbers(opened):
    visited = opened("name=small")
    page, data = visited.page, searched("small")
    before = len(visited.sent)
    part(page, ".node.best").last.hover()
    text = part(page, ".tip").inner_text()
    last = np.flatnonzero(data["best"].values)[-1]
    assert float(re.search(r"score (\S+)", text)[1].replace("−", "-")) == pytest.approx(
        float(data["score"][last]), rel=1e-3
    )
    assert part(page, ".edge.lit").count() == int(data["best"].sum()) - 1
    page.mouse.move(2, 2)
    assert part(page, ".tip").is_hidden()
    assert len(visited.sent) == before


def test_a_long_tree_scrolls_in_its_own_box(opened):
    visited = opened("name=large&t=0", size="phone")
    page = visited.page
    assert visited.overflow() <= 0
    left = part(page, ".box").evaluate("box => box.scrollLeft")
    page.locator(".st-key-stepper .act.last").click()
    after = part(page, ".box").evaluate("box => [box.scrollLeft, box.clientWidth, box.scrollWidth]")
    assert after[0] > left
    assert after[2] > 2 * after[1]
    box = part(page, ".node.best").last.bounding_box()
    assert 0 <= box["x"] <= 390 - box["width"]
    assert not visited.problems


def test_labels_are_text(opened):
    visited = opened("name=hostile")
    page, words = visited.page, searched("hostile")["node_label"].values
    texts = part(page, ".node .word").all_text_contents()
    assert any(text.startswith("<img src=x") for text in texts) == (HOSTILE[1] in words)
    assert page.evaluate("() => window.hacked") is None
    assert not visited.problems


@pytest.mark.parametrize("query", [*(f"name={name}" for name in SIZES), "name=usual&type=true"])
def test_it_fits_a_phone_and_type_is_never_small(opened, query):
    visited = opened(query, size="phone", theme="dark")
    sizes = part(visited.page, "text, span, p, b").evaluate_all(
        "all => all.filter(one => [...one.childNodes].some(child => child.nodeType === 3))"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 10.99
    assert visited.overflow() <= 0
    assert not visited.problems


def test_nothing_moves_in_the_layout_while_stepping(opened):
    page, boxes = opened("name=usual&t=0", size="phone").page, set()
    for _ in range(5):
        places = [part(page, selector).bounding_box() for selector in (".view", ".legend")]
        boxes.add(str([[round(value) for value in box.values()] for box in places]))
        page.locator(".st-key-stepper .act.forward").click(force=True)
    assert len(boxes) == 1, boxes


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened, theme):
    page = opened("name=usual&t=3", theme=theme).page
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run([...document.querySelectorAll('.stBidiComponent')], {resultTypes: ['violations']})"
        ".then(found => found.violations.map(rule => `${rule.id} ${rule.nodes[0].html}`))"
    )
    assert not found
