"""What a reader of Evaluate and Decode is promised, in a real browser."""

import math
import re

import pytest

from engine import hmm
from engine.hmm import json_files
from tests.browser.reading import finding, picked, proved, query

PAGES = {"hmm_evaluate": ("evaluate_forward", 10), "hmm_decode": ("decode_trellis", 15)}  # key, moves of the example


def trellis(page, name: str):
    return page.locator(f".st-key-{name} [role=application]").first


def spoken(page, name: str) -> str:
    """The headline of the trellis: what the current move does."""
    return page.locator(f".st-key-{name} .say").first.inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_stepping_sends_nothing_to_the_server(name, visit):
    visited = visit(name, "k=0")
    page, (key, moves) = visited.page, PAGES[name]
    assert "t = 1" in spoken(page, key)
    trellis(page, key).focus()
    page.wait_for_timeout(300)
    before = len(visited.sent)
    for _ in range(moves):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert query(page)["k"] == ["3"]
    assert "t = 2" in spoken(page, key)
    assert len(visited.sent) == before
    assert not visited.problems


@pytest.mark.parametrize("name", PAGES)
def test_a_link_reopens_the_cell(name, visit):
    page = visit(name, "k=4&lang=zh").page
    assert query(page)["k"] == ["4"]
    assert re.search(r"t = 3", spoken(page, PAGES[name][0]))


def test_the_trace_back_ends_with_viterbis_path(visit):
    preset = json_files.preset("weather")
    path = hmm.viterbi(preset.model, hmm.observe(preset.model, preset.example)).states.tolist()
    visited = visit("hmm_decode", "k=10")
    page, seen = visited.page, []
    trellis(page, "decode_trellis").focus()
    for t in range(5, 0, -1):
        seen.append(re.search(rf"t = {t}, (\w+)", spoken(page, "decode_trellis"))[1])
        page.keyboard.press("ArrowRight")
    assert seen[::-1] == [preset.model.S[state] for state in path]
    assert " → ".join(seen[::-1]) in finding(page).replace("\u00a0", " ")
    assert not visited.problems


def test_the_three_ways_agree_on_the_screen(visit):
    page = visit("hmm_evaluate").page
    rows = page.get_by_role("row").all_inner_texts()
    logs = [re.search(r"−(\d+\.\d+)", row)[1] for row in rows if "−" in row]
    assert len(logs) == 3
    assert len(set(logs)) == 1
    said = float(re.search(r"P\(O\) = ([\d.e-]+\d)", finding(page))[1])
    assert math.exp(-float(logs[0])) == pytest.approx(said, rel=1e-3)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_five_columns_are_seen_whole(direction, visit):
    visited = visit("hmm_evaluate", f"direction={direction}")
    visited.page.set_viewport_size({"width": 1440, "height": 900})
    visited.settle()
    box = visited.page.locator(f".st-key-evaluate_{direction} .box").first
    width, whole = box.evaluate("box => [box.clientWidth, box.scrollWidth]")
    assert whole <= width + 1
    assert not visited.problems


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("name", ["hmm_evaluate", "hmm_decode"])
def test_the_explanation_comes_into_sight(name, width, visit):
    visited = visit(name, "")
    page = visited.page
    page.set_viewport_size({"width": width, "height": 844})
    visited.settle()
    page.locator("button.explain").first.click()
    panel = page.locator("[class*='__explanation']").first
    panel.wait_for()
    page.wait_for_function(
        """() => { const box = document.querySelector("[class*='__explanation']").getBoundingClientRect();
            return box.top >= -1 && box.top < innerHeight / 2; }"""
    )
    assert not visited.problems


def test_backward_runs_from_the_end(visit):
    visited = visit("hmm_evaluate", "k=2")
    page = visited.page
    page.get_by_text("Backward β", exact=True).click()
    page.locator(".st-key-evaluate_backward [role=application]").wait_for()
    visited.settle()
    assert "t = 4" in spoken(page, "evaluate_backward")
    assert query(page)["direction"] == ["backward"]
    panel = page.locator(".st-key-evaluate_backward .panel")
    assert panel.locator(".facts").inner_text() == "O₅ shop"
    assert panel.locator(".direction").inner_text().endswith("(a · b · β)")
    parts = [math.prod(map(float, text.split(" · "))) for text in panel.locator(".detail").all_inner_texts()]
    assert parts == pytest.approx([0.28, 0.09])  # 0.7 · 0.4 and 0.3 · 0.3
    assert not visited.problems


def test_a_changed_observation_flips_the_path(visit):
    """Pick a column's head, choose another symbol: box, finding and path follow."""
    visited = visit("hmm_decode")
    page, before = visited.page, finding(visited.page)
    box = trellis(page, "decode_trellis")
    width = box.bounding_box()["width"]
    box.click(position={"x": width * 0.5, "y": 24})
    page.get_by_text("Observation 3", exact=True).wait_for()
    page.get_by_test_id("stMain").get_by_role("radio", name="walk").or_(
        page.get_by_test_id("stMain").get_by_role("button", name="walk", exact=True)
    ).first.click()
    page.wait_for_function(
        "() => document.querySelector('input[aria-label=Observations]')?.value.includes('walk walk')"
    )
    visited.settle()
    assert finding(page) != before
    assert query(page)["o"] == ["walk shop walk walk shop"]
    assert not visited.problems


def test_the_button_finds_disagreement(visit):
    visited = visit("hmm_decode", "hmm=tagger")
    page = visited.page
    page.get_by_role("button", name="Find a sequence where they disagree").click()
    page.get_by_text("three decoders, three paths").wait_for()
    visited.settle()
    assert re.search(r"Greedy differs at t = .*posterior differs at t = ", finding(page))
    assert not visited.problems


def test_a_picked_cell_is_proved_by_its_own_code(visit):
    visited = visit("hmm_evaluate", "k=5")
    page = visited.page
    shown, _ = proved(picked(page, "evaluate_forward"), within=1e-9)
    preset = json_files.preset("weather")
    alpha = hmm.forward(preset.model, hmm.observe(preset.model, preset.example)).exp()
    assert shown == pytest.approx(alpha[2, 1].item(), rel=1e-8)
    assert not visited.problems
