"""axe-core on an open page, from the copy that a Python package brings: no npm, no network."""

from importlib.resources import files

from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RUN = "() => axe.run(document, {resultTypes: ['violations']})"


def serious(page: Page) -> list[str]:
    """The serious and critical violations of a page, each with the element it was found on."""
    page.evaluate(AXE)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:200]} {node.get('failureSummary', '')[:200]}"
        for violation in page.evaluate(RUN)["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
