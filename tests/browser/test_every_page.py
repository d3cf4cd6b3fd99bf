"""Every page of the table, in both themes and languages: no error, no overflow, no call to another host, axe agrees."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from scripts import chromium, pages
from scripts.axe import serious
from tests.browser.conftest import Visit

VIEWS = [("light", "en"), ("dark", "zh")]
HOME = pages.names()[0]  # where a walk begins


def chinese(text: str) -> int:
    """How many of its characters are Chinese."""
    return sum("\u4e00" <= letter <= "\u9fff" for letter in text)


def reaches_the_content(page: Page) -> bool:
    """Whether the first link of the page leads past the navigation, to something in the content that takes keys."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    return page.evaluate("() => !!document.activeElement?.closest('[data-testid=stMain]')")


@pytest.fixture(scope="module")
def walk(served, contexts) -> Iterator[Callable[[str, str, str], Visit]]:
    """`walk(name, theme, lang)` → Visit: goes on to a page by its link in the sidebar, as a reader of the whole app."""
    walkers = {}

    def go(name: str, theme: str, lang: str) -> Visit:
        visited = walkers.pop((theme, lang), None) or opened(theme, lang)
        visited.problems.clear()
        visited.page.set_viewport_size(chromium.SIZES["desktop"])
        link = visited.page.get_by_test_id("stSidebar").locator(f'a[href="{pages.path(name).lstrip("/")}"]')
        before = visited.page.get_by_role("heading", level=1).inner_text() if name != HOME else ""
        link.click()
        visited.page.wait_for_url(f"**{pages.path(name)}*")
        visited.page.wait_for_function("before => document.querySelector('h1')?.innerText !== before", arg=before)
        visited.settle()
        walkers[theme, lang] = visited
        return visited

    def opened(theme: str, lang: str) -> Visit:
        visited = Visit(contexts(theme, lang).new_page())
        visited.page.set_viewport_size(chromium.SIZES["desktop"])
        visited.listen()
        visited.page.goto(f"{served.url}/?lang={lang}")
        visited.settle()
        return visited

    yield go
    for visited in walkers.values():
        visited.page.close()


@pytest.mark.parametrize(("theme", "lang"), VIEWS)
@pytest.mark.parametrize("name", pages.names())
def test_page(name, theme, lang, walk):
    visited = walk(name, theme, lang)
    page = visited.page
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Something went wrong").count() == 0
    assert page.get_by_role("heading", level=1).count() == 1
    assert lang == "en" or chinese(page.get_by_test_id("stMain").inner_text()) > 30
    assert not serious(page)
    page.set_viewport_size(chromium.SIZES["phone"])
    visited.settle()
    assert visited.overflow() <= 0
    assert not visited.problems
    assert not visited.foreign


@pytest.mark.parametrize("name", pages.names()[::6])
def test_the_keyboard_reaches_the_content(name, visit):
    """The link's language is spoken although the browser asks for English."""
    visited = visit(name, "lang=zh")
    assert chinese(visited.page.get_by_test_id("stMain").inner_text()) > 30
    assert reaches_the_content(visited.page)


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
