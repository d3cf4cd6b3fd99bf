"""What a reader of the page on neural language models is promised, in a real browser."""

import re

from tests.browser.reading import finding, picked, proved, query


def test_stepping_is_silent_cells_are_proved_and_a_typed_text_is_read(visit):
    visited = visit("neural", "lm=Kowalska&t=1")
    page, before = visited.page, len(visited.sent)
    assert "bits a character" in finding(page)
    page.locator(".st-key-steps_position").get_by_role("button", name="Forward").click()
    page.locator(".st-key-lm_expected_0").get_by_text("w (3 of 9)").wait_for()
    page.locator(".st-key-lm_in_window_hidden").get_by_text("w (3 of 9)").wait_for()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["2"]
    assert len(visited.sent) == before
    for keys, tensor in ((["Home", "ArrowDown"], "H.weight"), (["ArrowDown"], "cell.R")):
        panel = picked(page, "lm_p", keys)
        panel.locator("code").filter(has_text=tensor).first.wait_for(state="attached")  # the panel of this row
        value, _ = proved(panel)
        assert 0 < value < 1
    page.get_by_label("Text", exact=True).fill("Satoshi")
    page.locator(".st-key-lm_in_window_hidden").get_by_text("of 8)").wait_for()
    visited.settle()
    page.wait_for_url(re.compile("lm=Satoshi"))
    assert not visited.problems


def test_a_network_is_trained_and_stopped_and_then_used(visit):
    visited = visit("neural", "of=grammar%3Aen&unit=character&net=window")
    page = visited.page
    assert page.get_by_text("train one below").count()
    page.get_by_role("button", name="Train it now").click()
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.wait_for()
    page.locator(".st-key-lm_live").get_by_text("What it writes").wait_for(timeout=60_000)
    stop.click()
    page.get_by_text(re.compile("Stopped after .* held out")).wait_for(timeout=30_000)
    page.get_by_text("window of 5, trained live", exact=True).first.wait_for()
    page.locator(".st-key-lm_in_window_live_hidden").first.wait_for()
    assert not visited.problems


def test_it_fits_a_phone_by_night(visit):
    visited = visit("neural", "of=grammar%3Aen&lang=zh", size="phone", theme="dark")
    assert visited.overflow() <= 0
    assert not visited.problems
