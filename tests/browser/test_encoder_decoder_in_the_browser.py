"""What a reader of the pages on encoder and decoder is promised, in a real browser."""

import re

import pytest

from tests.browser.reading import finding, picked, proved, query

SENTENCE = "s=Ich+kann+das+kleine+Auto+nicht+reparieren+."


def test_stepping_through_both_sentences_sends_nothing(visit):
    visited = visit("encoder_decoder", f"{SENTENCE}&translator=lstm&read=0&step=0")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-steps_read").get_by_role("button", name="Forward").click()
    page.keyboard.press("ArrowRight")
    page.locator(".st-key-steps_target").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["read"] == ["2"]
    assert query(page)["step"] == ["1"]
    assert page.locator(".st-key-encoder_decoder_strip").get_by_text("nicht (3 of 8)").count()
    assert page.locator(".st-key-encoder_decoder_bars").get_by_text(re.compile(r"\(2 of \d+\)")).count()
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_typed_sentence_is_translated(visit):
    visited = visit("encoder_decoder", "translator=gru-attention")
    page = visited.page
    box = page.locator(".st-key-sentence_box [contenteditable], .st-key-sentence_box input").first
    box.fill("Ich bin Student .")
    box.press("Enter")
    page.locator("h4", has_text="I am a student.").wait_for()
    visited.settle()
    assert query(page)["s"] == ["Ich bin Student ."]
    assert page.locator(".st-key-steps_target .chip").count() == 6  # I am a student . <eos>
    assert not visited.problems


@pytest.mark.parametrize("key", ["encoder_decoder_context_vector", "encoder_decoder_s"])
def test_a_picked_cell_is_proved_by_its_own_code(key, visit):
    visited = visit("encoder_decoder", f"{SENTENCE}&translator=lstm&order=index")
    proved(picked(visited.page, key, ["ArrowRight"]))
    assert not visited.problems


def test_a_probability_is_proved(visit):
    visited = visit("encoder_decoder", f"{SENTENCE}&translator=gru-attention")
    proved(picked(visited.page, "encoder_decoder_words"))
    assert not visited.problems


def test_a_link_reopens_the_state(visit):
    link = f"{SENTENCE}&translator=gru-attention&read=2&step=3&show=gates&order=index&lang=zh"
    page = visit("encoder_decoder", link).page
    assert {name: query(page)[name] for name in ("translator", "read", "step", "show", "order")} == {
        "translator": ["gru-attention"], "read": ["2"], "step": ["3"], "show": ["gates"], "order": ["index"],
    }  # fmt: skip
    assert page.locator(".st-key-encoder_decoder_n_s").count()
    assert "reparieren" in finding(page)


@pytest.mark.parametrize("name", ["encoder_decoder", "bottleneck"])
def test_it_fits_a_phone(name, visit):
    visited = visit(name, SENTENCE, size="phone", lang="zh")
    assert visited.overflow() <= 0
    assert not visited.problems


def test_the_way_of_a_sentence_is_followed_without_the_server(visit):
    visited = visit("bottleneck", f"{SENTENCE}&read=1")
    page, before = visited.page, len(visited.sent)
    page.locator(".st-key-steps_read").get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["read"] == ["2"]
    assert len(visited.sent) == before
    assert not visited.problems
