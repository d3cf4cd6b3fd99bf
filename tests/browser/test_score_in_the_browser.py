"""What a reader of the page Score is promised, in a real browser."""

import csv
import io
import re
from pathlib import Path

from tests.browser.reading import finding, query


def test_an_upload_by_several_models_gives_a_table_and_a_file(visit):
    visited = visit("score", "score_model=combined&with=gru&with=lecture&lang=zh", size="phone", theme="dark")
    page = visited.page
    assert query(page)["with"] == ["gru", "lecture"]
    blob = b"name,id\nYamamoto,1\nAbel,2\n,3\n=1+a,4\n"
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": blob})
    page.locator("[data-testid=stExpander]").filter(has_text=re.compile("^.*1")).first.wait_for()
    visited.settle()
    assert visited.overflow() <= 0
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^CSV")).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))
    assert {row["id"] for row in rows} == {"1", "2", "4"}
    assert {row["gru: answer"] for row in rows if row["text"] == "Yamamoto"} == {"Japanese"}
    assert not visited.problems


def test_another_task_goes_into_the_link_and_a_row_opens_its_page(visit):
    visited = visit("score")
    page, before = visited.page, finding(visited.page)
    page.get_by_role("radio", name=re.compile("words of Chinese")).click()
    page.wait_for_url("**task=segment*")
    page.wait_for_function("before => document.querySelector('h4')?.innerText !== before", arg=before)
    visited.settle()
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    frame = table.bounding_box()
    page.mouse.click(frame["x"] + 16, frame["y"] + 37 * 1.5)
    page.get_by_role("link", name=re.compile("Open ")).click()
    page.wait_for_url("**/hmm_work*")
    assert not visited.problems
