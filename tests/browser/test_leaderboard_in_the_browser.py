"""What a reader of the Leaderboard is promised, in a real browser."""

from tests.browser.reading import query


def test_choices_are_in_the_link_and_a_name_opens_in_all_models(visit):
    visited = visit("leaderboard", "a=elman&b=lecture&right=b")
    page = visited.page
    page.locator(".st-key-board_by_en").get_by_text("negative log-likelihood").click()
    page.get_by_text("leads: negative log-likelihood").first.wait_for()
    page.locator(".st-key-board_cost_en").get_by_text("names a second").click()
    page.wait_for_url("**cost=speed**")
    visited.settle()
    assert query(page)["by"] == ["nll"]
    assert query(page)["a"] == ["elman"]
    link = page.get_by_test_id("stPageLink-NavLink").filter(has_text="in all models, letter by letter")
    name = link.inner_text().split("\n")[-1].removesuffix(" in all models, letter by letter").strip()
    link.click()
    page.wait_for_url("**/everything_name?**")
    visited.settle()
    assert query(page)["name"] == [name]
    assert not visited.problems
