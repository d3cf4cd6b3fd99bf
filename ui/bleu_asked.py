"""BLEU, one sentence: the two translations, their references and how they are scored, as the page asks for them."""

from typing import NamedTuple

import streamlit as st

from engine import bleu_words
from engine.errors import N_
from ui import choices, hmm_words, hmm_work
from ui.language import lang, t

MOST, LONGEST, IN_LINK = 100_000, 80_000, 500  # characters that a box takes, that are scored, that the link carries
REFERENCES = 12  # that are scored
ORDERS = (1, 2, 3, 4, 5, 6)
NAMES = ("A", "B")
SMOOTHING = {
    "none": N_("none, as on the slide"),
    "floor": N_("floor: 0.1 match for 0"),
    "add-k": N_("add-k: one more, from n = 2 on"),
    "exp": N_("exp: ½, ¼, … match for 0"),
}
TOKENIZE = {"13a": N_("13a, as mteval cuts"), "none": N_("at blanks"), "char": N_("by character")}


class Example(NamedTuple):
    """A case to look at: what it is called, the two translations, the references."""

    label: str
    a: str
    b: str
    references: tuple[str, ...]


EXAMPLES = {
    "word": Example(
        N_("One word changed"), "The children read a good book in the garden.",
        "The children read a new book in the garden.", ("The children are reading a good book in the garden.",),
    ),
    "order": Example(
        N_("Words scrambled"), "The boy reads a good book in the garden.",
        "in the book a reads The garden good boy.", ("The boy reads a good book in the garden.",),
    ),
    "synonyms": Example(
        N_("Synonyms"), "Our teacher explains the difficult lesson to the pupils again.",
        "Our instructor clarifies the hard lesson for the students once more.",
        ("Our teacher explains the difficult lesson to the pupils once again.",),
    ),
    "short": Example(
        N_("Too short"), "Tomorrow we travel to the sea by train because it rains here.",
        "Tomorrow we travel to the sea",
        ("Tomorrow we travel to the sea by train because it is raining here.",),
    ),
    "negation": Example(
        N_("Negation dropped"), "I don't want to go home on foot today.", "I want to go home today on foot.",
        ("I do not want to go home today on foot.",),
    ),
    "the": Example(
        N_("the the the"), "the the the the the the the", "the cat the cat on the mat",
        ("the cat is on the mat", "there is a cat on the mat"),
    ),
}  # fmt: skip
FIRST = EXAMPLES["word"]


class Asked(NamedTuple):
    """What is scored and how; words already cut."""

    candidates: tuple[list[str], list[str]]
    references: list[list[str]]
    order: int
    smoothing: str
    effective: bool


def _firsts(example: Example) -> dict[str, str]:
    return {"a": example.a, "b": example.b, "ref": "\n".join(example.references)}


def _take_from_link() -> None:
    for param, first in _firsts(FIRST).items():
        asked, key = st.query_params.get(param), f"bleu_{param}"
        if asked is not None and asked != st.session_state.get(f"{key}_link"):
            st.session_state[key] = hmm_work.readable(asked, MOST)
        st.session_state.setdefault(key, first)


def _put_into_link() -> None:
    for param, first in _firsts(FIRST).items():
        key = f"bleu_{param}"
        text = st.session_state.get(key) or ""
        link = None if text == first or len(text) > IN_LINK else text
        st.session_state[f"{key}_link"] = link
        if link is None:
            st.query_params.pop(param, None)
        elif st.query_params.get(param) != link:
            st.query_params[param] = link


def _examples() -> None:
    """The ready cases as pills; the one whose texts stand in the boxes is lit."""
    key = "bleu_example"
    here = {param: st.session_state.get(f"bleu_{param}") for param in _firsts(FIRST)}

    def taken() -> None:
        if st.session_state[key] is not None:
            for param, text in _firsts(EXAMPLES[st.session_state[key]]).items():
                st.session_state[f"bleu_{param}"] = text

    st.session_state[key] = next((name for name, each in EXAMPLES.items() if _firsts(each) == here), None)
    st.pills(t("Examples"), list(EXAMPLES), format_func=lambda name: t(EXAMPLES[name].label), key=key, on_change=taken,
             label_visibility="collapsed", wrap=True)  # fmt: skip


