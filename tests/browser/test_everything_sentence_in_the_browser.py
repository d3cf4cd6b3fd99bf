"""What a reader of “A sentence through everything” is promised, in a real browser."""

from tests.browser.reading import proved, query

SENTENCE = "s=It+is+raining+today."
FIGURES = "[class*='st-key-sentence_'] table[role=grid]"
EDGES = """() => [...document.querySelectorAll("[class*='st-key-sentence_'] *")]
  .map((node) => node.shadowRoot?.querySelector("table[role=grid] thead")).filter(Boolean)
  .map((head) => [...head.querySelectorAll("th")].map((th) => Math.round(th.getBoundingClientRect().left)).join())"""


def test_the_columns_are_aligned_and_following_a_word_sends_nothing(visit):
    visited = visit("everything_sentence", SENTENCE)
    page = visited.page
    page.locator(FIGURES).nth(6).wait_for()
    edges = page.evaluate(EDGES)
    assert len(edges) >= 7
    assert len(set(edges)) == 1
    before = len(visited.sent)
    page.locator(".st-key-sentence_glance thead th").nth(3).click()
    page.wait_for_timeout(300)
    assert page.locator(f"{FIGURES} thead th.here").all_inner_texts() == ["raining"] * len(edges)
    assert query(page)["w"] == ["2"]
    page.locator(".st-key-sentence_cross [role=radio]").nth(3).click()
    assert page.locator(".st-key-sentence_cross [aria-checked=true]").inner_text() == "head 1·3"
    assert len(visited.sent) == before
    cell = page.locator(".st-key-sentence_cross [role=gridcell]").nth(2)
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    panel = page.locator(".st-key-sentence_cross__explanation")
    panel.wait_for()
    proved(panel)
    assert not visited.problems


def test_on_a_phone_all_figures_are_scrolled_as_one(visit):
    visited = visit("everything_sentence", "s=The+child+likes+to+drink+lemonade+when+it+is+thirsty.&w=9", size="phone")
    page = visited.page
    page.locator(FIGURES).nth(6).wait_for()
    assert set(page.locator(f"{FIGURES} thead th.here").all_inner_texts()) == {"thirsty"}
    page.locator(".st-key-sentence_states .box").first.evaluate("(box) => { box.scrollLeft = 120; }")
    page.wait_for_timeout(300)
    edges = page.evaluate(EDGES)
    assert len(set(edges)) == 1
    assert page.locator(".st-key-sentence_glance .box").first.evaluate("(box) => box.scrollLeft") == 120
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not visited.problems
