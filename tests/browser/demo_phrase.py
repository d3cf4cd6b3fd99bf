"""A page with the box for a sentence, for the browser tests and for looking at it."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from charts.base import copylink
from charts.stepper import stepper
from engine.tokens import SPECIALS, Tokens
from ui import components, sentence

WORDS = [
    ".", ",", "?", "der", "die", "das", "ein", "eine", "einen", "Ich", "Der", "Die", "Das", "ist", "hat", "habe",
    "ich", "nicht", "und", "in", "Hund", "Hunde", "Hundert", "Haus", "Häuser", "Katze", "Katzen", "Kind", "Kinder",
    "Schule", "Straße", "Wetter", "schön", "schönen", "heute", "morgen", "spielt", "spielen", "liest", "lesen",
    "Buch", "Bücher", "weil", "wenn", "Lehrer", "Lehrerin", "großen", "große", "alt", "alter", "alte", "altes",
    "alten",
]  # fmt: skip
EXAMPLES = ["Der Hund ist alt .", "Die Kinder spielen heute .", "Ich habe ein Buch , weil das Wetter schön ist ."]
TOKENS = Tokens("de", SPECIALS + tuple(WORDS))


@st.fragment
def body() -> None:
    """What a sentence changes."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    text = sentence.box(TOKENS.vocabulary, EXAMPLES, "German sentence")
    cut = sentence.words(text, TOKENS)
    sentence.say_unknown(cut, TOKENS)
    words = components.words()
    components.mount(stepper(cut, dim="source", param="t"), "stepper", "Words", words)
    st.code(f"runs {st.session_state['runs']} link {st.query_params.get('s')} reads {' | '.join(cut)}")


def other() -> None:
    """A page without the box."""
    st.write("Nothing to type here.")


def page() -> None:
    """The page with the box."""
    if st.toggle("Large", key="large", bind="query-params"):
        st.html("<style>html{font-size:22px}</style>")
    body()
    st.slider("Another input", key="other")


if __name__ == "__main__":  # the tests take its words from here
    st.set_page_config(layout="wide")
    pages = [st.Page(page, title="Box", default=True), st.Page(other, title="Other", url_path="other")]
    chosen = st.navigation(pages, position="hidden")
    with st.sidebar:
        for each in pages:
            st.page_link(each)
        components.mount(copylink({"lang": "en"}), "copy", "Copy link", components.words())
    chosen.run()
