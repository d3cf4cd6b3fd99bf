"""What a reader of the page Generate is promised, in a real browser."""

import re

from tests.browser.reading import finding, picked, proved, query

OFFERS, LAYER, FARE = ".st-key-generate_offers", ".st-key-generate_layer_0", ".st-key-generate_fare"


def test_stepping_moves_every_figure_without_the_server(visit):
    visited = visit("generate", "t=0")
    page, before = visited.page, len(visited.sent)
    assert page.locator(f"{OFFERS} .at").inner_text() == "Letter 1, after Italian"
    letters = page.locator(".st-key-steps_query [role=radio], .st-key-steps_query .chip")
    first = letters.first.inner_text().split()[0]
    for k in range(1, 4):
        page.keyboard.press("ArrowRight")
        page.wait_for_url(re.compile(rf"\bt={k}\b"))
        assert page.locator(f"{OFFERS} .at").inner_text().startswith(f"Letter {k + 1}, after {first}")
        for box in (LAYER, FARE):
            assert f"({k + 1} of" in page.locator(f"{box} .u").inner_text()
    taken = page.locator(f"{OFFERS} .line.taken:not([hidden])")
    piece, needle = (taken.locator(kind).bounding_box() for kind in (".piece", ".needle"))
    assert piece["x"] - 2 <= needle["x"] <= piece["x"] + piece["width"] + 2
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_letter_is_gone_on_with_and_the_link_gives_the_same_name(visit):
    visited = visit("generate", "draw=3&t=2")
    page = visited.page
    page.locator(f"{OFFERS} .line:not(.taken) .offered").first.click()
    page.wait_for_url(re.compile("begin="))
    visited.settle()
    (begin,) = query(page)["begin"]
    said = finding(page)
    assert len(begin) == 3
    assert f"seed 3: {begin}" in said
    assert page.locator(".st-key-steps_query .u").inner_text().count("given") == 3
    again = visit("generate", page.url.partition("?")[2])
    assert finding(again.page) == said
    assert not visited.problems + again.problems


def test_a_row_of_the_list_and_the_next_seed_are_stepped_through(visit):
    visited = visit("generate", "language=Irish&draw=13")
    page = visited.page
    table = page.locator(".st-key-generate_dozen [data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + box["height"] / 13 * 4.5)  # a head and twelve rows
    page.wait_for_url(re.compile("draw=15"))
    visited.settle()
    assert finding(page).startswith("Irish, seed 15:")
    page.get_by_role("button", name="Next seed").click()
    page.wait_for_url(re.compile("draw=16"))
    visited.settle()
    assert finding(page).startswith("Irish, seed 16:")
    assert not visited.problems


def test_a_layers_own_letter_and_an_attention_weight_are_proved(visit):
    visited = visit("generate")
    page = visited.page
    proved(picked(page, "generate_lens", ["ArrowDown", "ArrowRight"], ".st-key-generate_lens__explanation"))
    proved(picked(page, "generate_layer_0", (), ".st-key-generate_layer_0__explanation"))
    assert not visited.problems


def test_it_fits_a_phone(visit):
    visited = visit("generate", "begin=van%20der&language=Dutch&temperature=1.5", "phone", "dark", "zh")
    assert visited.overflow() <= 0
    assert not visited.problems
