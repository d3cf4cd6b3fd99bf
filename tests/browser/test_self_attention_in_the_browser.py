"""What a reader of Self-attention is promised, in a real browser."""

import pytest

from tests.browser.reading import finding, picked, proved, query


def test_pointing_at_a_row_lights_up_the_chain_without_a_message(visit):
    visited = visit("self_attention", "q=0")
    page, before = visited.page, len(visited.sent)
    box = page.locator(".st-key-self_attention_weights canvas").first
    box.scroll_into_view_if_needed()
    stage = page.locator(".st-key-self_attention_weights [role=application]").bounding_box()
    page.mouse.move(stage["x"] + stage["width"] * 0.3, stage["y"] + stage["height"] - 8)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.unrolledCursor.pages[location.pathname].query.index") == 2
    page.mouse.move(2, 2)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.unrolledCursor.pages[location.pathname].query.index") == 0
    page.locator(".st-key-steps_query").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(400)
    assert query(page)["q"] == ["1"]
    assert len(visited.sent) == before
    assert not visited.problems


@pytest.mark.parametrize("key", ["Q", "weights"])
def test_a_cell_of_the_small_head_is_spelled_out(key, visit):
    visited = visit("self_attention")
    proved(picked(visited.page, f"self_attention_{key}", ["ArrowDown"]))
    assert not visited.problems


@pytest.mark.parametrize("key", ["K", "weights"])
def test_a_cell_of_a_trained_head_is_proved(key, visit):
    visited = visit("self_attention", "mode=trained&s=Ich+habe+einen+Hund+.&of_layer=2&of_head=2&view=cross")
    proved(picked(visited.page, f"self_attention_{key}", ["ArrowRight"]))
    assert not visited.problems


def test_a_link_with_numbers_reopens_them(visit):
    visited = visit("self_attention", "m=" + ",".join(["2"] + ["1"] * 47))
    assert "looks most" in finding(visited.page)
    assert query(visited.page)["m"][0].startswith("2,1,1")
    assert not visited.problems


def test_the_temperature_is_moved_without_a_message(visit):
    visited = visit("self_attention", "T=0")
    page, before = visited.page, len(visited.sent)
    slider = page.locator(".st-key-self_attention_T input[type=range]").first
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_timeout(400)
    assert query(page)["T"] == ["1"]
    assert len(visited.sent) == before
    assert not visited.problems
