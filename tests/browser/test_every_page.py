"""Every page of the table, in both themes and languages: no error, no overflow, no call to another host, axe agrees."""

import pytest
from playwright.sync_api import Page

from scripts import chromium, pages
from scripts.axe import serious

VIEWS = [("light", "en"), ("dark", "zh")]


def chinese(text: str) -> int:
    """How many of its characters are Chinese."""
    return sum("\u4e00" <= letter <= "\u9fff" for letter in text)


def reaches_the_content(page: Page) -> bool:
    """Whether Tab comes from the top of the page to its content."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => !!document.activeElement?.closest('[data-testid=stMain]')"):
            return True
    return False


@pytest.mark.parametrize(("theme", "lang"), VIEWS)
@pytest.mark.parametrize("name", pages.names())
def test_page(name, theme, lang, visit):
    """The link's language is spoken although the browser asks for English."""
    visited = visit(name, f"lang={lang}", theme=theme)
    page = visited.page
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Something went wrong").count() == 0
    assert page.get_by_role("heading", level=1).count() == 1
    assert lang == "en" or chinese(page.get_by_test_id("stMain").inner_text()) > 30
    assert not serious(page)
    assert reaches_the_content(page)
    page.set_viewport_size(chromium.SIZES["phone"])
    visited.settle()
    assert visited.overflow() <= 0
    assert not visited.problems
    assert not visited.foreign


def test_the_first_visit_follows_the_browser(visit):
    shown = {lang: visit(lang=lang).page.get_by_test_id("stMain").inner_text() for lang in ("en", "zh")}
    assert chinese(shown["zh"]) > 30
    assert chinese(shown["en"]) < chinese(shown["zh"]) / 3


def test_the_navigation_opens_every_page(visit):
    """Sidebar links carry every page of the table; clicking one changes address and heading without a reload."""
    visited = visit()
    links = visited.page.get_by_test_id("stSidebar").get_by_test_id("stPageLink-NavLink")
    assert links.count() == len(pages.names())
    heading = visited.page.get_by_role("heading", level=1).inner_text()
    links.nth(1).click()
    visited.page.wait_for_url(f"**{pages.path(pages.names()[1])}*")
    visited.settle()
    assert visited.page.get_by_role("heading", level=1).inner_text() != heading
    assert not visited.problems
