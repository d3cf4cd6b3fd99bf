"""Both languages are complete: every text of the sources is translated, with the same parameters in its braces."""

import string

import pytest

from scripts import catalogs, pages

TEXT = catalogs.ROOT / "assets" / "text"


def braces(text: str) -> set[str]:
    """The names of a template's parameters: {"n"} for "{n:,} names"."""
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@pytest.fixture(scope="module")
def collected() -> set[str]:
    return {message.id for message in catalogs.collect() if message.id}


def test_collecting_finds_every_kind_of_text(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text(
        """t("one " "{n}", n=1)\nN_("two")\nVar("time", r"h_t", "three", "log")\nraise InputError("four {x}.", x=1)\n"""
        """f"{t('five')}"\n"""
    )
    monkeypatch.setattr(catalogs, "ROOT", tmp_path)
    monkeypatch.setattr(catalogs, "SOURCES", ("app.py",))
    assert {message.id for message in catalogs.collect() if message.id} == {
        "one {n}",
        "two",
        "three",
        "four {x}.",
        "five",
    }


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_every_text_is_translated(language, collected):
    catalog = catalogs.read(language)
    missing = [text for text in sorted(collected) if not (text in catalog and catalog[text].string)]
    assert not missing, f"{len(missing)} texts; `make catalogs` brings them into {catalogs.path(language).name}"


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_nothing_is_unsure_or_left_over(language, collected):
    catalog = catalogs.read(language)
    messages = [message for message in catalog if message.id]
    assert not [message.id for message in messages if message.fuzzy]
    assert not [message.id for message in messages if message.id not in collected]
    assert not catalog.obsolete


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_parameters_survive_translation(language):
    messages = [message for message in catalogs.read(language) if message.id and message.string]
    assert not [message.id for message in messages if braces(message.id) != braces(message.string)]


@pytest.mark.parametrize("language", ["en", *catalogs.LANGUAGES])
@pytest.mark.parametrize("name", pages.names())
def test_every_page_has_its_prose(name, language):
    assert (TEXT / language / f"{name}.md").read_text("utf-8").strip()


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
@pytest.mark.parametrize("name", pages.names())
def test_prose_has_the_same_parts(name, language):
    parts = [(TEXT / lang / f"{name}.md").read_text("utf-8").count("\n---\n") for lang in ("en", language)]
    assert parts[0] == parts[1]
