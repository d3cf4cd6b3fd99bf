"""What tests of several pages read off a page: its link, its finding, and the proof of a picked cell."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page

from tests.engine.proofs import run_alone

ROOT = Path(__file__).resolve().parents[2]


def query(page: Page) -> dict[str, list[str]]:
    """The parameters in the page's address."""
    return parse_qs(urlsplit(page.url).query)


def finding(page: Page) -> str:
    """What the page has found, in words: its first heading of that size."""
    return page.locator("h4").first.inner_text()


def picked(page: Page, key: str, keys: Sequence[str] = (), panel: str = "") -> Locator:
    """The panel (its selector, if not the figure's own) that Enter opens on a cell of the figure `key`, where `keys`
    have led.
    """
    page.locator(f".st-key-{key} [role=application]").first.focus()
    for each in (*keys, "Enter"):
        page.keyboard.press(each)
    found = page.locator(panel or f".st-key-{key}__explanation").last
    found.wait_for()
    return found


def proved(panel: Locator, cwd: Path = ROOT, within: float = 1e-5) -> tuple[float, str]:
    """The panel's code, run alone without the engine, prints the number on the page: (that number, the code)."""
    panel.get_by_text("same number").wait_for()
    shown = float(re.search(r"same number: (\S+)", panel.inner_text())[1])
    code = panel.locator("code").first.inner_text()
    assert "engine" not in code
    (printed,) = run_alone([code], cwd)
    assert abs(float(printed) - shown) <= within * max(1, abs(shown))
    return shown, code