def _same() -> None:
    st.session_state["bleu_b"] = st.session_state.get("bleu_a") or ""


def asked() -> Asked:
    """The boxes, the examples, the options; all kept in the link."""
    _take_from_link()
    left, right = st.columns(2, gap="medium")
    box = {"max_chars": MOST, "live": True, "autocomplete": "off", "persist_state": "session"}
    with left:
        a = st.text_input(t("Translation A"), key="bleu_a", **box)
        b = st.text_input(t("Translation B: change a word"), key="bleu_b", **box)
    with right:
        given = st.text_area(t("References, one a line"), key="bleu_ref", max_chars=MOST, height=126,
                             persist_state="session")  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        _examples()
        st.button(t("B as A"), icon=":material/content_copy:", on_click=_same, type="tertiary", key="bleu_same",
                  help=t("Begin again from A, then change one word."))  # fmt: skip
    _put_into_link()
    order, smoothing, effective, tokenize, lower = options()
    lines = [hmm_work.readable(line, LONGEST) for line in (given or "").split("\n") if line.strip()]
    if len(lines) > REFERENCES:
        st.caption(t("The first {n} references are used.", n=REFERENCES))
    cut = bleu_words.cut([hmm_work.readable(a or "", LONGEST), hmm_work.readable(b or "", LONGEST),
                          *lines[:REFERENCES]], tokenize, lower)  # fmt: skip
    return Asked((cut[0], cut[1]), cut[2:], order, smoothing, effective)


def corpus() -> bool:
    """Whether files are scored instead of one sentence; kept in the link."""
    options = {"one": t("A sentence"), "corpus": t("Files")}
    return hmm_words.one_of("bleu_of", t("Input"), options, "one") == "corpus"


def wide(pixels: int) -> int:
    """A size beside letters of the usual size; larger in large type."""
    return round(1.35 * pixels) if st.session_state.get("large") else pixels


def options() -> tuple[int, str, bool, str, bool]:
    """N, smoothing, effective order, how words are cut, lower case; the link's `n`, `smooth`, `cut` and toggles."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        order = choices.one(
            "bleu_n", {str(n): str(n) for n in ORDERS}, choices.box(st, t("N"), width=wide(76)), "4", "n"
        )
        smoothing = choices.one("bleu_smooth", {name: t(said) for name, said in SMOOTHING.items()},
                                choices.box(st, t("Smoothing"), width=wide(250)), "none", "smooth")  # fmt: skip
        tokenize = choices.one("bleu_cut", {name: t(said) for name, said in TOKENIZE.items()},
                               choices.box(st, t("Cut into words by"), width=wide(215)), "13a", "cut")  # fmt: skip
        lower = st.toggle(t("Lower case"), key="bleu_lower", bind="query-params")
        effective = st.toggle(
            t("Effective order"), key="bleu_effective", bind="query-params",
            help=t("Leaves out orders of which the translation is too short to have n-grams."),
        )  # fmt: skip
    return int(order), smoothing, bool(effective), tokenize, bool(lower)


def take(texts: dict[str, str]) -> None:
    """Put texts into the boxes (`a`, `b`, `ref`) and show one sentence; for a button."""
    for param, text in texts.items():
        st.session_state[f"bleu_{param}"] = text
    st.session_state["bleu_of"], st.session_state[f"bleu_of_{lang()}"] = [], "one"
    st.query_params.pop("bleu_of", None)


def signs(n: int, orders: int) -> list[str]:
    """What the factors are called: BP, then the n-th roots of p₁ …."""
    root = {1: "", 2: "√", 3: "³√", 4: "⁴√", 5: "⁵√", 6: "⁶√"}[n]
    return ["BP", *(f"{root}p{'₀₁₂₃₄₅₆'[k]}" for k in range(1, orders + 1))]


def ready(ask: Asked) -> bool:
    """Whether there is a reference and a word to score; else says what is missing."""
    if not ask.references:
        st.info(t("Give at least one reference."), icon=":material/keyboard:")
    elif not any(ask.candidates):
        st.info(t("Type a translation with at least one word."), icon=":material/keyboard:")
    return bool(ask.references) and any(ask.candidates)
