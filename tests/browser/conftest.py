"""One app and one Chromium for all browser tests; `visit` opens a page and keeps what went wrong and what was sent."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts import boot, chromium, pages


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)


# on /step Streamlit's front end first asks for these under /step/, to learn whether that is the app's base path
PROBES = ("/_stcore/health", "/_stcore/host-config")


@dataclass
class Visit:
    """An open page, the console errors and exceptions so far, requests to other hosts, websocket frames sent and the
    sizes of those received.
    """

    page: Page
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    received: list[int] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("websocket", self._websocket)

    def _console(self, message) -> None:
        address = message.location.get("url", "")
        if message.type == "error" and address.endswith(PROBES) and "404" in message.text:
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            self.problems.append(f"console: {message.text} {address}")

    def _request(self, url: str) -> None:
        if urlsplit(url).hostname not in {None, "127.0.0.1"}:
            self.foreign.append(url)

    def _websocket(self, socket) -> None:
        self._request(socket.url)
        socket.on("framesent", lambda frame: self.sent.append(frame))
        socket.on("framereceived", lambda frame: self.received.append(len(frame)))

    def settle(self) -> None:
        """Wait until the script has run and everything is drawn."""
        chromium.settle(self.page)

    def overflow(self) -> int:
        """CSS pixels by which the page is wider than its window."""
        return self.page.evaluate(
            "() => Math.max(...[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]"
            ".map(box => box.scrollWidth - box.clientWidth))"
        )


@pytest.fixture(scope="session")
def served() -> Iterator[boot.Served]:
    """The app as `make run` starts it; fails at the end if its log holds a traceback."""
    with boot.serving() as app:
        yield app
        log = app.log.read_text("utf-8")
        assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    if not chromium.usable():
        pytest.skip("no Chromium: run `make browser`, or apt-get install chromium")
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def contexts(browser) -> Callable[..., BrowserContext]:
    """Browser contexts by theme and language, kept so that scripts come from the cache after the first page."""
    kept = {}

    def context(theme: str, lang: str) -> BrowserContext:
        if (theme, lang) not in kept:
            kept[theme, lang] = browser.new_context(
                color_scheme=theme, locale={"en": "en-GB", "zh": "zh-CN"}[lang], reduced_motion="reduce"
            )
        return kept[theme, lang]

    return context


@pytest.fixture
def visit(served, contexts) -> Iterator[Callable[..., Visit]]:
    """`visit("step", query="name=Satoshi", size="phone", theme="dark", lang="zh")` → Visit, settled.

    `url` opens another server than the app's, for the demo of a component (see `serve`).
    """
    opened = []

    def open_page(name="home", query="", size="desktop", theme="light", lang="en", url=None) -> Visit:
        page = contexts(theme, lang).new_page()
        opened.append(page)
        page.set_viewport_size(chromium.SIZES[size])
        result = Visit(page)
        result.listen()
        page.goto(f"{url or served.url}{pages.path(name)}" + (f"?{query}" if query else ""))
        result.settle()
        return result

    yield open_page
    for page in opened:
        page.close()


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Path | str], boot.Served]]:
    """`serve(script)` → Served: a server of its own for one script, with the app's headers; ended with the module."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(boot.serving(script))
