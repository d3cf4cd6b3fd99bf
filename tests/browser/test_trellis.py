"""The trellis and the state graph in Chromium: stepping without a message, candidates, trace back, picks, paths."""

from pathlib import Path

import pytest

from scripts.axe import AXE

DEMO = Path(__file__).with_name("demo_trellis.py")
ROOT = "document.querySelector('.st-key-{key} [data-testid=stBidiComponentIsolated]').shadowRoot.querySelector('.u')"


@pytest.fixture(scope="module")
def demo(serve):
    return serve(DEMO).url


@pytest.fixture
def opened(visit, demo):
    """`opened(query)` → Visit whose components are all drawn."""

    def open_demo(query="", **options):
        result = visit(query=query, url=demo, **options)
        result.page.wait_for_function(
            "() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
            ".every(box => box.shadowRoot?.querySelector('.u')?.childElementCount)"
        )
        return result

    return open_demo


def part(page, selector, key="viterbi"):
    return page.locator(f".st-key-{key} {selector}")


def press(page, act, key="viterbi", times=1):
    for _ in range(times):
        part(page, f".act.{act}", key).click()


def say(page, key="viterbi"):
    return part(page, ".say", key).inner_text()


def drawn(page, key="viterbi"):
    """How many nodes, arcs, numbers and steps of paths the last frame drew."""
    data = page.evaluate(f"() => ({{...{ROOT.format(key=key)}.dataset}})")
    return {name: int(data[name]) for name in ("nodes", "arcs", "numbers", "paths")}


def rows(page, key="viterbi"):
    return part(page, ".candidate", key).evaluate_all(
        "all => all.filter(row => getComputedStyle(row).visibility === 'visible').map(row => row.ariaLabel)"
    )


def report(page):
    return page.locator("[data-testid=stCode]").inner_text()


def picked(page, runs):
    """What the server received, once it has run that often."""
    page.wait_for_function(f"() => document.querySelector('[data-testid=stCode]').innerText.includes('runs {runs} ')")
    return report(page)


def place(page, t, state, key="viterbi", of=5, states=2):
    """The centre of a node of a trellis that need not scroll; state -1 is the column's head."""
    box = part(page, ".stage", key).bounding_box()
    top = 3.1 * page.evaluate("() => parseFloat(getComputedStyle(document.documentElement).fontSize)")
    high = (box["height"] - top - 4) / states
    y = box["y"] + (top / 2 if state < 0 else top + (state + 0.5) * high)
    wide = page.evaluate(f"() => Number({ROOT.format(key=key)}.querySelector('.stage').style.width.replace('px', ''))")
    return box["x"] + 4 + (t + 0.5) * (wide - 8) / of, y


def test_stepping_sends_nothing(opened):
    visited = opened()
    page, before = visited.page, len(visited.sent)
    assert say(page) == "t = 1, Rainy: the start, 0.06"
    press(page, "forward", times=7)
    assert say(page) == "t = 4, Sunny: best from Rainy, 0.0004032"
    press(page, "back")
    assert say(page) == "t = 4, Rainy: best from Rainy, 0.004704"
    page.keyboard.press("ArrowLeft")
    assert say(page) == "t = 3, Sunny: best from Sunny, 0.002592"
    page.wait_for_timeout(400)
    assert "k=5" in page.url
    assert len(visited.sent) == before
    assert "runs 1 " in report(page)
    assert not visited.problems


def test_every_candidate_has_its_number_and_the_winner_is_marked(opened):
    page = opened("k=7").page
    assert rows(page) == ["Rainy, 0.0004032, winner", "Sunny, 0.0001555"]
    assert part(page, ".result").inner_text().split() == ["max", "=", "0.0004032"]
    assert part(page, ".facts").inner_text().split() == ["observed", "clean", "b", "0.1"]
    assert drawn(page) == {"nodes": 8, "arcs": 7, "numbers": 2, "paths": 0}


def test_nothing_moves_in_the_layout_while_stepping(opened):
    page = opened().page
    boxes = set()
    for _ in range(15):
        places = [part(page, selector).bounding_box() for selector in (".stage", ".panel", ".result")]
        boxes.add(str([[round(value) for value in box.values()] for box in places]))
        page.keyboard.press("ArrowRight")
    assert len(boxes) == 1, boxes


