"""The words that sentences of the grammar are made of, by language."""

from functools import cache
from itertools import product

from engine.grammar import english, english_words, forms, french, french_words, german, german_words
from engine.grammar import lexicon as lex

LANGUAGES = ("de", "en", "fr")


@cache
def _vocabulary(lang: str) -> tuple[str, ...]:
    inside, opening = {"de": _german, "en": _english, "fr": _french}[lang]()
    opening |= {phrase[0] for phrase in _phrases(lang)}
    inside |= {word for phrase in _phrases(lang) for word in phrase} | {".", ",", "?"}
    capital = {word[0].upper() + word[1:] for word in opening if word}
    return tuple(sorted(word for word in inside | opening | capital if word))


def vocabulary(lang: str) -> list[str]:
    """All words of "de", "en" or "fr", sorted; those that may open a sentence also with a capital."""
    return list(_vocabulary(lang))


def _phrases(lang: str) -> list[tuple[str, ...]]:
    rows = [row for row in lex.PHRASES.values() if row.kind not in ("gern", "wh")]
    if lang == "de":
        return [row.words for row in rows]
    aligned = [row.english if lang == "en" else row.french for row in rows]
    return [tuple(word for word, _ in said) for said in aligned]


def _columns(rows: dict, *columns: str) -> set[str]:
    """The words of some columns of a table."""
    return {word for row in rows.values() for column in columns for word in getattr(row, column).split()}


def _german() -> tuple[set[str], set[str]]:
    adjectives = {row.stem + end for row in lex.ADJECTIVES.values() for end in ("e", "en", "em", "er", "es")}
    stems = [stem for key, stem in german_words.STEMS.items() if key != "no"] + ["kein"]
    determiners = {stem + end for stem, end in product(stems, ("", "e", "en", "em", "er"))} | forms.RELATIVES
    determiners |= {stem + end for stem, end in product(("dies", "jed"), ("e", "en", "em", "er", "es"))}
    pronouns = {form for group in german_words.PRONOUNS.values() for form in group}
    finite = {form for row in lex.MODALS.values() for form in row.german_forms} | set(german.WERDEN)
    finite |= {form for group in german.PAST.values() for form in group}
    finite |= {form for row in lex.VERBS.values() for form in row.present}
    other = {row.particle + form for row in lex.VERBS.values() for form in row.present}
    other |= _columns(lex.VERBS, "german", "participle", "particle") | {*lex.ADJECTIVES, *lex.WEATHER, *lex.STATES}
    nouns = _columns(lex.NOUNS, "german", "accusative_dative", "plural", "dative_plural")
    wh = {row.german for row in lex.PHRASES.values() if row.kind == "wh"}
    opening = determiners | pronouns | finite | wh | {"wenn", "weil"}
    return adjectives | other | nouns | {"nicht", "gern", *forms.PREPOSITIONS, *english.CONJUNCTIONS}, opening


def _english() -> tuple[set[str], set[str]]:
    auxiliaries = {"do", "does", "did", "will", *english.BE[0], *english.BE[1]}
    auxiliaries |= {row.english.split()[0] for row in lex.MODALS.values()}
    determiners = {*english_words.DETERMINERS.values(), "an", "this", "these", "his", "her", "its", "their"}
    pronouns = {form for group in english_words.PRONOUNS.values() for form in group}
    opening = auxiliaries | determiners | pronouns | {*english.WH_WORDS.values(), "when", "because"}
    inside = _columns(lex.VERBS, "english", "third", "past", "ing") | _columns(lex.MODALS, "english", "english_third")
    inside |= _columns(lex.NOUNS, "english", "english_plural") | _columns(lex.ADJECTIVES, "english")
    inside |= _columns(lex.WEATHER, "english") | _columns(lex.STATES, "verb", "english")
    inside |= {row.preposition[2] for row in lex.VERBS.values() if row.preposition} | set(english.CONJUNCTIONS.values())
    return inside | {"not", "any", "with", "whom", "that", "who", "like", "likes", "to", "from"}, opening


def _french() -> tuple[set[str], set[str]]:
    determiners = {form for row in french_words.DETERMINERS.values() for form in row} | {"cet", "l'", "du", "des"}
    pronouns = {"je", "j'", "tu", "il", "elle", "nous", "vous", "ils", "elles"}
    words = {word for said in french.WH_WORDS.values() for word in said.split()}
    opening = determiners | pronouns | words | {"qui", "qu'", "à", "d'", "est", "parce"}
    verbs = {form for row in lex.FRENCH_VERBS.values() for form in (*row.present, row.french, row.participle)}
    agreeing = {
        french_words.agreeing(row.participle, end) for row in lex.FRENCH_VERBS.values() for end in ("e", "s", "es")
    }
    past = {form for row in french.PAST.values() for form in row}
    modal = {form for row in lex.MODALS.values() for form in row.french_forms}
    inside = verbs | agreeing | past | modal | _columns(lex.VERBS, "french_rest") | _columns(lex.WEATHER, "french")
    inside |= _columns(lex.NOUNS, "french", "french_plural") | _columns(lex.STATES, "french")
    inside |= _columns(lex.ADJECTIVES, "french", "feminine", "plural", "feminine_plural", "before_vowel")
    inside |= {word for said in french.CONJUNCTIONS.values() for word in said.split()} | set(
        french_words.ELIDED.values()
    )
    inside |= {*french_words.ACCUSATIVE.values(), *french_words.DATIVE.values(), *french_words.STRESSED.values()}
    inside |= {"ne", "n'", "pas", "que", "-ce", "besoin", "de", "à", "au", "aux", "avec", "s'", "quoi"}
    return inside, opening
