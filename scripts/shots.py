"""Screenshots of every page: two sizes, two themes, two languages, the first screen and the whole page, into shots/."""

from itertools import product

from playwright.sync_api import Browser, sync_playwright
from tqdm import tqdm

from scripts import boot, chromium, pages

FOLDER = boot.ROOT / "shots"
HEIGHT = "() => document.querySelector('[data-testid=stMain]').scrollHeight"


def shoot(browser: Browser, url: str, name: str, size: str, theme: str, language: str) -> None:
    """Two pictures of one page: `<page>-<size>-<theme>-<language>.png` and the same with `-full`."""
    viewport = chromium.SIZES[size]
    context = browser.new_context(viewport=viewport, color_scheme=theme, locale=language, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{url}{pages.path(name)}?lang={language}")
    chromium.settle(page)
    file = FOLDER / f"{name}-{size}-{theme}-{language}"
    page.screenshot(path=f"{file}.png")
    page.set_viewport_size(viewport | {"height": min(12_000, max(viewport["height"], page.evaluate(HEIGHT)))})
    chromium.settle(page)
    page.screenshot(path=f"{file}-full.png")
    context.close()


def main() -> None:
    """Shoot everything."""
    FOLDER.mkdir(exist_ok=True)
    views = list(product(pages.names(), chromium.SIZES, ("light", "dark"), ("en", "zh")))
    with boot.serving() as app, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for view in tqdm(views, desc="shots", unit="page"):
            shoot(browser, app.url, *view)
        browser.close()


if __name__ == "__main__":
    main()
