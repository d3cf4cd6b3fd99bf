"""The session's own model: what was edited or opened last, its way back, and how a link restores it."""

import streamlit as st

from engine.errors import InputError
from engine.hmm import json_files
from ui import hmm_link, runs_hmm
from ui.hmm_tables import Tables, canonical, check, tables
from ui.language import lang, t
from ui.page import plain

MINE = "mine"  # what the choice of a model and the link call it
STEPS_BACK = 60


def own() -> str | None:
    """The canonical JSON of the session's own model as it was when it last was whole."""
    return st.session_state.get("hmm_own")


def draft() -> Tables | None:
    """The own model's tables where they are no model yet."""
    return st.session_state.get("hmm_draft")


def active(chosen: str) -> tuple[str, InputError | None]:
    """The key of the chosen model, and what is wrong with its tables as they stand."""
    if chosen != MINE:
        return runs_hmm.PRESET + chosen, None
    try:
        if draft():
            check(_shown(draft()))
    except InputError as error:
        return own(), error
    return own(), None


def _shown(found: Tables) -> Tables:
    """The tables with names as the reader sees them, for a message."""
    return found._replace(S=tuple(map(t, found.S)), V=tuple(map(t, found.V)))


def standing(key: str) -> Tables:
    """The tables to edit: as they were typed, else those of the model."""
    is_own = not key.startswith(runs_hmm.PRESET)
    return (draft() if is_own else None) or tables(runs_hmm.model(key))


def choose(word: str) -> None:
    """Let the choice of a model stand at this one; in a callback, or before the choice is drawn."""
    st.session_state["hmm"] = [word]
    st.session_state[f"hmm_{lang()}"] = word
    st.session_state["hmm_stands"] = True
    st.query_params["hmm"] = word


def _now() -> tuple[str, str | None, Tables | None]:
    chosen = (st.session_state.get("hmm") or ["weather"])[0]
    return chosen, own(), draft()


def commit(found: Tables) -> None:
    """Make these tables the own model, or its draft where they are none; the last state can be undone."""
    st.session_state["hmm_undo"] = [*st.session_state.get("hmm_undo", []), _now()][-STEPS_BACK:]
    try:
        st.session_state["hmm_own"], st.session_state["hmm_draft"] = canonical(found), None
    except InputError:
        st.session_state["hmm_draft"] = found
        if not own():
            st.session_state["hmm_own"] = json_files.dumps(runs_hmm.model(runs_hmm.PRESET + _now()[0]))
    _turn()
    choose(MINE)


def undo() -> None:
    """Back to before the last change of any model of this session."""
    stack = st.session_state.get("hmm_undo")
    if stack:
        chosen, st.session_state["hmm_own"], st.session_state["hmm_draft"] = stack[-1]
        st.session_state["hmm_undo"] = stack[:-1]
        _turn()
        choose(chosen)


def _turn() -> None:
    """New editors: an old one would lay its changes over the new numbers."""
    st.session_state["hmm_editors"] = st.session_state.get("hmm_editors", 0) + 1


def restore() -> None:
    """Take the model out of a link; a damaged one is told and left out."""
    code = st.query_params.get("m")
    if not code or code == st.session_state.get("hmm_m"):
        return
    st.session_state["hmm_m"] = code
    try:
        found = hmm_link.decode(code)
    except InputError as error:
        st.query_params.pop("m", None)
        if st.query_params.get("hmm") == MINE and not own():
            st.query_params.pop("hmm", None)
        st.warning(plain(t(error.template, **error.params) + " " + t("It is left out.")))
        return
    st.session_state["hmm_own"], st.session_state["hmm_draft"] = found, None
    _turn()
    choose(MINE)
