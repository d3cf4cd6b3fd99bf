"""The block diagram in Chromium: numbers on the wires, stages, units, keys, picks, phone and large type."""

from pathlib import Path

import pytest

from scripts.axe import AXE
from tests.browser.demo_wires import HOSTILE, gru, lstm

DEMO = Path(__file__).with_name("demo_wires.py")
LETTERS = list("Satoshi")


@pytest.fixture(scope="module")
def demo(serve):
    return serve(DEMO).url


@pytest.fixture
def opened(visit, demo):
    def open_demo(query="", **options):
        return visit(query=query, url=demo, **options)

    return open_demo


def part(page, selector, key="wires"):
    return page.locator(f".st-key-{key} {selector}")


def numbers(page):
    """{variable: texts on its wires}."""
    pairs = part(page, ".number").evaluate_all("all => all.map(one => [one.dataset.variable, one.textContent])")
    found = {}
    for name, text in pairs:
        found.setdefault(name, set()).add(text)
    return found


def close(text, value):
    """Three significant digits."""
    return abs(float(text.replace("−", "-")) - value) <= 0.0051 * abs(value) + 1e-7


def said(page):
    return part(page, ".heard[aria-live]").inner_text()


def panel(page):
    return part(page, ".block:not(.off)").inner_text()


def press(page, act, times=1):
    for _ in range(times):
        part(page, f".act.{act}").click()


def picked(page, runs):
    page.wait_for_function(f"() => document.querySelector('[data-testid=stCode]').innerText.includes('runs {runs} ')")
    return page.locator("[data-testid=stCode]").inner_text()


@pytest.mark.parametrize(("model", "data"), [("peephole", lstm(LETTERS, 6, True)), ("gru", gru(LETTERS, 6))])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_numbers_on_the_wires_are_the_data(opened, model, data, size):
    page = opened(f"model={model}&t=4&unit=2", size=size).page
    shown = numbers(page)
    for name in set(shown) & set(data):
        (text,) = shown[name]
        assert close(text, float(data[name][4, 2])), (name, text)
    state = "h" if model == "gru" else "c"
    assert close(*shown[f"{state}_prev"], float(data[state][3, 2]))
    assert {"z", "z_bar", state} <= set(shown) & set(data)


def test_gates_are_filled_by_openness(opened):
    page, data = opened("model=peephole&t=3&unit=1").page, lstm(LETTERS, 6, True)
    gates = part(page, ".part.sigma").evaluate_all(
        "all => all.map(one => [one.querySelector('.symbol').textContent[0], Number(one.dataset.open),"
        " one.querySelector('.level').getAttribute('height') / one.querySelector('.frame').getAttribute('height')])"
    )
    assert {name for name, _, _ in gates} == {"i", "f", "o"}
    for name, openness, share in gates:
        assert openness == pytest.approx(float(data[name][3, 1]), abs=1e-4)
        assert share == pytest.approx(openness, abs=0.01)


def test_stages_units_and_letters_send_nothing(opened):
    visited = opened("model=peephole&t=2")
    page, before = visited.page, len(visited.sent)
    press(page, "forward")
    assert panel(page).startswith("Block input\n")
    assert "forget gate" not in said(page)
    assert numbers(page)["f"] == {""}
    assert numbers(page)["z"] != {""}
    press(page, "forward", times=3)
    assert panel(page).startswith("Cell\n")
    assert numbers(page)["o"] == {""}
    page.locator(".st-key-stepper .chip").nth(5).click()
    assert "t = 6 (h), unit 0" in part(page, ".now").inner_text()
    part(page, "input[type=range]").press("ArrowRight")
    part(page, "input[type=number]").fill("3")
    assert part(page, ".now").inner_text() == "t = 6 (h), unit 3"
    page.wait_for_timeout(400)
    assert "unit=3" in page.url
    assert "stage=4" in page.url
    assert len(visited.sent) == before
    assert not visited.problems


def test_the_link_opens_unit_and_stage(opened):
    page = opened("model=lstm&t=1&unit=63&stage=5").page
    assert part(page, ".now").inner_text() == "t = 2 (a), unit 63"
    assert panel(page).startswith("Output gate\n")


def test_the_equation_has_the_numbers(opened):
    page, data = opened("model=lstm&t=3&unit=7&stage=4").page, lstm(LETTERS, 64, False)
    symbols, result = panel(page).split("\n", 1)[1].strip(), part(page, ".block:not(.off) .result").inner_text()
    assert symbols.startswith("ct = zt ⊙ it + ct−1 ⊙ ft = ")
    assert close(result, float(data["c"][3, 7]))


