"""What a reader of "A name through everything" is promised, in a real browser."""

from engine import weights
from tests.browser.reading import finding, picked, proved, query

FIGURE = ".st-key-everything_name"
HERE = """at => {
  const stage = [...document.querySelectorAll('*')].find(each => each.shadowRoot?.querySelector('.u.strips'))
    .shadowRoot.querySelector('.stage');
  const [box, cursor] = [stage.getBoundingClientRect(), stage.querySelector('.cursor').getBoundingClientRect()];
  const label = stage.querySelector('.label').getBoundingClientRect();
  return Math.round((cursor.left - label.right) / cursor.width);
}"""


def rows(page, kind: str):
    return page.locator(f"{FIGURE} .line.{kind}")


def test_a_typed_letter_redraws_all_strips_and_the_cursor_moves_without_a_message(visit):
    visited = visit("everything_name", "name=Kowalsk&t=1")
    page = visited.page
    models = rows(page, "strip").count()
    assert models == rows(page, "run").count() == len(weights.shipped())
    assert page.evaluate(HERE) == 1
    before = [rows(page, "strip").nth(k).locator("canvas").screenshot() for k in range(2)]
    page.get_by_label("Name", exact=True).first.click()
    page.keyboard.press("End")
    page.keyboard.type("i")
    page.locator(f"{FIGURE} .where", has_text="8 of 8").wait_for()
    visited.settle()
    assert "Kowalski" in finding(page)
    page.wait_for_function("() => location.search.includes('name=Kowalski')", timeout=3000)
    after = [rows(page, "strip").nth(k).locator("canvas").screenshot() for k in range(2)]
    assert query(page)["t"] == ["7"]
    assert all(old != new for old, new in zip(before, after, strict=True))

    sent = len(visited.sent)
    page.locator(f"{FIGURE} .stage").focus()
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert (page.evaluate(HERE), query(page)["t"]) == (2, ["2"])
    assert "After letter 3 (w)" in page.locator(f"{FIGURE} .said").inner_text()
    told = rows(page, "strip").first.locator(".now").inner_text()
    rows(page, "head").locator("canvas").hover(position={"x": 5, "y": 5})  # a look, not a step
    assert page.evaluate(HERE) == 0
    assert "After letter 1 (K)" in page.locator(f"{FIGURE} .said").inner_text()
    page.mouse.move(5, 5)
    assert (page.evaluate(HERE), query(page)["t"]) == (2, ["2"])
    assert rows(page, "strip").first.locator(".now").inner_text() == told
    assert len(visited.sent) == sent
    assert not visited.problems


def test_an_answer_is_proved_and_a_model_opens_its_page_on_the_name(visit):
    visited = visit("everything_name", "name=Novak&t=3")
    page = visited.page
    names = rows(page, "strip").locator("a").all_inner_texts()
    panel = picked(page, "everything_name", ["ArrowDown"] * names.index("gru"))
    shown, code = proved(panel)
    assert "names-gru" in code
    assert f"{shown:.0%}" == rows(page, "strip").nth(names.index("gru")).locator(".now span").last.inner_text()
    rows(page, "strip").locator("a", has_text="lecture").click()
    page.get_by_role("heading", name="A name, letter by letter").wait_for()
    visited.settle()
    assert page.get_by_label("Name", exact=True).first.input_value() == "Novak"
    assert {name: query(page)[name] for name in ("name", "model", "t")} == {
        "name": ["Novak"], "model": ["lecture"], "t": ["3"],
    }  # fmt: skip
    assert not visited.problems


def test_a_phone_shows_a_name_whole_and_a_long_one_scrolls_inside(visit):
    visited = visit("everything_name", "name=Kowalczykowa", size="phone", lang="zh")
    inside = "() => [...document.querySelectorAll('*')].find(each => each.shadowRoot?.querySelector('.u.strips'))" \
        ".shadowRoot.querySelector('.box')"  # fmt: skip
    more = f"() => {{ const box = ({inside})(); return box.scrollWidth - box.clientWidth; }}"
    assert visited.overflow() <= 0
    assert visited.page.evaluate(more) <= 0
    box = visited.page.get_by_role("textbox").first
    box.fill("Wolfeschlegelsteinhausenbergerdorffgggggggggggggggggggghhhhh")
    visited.page.get_by_text("60 / 60").first.wait_for()
    visited.settle()
    assert visited.overflow() <= 0
    assert visited.page.evaluate(more) > 500
    assert not visited.problems
