"""Collect the texts of the sources into `assets/locale/unrolled.pot` and bring every language's catalog up to date."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "assets" / "locale"
DOMAIN = "unrolled"
LANGUAGES = ("zh",)
SOURCES = ("app.py", "serve.py", "pages", "ui", "charts", "engine")
KEYWORDS = {"t": None, "N_": None, "Var": (3,), "InputError": (1,)}


def files() -> Iterator[Path]:
    """Every Python file that may hold a text for readers."""
    for source in SOURCES:
        path = ROOT / source
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


def collect() -> Catalog:
    """A catalog of every message id in the sources, each with the places where it stands."""
    catalog = Catalog(project="Unrolled", copyright_holder="The Unrolled authors", charset="utf-8")
    for path in files():
        with path.open("rb") as source:
            for line, message, comments, _ in extract(
                "python", source, keywords=KEYWORDS, options={"encoding": "utf-8"}
            ):
                catalog.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)], auto_comments=comments)
        for line, message in in_f_strings(path):
            catalog.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)])
    return catalog


def in_f_strings(path: Path) -> Iterator[tuple[int, str]]:
    """(line, message) of every `t("…")` inside of an f-string, which Babel does not see before Python 3.12."""
    for joined in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr)):
        for call in (node for node in ast.walk(joined) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "t" and isinstance(call.args[0], ast.Constant):
                yield call.lineno, call.args[0].value


def path(language: str) -> Path:
    """Where a language's catalog lies."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """A language's catalog; an empty one if it has none yet."""
    if not path(language).is_file():
        return Catalog(locale=language, project="Unrolled", copyright_holder="The Unrolled authors", charset="utf-8")
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def main() -> None:
    """Update every catalog: new messages come in empty, gone ones go, nothing is guessed."""
    collected = collect()
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(collected, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path(language).parent.mkdir(parents=True, exist_ok=True)
        with path(language).open("wb") as file:
            write_po(file, catalog, width=120, sort_by_file=True, omit_header=False)


if __name__ == "__main__":
    main()
