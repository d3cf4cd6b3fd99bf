"""Build `names/<Language>.txt`, the surnames of 18 languages: `python data/build_names.py [OUT]`.

Each language is one recipe below, from packages and from lists typed by hand; PROVENANCE.md tells which.
The same pinned packages give the same bytes. Names keep their accents: readers of the files fold them.
"""

import hashlib
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from builders import romanise, sources
from builders.sources import faker, faker_js, mimesis, rejected, typed

MOST = 1000  # names a language
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
PARTICLE = re.compile(r"^(al|el|ad|ar|as|at|az|an|ash|ath|adh)[- ]", re.IGNORECASE)
DUTCH_PARTICLES = frozenset("van de der den het 't te ten ter op in la le d' die".split())  # noqa: SIM905
ARABIC_COUNTRIES = ("SY", "LB", "EG", "JO", "PS", "IQ", "SA", "KW", "MA", "DZ", "TN")


def fold(name: str) -> str:
    """The ASCII letters of a name after NFD, in lower case: two names with one fold count as one."""
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if letter in LETTERS).lower()


def lost(name: str) -> int:
    """How many letters of a name the fold drops, since NFD does not decompose them: ł, ß, ø, đ."""
    return sum(letter.isalpha() and not fold(letter) for letter in unicodedata.normalize("NFC", name))


def clean(name: str) -> str:
    """NFC, plain apostrophes, single spaces, and a capital at the start of a name of one word."""
    name = " ".join(unicodedata.normalize("NFC", name).replace("’", "'").split())
    name = re.sub("^(Le|La) ([a-z])", lambda match: f"{match[1]} {match[2].upper()}", name)
    return name if " " in name or "'" in name else name[:1].upper() + name[1:]


def is_name(name: str) -> bool:
    """Three words at most of Latin letters, hyphens and apostrophes, two letters or more after the fold."""
    latin = all(c in " -'" or "LATIN" in unicodedata.name(c, "") for c in name)
    return latin and len(fold(name)) >= 2 and len(name.split()) <= 3


def unique(names: Iterable[str]) -> list[str]:
    """Clean names, each fold once: in the commonest spelling, or that whose letters all fold, or with more accents."""
    spellings = Counter(filter(is_name, map(clean, names)))
    best: dict[str, str] = {}
    for name in sorted(spellings, key=lambda n: (spellings[n], -lost(n), sum(not c.isascii() for c in n), n)):
        best[fold(name)] = name
    return [best[key] for key in dict.fromkeys(map(fold, spellings))]


def without(names: Iterable[str], *others: Iterable[str]) -> list[str]:
    """The names whose fold is that of no name in `others`."""
    drop = {fold(name) for other in others for name in other}
    return [name for name in names if fold(name) not in drop]


def commonest(n: int, *lists: list[str], votes: Iterable[list[str]] = ()) -> list[str]:
    """The n names that the most lists hold; `votes` are lists that are counted but add no name of their own.

    Ties go by SHA-256, which favours no letter and never changes.
    """
    count = Counter(key for names in (*lists, *votes) for key in {fold(name) for name in names})
    everything = unique(name for names in lists for name in names)
    rank = {name: (-count[fold(name)], hashlib.sha256(name.encode()).hexdigest()) for name in everything}
    return sorted(everything, key=rank.__getitem__)[:n]


