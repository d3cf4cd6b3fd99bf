"""Why not recurrent? in a browser: sizes in the link, hovering without messages, a measurement made and stopped."""

import re

from tests.browser.reading import picked, proved


def test_sizes_change_the_answer_and_stand_in_the_link(visit):
    visited = visit("why_transformer", "why_n=128&why_d=64")
    page = visited.page
    page.get_by_role("heading", name="Over 128 words an RNN takes 128 steps").wait_for()
    page.get_by_role("slider", name="n, words").press("ArrowRight")
    page.get_by_role("heading", name="Over 256 words an RNN takes 256 steps").wait_for()
    page.wait_for_url("**why_n=256*")
    visited.settle()
    assert visited.overflow() == 0
    assert not visited.problems


def test_pointing_at_a_word_redraws_without_a_message_and_a_cell_is_proved(visit):
    visited = visit("why_transformer")
    page = visited.page
    chart = page.locator("[data-testid=stVegaLiteChart]").nth(2)  # the RNN’s
    chart.scroll_into_view_if_needed()
    visited.settle()
    before, sent = chart.screenshot(), len(visited.sent)
    box = chart.bounding_box()
    for x in range(12, 40):  # hundredths of the width: the words on the left, whose ways are long
        for y in (0.55, 0.6, 0.65, 0.7):
            page.mouse.move(box["x"] + x / 40 * box["width"], box["y"] + y * box["height"])
        page.wait_for_timeout(40)
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    assert chart.screenshot() != before
    assert len(visited.sent) == sent
    proved(picked(page, "why_path", ["ArrowRight"]))
    assert not visited.problems


def test_layers_are_measured_here_and_now(visit):
    visited = visit("why_transformer", size="phone")
    page = visited.page
    page.get_by_role("button", name="Measure on this machine now").click()
    panel = page.locator(".st-key-why_live")
    panel.get_by_text(re.compile(r"Measuring: .*, \d+ words")).wait_for(timeout=60_000)
    panel.get_by_role("button", name="Stop", exact=True).click()
    panel.get_by_text(re.compile(r"\d+ points measured in")).wait_for(timeout=60_000)
    visited.settle()
    assert visited.overflow() == 0
    assert not visited.problems
