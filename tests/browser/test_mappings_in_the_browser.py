"""In short, in a real browser: the first screen, typing, links, a proof, the pictures."""

import re

from tests.browser.reading import finding, picked, proved


def test_the_first_screen_says_and_shows_the_proof(visit):
    visited = visit("mappings", "name=Dostoevsky&map_other=Dostal&map_net=elman")
    page = visited.page
    assert "differ by exactly 0" in finding(page)
    for shown in (page.get_by_test_id("stVegaLiteChart"), page.locator(".st-key-map_difference")):
        assert shown.first.bounding_box()["y"] < 700
    assert not visited.problems
    assert not visited.foreign


def test_typing_a_second_name_moves_the_end_of_the_common_beginning(visit):
    visited = visit("mappings", "name=Rossi&map_net=elman")
    page = visited.page
    page.locator(".st-key-map_other input").fill("Romano")
    page.get_by_text(re.compile("same 2 letters, Ro:")).first.wait_for()
    visited.settle()
    assert "map_other=Romano" in page.url
    assert not visited.problems


def test_a_link_reopens_text_window_and_seed(visit):
    page = visit("mappings", "map_text=Li;%20Anna&map_window=3&map_seed=11&map_k=2&lang=zh", lang="zh").page
    assert page.locator(".words .word").all_inner_texts()[0].startswith("Li")
    assert page.locator(".st-key-map_seed input").input_value() == "11"
    assert page.locator(".st-key-map_window").get_by_text("3", exact=True).count()


def test_a_cell_is_proved_by_its_own_code(visit):
    visited = visit("mappings", "name=Rossi&map_net=gru")
    page = visited.page
    proved(picked(page, "map_reach", ["ArrowRight"]))
    assert not visited.problems


def test_the_pictures_open_their_pages(visit):
    visited = visit("mappings", "map_english=I%20saw%20her%20duck.")
    page = visited.page
    pictures = page.get_by_test_id("stVegaLiteChart").locator("svg")
    for word in ("seed 7", "duck", "北京大学"):
        assert pictures.get_by_text(re.compile(word)).count()
    page.get_by_test_id("stMain").get_by_role("link", name="At work").first.click()
    page.wait_for_url("**/hmm_work*")
    visited.settle()
    assert page.get_by_label("An English text").input_value() == "I saw her duck."
    assert not visited.problems
