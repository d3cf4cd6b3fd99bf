"""What a reader of the page on LSTM gates is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import picked, proved, query


def effect(page) -> str:
    """The sentence on what a change does to the answer."""
    return page.get_by_text(re.compile(r": the answer (stays|flips)")).first.inner_text()


def test_stepping_sends_nothing_to_the_server(visit):
    visited = visit("lstm", "name=Satoshi&t=0")
    page, before = visited.page, len(visited.sent)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.locator(".st-key-steps_time").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["4"]
    assert page.locator(".st-key-lstm_block").get_by_text("t = 5 (").count()
    assert len(visited.sent) == before
    assert not visited.problems


def test_the_letter_under_the_mouse_is_shown_in_the_block(visit):
    visited = visit("lstm", "name=Satoshi&cell=gru&t=6")
    page, before, address = visited.page, len(visited.sent), visited.page.url
    block = page.locator(".st-key-gru_block")
    page.locator(".st-key-steps_time .chip").nth(2).hover()
    block.get_by_text("t = 3 (").wait_for()
    page.mouse.move(700, 5)
    block.get_by_text("t = 7 (").wait_for()
    page.wait_for_timeout(300)
    assert page.url == address
    assert len(visited.sent) == before
    assert not visited.problems


def test_another_network_brings_its_own_block(visit):
    visited = visit("lstm", "name=Satoshi&clamp=f")
    page = visited.page
    page.get_by_text("gru", exact=True).click()
    page.get_by_text("are for the LSTM").wait_for()
    visited.settle()
    assert query(page)["cell"] == ["gru"]
    assert not page.get_by_text(re.compile(r": the answer (stays|flips)")).count()
    page.get_by_text("lstm", exact=True).click()
    page.get_by_text(re.compile("forget gate f = 0 at all letters")).wait_for()
    assert not visited.problems


def test_a_picked_cell_is_proved_by_its_own_code(visit):
    visited = visit("lstm", "name=Anna")
    page = visited.page
    proved(picked(page, "lstm_f", ["ArrowDown"]))
    page.get_by_role("button", name=re.compile(r"Show unit \d+ in the block")).click()
    page.wait_for_url("**unit=*")
    assert not visited.problems


def test_switches_and_clamps_change_the_prediction_and_the_link(visit):
    visited = visit("lstm", "name=Dostoevsky&forget=off")
    page, before = visited.page, effect(visited.page)
    page.locator(".st-key-lstm_peepholes_en").get_by_text("off", exact=True).click()
    page.get_by_text(re.compile("^Peepholes off; Forget gate off")).wait_for()
    visited.settle()
    assert effect(page).split("answer", 1)[1] != before.split("answer", 1)[1]
    assert query(page)["peepholes"] == ["off"]
    page.locator(".st-key-lstm_clamp_en").get_by_role("combobox").click()
    page.get_by_role("option", name="input gate i").click()
    page.get_by_text(re.compile("input gate i = 0 at all letters")).wait_for()
    assert query(page)["clamp"] == ["i"]
    assert not visited.problems


def test_a_link_reopens_the_state(visit):
    link = "name=Kowalski&cell=lstm&t=3&unit=5&clamp=f&to=1&at=2&show=c&order=index&lang=zh"
    page = visit("lstm", link).page
    wanted = {name: [value] for name, value in (part.split("=") for part in link.split("&"))}
    assert {name: query(page).get(name) for name in wanted} == wanted
    assert "Kowalski" in page.locator("h4").first.inner_text()
    assert (
        "c · "
        in page.locator(".st-key-lstm_shown_zh").inner_text()
        + page.locator(".st-key-lstm_shown_zh input").first.input_value()
    )


@pytest.mark.parametrize("query", ["name=Dostoevsky&clamp=f&peepholes=scaled", "name=Dostoevsky&cell=gru"])
def test_it_fits_a_phone(query, visit):
    visited = visit("lstm", query, size="phone", lang="zh")
    assert visited.overflow() <= 0
    assert not visited.problems
