"""What a reader of Heads is promised, in a real browser."""

import pytest

from engine import pretrained
from tests.browser.reading import finding, picked, proved, query

SENTENCE = "s=Ich+habe+einen+Hund+."
needs_model = pytest.mark.skipif(not pretrained.available(), reason="the pretrained model is not installed")


def test_choosing_a_head_sends_nothing(visit):
    visited = visit("heads", f"{SENTENCE}&view=encoder&layer=0&head=0")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-heads_all [role=radio]").nth(6).click()
    page.wait_for_timeout(300)
    assert query(page)["layer"] == ["1"]
    assert query(page)["head"] == ["2"]
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert query(page)["head"] == ["3"]
    assert page.locator(".st-key-heads_one").get_by_text("4 (4 of 4)").count()
    assert page.locator(".st-key-heads_all [aria-checked=true]").count() == 1
    assert len(visited.sent) == before
    assert not visited.problems


@pytest.mark.parametrize("view", ["decoder", "cross"])
def test_a_picked_weight_is_proved(view, visit):
    visited = visit("heads", f"{SENTENCE}&view={view}&layer=1&head=2")
    proved(picked(visited.page, "heads_one"))
    assert not visited.problems


def test_a_part_of_the_sum_is_proved(visit):
    visited = visit("heads", f"{SENTENCE}&view=cross")
    proved(picked(visited.page, "heads_part"))
    assert not visited.problems


def test_pointing_at_cells_and_lines_and_choosing_chips_sends_nothing(visit):
    visited = visit("heads", f"{SENTENCE}&view=decoder")
    page, before = visited.page, len(visited.sent)
    large = page.locator(".st-key-heads_one canvas").first
    for at in ({"x": 90, "y": 60}, {"x": 120, "y": 90}):
        large.hover(position=at, force=True)
    page.locator(".st-key-heads_lines").get_by_text("All", exact=True).click()
    page.locator(".st-key-heads_lines canvas").first.hover(position={"x": 200, "y": 60}, force=True)
    page.wait_for_timeout(300)
    assert len(visited.sent) == before
    assert not visited.problems


def test_heads_are_taken_out_and_bleu_is_measured(visit):
    visited = visit("heads", f"{SENTENCE}&view=cross&off=2.1&off=2.2&off=2.3&off=2.4")
    page = visited.page
    assert page.locator(".st-key-heads_all .tile.off").count() == 4
    page.get_by_text("BLEU on 200 held-out sentences goes from").wait_for()
    page.get_by_text("keep only these").click()
    page.get_by_text("With only 2·1").first.wait_for()
    visited.settle()
    assert page.locator(".st-key-heads_all .tile.off [class~=quiet]").all_inner_texts() == ["1·1", "1·2", "1·3", "1·4"]
    assert query(page)["off"] == ["2.1", "2.2", "2.3", "2.4"]
    assert query(page)["way"] == ["keep"]
    page.get_by_role("button", name="one after the other").click()
    page.get_by_text("heads can go before more than").wait_for()
    assert not visited.problems


@needs_model
def test_72_heads_weigh_less_than_half_a_megabyte(visit):
    visited = visit("heads", "network=all-MiniLM-L6-v2")
    page, received = visited.page, visited.received
    assert "of 72 heads" in finding(page)
    before = len(received)
    box = page.get_by_label("English sentence")
    box.fill("The old animal did not cross the wide street because it was much too tired to walk there in the heat .")
    box.press("Enter")
    page.wait_for_url("**heat**")
    visited.settle()
    assert page.locator(".st-key-heads_all [role=radio]").count() == 72
    assert sum(received[before:]) < 500_000
    assert not visited.problems


@needs_model
def test_a_weight_of_the_pretrained_encoder_is_proved(visit):
    visited = visit("heads", "network=all-MiniLM-L6-v2&layer=3&head=1")
    proved(picked(visited.page, "heads_one", ["ArrowDown"]))
    assert not visited.problems


@needs_model
def test_a_long_text_shows_a_layer_and_sends_nothing_within_it(visit):
    visited = visit("heads", f"network=all-MiniLM-L6-v2&heads_text={'+'.join(['the cat sat'] * 20)}&layer=2&head=0")
    page, before = visited.page, len(visited.sent)
    tiles = page.locator(".st-key-heads_all [role=radio]")
    assert tiles.count() == 12
    tiles.nth(3).click()
    page.wait_for_timeout(300)
    assert query(page)["head"] == ["3"]
    assert query(page)["layer"] == ["2"]
    assert len(visited.sent) == before
    proved(picked(page, "heads_one"))
    assert not visited.problems
