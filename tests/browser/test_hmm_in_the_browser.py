"""What a reader of the pages on hidden Markov models is promised, in a real browser."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.reading import query

OWN = {"S": ["Up", "Down"], "V": ["rise", "fall"], "pi": [1, 0], "A": [[0.8, 0.2], [0.3, 0.7]],
       "B": [[0.9, 0.1], [0.2, 0.8]]}  # fmt: skip


def chips(page) -> list[str]:
    return page.locator(".st-key-steps_time .chip .letter").all_inner_texts()


def said(page, dim="state") -> str:
    return page.locator(f".st-key-gen_draw_{dim} .drawn").inner_text()


def edit(visited) -> None:
    visited.page.locator(".st-key-hmm_edit label").click()
    visited.page.locator(".st-key-hmm_editor").wait_for()
    visited.page.wait_for_timeout(300)
    visited.settle()


def type_cell(visited, name: str, row: int, column: int, text: str) -> None:
    """Type into a cell of a table of the editor with the keyboard, starting at its first cell."""
    page = visited.page
    box = page.locator(f"[class*='st-key-hmm_{name}_'] [data-testid=stDataFrame]").first
    box.locator("[role=columnheader]").first.wait_for(state="attached")
    place = box.bounding_box()
    page.mouse.move(place["x"] + place["width"] - 30, place["y"] + 55, steps=5)  # last column, first row
    page.wait_for_timeout(200)
    for _ in range(3):  # the first may only bring the focus
        page.mouse.down()
        page.wait_for_timeout(60)
        page.mouse.up()
        page.wait_for_timeout(600)
        if box.locator("[role=gridcell][aria-selected=true]").count():
            break
    names = int(box.locator("[role=columnheader]").count())  # the row's own name is the first column
    for key, times in (("ArrowLeft", names), ("ArrowRight", 1 + column), ("ArrowDown", row)):
        for _ in range(times):
            page.wait_for_timeout(80)
            page.keyboard.press(key)
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    page.keyboard.press("Control+a")
    page.keyboard.type(text, delay=30)
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    visited.settle()


def numbers(page, name: str) -> list[float]:
    cells = page.locator(f"[class*='st-key-hmm_{name}_'] [data-testid=stDataFrame] [role=gridcell]")
    cells.first.wait_for(state="attached")
    texts = cells.all_inner_texts()
    return [float(text) for text in texts if text.replace(".", "", 1).isdigit()]


def upload(visited, name: str, blob: bytes) -> None:
    page = visited.page
    if not page.locator("input[type=file]").count():
        page.locator(".st-key-hmm_json button").first.click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/json", "buffer": blob})
    page.wait_for_timeout(400)
    visited.settle()


def test_stepping_sends_nothing_to_the_server(visit):
    visited = visit("hmm_generate", "gen_seed=3")
    page, before, first = visited.page, len(visited.sent), said(visited.page)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["4"]
    assert said(page) != first
    assert len(visited.sent) == before
    assert not visited.problems


def test_a_seed_gives_the_same_sequence_after_a_reload(visit):
    visited = visit("hmm_generate")
    page, first = visited.page, chips(visited.page)
    page.locator(".st-key-gen_next button").click()
    page.wait_for_timeout(300)
    visited.settle()
    second = chips(page)
    assert second != first
    assert query(page)["gen_seed"] == ["1"]
    page.reload()
    visited.settle()
    assert chips(page) == second
    assert not visited.problems


def test_a_piece_of_the_interval_is_proved(visit):
    visited = visit("hmm_generate", "t=2")
    visited.page.locator(".st-key-gen_draw_state .piece").first.click()
    panel = visited.page.locator(".st-key-gen_draw_state__explanation")
    panel.wait_for()
    assert "same number" in panel.inner_text()
    assert not visited.problems


def test_an_edited_cell_rescales_its_row_and_its_link_reopens_the_model(visit):
    visited = visit("hmm_generate")
    edit(visited)
    type_cell(visited, "B", 0, 0, "0.55")
    page = visited.page
    assert numbers(page, "B")[:3] == pytest.approx([0.55, 0.2, 0.25])
    assert query(page)["hmm"] == ["mine"]
    link = urlsplit(page.url).query
    other = visit("hmm_generate", link)
    edit(other)
    assert numbers(other.page, "B")[:3] == pytest.approx([0.55, 0.2, 0.25])
    assert chips(other.page) == chips(page)
    assert not visited.problems + other.problems


def test_undo_brings_the_preset_back(visit):
    visited = visit("hmm_generate")
    page, before = visited.page, chips(visited.page)
    edit(visited)
    type_cell(visited, "A", 0, 0, "0.05")
    type_cell(visited, "A", 1, 0, "0.95")
    assert chips(page) != before
    for _ in range(2):
        page.locator(".st-key-hmm_undo_button button").first.click()
        page.wait_for_timeout(300)
        visited.settle()
    assert chips(page) == before
    assert not query(page).keys() & {"hmm", "m"}
    assert not visited.problems


def test_without_rescaling_a_wrong_row_is_red_and_nothing_computes(visit):
    visited = visit("hmm_generate")
    page = visited.page
    edit(visited)
    page.locator(".st-key-hmm_rescale label").click()
    page.wait_for_timeout(300)
    visited.settle()
    type_cell(visited, "A", 0, 0, "0.78")
    assert "A[Rainy] sums to 1.08" in page.get_by_role("alert").first.inner_text()
    assert page.locator(".st-key-steps_time").count() == 0
    assert numbers(page, "A")[:2] == pytest.approx([0.78, 0.3])
    type_cell(visited, "A", 0, 1, "0.22")
    assert page.locator(".st-key-steps_time").count() == 1
    assert not visited.problems


def test_a_model_from_a_file_and_a_broken_one(visit):
    visited = visit("hmm_generate")
    page, before = visited.page, chips(visited.page)
    upload(visited, "model.json", json.dumps(OWN | {"A": [[0.8, 0.28], [0.3, 0.7]]}).encode())
    assert "A[Up] sums to 1.08" in page.get_by_role("alert").first.inner_text()
    assert chips(page) == before
    upload(visited, "model.json", json.dumps(OWN).encode())
    assert set(chips(page)) <= {"rise", "fall"}
    assert query(page)["hmm"] == ["mine"]
    with page.expect_download() as download:
        page.locator(".st-key-hmm_download button").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8")) == OWN
    assert not visited.problems


def test_the_model_survives_other_pages(visit):
    visited = visit("hmm_generate", "hmm=casino")
    page, before = visited.page, chips(visited.page)
    page.get_by_role("link", name="Train", exact=True).click()
    page.wait_for_url("**/train*")
    visited.settle()
    page.get_by_role("link", name="Generate", exact=True).click()
    page.wait_for_url("**/hmm_generate*")
    visited.settle()
    assert chips(page) == before
    assert query(page)["hmm"] == ["casino"]
    assert not visited.problems


def test_names_with_html_stay_text(visit):
    evil = OWN | {"S": ["<img src=x onerror=alert(1)>", "b"], "V": ["<b>x</b>", "$y$"]}
    visited = visit("hmm_generate")
    upload(visited, "model.json", json.dumps(evil).encode())
    assert set(chips(visited.page)) <= {"<b>x</b>", "$y$"}
    assert visited.page.locator("img[src='x']").count() == 0
    assert not visited.problems


@pytest.mark.parametrize("target", ["evaluate", "decode"])
def test_a_sequence_is_sent_to_another_page(visit, target):
    visited = visit("hmm_generate", "gen_seed=5")
    page, sequence = visited.page, chips(visited.page)
    page.locator(".st-key-gen_send button").first.click()
    page.get_by_test_id("stPopoverBody").get_by_role("link", name=target.capitalize()).click()
    page.wait_for_url(f"**/hmm_{target}*")
    visited.settle()
    assert " ".join(sequence) in page.locator(".st-key-o input, textarea").first.input_value().replace("\n", " ")
    assert not visited.problems


def test_the_link_of_an_edited_model_holds_the_observations(visit):
    visited = visit("hmm_decode")
    edit(visited)
    type_cell(visited, "A", 0, 0, "0.3")
    assert query(visited.page)["o"] == ["walk shop clean walk shop"]
    other = visit("hmm_decode", urlsplit(visited.page.url).query)
    assert other.page.locator(".st-key-o input").first.input_value() == "walk shop clean walk shop"
    assert not visited.problems + other.problems


def test_letters_in_a_cell_are_said(visit):
    visited = visit("hmm_generate")
    edit(visited)
    type_cell(visited, "A", 0, 0, "abc")
    assert "is not a probability" in visited.page.get_by_role("alert").first.inner_text()
    assert not visited.problems
