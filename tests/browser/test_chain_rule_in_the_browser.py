"""What a reader of the page on the chain rule is promised, in a real browser."""

import re

from tests.browser.reading import finding, picked, proved, query


def test_a_zero_is_opened_proved_and_smoothed(visit):
    visited = visit("chain_rule", "chain=Dostoyevsky&t=0")
    page, before = visited.page, len(visited.sent)
    assert "n = 3 believes" in finding(page)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.locator(".st-key-steps_position").get_by_role("button", name="Forward").click()
    page.locator(".st-key-chain_counted").get_by_text("t (4 of 12)").wait_for()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["3"]
    assert len(visited.sent) == before
    proved(picked(page, "chain_p", ["ArrowRight"] * 4 + ["ArrowDown"]))
    value, _ = proved(picked(page, "chain_counted", ["ArrowDown"] * 2))
    assert value > 0
    page.get_by_text("Kneser–Ney", exact=True).first.click()
    page.wait_for_url("**smooth=kneser-ney*")
    visited.settle()
    assert not page.get_by_text("never seen").count()
    assert not visited.problems


def test_a_typed_text_is_read_and_a_link_reopens_the_state(visit):
    link = "chain=In+winter+it+is+hot+.&of=grammar%3Aen&smooth=witten-bell&n=2&t=2"
    visited = visit("chain_rule", link)
    page = visited.page
    wanted = {"of": ["grammar:en"], "smooth": ["witten-bell"], "n": ["2"], "t": ["2"]}
    assert {name: query(page).get(name) for name in wanted} == wanted
    assert page.locator(".st-key-chain_share").get_by_text("it (3 of 7)").count()
    page.get_by_label("Text", exact=True).fill("In winter it is cold .")
    page.get_by_text(re.compile(r"P\(In winter it is cold \.\)")).wait_for()
    visited.settle()
    page.wait_for_url(re.compile("chain=[^&]*cold"))
    assert not visited.problems


def test_it_fits_a_phone_by_night(visit):
    visited = visit("chain_rule", "of=grammar%3Ade&smooth=back-off&lang=zh", size="phone", theme="dark")
    assert visited.overflow() <= 0
    assert not visited.problems