def arabic() -> list[str]:
    """The commonest on Wikidata in eleven countries, three bare to one with an article (Al-), and some typed."""
    counts = sources.arabic(ARABIC_COUNTRIES)
    ranked = [n for n in sorted(counts, key=lambda n: (-counts[n], n)) if n[0].isupper() and counts[n] > 2]
    ranked = without(unique(ranked), italian(), german())
    with_article = [name for name in ranked if PARTICLE.match(name)]
    bare = [name for name in ranked if not PARTICLE.match(name)]
    return unique(bare[: MOST * 6 // 10] + with_article[: MOST * 2 // 10] + typed("Arabic"))


def chinese() -> list[str]:
    """The mainland's in pinyin, Taiwan's in Wade–Giles, Hong Kong's, and those of the overseas Chinese."""
    mainland = [romanise.pinyin(name) for name in mimesis("zh") + faker("zh_CN")]
    taiwan = [romanise.title(name) for name in faker("zh_TW", "last_romanized_names")]
    return unique(mainland + taiwan + faker_js("en_HK") + typed("Chinese"))


def czech() -> list[str]:
    """Four men's names to one woman's (Novák, Nováková)."""
    men = [mimesis("cs"), faker("cs_CZ", "last_names_male"), faker_js("cs_CZ", "male")]
    women = [faker("cs_CZ", "last_names_female"), faker_js("cs_CZ", "female")]
    return unique(commonest(MOST * 4 // 5, *men) + commonest(MOST // 5, *women))


def dutch() -> list[str]:
    """Names of the Netherlands and Flanders: particles and one word; old church registers only have a vote."""
    lists = [faker("nl_NL"), faker("nl_BE"), faker_js("nl"), faker_js("nl_BE"), mimesis("nl-be")]
    names = without(commonest(MOST * 2, *lists, votes=[mimesis("nl")]), british())
    return [name for name in names if set(name.lower().split()[:-1]) <= DUTCH_PARTICLES][:MOST]


def british() -> list[str]:
    """The commonest names of England and New Zealand, less immigrants' names."""
    return without(faker("en_GB") + faker("en_NZ"), rejected("English"))


def english() -> list[str]:
    """Those of England and New Zealand, the native ones of America, and the long tail typed by hand.

    What is Irish or Scottish counts as that.
    """
    immigrants = [recipe() for language, recipe in RECIPES.items() if language not in ("English", "Irish", "Scottish")]
    names = unique(british() + without(faker("en_US"), *immigrants) + typed("English"))
    return [name for name in without(names, irish(), scottish()) if not re.match("Mc|Mac[A-Z]|O'", name)]


def french() -> list[str]:
    """Names of France and Québec; the list without accents only has a vote."""
    return commonest(MOST, faker("fr_FR"), faker("fr_CA"), mimesis("fr"), votes=[faker_js("fr")])


def german() -> list[str]:
    """Names of Germany and Austria; the Swiss lists only have a vote."""
    lists = [faker("de_DE"), faker("de_AT"), mimesis("de"), faker_js("de")]
    return commonest(MOST, *lists, votes=[faker("de_CH"), mimesis("de-ch")])


def greek() -> list[str]:
    """Seven men's names to three women's (Papadopoulos, Papadopoulou)."""
    men = [faker("el_GR", "last_names_male"), mimesis("el", "male"), faker_js("el")]
    women = [faker("el_GR", "last_names_female"), mimesis("el", "female")]
    latin = [list(map(romanise.greek, names)) for names in men + women]
    return unique(commonest(MOST * 7 // 10, *latin[:3]) + commonest(MOST * 3 // 10, *latin[3:]))


def irish() -> list[str]:
    """Gaelic forms (Ó Súilleabháin), and anglicised ones (O'Sullivan) that are not English or Scottish too."""
    gaelic = [name for name in faker("ga_IE") if "recte" not in name]
    others = [
        faker("en_GB"),
        faker("en_US"),
        faker("en_NZ"),
        typed("English"),
        typed("Scottish"),
        typed("Clans"),
    ]
    return unique(
        commonest(MOST * 2 // 5, gaelic) + commonest(MOST // 2, without(faker("en_IE"), *others)) + typed("Irish")
    )


def italian() -> list[str]:
    """Names of Italy and of Italians in America."""
    return commonest(MOST, faker("it_IT"), mimesis("it"), faker_js("it"))


def japanese() -> list[str]:
    """The commonest surnames, in Hepburn romaji without marks for long vowels."""
    return unique(romanise.romaji(wapuro, kanji) for kanji, wapuro in sources.japanese())[:MOST]


def korean() -> list[str]:
    """The common surnames in both romanisations of their Hangul, and the spellings that people use."""
    names = dict.fromkeys(faker("ko_KR") + faker_js("ko"))
    return unique([*map(romanise.hangul, names), *map(romanise.hangul_mccune, names), *typed("Korean")])


def polish() -> list[str]:
    """Four names of men or of both sexes to one that only women bear (Kowalski, Kowalska)."""
    lists = [
        faker("pl_PL", "unisex_last_names"),
        faker("pl_PL", "male_last_names"),
        mimesis("pl", "male"),
        faker_js("pl"),
    ]
    women = without(mimesis("pl", "female"), *lists)
    return unique(commonest(MOST * 4 // 5, *lists) + commonest(MOST // 5, women))


def portuguese() -> list[str]:
    """Names of Portugal, mostly typed by hand: the packages' Brazilian lists mix in immigrants' names."""
    return unique(faker("pt_PT") + mimesis("pt") + faker_js("pt_PT") + typed("Portuguese"))


def russian() -> list[str]:
    """Four men's names to one woman's (Ivanov, Ivanova), and some more as spelled abroad (Romanoff)."""
    men = [mimesis("ru", "male"), faker("ru_RU", "last_names_male"), faker_js("ru", "male")]
    women = [mimesis("ru", "female"), faker("ru_RU", "last_names_female"), faker_js("ru", "female")]
    latin = [list(map(romanise.cyrillic, names)) for names in men + women]
    ranked = commonest(MOST, *latin[:3])
    at_home, abroad = ranked[: MOST * 4 // 5], ranked[MOST * 4 // 5 :]
    return unique(at_home + commonest(MOST // 5, *latin[3:]) + [romanise.emigre(name) for name in abroad])


def scottish() -> list[str]:
    """Typed by hand, without England's 500 commonest names, but for the Macs and thirty names of clans."""
    macs = [name for name in typed("Scottish") if name.startswith(("Mac", "Mc"))]
    return unique(without(typed("Scottish"), faker("en_GB")) + macs + typed("Clans"))


def spanish() -> list[str]:
    """Names of Spain, Mexico, Chile and Colombia; the list without accents only has a vote."""
    lists = [faker("es_ES"), faker("es_MX"), faker("es_CL"), faker("es_CO"), faker_js("es")]
    return commonest(MOST, *lists, votes=[mimesis("es")])


def vietnamese() -> list[str]:
    """Typed by hand, but for the 26 commonest."""
    return unique(faker_js("vi") + typed("Vietnamese"))


RECIPES: dict[str, Callable[[], list[str]]] = {
    recipe.__name__.capitalize(): recipe
    for recipe in (
        arabic, chinese, czech, dutch, english, french, german, greek, irish,
        italian, japanese, korean, polish, portuguese, russian, scottish, spanish, vietnamese,
    )
}  # fmt: skip


def build(out: Path) -> None:
    """Write every language's file under `out`: UTF-8, one name a line, sorted by code point."""
    out.mkdir(parents=True, exist_ok=True)
    for language, recipe in RECIPES.items():
        names = sorted(without(recipe(), rejected(language)))
        (out / f"{language}.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")
        sys.stderr.write(f"{language:12}{len(names):6}\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "names")
