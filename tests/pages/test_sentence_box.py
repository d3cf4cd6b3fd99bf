"""The box for a sentence on a page: link, session, unknown words and similar ones, hostile input."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine.tokens import SPECIALS, Tokens
from ui import components, sentence, spelling

FIRST = "Der Hund ist alt ."


def script():
    import streamlit as st

    from engine.tokens import SPECIALS, Tokens
    from ui import sentence

    tokens = Tokens("de", (*SPECIALS, "der", "Hund", "Hunde", "ist", "alt", ".", "Der", "Katze", "und"))
    text = sentence.box(tokens.vocabulary, ["Der Hund ist alt .", "Der Hund ist ."], "German sentence")
    sentence.say_unknown(sentence.words(text, tokens), tokens)
    st.code(text)


def opened(**query):
    app = AppTest.from_function(script, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def held(app) -> dict:
    """What the box is told."""
    return unpack(app.get("bidi_component")[0].proto.bytes)[0]


def said(app) -> str:
    return " ".join(each.value for each in app.markdown)


def test_the_first_example_stands_there_at_first():
    app = opened()
    assert app.code[0].value == held(app)["text"] == FIRST
    assert (held(app)["param"], held(app)["first"], held(app)["alt"]) == ("s", FIRST, "German sentence")
    assert not set(held(app)["vocabulary"]) & set(SPECIALS)
    assert "vocabulary" not in said(app)


def test_the_link_gives_the_sentence_and_the_session_keeps_it():
    app = opened(s="  Hunde  und Katze ")
    assert app.code[0].value == held(app)["text"] == "Hunde und Katze"
    del app.query_params["s"]  # another page's address
    app.run()
    assert app.code[0].value == "Hunde und Katze"
    assert app.query_params["s"] == "Hunde und Katze"  # the address has it again


def test_the_first_example_and_an_empty_box_stay_out_of_the_address():
    app = opened()
    assert "s" not in app.query_params
    app.session_state["sentence_box__said"] = ""
    app.run()
    assert "s" not in app.query_params


def test_a_new_link_wins_over_the_session_and_an_old_one_does_not():
    app = opened(s="Hunde")
    app.session_state["sentence_box__said"] = "Katze ."
    app.run()
    assert app.code[0].value == "Katze ."
    assert held(app)["text"] == "Hunde"  # the browser keeps what was typed in it: no new number
    number = held(app)["serial"]
    app.run()
    assert app.code[0].value == "Katze ."
    app.query_params["s"] = "Der Hund"
    app.run()
    assert app.code[0].value == held(app)["text"] == "Der Hund"
    assert held(app)["serial"] == number + 1


@pytest.mark.parametrize("text", ["x" * 301, "a " * 41, "ä" * 70_000])
def test_what_is_too_much_in_a_link_is_said_and_not_used(text):
    app = opened(s=text)
    assert app.code[0].value == FIRST
    assert "is not used" in app.warning[0].value


@pytest.mark.parametrize("text", ["x" * 301, "a " * 41])
def test_what_is_too_much_from_a_browser_is_not_used(text):
    app = opened()
    app.session_state["sentence_box__said"] = text
    app.run()
    assert app.code[0].value == FIRST


@pytest.mark.parametrize("text", ["", "   ", "\u200b\n"])
def test_no_sentence_stops_the_page_with_a_message(text):
    app = opened(s=text)
    assert not app.code
    assert "Type a German sentence" in app.info[0].value
    app.session_state["sentence_box__said"] = "Hund"
    app.run()
    assert app.code[0].value == "Hund"


def test_an_unknown_word_is_named_and_a_similar_one_takes_its_place():
    app = opened(s="Der Hünd und Hünd .")
    assert "**Hünd** is not in the vocabulary; the network reads `<unk>`" in said(app)
    labels = [button.label for button in app.button]
    assert labels[0] == "Hund"
    app.button[0].click().run()
    assert not app.exception
    assert app.code[0].value == held(app)["text"] == app.query_params["s"] == "Der Hund und Hund ."
    assert not app.button


def test_a_word_known_only_with_another_first_letter():
    app = opened(s="hund Xylofon")
    assert "**hund** is in the vocabulary only as **Hund**" in said(app)


def test_a_sentence_in_small_letters_is_offered_as_it_is_written():
    app = opened(s="der hund ist alt")
    assert [button.label for button in app.button] == ["Write it as: Der Hund ist alt\\."]
    app.button[0].click().run()
    assert app.code[0].value == held(app)["text"] == app.query_params["s"] == "Der Hund ist alt."
    assert not app.button


def test_no_unknown_word_is_left_out():
    strange = ["qaa", "qbb", "qcc", "qdd", "qee", "qff", "qgg"]
    text = said(opened(s=" ".join(["Der Hund und der Hunde ist alt . Katze", *strange])))
    assert all(f"**{word}**" in text for word in strange)


def test_a_text_of_another_world_gets_one_line_and_an_example():
    app = opened(s="The quick brown fox ist alt")
    assert "4 of these words" in said(app)
    assert "**quick**" not in said(app)
    assert [button.label for button in app.button] == ["Try: Der Hund ist alt \\."]
    app.button[0].click().run()
    assert app.code[0].value == FIRST
    assert not app.button


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<img src=x onerror=alert(1)> $x$ **b** [a](b) :red[x] {n} \u202ehund", "a small grammar only"),
        ("Der Hund ist alt und der Hunde Katze <img src=x onerror=alert(1)> $x$ \u202ehund", r"\<"),
    ],
)
def test_hostile_words_are_shown_as_they_are(text, found):
    app = opened(s=text)
    assert app.code[0].value == text.replace("\u202e", "")
    assert not app.exception
    assert found in said(app)


TOKENS = Tokens("de", (*SPECIALS, "hund", "."), lower=True)
GERMAN = "Der der Wann kommt Junge junge Mann schläft möchte schöne Äpfel neuen weiß . ?"
KNOWN = Tokens("de", (*SPECIALS, *GERMAN.split()))


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("der junge schläft", "Der Junge schläft."),  # the grammar below knows the noun
        ("der junge mann schlaeft.", "Der junge Mann schläft."),
        ("ich schläft", None),
        ("DER MANN MOECHTE SCHOENE AEPFEL", "Der Mann möchte schöne Äpfel."),
        ("wann kommt der mann", "Wann kommt der Mann?"),
        ("der neuen mann weiss .", "Der neuen Mann weiß."),
    ],
)
def test_capitals_umlauts_and_the_end_are_proposed(text, better):
    right = {("Der", "Junge", "schläft", "."), ("Der", "junge", "Mann", "schläft", ".")}
    assert spelling.proposal(text, sentence.words(text, KNOWN), KNOWN, right.__contains__) == better


def test_an_umlaut_stands_first_among_the_similar_words():
    assert sentence._near(KNOWN, "moechte")[0] == "möchte"
    assert spelling.forms("Aepfel")[0] == "Äpfel"


def test_small_letters_keep_the_capitals_of_the_text():
    text = "Der Huend."
    tokens = Tokens("de", (*SPECIALS, "der", "hünd", "."), lower=True)
    assert spelling.proposal(text, sentence.words(text, tokens), tokens) == "Der Hünd."


@pytest.mark.parametrize(
    ("text", "word", "other", "tokens", "new"),
    [
        ("Der Hünd, der Hünd!", "Hünd", "Hund", None, "Der Hund, der Hund!"),
        ("Hündchen Hünd", "Hünd", "Hund", None, "Hündchen Hund"),
        ("Der HÜND.", "hünd", "hund", TOKENS, "Der Hund."),
    ],
)
def test_swap_changes_the_tokens_and_nothing_else(text, word, other, tokens, new):
    tokens = tokens or Tokens("de", SPECIALS)
    cut = sentence.words(text, tokens)
    assert sentence.swap(text, cut, word, other, tokens.lower) == new


def test_swap_leaves_a_text_that_the_tokens_do_not_spell():
    assert sentence.swap("abc", ["x"], "x", "y") == "abc"


@pytest.mark.parametrize("value", [None, "text", 3, [], {}, {"text": 3}, {"text": None}, {"text": "a" * 2000}])
def test_what_is_no_line_is_not_taken(value):
    assert components.line(value) is None


def test_a_line_is_taken():
    assert components.line(json.loads('{"text": "Grüße \\ud83d\\ude00", "n": 1}')) == "Grüße 😀"
