"""Train in a browser: the loss falls, the run stops, its checkpoints replay without the server, its network is used."""

import re
from itertools import pairwise

import pytest

SETTINGS = "train_model=elman&train_recipe=fast&train_hidden=32&train_seconds=60"


def metric(page, label: str) -> float:
    """The number under a label of the panel."""
    box = page.get_by_test_id("stMetric").filter(has_text=re.compile(f"^{label}"))
    return float(box.get_by_test_id("stMetricValue").inner_text().rstrip("%"))


@pytest.fixture
def trained(visit):
    """A page on which a run has gone on for a few checkpoints and was stopped."""
    visited = visit("train", SETTINGS)
    page = visited.page
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('[data-testid=stMetricValue]')];"
        " const shown = all.map(e => parseFloat(e.innerText));"
        " return document.querySelector('[data-testid=stMain]').innerText.includes('Training:')"
        " && shown[0] < 2.5 && shown[1] > 30; }", timeout=60_000,
    )  # fmt: skip
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text(re.compile("Stopped: ")).wait_for(timeout=30_000)
    visited.settle()
    return visited


def test_a_run_is_watched_replayed_and_taken_along(trained):
    page = trained.page
    assert metric(page, "loss") < 2.5  # the logarithm of 18 is 2.89
    assert "train_run=run-" in page.url
    sent = len(trained.sent)
    shown = [page.get_by_text(re.compile(r"\(\d+ of \d+\)")).first.inner_text()]
    for button in ("Back", "First", "Forward"):
        page.get_by_role("button", name=button, exact=True).click()
        shown.append(page.get_by_text(re.compile(r"\(\d+ of \d+\)")).first.inner_text())
    page.wait_for_timeout(1500)
    assert all(now != before for before, now in pairwise(shown))
    assert len(trained.sent) == sent
    page.get_by_role("button", name="Use this network").click()
    page.get_by_text("It is called").wait_for()
    page.get_by_test_id("stMain").get_by_role("link", name="Step through").click()
    page.wait_for_url("**/step?*model=mine-*")
    trained.settle()
    assert page.get_by_text("mine-").count() >= 1
    assert not trained.problems


def test_a_reload_finds_the_run_again(trained):
    page = trained.page
    before = page.get_by_text(re.compile("Stopped: ")).inner_text()
    page.reload()
    trained.settle()
    assert page.get_by_text(re.compile("Stopped: ")).inner_text() == before
    assert "train_hidden=32" in page.url
    page.get_by_test_id("stSidebar").get_by_text("中文").click()  # another language, the same run
    page.wait_for_url("**lang=zh*")
    trained.settle()
    assert "train_run=run-" in page.url


def test_another_page_keeps_the_run_alive(visit):
    visited = visit("train", SETTINGS)
    page = visited.page
    page.get_by_test_id("stMain").get_by_role("button", name="Train", exact=True).click()
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text(re.compile(r"Training: \d+%")).wait_for(timeout=30_000)
    sidebar.get_by_role("link", name="Step through").click()
    page.wait_for_url("**/step*")
    visited.settle()
    first = sidebar.get_by_text(re.compile(r"Training: \d+%")).inner_text()
    page.wait_for_function(
        "before => !document.querySelector('[data-testid=stSidebar]').innerText.includes(before)", arg=first,
        timeout=30_000,
    )  # fmt: skip
    sidebar.get_by_role("link", name=re.compile("Training: ")).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text(re.compile("Stopped: ")).wait_for(timeout=30_000)
    assert not visited.problems
