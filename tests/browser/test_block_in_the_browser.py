"""What a reader of One block and Encoder → decoder is promised, in a real browser."""

import pytest

from tests.browser.reading import finding, picked, proved, query

SENTENCE = "s=Ich+habe+einen+Hund+."


def test_stepping_through_the_layers_sends_nothing(visit):
    visited = visit("block", f"{SENTENCE}&layer=0")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-steps_layer").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["layer"] == ["1"]
    assert page.locator(".st-key-block_0_X").get_by_text("2 (2 of 2)").count()
    assert len(visited.sent) == before
    assert not visited.problems


@pytest.mark.parametrize("key", ["block_2_X_out", "block_turned"])
def test_a_picked_cell_is_proved_by_its_own_code(key, visit):
    visited = visit("block", f"{SENTENCE}&side=decoder")
    proved(picked(visited.page, key, ["ArrowRight", "ArrowDown"]))
    assert not visited.problems


def test_a_part_is_taken_out_by_the_link(visit):
    visited = visit("block", f"{SENTENCE}&out=decoder-1-cross&out=encoder-1-ffn&side=decoder")
    page = visited.page
    page.get_by_text("Without Decoder 1: cross-attention, Encoder 1: feed-forward network it").wait_for()
    assert query(page)["out"] == ["decoder-1-cross", "encoder-1-ffn"]
    assert "never replaced" in finding(page)
    assert not visited.problems


def test_the_words_are_stepped_through_without_the_server(visit):
    visited = visit("transformer_decoder", f"{SENTENCE}&step=0")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-steps_query").get_by_role("button", name="Forward").click()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert query(page)["step"] == ["2"]
    assert len(visited.sent) == before
    assert "I have a dog." in finding(page)
    assert not visited.problems


@pytest.mark.parametrize("key", ["decoder_cross", "decoder_words"])
def test_a_picked_weight_is_proved(key, visit):
    visited = visit("transformer_decoder", f"{SENTENCE}&step=3")
    proved(picked(visited.page, key))
    assert not visited.problems


@pytest.mark.parametrize("name", ["block", "transformer_decoder"])
def test_a_typed_sentence_is_taken(name, visit):
    visited = visit(name)
    page = visited.page
    box = page.locator(".st-key-sentence_box [contenteditable], .st-key-sentence_box input").first
    box.fill("Ich bin Student .")
    box.press("Enter")
    page.wait_for_url("**Student**")
    visited.settle()
    assert query(page)["s"] == ["Ich bin Student ."]
    assert not visited.problems
