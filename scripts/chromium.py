"""A Chromium for tests and screenshots, and when a page of the app has come to rest."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

AT_REST = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const all = selector => [...document.querySelectorAll(selector)];
  return app?.dataset.testScriptState === 'notRunning'
    && app.dataset.testConnectionState === 'CONNECTED'
    && all('[data-testid="stMain"] [data-testid="stElementContainer"]').length > 0
    && all('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]').length === 0
    && all('[data-testid="stVegaLiteChart"]').every(chart => chart.querySelector('svg, canvas'))
    && all('[data-testid="stBidiComponentIsolated"]')
      .every(box => box.shadowRoot?.querySelector('.u')?.childElementCount)
    && document.fonts.status === 'loaded';
}"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def installed() -> str | None:
    """The path of this machine's own Chromium or Chrome, if it has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def usable() -> bool:
    """Whether `launch` will find a browser: the machine's, or one that Playwright has downloaded."""
    if installed():
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).is_file()


def launch(playwright: Playwright) -> Browser:
    """A headless browser with a fresh profile that calls nobody by itself."""
    return playwright.chromium.launch(executable_path=installed(), args=list(QUIET))


def settle(page: Page, timeout: float = 30_000) -> None:
    """Wait until the script has run, and charts, components and fonts are drawn; `timeout` in milliseconds."""
    page.wait_for_function(AT_REST, timeout=timeout)
    page.evaluate(TWO_FRAMES)
    page.wait_for_function(AT_REST, timeout=timeout)
