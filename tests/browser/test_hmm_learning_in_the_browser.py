"""What a reader of Learn and Assumptions is promised, in a real browser."""

import json
import re

import pytest

from tests.browser.reading import finding, picked, proved, query


def test_stepping_over_iterations_sends_nothing(visit):
    visited = visit("hmm_learn", "hmm=clouds&i=0")
    page, before = visited.page, len(visited.sent)
    A = page.locator(".st-key-bw_A [role=application]").first
    first = A.screenshot()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Forward").click()
    page.wait_for_timeout(300)
    assert query(page)["i"] == ["4"]
    for figure in ("bw_A", "bw_A_new", "bw_trellis"):
        page.locator(f".st-key-{figure}").get_by_text(re.compile(r"4 \(5 of 61\)")).first.wait_for()
    assert A.screenshot() != first
    assert len(visited.sent) == before
    assert not visited.problems


def test_the_climb_never_falls(visit):
    page = visit("hmm_learn", "hmm=trellis").page
    chips = " ".join(page.locator(".st-key-stepper_iteration .row").all_inner_texts()).replace("−", "-")
    climb = [float(value) for value in re.findall(r"-\d+\.\d", chips)]
    assert len(climb) > 20
    assert climb == sorted(climb)
    assert "It never falls" in finding(page)


def test_a_link_reopens_the_run(visit):
    page = visit("hmm_learn", "hmm=casino&bw_seed=7&bw_n=9&start=random&i=2").page
    assert page.get_by_label("Start seed").input_value() == "7"
    assert page.get_by_label("Number", exact=True).input_value() == "9"
    assert query(page)["i"] == ["2"]


def test_twenty_restarts_and_the_best(visit):
    visited = visit("hmm_learn", "hmm=clouds&bw_iterations=40")
    page = visited.page
    page.get_by_role("button", name="Start from 20 seeds").click()
    page.get_by_text(re.compile("random starts converged at")).first.wait_for()
    visited.settle()
    best = re.search(r"highest, (-[\d.]+)", page.locator("body").inner_text())[1]
    page.get_by_role("button", name="Show the best").click()
    page.get_by_role("heading", name=re.compile(rf"to {re.escape(best)},")).wait_for()
    assert "bw_seed" in query(page)
    assert not visited.problems


def test_an_uploaded_file_with_bad_lines(visit):
    visited = visit("hmm_learn", "hmm=weather&from=file")
    page = visited.page
    text = "walk shop clean\nwalk fly\nshop shop walk clean\n"
    page.locator("input[type=file]").first.set_input_files(
        {"name": "<b>mine.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    page.get_by_text("1 row was left out, and why").wait_for()
    visited.settle()
    assert "iterations lift" in finding(page)
    assert not visited.problems
    page.locator("input[type=file]").first.set_input_files(
        {"name": "bomb.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04" + bytes(60)}
    )
    page.get_by_text("sequences are read from .txt and .csv").wait_for()
    assert not visited.problems


@pytest.mark.parametrize(("lang", "said"), [("en", r"took ((?:\w )*\w): (\d+) of (\d+)")])
def test_two_states_sort_the_letters(visit, lang, said):
    page = visit("hmm_learn", f"hmm=letters&lang={lang}").page
    taken, right, n = re.search(said, finding(page)).groups()
    assert set("aeio") <= set(taken.split())
    assert int(right) >= int(n) - 1


def test_a_new_probability_is_proved_by_its_own_code(visit, tmp_path):
    visited = visit("hmm_learn", "hmm=casino&bw_n=4&bw_length=10&i=2")
    page = visited.page
    panel = picked(page, "bw_A_new", ["ArrowRight"])
    if "sequences.json" in panel.locator("code").first.inner_text():
        with page.expect_download() as download:
            page.get_by_role("button", name="sequences.json").click()
        json.loads(download.value.path().read_text())
        download.value.save_as(tmp_path / "sequences.json")
    proved(panel, cwd=tmp_path)
    assert not visited.problems


def test_the_learned_model_is_taken_over_and_undone(visit):
    visited = visit("hmm_learn", "hmm=casino&bw_iterations=10")
    page = visited.page
    page.get_by_role("button", name="Use the learned model on all pages").click()
    page.get_by_text(re.compile("Your own model")).wait_for()
    visited.settle()
    assert query(page)["hmm"] == ["mine"]
    page.locator(".st-key-hmm_undo_button button").click()
    page.get_by_text(re.compile("A fair die is now and then")).wait_for()
    visited.settle()
    assert "m" not in query(page)
    assert not visited.problems


def test_a_strength_changes_the_loss(visit):
    visited = visit("hmm_assumptions", "hmm=letters&strength=1.0")
    page = visited.page
    lost = float(re.search(r"loses ([\d.]+) nats", finding(page))[1])
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_text(re.compile("Nothing is broken")).wait_for()
    assert float(re.search(r"loses (-?[\d.]+) nats", finding(page))[1]) < lost / 5
    page.get_by_text("Output independence", exact=True).first.click()
    page.wait_for_url("**broken=output_dependent*")
    visited.settle()
    assert not visited.problems