def test_the_trace_back_ends_with_the_path(opened):
    page = opened("figures=log&model=three&kl=17").page
    press(page, "forward", "log")
    assert "the largest of the last column" in say(page, "log")
    press(page, "forward", "log", times=5)
    assert say(page, "log").startswith("Back to t = 1,")
    assert drawn(page, "log")["paths"] == 5
    assert part(page, ".forward", "log").is_disabled()
    press(page, "back", "log", times=6)
    assert drawn(page, "log")["paths"] == 0


def test_the_paths_come_after_the_last_move(opened):
    page = opened("k=13").page
    assert part(page, ".legend").is_hidden()
    press(page, "last")
    assert drawn(page)["paths"] == 4 * 4
    assert part(page, ".chip").count() == 4


def test_play_runs_and_pauses(opened):
    page = opened().page
    for _ in range(2):
        press(page, "speed")
    press(page, "play")
    page.wait_for_timeout(1200)
    press(page, "play")
    now = say(page)
    assert now != "t = 1, Rainy: the start, 0.06"
    page.wait_for_timeout(600)
    assert say(page) == now


def test_a_link_reopens_the_move(opened):
    assert say(opened("k=9").page) == "t = 5, Sunny: best from Rainy, 0.0008467"
    assert say(opened("k=999").page).startswith("Back to t = 1, Sunny")


def test_forward_sums(opened):
    page = opened("figures=forward&kf=3").page
    assert say(page, "forward") == "t = 2, Sunny: sum of 2 candidates, 0.0486"
    assert part(page, ".result", "forward").inner_text().split() == ["Σ", "=", "0.0486"]
    assert rows(page, "forward") == ["Rainy, 0.0054", "Sunny, 0.0432"]


def test_backward_goes_from_the_end(opened):
    page = opened("figures=backward").page
    assert say(page, "backward") == "t = 5, Rainy: the end, 1"
    press(page, "forward", "backward", times=2)
    assert say(page, "backward").startswith("t = 4, Rainy: sum of 2 candidates")
    assert drawn(page, "backward")["numbers"] == 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ((1, 1), "{'variable': 'delta', 'position': {'time': 1, 'state': 1}}"),
        ((4, 0), "{'variable': 'delta', 'position': {'time': 4, 'state': 0}}"),
        ((2, -1), "{'variable': 'O', 'position': {'time': 2}}"),
    ],
)
def test_a_click_on_a_node_or_a_head_picks(opened, where, expected):
    page = opened("k=7").page
    page.mouse.click(*place(page, *where))
    assert expected in picked(page, 2)
    if where == (4, 0):
        assert say(page).startswith("t = 5, Rainy")


def test_a_candidate_row_and_its_arc_pick(opened):
    page = opened("k=7").page
    expected = "{'variable': 'candidate', 'position': {'step': 2, 'state': 1, 'next_state': 1}}"
    part(page, ".candidate").nth(1).click()
    assert expected in picked(page, 2)
    (x1, y), (x2, _) = place(page, 2, 1), place(page, 3, 1)
    page.mouse.click(x1 + 0.62 * (x2 - x1), y)
    assert expected in picked(page, 3)
    part(page, ".explain").click()
    assert "{'variable': 'delta', 'position': {'time': 3, 'state': 1}}" in picked(page, 4)


def test_picking_with_the_keyboard_alone(opened):
    page = opened("k=7").page
    stage = part(page, ".stage")
    stage.press("ArrowRight")
    assert say(page).startswith("t = 5, Rainy")
    stage.press("ArrowDown")
    stage.press("ArrowDown")
    assert part(page, ".u > .heard[aria-live]").inner_text() == "t = 4, Sunny → t = 5, Rainy, 1.613e−5"
    stage.press("Enter")
    assert "'variable': 'candidate', 'position': {'step': 3, 'state': 1, 'next_state': 0}" in picked(page, 2)


