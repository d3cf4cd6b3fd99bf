"""Words that the user forces: in the link as `force=3:house`, typed as a beginning, taken back step by step."""

from collections.abc import Mapping

import streamlit as st

from engine.tokens import SPECIALS, Tokens
from ui import decoding_link
from ui.language import t
from ui.page import plain

PARAM, STEP = "force", "step"  # of the link
UNDO, OF, TYPED = "decoding_undo", "decoding_of", "decoding_prefix"
MOST = 60  # steps
NEVER = (SPECIALS[0], SPECIALS[1])  # no word of a translation

Forced = dict[int, str]  # step, counted from 0 → word


def standing(tokens: Tokens, limit: int, wrong: list[str]) -> Forced:
    """What the link forces; what cannot be done is left out and told in `wrong`."""
    found: Forced = {}
    for text in st.query_params.get_all(PARAM):
        step, _, word = text.partition(":")
        fits = step.isdecimal() and step.isascii() and len(step) < 4 and 1 <= int(step) <= MOST
        if not fits or word not in tokens.index or word in NEVER:
            wrong.append(decoding_link.unknown(PARAM, text))
        elif int(step) > limit:
            wrong.append(decoding_link.beyond(PARAM, text, limit))
        else:
            found[int(step) - 1] = word
    return dict(sorted(found.items()))


def _write(forced: Mapping[int, str], at: int | None) -> None:
    """Put it into the link, and the cursor to the step."""
    st.query_params[PARAM] = [f"{step + 1}:{word}" for step, word in sorted(forced.items())]
    if at is not None:
        st.query_params[STEP] = str(at)
    else:
        st.query_params.pop(STEP, None)


def force(forced: Mapping[int, str], at: int | None = None) -> None:
    """Force these words from now on; what was forced before can be had back."""
    st.session_state.setdefault(UNDO, []).append(st.query_params.get_all(PARAM))
    del st.session_state[UNDO][:-50]
    _write(forced, at)


def one(forced: Mapping[int, str], step: int, word: str) -> None:
    """Force a word at a step; later words are free again."""
    force({at: other for at, other in forced.items() if at < step} | {step: word}, step)


def undo() -> None:
    """What was forced before the last change."""
    before = st.session_state.get(UNDO) or [[]]
    st.query_params[PARAM] = before.pop()
    st.query_params.pop(STEP, None)


def forget() -> None:
    """Nothing is forced."""
    force({})


def afresh(of: tuple) -> None:
    """Words that were forced on another sentence or translator are forgotten, and so is the step."""
    before = st.session_state.get(OF)
    st.session_state[OF] = of
    if before not in (None, of):
        st.session_state[UNDO] = []
        st.query_params.pop(PARAM, None)
        st.query_params.pop(STEP, None)


def _typed(tokens: Tokens) -> None:
    """A beginning was typed: its words are forced, unless one is unknown."""
    words = tokens.cut([st.session_state[TYPED]])[0][:MOST]
    if all(word in tokens.index and word not in NEVER for word in words):
        force(dict(enumerate(words)), len(words) - 1 if words else None)
        st.session_state[TYPED] = ""


def begin(tokens: Tokens) -> None:
    """The box for a beginning, and what is unknown of it."""
    st.text_input(
        t("Begin with"), key=TYPED, placeholder=t("e.g. {words}", words="my old"), max_chars=200,
        on_change=_typed, args=(tokens,), help=t("The translation begins with these words and goes on by itself."),
    )  # fmt: skip


def strange(tokens: Tokens) -> None:
    """What is unknown of a typed beginning, with similar words."""
    words = tokens.cut([st.session_state.get(TYPED) or ""])[0]
    for word in dict.fromkeys(word for word in words if word not in tokens.index or word in NEVER):
        near = ", ".join(tokens.near(word)) if tokens.kind == "words" else ""
        said = t("{word} is not in the vocabulary of the translations.", word=word)
        st.warning(plain(f"{said} {t('Similar: {words}.', words=near)}" if near else said))


def bar(forced: Forced) -> None:
    """What is forced, and the ways back."""
    if not forced and not st.session_state.get(UNDO):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="decoding_forced"):
        if forced:
            words = ", ".join(t("word {k} {word}", k=step + 1, word=f"**{plain(word)}**")
                              for step, word in forced.items())  # fmt: skip
            st.markdown(t("Forced: {words}.", words=words), width="content")
        if st.session_state.get(UNDO):
            st.button(t("Undo"), icon=":material/undo:", key="decoding_undo_button", on_click=undo)
        if forced:
            st.button(t("Back to the original"), icon=":material/restart_alt:", key="decoding_back", on_click=forget)
