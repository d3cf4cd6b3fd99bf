"""What a reader of the page on Bayes by language model is promised, in a real browser."""

import re

from tests.browser.reading import finding, picked, proved, query


def test_stepping_stays_in_the_browser_and_a_cell_shows_its_counts_and_is_proved(visit):
    visited = visit("bayes", "name=Rossi&prior=uniform&against=runner_up&t=2")
    page, before = visited.page, len(visited.sent)
    assert "Rossi" in finding(page)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert query(page)["t"] == ["4"]
    assert len(visited.sent) == before
    panel = picked(page, "bayes_evidence", ["ArrowRight", "ArrowRight"])
    proved(panel)
    page.get_by_text(re.compile(r"^Counted in [\d,]+ \w+ names")).wait_for()
    wanted = {"name": ["Rossi"], "prior": ["uniform"], "against": ["runner_up"], "t": ["4"]}
    assert {name: query(page).get(name) for name in wanted} == wanted
    assert not visited.problems


def test_it_fits_a_phone_in_chinese(visit):
    visited = visit("bayes", "name=Papadopoulos", size="phone", lang="zh")
    assert visited.overflow() <= 0
    assert not visited.problems
