"""The page table, read without running it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class _Unmarked(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`N_("Start")` as its text."""
        return node.args[0]


def table() -> dict[str, list[tuple[str, str, str]]]:
    """`PAGES` of ui/contents.py: section → (name, title, icon) of each page, all in English."""
    for node in ast.parse((ROOT / "ui" / "contents.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PAGES":
            return ast.literal_eval(_Unmarked().visit(node.value))
    raise LookupError("ui/contents.py has no PAGES")


def names() -> list[str]:
    """Every page's name, in the order of the navigation."""
    return [name for pages in table().values() for name, *_ in pages]


def path(name: str) -> str:
    """The path of a page in an address; home is the default page and has none."""
    return "/" if name == "home" else f"/{name}"
