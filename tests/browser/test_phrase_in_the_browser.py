"""The box for a sentence in Chromium: typing, taking words, sending, link, unknown words, examples, keys, themes."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from scripts.axe import AXE

DEMO = Path(__file__).with_name("demo_phrase.py")
FIRST = "Der Hund ist alt ."


@pytest.fixture(scope="module")
def demo(serve):
    return serve(DEMO).url


@pytest.fixture
def opened(visit, demo):
    """`opened(query)` → Visit of the demo."""
    return lambda query="", **options: visit(query=query, url=demo, **options)


class Box:
    """The parts of the box on a page."""

    def __init__(self, page):
        self.page, self.whole = page, page.locator(".st-key-sentence_box")
        self.input = self.whole.locator("input.text")
        self.options = self.whole.locator("[role=option]:visible")
        self.items = self.whole.locator("[role=menuitem]:visible")
        self.examples = self.whole.locator("button.examples")
        self.unknown = self.whole.locator("button.chip.unknown")

    def type(self, text, clear=True):
        self.input.click()
        if clear:
            self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def reads(self, text):
        """Wait until Python has read the sentence, given as its words."""
        expect(self.page.locator("[data-testid=stCode]").last).to_contain_text(f"reads {' | '.join(text.split())}")

    def runs(self):
        return int(self.page.locator("[data-testid=stCode]").last.inner_text().split()[1])

    def link(self):
        return parse_qs(urlsplit(self.page.url).query).get("s", [None])[0]

    def focused(self):
        return self.input.evaluate("node => node.getRootNode().activeElement === node && document.hasFocus()")


def test_letters_offer_words_and_tab_takes_one(opened):
    visited = opened()
    box = Box(visited.page)
    before = len(visited.sent)
    box.type("hu")
    assert box.options.all_inner_texts() == ["Hund", "Hunde", "Hundert", "Schule"]
    assert box.input.get_attribute("aria-expanded") == "true"
    assert box.input.get_attribute("aria-activedescendant") is None  # none is chosen yet
    visited.page.keyboard.press("ArrowDown")
    visited.page.keyboard.press("ArrowDown")
    assert box.input.get_attribute("aria-activedescendant") == "option1"
    visited.page.keyboard.press("Tab")
    assert box.input.input_value() == "Hunde "
    assert box.focused()
    assert len(visited.sent) == before  # nothing goes out while one types
    box.reads("Hunde")
    assert (box.link(), box.runs(), box.focused()) == ("Hunde", 2, True)
    assert not visited.problems


def test_enter_sends_what_is_typed_and_tab_takes_the_first_word_offered(opened):
    page = opened().page
    box = Box(page)
    box.type("Der hun")
    page.keyboard.press("Enter")
    box.reads("Der hun")
    assert box.input.input_value() == "Der hun"
    page.keyboard.type("d")
    page.keyboard.press("Tab")
    assert box.input.input_value() == "Der Hund "
    assert box.focused()
    box.reads("Der Hund")


def test_one_message_a_pause_and_the_caret_stays(opened):
    visited = opened()
    page, box = visited.page, Box(visited.page)
    before = len(visited.sent)
    box.type("Der Hund spielt heute", clear=True)
    page.keyboard.press("Escape")
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    box.reads("Der Hund spielt heute")
    visited.settle()
    assert len(visited.sent) == before + 1
    assert box.input.evaluate("node => node.selectionStart") == 15
    page.keyboard.type(" nicht")
    page.keyboard.press("Enter")
    box.reads("Der Hund spielt nicht heute")
    assert box.focused()
    assert box.runs() == 3


def test_what_is_typed_while_the_page_runs_is_not_lost(opened):
    page = opened().page
    box = Box(page)
    box.type("Das Kind")
    for word in (" liest", " heute", " ein", " Buch"):
        page.wait_for_timeout(405)
        page.keyboard.type(word, delay=15)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    box.reads("Das Kind liest heute ein Buch")
    assert box.input.input_value() == "Das Kind liest heute ein Buch"


def test_the_order_of_what_is_offered(opened):
    page = opened().page
    box = Box(page)
    box.type("d")
    assert box.options.all_inner_texts()[:3] == ["Der", "Die", "Das"]  # a sentence begins with a capital
    box.type("Ich d")
    assert box.options.all_inner_texts()[:3] == ["der", "die", "das"]
    box.type("Ich haeu")
    assert box.options.all_inner_texts() == ["Häuser"]
    box.type("Ich strass")
    assert box.options.all_inner_texts() == ["Straße"]
    box.type("Ich Lherer")  # nothing begins with it: words spelled like it, none of them chosen
    assert box.options.all_inner_texts()[0] == "Lehrer"
    assert box.input.get_attribute("aria-activedescendant") is None


def test_a_whole_word_is_not_replaced_at_enter(opened):
    page = opened().page
    box = Box(page)
    box.type("Der Hund")
    assert box.options.all_inner_texts() == ["Hunde", "Hundert"]
    page.keyboard.press("Enter")
    box.reads("Der Hund")
    assert box.options.count() == 0


def test_escape_closes_and_undo_takes_back(opened):
    page = opened().page
    box = Box(page)
    box.type("Der hun")
    page.keyboard.press("Escape")
    assert box.options.count() == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert box.input.input_value() == "Der Hund "
    page.keyboard.press("Control+z")
    assert box.input.input_value() == "Der hun"


def test_an_unknown_word_is_marked_and_a_similar_one_replaces_it(opened):
    visited = opened("s=Der Hünd spielt .")
    page, box = visited.page, Box(visited.page)
    assert box.unknown.all_inner_texts() == ["Hünd"]
    assert page.get_by_text("is not in the vocabulary; the network reads").is_visible()
    box.unknown.focus()
    page.keyboard.press("Enter")
    assert box.items.first.inner_text() == "Hund"
    page.keyboard.press("Escape")
    assert box.items.count() == 0
    box.unknown.click()
    box.items.first.click()
    box.reads("Der Hund spielt .")
    assert box.unknown.count() == 0
    assert box.link() == "Der Hund spielt ."
    assert not visited.problems


def test_a_button_of_the_page_replaces_it_too(opened):
    visited = opened("s=Der Hünd spielt .")
    page, box = visited.page, Box(visited.page)
    page.locator(".st-key-sentence__near_0_0 button").click()
    box.reads("Der Hund spielt .")
    expect(box.input).to_have_value("Der Hund spielt .")
    assert box.link() == "Der Hund spielt ."
    page.go_back()
    box.reads("Der Hünd spielt .")
    expect(box.input).to_have_value("Der Hünd spielt .")


def test_an_example_is_one_click(opened):
    visited = opened()
    page, box = visited.page, Box(visited.page)
    box.examples.click()
    assert box.items.count() == 3
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    box.reads("Die Kinder spielen heute .")
    assert box.link() == "Die Kinder spielen heute ."
    box.examples.click()
    box.examples.click()
    assert box.items.count() == 0
    box.examples.click()
    box.items.first.click()
    box.reads(FIRST)
    assert box.link() is None  # the first sentence needs no link
    assert not visited.problems


def test_too_much_is_said_and_not_sent(opened):
    visited = opened()
    page, box = visited.page, Box(visited.page)
    before = len(visited.sent)
    for text, said in (("ab " * 41, "41 words"), ("a" * 301, "301 characters")):
        box.input.fill(text)
        assert said in box.whole.locator(".wrong").inner_text()
        page.wait_for_timeout(600)
    assert len(visited.sent) == before
    box.input.fill("Der Hund")
    assert box.whole.locator(".wrong").is_hidden()
    box.reads("Der Hund")


def test_leaving_the_box_sends_and_an_empty_one_says_so(opened):
    page = opened().page
    box = Box(page)
    box.type("Die Katze ")
    page.keyboard.press("Tab")
    box.reads("Die Katze")
    box.input.fill("")
    page.get_by_text("Type a German sentence").wait_for()
    box.type("Die Schule")
    box.reads("Die Schule")


def test_a_composition_is_not_sent_in_its_middle(opened):
    visited = opened()
    page, box = visited.page, Box(visited.page)
    box.input.click()
    page.keyboard.press("Control+a")
    client = page.context.new_cdp_session(page)
    before = len(visited.sent)
    client.send("Input.imeSetComposition", {"text": "Hun", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(700)
    assert len(visited.sent) == before
    client.send("Input.insertText", {"text": "Hund"})
    box.reads("Hund")


def test_letters_of_the_box_are_no_keys_of_the_page(opened):
    """Streamlit has keys of its own (c clears the cache, r runs again), the stepper takes arrows and blanks."""
    page = opened().page
    box = Box(page)
    box.type("c r")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    box.reads("c r")
    assert page.locator("[role=dialog]").count() == 0
    assert box.runs() == 2
    assert page.locator(".st-key-stepper .chip").evaluate_all("all => all.findIndex(chip => chip.ariaCurrent)") == 0


def test_the_sentence_is_kept_on_the_way_to_another_page_and_back(opened):
    visited = opened()
    page, box = visited.page, Box(visited.page)
    box.type("Die Katze ist alt")
    box.reads("Die Katze ist alt")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Other").click()
    page.get_by_text("Nothing to type here.").wait_for()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Box").click()
    box.reads("Die Katze ist alt")
    expect(box.input).to_have_value("Die Katze ist alt")
    assert box.link() == "Die Katze ist alt"
    page.reload()
    visited.settle()
    assert box.input.input_value() == "Die Katze ist alt"
    assert not visited.problems


@pytest.mark.parametrize("query", ["", "large=true"])
def test_a_phone_has_room_for_all(opened, query):
    visited = opened(f"{query}&s=Der Hünd spielt mit der Oberschulamtsdirektorin .", size="phone")
    box = Box(visited.page)
    assert visited.overflow() == 0
    box.type(" sch", clear=False)
    box.examples.click()
    box.items.first.wait_for()
    for node in (box.whole.locator("[role=menu]"), box.input, box.examples):
        at = node.bounding_box()
        assert at["x"] >= 0
        assert at["x"] + at["width"] <= 390


@pytest.mark.parametrize(("theme", "state"), [("light", "list"), ("dark", "menu"), ("light", "unknown")])
def test_axe_finds_nothing(opened, theme, state):
    page = opened("s=Der Hünd spielt .", theme=theme).page
    box = Box(page)
    if state == "list":
        box.type("hu")
    elif state == "menu":
        box.examples.click()
    page.evaluate(AXE)
    found = page.evaluate(
        "() => axe.run([...document.querySelectorAll('.stBidiComponent')], {resultTypes: ['violations']})"
    )
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_hostile_text_is_text(opened):
    visited = opened("s=<img src=x onerror=window.hacked=1> </script> {n}")
    assert Box(visited.page).unknown.count() > 2
    assert visited.page.evaluate("() => window.hacked") is None
    assert not visited.problems