def test_arcs_of_a_whole_trellis_are_reached_by_keys(opened):
    page = opened("figures=posterior").page
    stage = part(page, ".stage", "posterior")
    stage.press("ArrowRight")
    stage.press("Space")
    stage.press("Space")
    stage.press("Enter")
    assert "'variable': 'xi', 'position': {'step': 1, 'state': 0, 'next_state': 1}" in picked(page, 2)


def test_a_computed_cell_shows_its_candidates_again(opened):
    page = opened("k=9").page
    before = drawn(page)
    page.mouse.move(*place(page, 1, 0))
    page.wait_for_function(f"() => {ROOT.format(key='viterbi')}.dataset.numbers === '4'")
    assert drawn(page)["arcs"] > before["arcs"]
    assert part(page, ".tip b").inner_text() == "0.0384"


def test_paths_are_switched_and_isolated(opened):
    page = opened("figures=posterior").page
    assert drawn(page, "posterior")["paths"] == 16
    part(page, ".chip", "posterior").nth(0).click()
    assert part(page, ".chip", "posterior").nth(0).get_attribute("aria-pressed") == "false"
    page.wait_for_function(f"() => {ROOT.format(key='posterior')}.dataset.paths === '12'")


def test_the_slider_shows_another_iteration(opened):
    visited = opened("figures=learn&i=4")
    page = visited.page
    assert part(page, "output", "learn").inner_text() == "4 (5 of 5)"
    before = len(visited.sent)
    part(page, "input", "learn").press("ArrowLeft")
    page.wait_for_timeout(400)
    assert part(page, "output", "learn").inner_text() == "3 (4 of 5)"
    assert "i=3" in page.url
    assert len(visited.sent) == before


def test_the_column_follows_time_and_time_follows_the_moves(opened):
    page = opened("figures=viterbi&figures=stepper&figures=graph").page
    press(page, "forward", times=4)
    current = "all => all.findIndex(chip => chip.ariaCurrent)"
    assert page.locator(".st-key-stepper .chip").evaluate_all(current) == 2
    assert part(page, ".now", "graph").inner_text() == "t = 3: Rainy, observed clean"
    moves = say(page)
    page.locator(".st-key-stepper .chip").nth(4).click()
    assert part(page, ".now", "graph").inner_text() == "t = 5: Sunny, observed walk"
    assert say(page) == moves


@pytest.mark.parametrize("move", [0, 500, 959, 1079])
def test_the_largest_is_drawn_in_part_and_its_column_is_in_sight(opened, move):
    page = opened(f"model=large&k={move}").page
    counts = drawn(page)
    assert counts["nodes"] <= 8 * 14
    t = move // 8 if move < 960 else 119 - (move - 960)
    left, width, whole = part(page, ".box").evaluate("box => [box.scrollLeft, box.clientWidth, box.scrollWidth]")
    assert whole > 5 * width
    assert left < (t + 0.5) / 120 * whole < left + width


@pytest.mark.parametrize("model", ["huge", "long"])
def test_too_much_is_a_summary_that_says_so(opened, model):
    visited = opened(f"model={model}")
    page = visited.page
    assert "too many to step through" in part(page, ".notes").inner_text()
    assert part(page, ".act.play").is_hidden()
    assert drawn(page)["nodes"] == 1200
    assert not visited.problems


@pytest.mark.parametrize(
    ("model", "size"), [("one", "desktop"), ("hostile", "phone"), ("sixteen", "desktop"), ("five", "phone")]
)
def test_other_models_are_drawn_without_a_fault(opened, model, size):
    every = "&".join(
        f"figures={each}" for each in ("viterbi", "forward", "backward", "posterior", "learn", "log", "graph")
    )
    visited = opened(f"model={model}&{every}", size=size)
    page = visited.page
    assert not page.evaluate("() => window.hacked")
    assert visited.overflow() <= 0
    wide = page.locator(".u").evaluate_all("all => all.filter(root => root.scrollWidth > root.clientWidth + 1).length")
    assert not wide
    assert not visited.problems


