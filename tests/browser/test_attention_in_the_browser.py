"""What a reader of the page on attention is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import finding, picked, proved, query

GERMAN = "s=Er+hat+das+Buch+nicht+gelesen."
MATRIX = ".st-key-attention_edited canvas"
TOUCH = """(node, [across, down, by]) => {  // a finger on a node, `by` pixels downwards; a tap where it does not move
  const box = node.getBoundingClientRect(), x = box.left + across * box.width, y = box.top + down * box.height;
  const given = {pointerId: 1, pointerType: "touch", clientX: x, bubbles: true, composed: true};
  const send = (kind, at) => node.dispatchEvent(new PointerEvent(kind, {...given, clientY: at}));
  node.setPointerCapture = () => {};
  send("pointerdown", y);
  for (let k = 1; k <= 10 && by; k++) send("pointermove", y + by * k / 10);
  send("pointerup", y + by);
  if (!by) node.dispatchEvent(new MouseEvent("click", {...given, clientY: y}));
}"""


def effect(page) -> str:
    """What the edits do, in words."""
    return page.get_by_text(re.compile(r"^(Example|Edited|Nothing is edited)")).first.inner_text()


def test_stepping_sends_nothing_to_the_server(visit):
    visited = visit("attention", f"{GERMAN}&step=0")
    page, before = visited.page, len(visited.sent)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.locator(".st-key-steps_target").get_by_role("button", name="Forward").click()
    page.locator(".st-key-attention_step_scores").get_by_text(re.compile(r"\(4 of \d+\)")).wait_for()
    page.locator(".st-key-steps_target .chip").nth(1).hover()
    page.locator(".st-key-attention_mixture").get_by_text(re.compile(r"\(2 of \d+\)")).wait_for()
    page.wait_for_timeout(300)
    assert query(page)["step"] == ["3"]
    assert len(visited.sent) == before
    assert not visited.problems


def test_cells_are_proved_by_their_own_code(visit):
    visited = visit("attention", f"{GERMAN}&step=3&edit=2:--10000----")
    page = visited.page
    for key in ("attention_matrix", "attention_step_scores", "attention_edited"):
        panel = picked(page, key, ["ArrowDown", "ArrowRight"])
        proved(panel)
    proved(picked(page, "attention_mixture", ["End"]))
    assert not visited.problems


def test_a_dragged_weight_sends_one_row_and_the_sentence_is_written_again(visit):
    visited = visit("attention", f"{GERMAN}&edit=none")
    page = visited.page
    assert effect(page).startswith("Nothing is edited")
    page.locator(".st-key-attention_edited").scroll_into_view_if_needed()
    visited.settle()
    canvas = page.locator(MATRIX).nth(1)
    box = canvas.bounding_box()
    before = len(visited.sent)
    page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.6)
    page.mouse.down()
    for k in range(1, 17):
        page.mouse.move(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.6 - 12 * k)
    assert len(visited.sent) == before
    page.mouse.up()
    page.get_by_text(re.compile(r"^Edited: word \d+: only at “\w+”")).first.wait_for()
    visited.settle()
    assert len(visited.sent) == before + 1
    assert re.fullmatch(r"\d+:-*10000-*", query(page)["edit"][0])
    page.reload()
    visited.settle()
    assert effect(page).startswith("Edited: word")
    assert not visited.problems


def test_a_finger_taps_a_cell_and_then_drags_it(visit):
    visited = visit("attention", f"{GERMAN}&edit=none", size="phone")
    page, stage = visited.page, visited.page.locator(".st-key-attention_edited .stage")
    stage.evaluate("stage => stage.scrollIntoView({block: 'center'})")
    visited.settle()
    stage.evaluate(TOUCH, [0.45, 0.6, 0])
    page.locator(".st-key-attention_edited .grip.finger").wait_for()
    visited.settle()
    page.locator(".st-key-attention_edited .grip").evaluate(TOUCH, [0.5, 0.5, -200])
    page.get_by_text(re.compile(r"^Edited: word \d+: only at “\w+”")).first.wait_for()
    visited.settle()
    assert re.fullmatch(r"\d+:-*10000-*", query(page)["edit"][0])
    assert not visited.problems


def test_a_row_is_forced_by_the_controls_and_taken_back(visit):
    visited = visit("attention", GERMAN)
    page = visited.page
    assert effect(page).startswith("Example")
    page.get_by_role("button", name=re.compile("only at")).click()
    page.get_by_text(re.compile("^Nothing is edited")).wait_for()
    page.locator(".st-key-attention_how").get_by_role("combobox").click()
    page.get_by_role("option", name="everywhere equally").click()
    page.get_by_text(re.compile(r"^Edited: word \d+: everywhere equally")).first.wait_for()
    visited.settle()
    assert len(query(page)["edit"]) == 1
    assert not visited.problems


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_a_phone_shows_it_without_scrolling_sideways(visit, theme, lang):
    visited = visit("attention", "translator=gru-attention-dot", size="phone", theme=theme, lang=lang)
    assert "→" in finding(visited.page)
    assert visited.overflow() <= 0
    assert not visited.problems
