"""Memory in a browser: a point is trained live with progress and stop and joins the curve; a link reopens all."""

import re

QUERY = "task=adding&distance=1000&cell=lstm"


def test_a_point_is_trained_live_and_can_be_stopped(visit):
    visited = visit("memory", QUERY)
    page = visited.page
    page.get_by_role("button", name="Train lstm over 1000 steps now").click()
    panel = page.locator(".st-key-memory_live")
    panel.get_by_text(re.compile(r"Training, step \d+, loss \d")).wait_for(timeout=60_000)
    first = panel.get_by_text(re.compile("Training, step")).inner_text()
    page.wait_for_function(
        "before => !document.querySelector('.st-key-memory_live').innerText.includes(before)", arg=first, timeout=30_000
    )
    page.get_by_role("button", name="Stop", exact=True).click()
    panel.get_by_text(re.compile(r"Stopped after \d+ steps")).wait_for(timeout=60_000)
    visited.settle()
    page.get_by_text("diamond: trained live").wait_for()
    assert page.get_by_role("button", name="Train lstm over 1000 steps now").is_enabled()
    assert not visited.problems


def test_a_short_run_ends_by_itself_and_joins_the_curve(visit):
    visited = visit("memory", "cell=gru&distance=20")
    page = visited.page
    seconds = page.get_by_label("Seconds at most")
    seconds.fill("5")
    seconds.press("Enter")
    visited.settle()
    page.get_by_role("button", name="Train gru over 20 steps now").click()
    page.get_by_text(re.compile(r"gru, distance 20: Done after \d+ steps")).wait_for(timeout=60_000)
    visited.settle()
    page.get_by_text("diamond: trained live").wait_for()
    assert not visited.problems


def test_a_link_reopens_task_distance_and_cell(visit):
    visited = visit("memory", "task=recall&distance=500&cell=elman")
    page = visited.page
    page.get_by_role("heading", name="Over 500 steps").wait_for()
    page.get_by_role("radio", name="20", exact=True).or_(
        page.get_by_role("button", name="20", exact=True)
    ).first.click()
    page.wait_for_url("**distance=20*")
    visited.settle()
    page.reload()
    visited.settle()
    page.get_by_role("heading", name="Over 20 steps").wait_for()
    assert "cell=elman" in page.url
    assert visited.overflow() == 0
    assert not visited.problems
