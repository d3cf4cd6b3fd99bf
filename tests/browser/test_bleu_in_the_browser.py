"""What a reader of the page on BLEU is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import finding, picked, proved, query


def word(page, line: int, at: int):
    """A word of a line of the picture, both counted from 0."""
    return page.locator(".st-key-bleu_words .line").nth(line).locator(".word").nth(at)


def test_a_changed_word_moves_the_factors(visit):
    visited = visit("bleu")
    page, before = visited.page, finding(visited.page)
    box = page.get_by_label("Translation B")
    box.fill("The children are reading a good book in the garden.")
    page.get_by_text(re.compile("B 100.0")).first.wait_for()
    visited.settle()
    assert finding(page) != before
    assert query(page)["b"] == ["The children are reading a good book in the garden."]
    assert word(page, 1, 2).inner_text().strip() == "are"
    assert not visited.problems


def test_a_word_under_the_mouse_shows_its_match_everywhere_and_sends_nothing(visit):
    visited = visit("bleu")
    page, before = visited.page, len(visited.sent)
    word(page, 0, 4).hover()
    told = page.locator(".st-key-bleu_words .told")
    assert re.search(r"n = 4 · counted · A 1× · B 0× · Ref. 1 1×", told.inner_text())
    assert page.locator(".st-key-bleu_words .line").nth(2).locator(".found").count() == 4
    page.get_by_role("button", name="n = 2", exact=True).click()
    word(page, 0, 2).hover()
    assert "read a · n = 2 · does not count" in told.inner_text()
    assert len(visited.sent) == before
    assert not visited.problems


def test_words_are_reached_by_keys_and_proved(visit):
    visited = visit("bleu", "a=the+the+the&ref=the+cat+the&n=2")
    page = visited.page
    word(page, 0, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    panel = page.locator(".st-key-bleu_words__explanation")
    panel.wait_for()
    assert proved(panel)[0] == 0
    assert not visited.problems


@pytest.mark.parametrize(("key", "keys"), [("bleu_p_B", ["ArrowDown"]), ("bleu_factors_A", [])])
def test_a_picked_number_is_proved_by_its_own_code(key, keys, visit):
    visited = visit("bleu", "smooth=exp")
    panel = picked(visited.page, key, keys, panel="[class*='__explanation']")
    assert 0 < proved(panel)[0] < 1
    assert not visited.problems


def test_two_files_become_a_table_and_a_line_can_be_opened(visit):
    visited = visit("bleu", "bleu_of=corpus")
    page = visited.page
    files = {"hyp.txt": b"a cat sat on a mat\nno match here\n", "ref.txt": b"the cat sat on the mat\nsomething else\n"}
    for name, blob in files.items():
        page.locator("input[type=file]").nth(list(files).index(name)).set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": blob}
        )
        page.get_by_text(name).first.wait_for()
        visited.settle()
    page.get_by_text(re.compile(r"on 2 lines: 9 words for 8")).first.wait_for()
    assert query(page)["bleu_of"] == ["corpus"]
    assert not visited.problems


@pytest.mark.parametrize("link", ["bleu_of=corpus", "a=" + "x" * 300 + "&b=%D7%A9%D7%9C%D7%95%D7%9D+<b>+%F0%9F%99%82"])
def test_it_fits_a_phone(link, visit):
    visited = visit("bleu", link, size="phone", lang="zh")
    assert visited.overflow() <= 0
    assert not visited.problems
