"""The shipped names: counts, order, characters; and the romanisation that made them."""

import importlib.util
import re
import sys
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[2] / "data"
ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;")
BUILDER_ONLY = ("mimesis", "faker", "pypinyin", "arabic_name_romanizer", "japanese_personal_name_dataset")
LANGUAGES = [
    "Arabic", "Chinese", "Czech", "Dutch", "English", "French", "German", "Greek", "Irish",
    "Italian", "Japanese", "Korean", "Polish", "Portuguese", "Russian", "Scottish", "Spanish", "Vietnamese",
]  # fmt: skip


def names(language: str) -> list[str]:
    return (DATA / "names" / f"{language}.txt").read_text(encoding="utf-8").splitlines()


def fold(name: str) -> str:
    """The lecture's fold: NFD, marks dropped, then what is not in its alphabet."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if unicodedata.category(c) != "Mn" and c in ALPHABET)


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_names", DATA / "build_names.py")
    module = importlib.util.module_from_spec(spec)
    path, before = list(sys.path), set(sys.modules)
    spec.loader.exec_module(module)
    sys.path[:] = path
    assert not {name.split(".")[0] for name in set(sys.modules) - before} & set(BUILDER_ONLY)
    return module


def test_there_is_a_file_for_each_language_and_no_other():
    assert sorted(path.stem for path in (DATA / "names").iterdir()) == LANGUAGES


def test_there_are_enough_names_in_all():
    assert sum(len(names(language)) for language in LANGUAGES) >= 12_000


@pytest.mark.parametrize("language", LANGUAGES)
class TestEachFile:
    def test_is_lf_and_ends_with_one(self, language: str):
        raw = (DATA / "names" / f"{language}.txt").read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        assert not raw.startswith(b"\xef\xbb\xbf")

    def test_has_two_hundred_names_or_more(self, language: str):
        assert 200 <= len(names(language)) <= 1500

    def test_is_sorted_and_without_duplicates(self, language: str):
        assert names(language) == sorted(set(names(language)))

    def test_has_each_fold_once(self, language: str):
        letters = [re.sub("[^a-z]", "", fold(name).lower()) for name in names(language)]
        assert len(set(letters)) == len(letters)

    def test_has_only_latin_letters_spaces_hyphens_and_apostrophes(self, language: str):
        odd = {c for name in names(language) for c in name if c not in " -'" and "LATIN" not in unicodedata.name(c, "")}
        assert not odd

    def test_is_composed_and_has_no_stray_whitespace(self, language: str):
        for name in names(language):
            assert name == unicodedata.normalize("NFC", " ".join(name.split()))
            assert name[0] not in " -"
            assert name[-1] not in " -'"

    def test_keeps_two_letters_or_more_after_the_fold(self, language: str):
        assert all(sum(c.isalpha() for c in fold(name)) >= 2 for name in names(language))

    def test_has_a_capital_in_every_name(self, language: str):
        assert all(any(c.isupper() for c in name) for name in names(language))
        assert not any(len(name) > 4 and name.isupper() for name in names(language))

    def test_is_counted_in_provenance(self, language: str):
        table = (DATA / "PROVENANCE.md").read_text(encoding="utf-8")
        assert f"| {language} | {len(names(language))} |" in table

    def test_has_no_name_that_was_struck_out(self, language: str, builder: ModuleType):
        out = {builder.fold(name) for name in builder.sources.rejected(language)}
        assert not out & set(map(builder.fold, names(language)))


def test_accents_are_kept():
    assert {"García", "Muñoz"} <= set(names("Spanish"))
    assert {"Müller", "Jäger"} <= set(names("German"))
    assert {"Dvořák", "Nováková"} <= set(names("Czech"))
    assert {"Nguyễn", "Trần"} <= set(names("Vietnamese"))
    assert any("ł" in name for name in names("Polish"))


def test_scottish_irish_and_english_are_apart():
    english = set(names("English"))
    assert not english & set(names("Scottish"))
    assert not english & set(names("Irish"))


def test_each_language_has_its_recipe(builder: ModuleType):
    assert sorted(builder.RECIPES) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_typed_lists_reach_the_file(language: str, builder: ModuleType):
    typed = {builder.fold(name) for name in builder.typed(language)}
    assert typed - {""} <= set(map(builder.fold, names(language)))


@pytest.mark.parametrize(
    ("script", "latin"),
    [
        ("Достоевский", "Dostoevsky"),
        ("Горбачёв", "Gorbachev"),
        ("Щербаков", "Shcherbakov"),
        ("Юрьев", "Yuryev"),
        ("Соловьёв", "Solovyov"),
        ("Белый", "Bely"),
    ],
)
def test_cyrillic(builder: ModuleType, script: str, latin: str):
    assert builder.romanise.cyrillic(script) == latin


@pytest.mark.parametrize(("latin", "abroad"), [("Romanov", "Romanoff"), ("Zhukov", "Jukoff"), ("Chekhov", "Chehoff")])
def test_emigre(builder: ModuleType, latin: str, abroad: str):
    assert builder.romanise.emigre(latin) == abroad


@pytest.mark.parametrize(
    ("script", "latin"),
    [
        ("Παπαδόπουλος", "Papadopoulos"),
        ("Αγγελόπουλος", "Angelopoulos"),
        ("Μπακογιάννης", "Bakogiannis"),
        ("Ευσταθίου", "Efstathiou"),
        ("Αυγουστής", "Avgoustis"),
        ("Νικολαΐδης", "Nikolaidis"),
        ("Λάμπρου", "Lamprou"),
        ("Χατζής", "Chatzis"),
    ],
)
def test_greek(builder: ModuleType, script: str, latin: str):
    assert builder.romanise.greek(script) == latin


@pytest.mark.parametrize(
    ("script", "revised", "mccune"),
    [
        ("김", "Gim", "Kim"),
        ("박", "Bak", "Pak"),
        ("최", "Choe", "Choe"),
        ("정", "Jeong", "Chong"),
        ("황보", "Hwangbo", "Hwangbo"),
    ],
)
def test_hangul(builder: ModuleType, script: str, revised: str, mccune: str):
    assert builder.romanise.hangul(script) == revised
    assert builder.romanise.hangul_mccune(script) == mccune


@pytest.mark.parametrize(
    ("kanji", "wapuro", "latin"),
    [
        ("佐藤", "satou", "Sato"),
        ("大野", "oono", "Ono"),
        ("井上", "inoue", "Inoue"),
        ("大内", "oouchi", "Ouchi"),
        ("竹之内", "takenouchi", "Takenouchi"),
        ("結城", "yuuki", "Yuki"),
    ],
)
def test_romaji(builder: ModuleType, kanji: str, wapuro: str, latin: str):
    assert builder.romanise.romaji(wapuro, kanji) == latin


def test_pinyin_reads_characters_as_surnames(builder: ModuleType):
    pytest.importorskip("pypinyin")
    assert [builder.romanise.pinyin(name) for name in ("曾", "单", "欧阳", "吕")] == ["Zeng", "Shan", "Ouyang", "Lu"]


def test_title_lowers_what_is_shouted(builder: ModuleType):
    assert builder.romanise.title("AU-YEUNG") == "Au-Yeung"


def test_commonest_counts_the_lists_that_hold_a_name(builder: ModuleType):
    lists, votes = (["Rossi", "Bianchi"], ["Verdi", "Rossi"]), [["Verdi", "Neri"], ["Neri"], ["Verdi"]]
    assert builder.commonest(2, *lists, votes=votes) == ["Verdi", "Rossi"]


def test_unique_prefers_the_commonest_spelling_then_accents(builder: ModuleType):
    assert builder.unique(["Garcia", "García", "Ruiz", "Ruiz", "Ruíz"]) == ["García", "Ruiz"]