def test_time_plays(opened):
    page = opened("model=lstm").page
    page.locator(".st-key-stepper .act.last").click()
    assert part(page, ".now").inner_text() == "t = 7 (i), unit 0"


def test_a_click_picks_a_box(opened):
    page = opened("model=peephole&t=2&unit=4").page
    part(page, ".part.sigma").first.click()
    assert "{'variable': 'i', 'position': {'time': 2, 'unit': 4}}" in picked(page, 2)
    assert part(page, ".part.picked").count() == 1


def test_what_python_does_not_know_is_not_picked(opened):
    visited = opened("model=peephole&t=2")
    page, before = visited.page, len(visited.sent)
    part(page, ".part.input").first.click()
    page.wait_for_timeout(300)
    assert len(visited.sent) == before


def test_the_keys_walk_over_the_boxes(opened):
    page, data = opened("model=peephole&t=3").page, lstm(LETTERS, 6, True)
    stage = part(page, ".stage")
    stage.press("ArrowRight")
    name, symbol, value = said(page).split(", ")
    assert (name, symbol) == ("what is kept", "ct−1 ⊙ ft")
    assert close(value, float(data["c"][2, 0] * data["f"][3, 0]))
    stage.press("ArrowDown")
    name, symbol, value = said(page).split(", ")
    assert (name, symbol) == ("forget gate", "ft")
    assert close(value, float(data["f"][3, 0]))
    assert part(page, ".tip b").inner_text() == f"ft = {value}"
    stage.press("PageDown")
    assert part(page, ".now").inner_text() == "t = 4 (o), unit 1"
    stage.press("Enter")
    assert "{'variable': 'f', 'position': {'time': 3, 'unit': 1}}" in picked(page, 2)


def test_hover_says_what_a_box_is(opened):
    page, data = opened("model=peephole&t=3").page, lstm(LETTERS, 6, True)
    part(page, ".part.memory").hover()
    assert part(page, ".tip span").inner_text() == "cell"
    assert close(part(page, ".tip b").inner_text().split(" = ")[1], float(data["c"][3, 0]))


def test_letters_are_text(opened):
    visited = opened("model=hostile")
    for k, letter in enumerate(HOSTILE):
        visited.page.locator(".st-key-stepper .chip").nth(k).click()
        assert (letter.strip() or "␣") in part(visited.page, ".now").inner_text()
    assert not visited.page.evaluate("() => window.hacked")
    assert visited.overflow() <= 0
    assert not visited.problems


@pytest.mark.parametrize("query", ["model=peephole", "model=gru&stage=2", "model=peephole&large=true", "model=one"])
def test_it_fits_a_phone_and_type_is_never_small(opened, query):
    visited = opened(query, size="phone", theme="dark")
    page = visited.page
    assert visited.overflow() <= 0
    sizes = part(page, "*").evaluate_all(
        "all => all.filter(one => one.childNodes.length && [...one.childNodes].some(child => child.nodeType === 3))"
        ".map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 10.99
    assert not visited.problems


def test_a_phone_shows_it_whole(opened):
    page = opened("model=peephole", size="phone").page
    assert part(page, ".box").evaluate("box => box.scrollWidth - box.clientWidth") <= 1


@pytest.mark.parametrize(("model", "size"), [("peephole", "phone"), ("gru", "desktop"), ("gru", "phone")])
def test_numbers_do_not_cover_each_other(opened, model, size):
    page = opened(f"model={model}", size=size).page
    for _ in range(6):
        page.locator(".st-key-stepper .act.forward").click()
        boxes = part(page, ".number text").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
        )
        cross = [(a, b) for k, a in enumerate(boxes) for b in boxes[:k]
                 if a[0] < b[2] - 1 and b[0] < a[2] - 1 and a[1] < b[3] - 4 and b[1] < a[3] - 4]  # fmt: skip
        assert not cross


def test_nothing_moves_in_the_layout_while_stepping(opened):
    page, boxes = opened("model=peephole&t=3", size="phone").page, set()
    for _ in range(7):
        places = [part(page, selector).bounding_box() for selector in (".stage", ".panel", ".legend")]
        boxes.add(str([[round(value) for value in box.values()] for box in places]))
        part(page, ".act.forward").click(force=True)
    assert len(boxes) == 1, boxes


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened, theme):
    page = opened("model=peephole&stage=4", theme=theme).page
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run([...document.querySelectorAll('.stBidiComponent')], {resultTypes: ['violations']})"
        ".then(found => found.violations.map(rule => `${rule.id} ${rule.nodes[0].html}`))"
    )
    assert not found
