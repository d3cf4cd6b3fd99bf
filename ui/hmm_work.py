"""The frame of At work: which task, one text or many, the box with its examples, and words drawn with their states."""

import html
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from engine.errors import N_
from ui import hmm_words
from ui.language import t

MOST_TYPED = 20_000  # characters that the box takes
LONGEST = 2000  # of them that are shown
IN_LINK = 500  # characters of it that the link carries
STYLE = Path(__file__).resolve().parent.parent / "assets" / "hmm_work.css"
SHOWN = 1500  # words that are drawn
TONES = 3  # colours that neighbouring words take in turn
GAP = "·"  # drawn for a character that has no shape


class Part(NamedTuple):
    """A piece of a word, what stands under it, and whether the model does not know it."""

    text: str
    under: str = ""
    unknown: bool = False


class Word(NamedTuple):
    """A word as its pieces; `tone` is the number of its colour, None for what is no word."""

    parts: tuple[Part, ...]
    tone: int | None = None


class Lines(NamedTuple):
    """The same piece of text, cut or tagged in several ways: (who says so, words) each; one alone where all agree."""

    rows: tuple[tuple[str, tuple[Word, ...]], ...]


class Task(NamedTuple):
    """One of the two tabs: the key of its box, the box's label, the examples, what is said of an empty box."""

    key: str
    label: str
    examples: tuple[str, ...]
    empty: str


SEGMENT = Task(
    "chinese",
    N_("A Chinese text"),
    (
        "他毕业于北京大学，现在研究中文分词。",
        "今天的课讲隐马尔可夫模型。",
        "这门课的作业明天交",
        "结婚的和尚未结婚的",
        "把手放在把手上",
        "龘字很少见",
        "2026年，李雷用Python写了3个程序。",
    ),
    N_("Type a text with at least one Chinese character."),
)
TAG = Task(
    "english",
    N_("An English text"),
    (
        "Please book a flight and read this book.",
        "They can fish.",
        "The blorfing wugs were snarfed glumly.",
        "I saw her duck.",
        "The old man the boats.",
    ),
    N_("Type a text with at least one word."),
)


def task() -> str:
    """Which tab is open: "segment" or "tag"; kept in the link."""
    options = {"segment": t("Segment Chinese"), "tag": t("Tag English")}
    return hmm_words.one_of("work", t("Task"), options, "segment")


def many() -> bool:
    """Whether a list or a file is scored instead of one text; kept in the link."""
    return hmm_words.one_of("of", t("Input"), {"one": t("One text"), "many": t("A list or a file")}, "one") == "many"


def from_the_end() -> None:
    """A new text is shown to its end, whatever step and part of it the link named."""
    for key in ("k", "block", "sentence"):
        st.query_params.pop(key, None)


def box(of: Task) -> str:
    """The text of a tab, typed or an example; "" where there is none. A long one is not in the link."""
    _take_from_link(of)
    pills = f"{of.key}_example"

    def taken() -> None:
        if st.session_state[pills] is not None:
            st.session_state[of.key] = st.session_state[pills]
            from_the_end()

    raw = st.text_input(
        t(of.label), key=of.key, max_chars=MOST_TYPED, live=True, autocomplete="off", persist_state="session",
        on_change=from_the_end,
    )  # fmt: skip
    text = readable(raw or "")
    _put_into_link(of, raw or "")
    st.session_state[pills] = text if text in of.examples else None
    st.pills(t("Examples"), of.examples, key=pills, on_change=taken, label_visibility="collapsed")
    if len((raw or "").strip()) > LONGEST:
        st.caption(t("The first {n:,} characters are shown; a list or a file takes more.", n=LONGEST))
    if len(text) > IN_LINK:
        st.caption(t("A text of more than {n} characters is not in the link.", n=IN_LINK))
    return text


def _take_from_link(of: Task) -> None:
    """A link's text, where it is not what was put there last (a bound box could not keep long texts out of it)."""
    asked = st.query_params.get(of.key)
    if asked is not None and asked != st.session_state.get(f"{of.key}_link"):
        st.session_state[of.key] = readable(asked, MOST_TYPED)
    st.session_state.setdefault(of.key, of.examples[0])


def _put_into_link(of: Task, text: str) -> None:
    link = None if text == of.examples[0] or len(text) > IN_LINK else text
    st.session_state[f"{of.key}_link"] = link
    if link is None:
        st.query_params.pop(of.key, None)
    elif st.query_params.get(of.key) != link:
        st.query_params[of.key] = link


def readable(text: str, longest: int = LONGEST) -> str:
    """The beginning of a text, without halves of characters and NUL, which a client can send and nothing can show."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8").replace("\0", " ").strip()


def draw(lines: Sequence[Lines], language: str, alt: str) -> None:
    """The words, each with its states under it; where several ways differ, one line each in a frame."""
    pieces, n = [], 0
    for group in lines:
        n += max(len(words) for _, words in group.rows)
        if n > SHOWN:
            pieces.append('<span class="plain">…</span>')
            break
        pieces.append(_lines(group))
    label = html.escape(alt, quote=True)
    st.html(STYLE)
    st.html(f'<div class="words" role="group" aria-label="{label}" lang="{language}">{"".join(pieces)}</div>')


def _lines(group: Lines) -> str:
    if len(group.rows) == 1:
        return "".join(map(_word, group.rows[0][1]))
    rows = (f"<small>{html.escape(who)}</small><span>{''.join(map(_word, words))}</span>" for who, words in group.rows)
    return f'<span class="lines apart">{"".join(rows)}</span>'


def _word(word: Word) -> str:
    if word.tone is None:
        return f'<span class="plain">{_shown("".join(part.text for part in word.parts))}</span>'
    return f'<span class="word tone{word.tone}">{"".join(map(_part, word.parts))}</span>'


def _part(part: Part) -> str:
    mark = ' class="unknown"' if part.unknown else ""
    under = f"<rt>{html.escape(part.under)}</rt>" if part.under else ""
    return f"<ruby><span{mark}>{_shown(part.text)}</span>{under}</ruby>"


def _shown(text: str) -> str:
    """A text as HTML; characters that would not be seen, or would turn the line round, are dots."""
    return html.escape("".join(char if char.isprintable() else GAP for char in text), quote=True)


def choose(link: str, label: str, pieces: Sequence[str], first: int) -> int:
    """Which of several pieces of a text is walked through: its place, kept in the link. One piece is no choice."""
    if len(pieces) < 2:
        return 0
    asked, key = st.query_params.get(link, ""), f"work_{link}_{zlib.crc32(' '.join(pieces).encode())}"
    at = int(asked) - 1 if asked.isascii() and asked.isdecimal() and len(asked) < 6 else first

    def chosen() -> None:
        from_the_end()
        if st.session_state[key] != first:
            st.query_params[link] = str(st.session_state[key] + 1)

    words = [f"{at + 1}: {piece[:24]}{'…' if len(piece) > 24 else ''}" for at, piece in enumerate(pieces)]
    return st.selectbox(
        label, range(len(pieces)), at if 0 <= at < len(pieces) else first, format_func=words.__getitem__, key=key,
        on_change=chosen, width=320, label_visibility="collapsed",
    )  # fmt: skip


def counted(n: int) -> str:
    """How many words: the beginning of a sentence."""
    return t("No word") if n == 0 else t("One word") if n == 1 else t("{n:,} words", n=n)


def invite(of: Task) -> None:
    """What is said of an empty box."""
    st.info(t(of.empty), icon=":material/keyboard:")
