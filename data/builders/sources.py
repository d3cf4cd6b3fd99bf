"""Where names come from: packages pinned in `requirements-data.txt`, one of npm, and lists typed by hand.

The packages are imported inside the functions: nothing but the builder needs them.
"""

import csv
import json
import sqlite3
import subprocess
import tarfile
import tempfile
from collections import Counter
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path

FAKER_JS = "@faker-js/faker@10.6.0"

_LAST_NAMES_OF_EVERY_LOCALE = """
import { allLocales } from "./package/dist/index.js";
const names = {};
for (const [code, locale] of Object.entries(allLocales)) names[code] = locale.person?.last_name ?? {};
console.log(JSON.stringify(names));
"""


def typed(language: str, folder: str = "typed") -> list[str]:
    """Our own list of `<folder>/<language>.txt`: names between commas, `#` comments; empty without a file."""
    path = Path(__file__).parent / folder / f"{language}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [name.strip() for line in lines if not line.startswith("#") for name in line.split(",")]


def rejected(language: str) -> list[str]:
    """Names that the packages give for a language and that a reader struck out."""
    return typed(language, "rejected")


def mimesis(locale: str, gender: str | None = None) -> list[str]:
    """Surnames of a locale of mimesis (MIT); `gender` where it keeps them apart."""
    text = (files("mimesis") / "datasets" / locale / "person.json").read_text(encoding="utf-8")
    names = json.loads(text)["surnames"]
    return names[gender] if gender else names


def faker(locale: str, attribute: str = "last_names") -> list[str]:
    """Surnames of a locale of Faker (MIT), the commonest first where its authors had counts."""
    return list(getattr(import_module(f"faker.providers.person.{locale}").Provider, attribute))


@cache
def _faker_js() -> dict[str, dict[str, list[str]]]:
    """All surnames of the npm package `@faker-js/faker` (MIT), by locale and gender; needs npm and node."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", FAKER_JS], cwd=folder, check=True, stdout=subprocess.PIPE)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        (Path(folder) / "names.mjs").write_text(_LAST_NAMES_OF_EVERY_LOCALE, encoding="utf-8")
        done = subprocess.run(["node", "names.mjs"], cwd=folder, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def faker_js(locale: str, gender: str = "generic") -> list[str]:
    """Surnames of a locale of `@faker-js/faker`: `generic`, `male` or `female`."""
    return _faker_js()[locale][gender]


def japanese() -> list[tuple[str, str]]:
    """(kanji, romaji kana by kana), commonest first; from japanese-personal-name-dataset (MIT)."""
    table = files("japanese_personal_name_dataset") / "dataset" / "last_name_org.csv"
    rows = csv.reader(table.read_text(encoding="utf-8").splitlines())
    return [(kanji, wapuro) for kanji, _, _, wapuro in rows]


def arabic(countries: tuple[str, ...]) -> Counter[str]:
    """How many people on Wikidata (CC0) from these countries bear a surname, in the Latin spelling they use.

    From the table in arabic-name-romanizer (MIT). Transliterating Arabic script would lose the vowels.
    """
    query = "SELECT latin, count FROM units WHERE role = 'surname' AND source = 'wikidata' AND country = ?"
    counts: Counter[str] = Counter()
    database = sqlite3.connect(str(files("arabic_name_romanizer") / "resources" / "names.sqlite3"))
    for country in countries:
        for latin, count in database.execute(query, (country,)):
            counts[latin] += count
    database.close()
    return counts
