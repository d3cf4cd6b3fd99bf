"""The model bar: one hidden Markov model for all pages of the section, chosen, edited, in the link, in a file.

A model's key is "preset:<name>" or the canonical JSON of the session's own model; `ui.runs_hmm` takes it.
"""

import streamlit as st

from engine.errors import InputError
from engine.hmm import json_files
from ui import choices, hmm_editor, hmm_link, runs_hmm
from ui.hmm_observations import TRANSLATED, change, check_typable, labels, observations, text, write
from ui.hmm_own import MINE, active, commit, own, restore, undo
from ui.language import N_, t
from ui.page import plain

__all__ = ["TRANSLATED", "bar", "change", "labels", "observations", "text", "write"]
MOST_BYTES = 2_000_000  # of an uploaded model

NAMES = (  # of the states and symbols in data/hmm
    N_("Rainy"), N_("Sunny"), N_("Overcast"), N_("walk"), N_("shop"), N_("clean"), N_("clear"), N_("white"),
    N_("dark"), N_("Fair"), N_("Loaded"), N_("Urn one"), N_("Urn two"), N_("red"), N_("black"),
    N_("group 1"), N_("group 2"),
)  # fmt: skip


def bar() -> str:
    """The model bar on top of a page; returns the model's key.

    Where the model is none (a row that does not sum to 1) it says so in red and stops the page; the tables stay as
    they were typed.
    """
    restore()
    with st.container(key="hmm_bar"):
        left, middle, right = st.columns([5, 9, 6], vertical_alignment="center", gap="small")
        with left:
            chosen = _choice()
        key, fault = active(chosen)
        middle.caption(_about(chosen, key))
        with (
            right,
            st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="small"),
        ):
            st.toggle(t("Edit"), key="hmm_edit", persist_state="session")
            st.button(
                t("Undo"), icon=":material/undo:", key="hmm_undo_button", on_click=undo, type="tertiary",
                disabled=not st.session_state.get("hmm_undo"),
            )  # fmt: skip
            _files(key, fault)
    _say()
    if st.session_state.get("hmm_edit"):
        hmm_editor.editor(key)
    if fault:
        st.error(plain(t(fault.template, **fault.params)), icon=":material/error:")
        st.stop()
    return key


def _choice() -> str:
    titles = {name: t(preset.title) for name, preset in runs_hmm.presets().items()}
    if own():
        titles[MINE] = t("My model")
    chosen = choices.one("hmm", titles, _box, "weather", link="hmm")
    code = hmm_link.encode(own()) if chosen == MINE else None
    if st.query_params.get("m") != code:
        st.session_state["hmm_m"] = code
        if code:
            st.query_params["m"] = code
        else:
            st.query_params.pop("m", None)
    return chosen


def _box(words: list, at: str, **given: object) -> str:
    """The selectbox; it gets no default in the run in which a callback has set it, which Streamlit would log."""
    index = 0 if st.session_state.pop("hmm_stands", False) else words.index(at)
    return st.selectbox(t("Model"), words, index, label_visibility="collapsed", **given)


def _about(chosen: str, key: str) -> str:
    if chosen != MINE:
        return t(runs_hmm.presets()[chosen].about)
    if hmm_link.encode(key) is None:
        return t("Your own model; it is too large for a link: take it along as JSON.")
    return t("Your own model; the link carries it.")


def _files(key: str, fault: InputError | None) -> None:
    box = st.popover("JSON", icon=":material/data_object:", type="tertiary", key="hmm_json", on_change="rerun")
    if not box.open:
        return
    with box:
        turn = st.session_state.get("hmm_turn", 0)
        st.download_button(
            t("Download this model"), lambda: json_files.dumps(runs_hmm.model(key), indent=1), "model.json",
            mime="application/json", icon=":material/download:", on_click="ignore", key="hmm_download",
            disabled=fault is not None,
        )  # fmt: skip
        st.file_uploader(
            t("or open one"), type="json", key=f"hmm_upload_{turn}", on_change=_take, args=(f"hmm_upload_{turn}",),
            max_upload_size=MOST_BYTES // 1_000_000, help=t("JSON with the fields S, V, pi, A and B."),
        )  # fmt: skip


def _take(slot: str) -> None:
    """An uploaded model becomes the session's own; one that cannot be read changes nothing, and the reason is said."""
    file = st.session_state.get(slot)
    if file is None:
        return
    st.session_state["hmm_turn"] = st.session_state.get("hmm_turn", 0) + 1
    try:
        if file.size > MOST_BYTES:
            raise InputError("The model has {n:,} bytes, more than {limit:,}.", n=file.size, limit=MOST_BYTES)
        model = json_files.loads(file.getvalue())
        check_typable(model.V)
        commit(hmm_editor.tables(model))
    except InputError as error:
        st.session_state["hmm_said"] = (error.template, error.params)


def _say() -> None:
    """What went wrong in the last callback, once."""
    said = st.session_state.pop("hmm_said", None)
    if said:
        st.error(plain(t(said[0], **said[1])), icon=":material/error:")