def test_the_panel_stands_below_on_a_phone(opened):
    page = opened("k=7", size="phone").page
    stage, panel = part(page, ".stage").bounding_box(), part(page, ".panel").bounding_box()
    assert panel["y"] >= stage["y"] + stage["height"]
    assert panel["width"] <= 390
    left, width, whole = part(page, ".box").evaluate("box => [box.scrollLeft, box.clientWidth, box.scrollWidth]")
    assert left < 2.5 / 5 * whole < 3.5 / 5 * whole < left + width  # the cell and where its candidates come from


@pytest.mark.parametrize("figure", ["viterbi", "graph"])
def test_a_theme_repaints(opened, figure):
    """The ground shows through; what is drawn has other colours by night."""
    shots = [
        part(opened(f"figures={figure}", theme=theme).page, ".stage", figure).screenshot()
        for theme in ("light", "dark")
    ]
    assert shots[0] != shots[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["k=14", "figures=posterior&figures=learn&figures=graph"])
def test_axe_finds_nothing(opened, theme, query):
    page = opened(query, theme=theme).page
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run([...document.querySelectorAll('.stBidiComponent')], {resultTypes: ['violations']})"
        ".then(found => found.violations.map(rule => `${rule.id} ${rule.nodes[0].html}`))"
    )
    assert not found


# ── the graph ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_arrows_numbers_and_starts(opened):
    page = opened("figures=graph").page
    assert part(page, ".edge", "graph").count() == 4
    assert sorted(part(page, ".number", "graph").all_text_contents()) == [".30", ".40", ".60", ".70"]
    assert part(page, ".start text", "graph").all_text_contents() == ["π .60", "π .40"]
    widths = part(page, ".edge .line", "graph").evaluate_all(
        "all => all.map(line => Number(line.getAttribute('stroke-width')))"
    )
    assert widths[0] > widths[3] > widths[2] > widths[1]


def test_numbers_do_not_cover_each_other(opened):
    for model in ("friend", "three", "four", "five"):
        page = opened(f"figures=graph&model={model}").page
        boxes = part(page, ".number", "graph").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
        )
        cross = [(a, b) for k, a in enumerate(boxes) for b in boxes[:k]
                 if a[0] < b[2] - 2 and b[0] < a[2] - 2 and a[1] < b[3] - 4 and b[1] < a[3] - 4]  # fmt: skip
        assert not cross, model


def test_clicks_on_arrows_and_states_pick(opened):
    page = opened("figures=graph").page
    part(page, ".edge .touch", "graph").nth(1).dispatch_event("click")
    assert "{'variable': 'A', 'position': {'state': 0, 'next_state': 1}}" in picked(page, 2)
    part(page, ".state", "graph").nth(1).click()
    assert "{'variable': 'pi', 'position': {'state': 1}}" in picked(page, 3)


def test_the_keys_walk_over_states_and_arrows(opened):
    page = opened("figures=graph").page
    stage, live = part(page, ".stage", "graph"), part(page, ".heard[aria-live]", "graph")
    stage.press("ArrowRight")
    assert live.inner_text().startswith("Sunny: start 0.4 · → Sunny .60 · → Rainy .40 · emits walk .60")
    stage.press("ArrowDown")
    assert live.inner_text() == "Sunny → Rainy, 0.4"
    stage.press("Enter")
    assert "{'variable': 'A', 'position': {'state': 1, 'next_state': 0}}" in picked(page, 2)


def test_hover_isolates_a_state(opened):
    page = opened("figures=graph&model=four").page
    part(page, ".state", "graph").nth(0).hover()
    page.mouse.move(0, 0)
    part(page, ".state rect", "graph").nth(2).hover(force=True)
    lit = part(page, ".edge.lit", "graph").count()
    assert lit == 4
    assert part(page, ".edge.dim", "graph").count() == 12


def test_the_path_lights_up(opened):
    visited = opened("figures=graph&figures=stepper&t=3")
    page, before = visited.page, len(visited.sent)
    assert part(page, ".state.here", "graph").text_content() == "Rainy"
    assert part(page, ".edge.taken", "graph").count() == 1
    assert part(page, ".bubble text", "graph").text_content() == "clean"
    page.keyboard.press("ArrowRight")
    assert part(page, ".state.here", "graph").text_content() == "Sunny"
    assert len(visited.sent) == before
