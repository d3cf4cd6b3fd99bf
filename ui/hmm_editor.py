"""The tables S, V, π, A and B of the model bar, cell by cell and name by name."""

import re

import pandas as pd
import streamlit as st

from engine.errors import InputError
from ui import runs_hmm
from ui.hmm_observations import check_typable, labels, parse
from ui.hmm_own import commit, standing
from ui.hmm_tables import Tables, edited, tables, with_names
from ui.language import lang, t

__all__ = ["MOST", "editor", "tables"]
MOST = 60  # states or symbols of a model that can be edited here
_SEPARATORS = r"[,，、;；\n]+"


def editor(key: str) -> None:
    """Names as two lists, numbers as three tables; a model that is too large is shown only."""
    found = standing(key)
    if max(len(found.S), len(found.V)) > MOST:
        _look(key)
        return
    turn = _turn(key)
    with st.container(border=True, key="hmm_editor"):
        for column, name, label in zip(st.columns([2, 3]), "SV", (t("States S"), t("Symbols V")), strict=True):
            slot = f"hmm_{name}_{turn}"
            column.text_input(
                label, ", ".join(labels(getattr(found, name))), key=slot, on_change=_renamed, args=(key, name, slot),
                max_chars=200_000, help=t("Names with commas between them: add, remove or rename."),
            )  # fmt: skip
        left, right = st.columns([2, 3])
        with left:
            _table(key, found, "A", turn)
        with right:
            _table(key, found, "B", turn)
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            _table(key, found, "pi", turn)
        right.toggle(t("A changed cell rescales the rest of its row"), True, key="hmm_rescale", persist_state="session")


def _turn(key: str) -> str:
    """What the editors' keys end in: new editors for every change of the model or of the names' language."""
    whose = key.removeprefix(runs_hmm.PRESET) if key.startswith(runs_hmm.PRESET) else "mine"
    return f"{whose}_{lang()}_{st.session_state.get('hmm_editors', 0)}"


TITLES = {"pi": "$\\pi$", "A": "$A$", "B": "$B$"}


def _meaning(name: str) -> str:
    meanings = {"pi": t("where it begins"), "A": t("from row to column"), "B": t("what a state emits")}
    return f"{TITLES[name]} {meanings[name]}"


def _frame(found: Tables, name: str) -> tuple[pd.DataFrame, dict]:
    """The table with plain columns 0, 1, … and the configuration that names them."""
    heads = labels(found.V if name == "B" else found.S)
    index = ["π"] if name == "pi" else labels(found.S)
    rows = [list(map(_spelled, row)) for row in getattr(found, name)]
    frame = pd.DataFrame(rows, index=index, columns=[str(at) for at in range(len(heads))], dtype=str)
    text = st.column_config.TextColumn  # a number column would take letters for 0
    return frame, {str(at): text(head, width="small", alignment="right") for at, head in enumerate(heads)}


def _spelled(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _table(key: str, found: Tables, name: str, turn: str) -> None:
    frame, heads = _frame(found, name)
    slot = f"hmm_{name}_{turn}"
    st.caption(_meaning(name))
    st.data_editor(
        frame, column_config=heads, key=slot, on_change=_edited, args=(key, name, slot), num_rows="fixed",
        disabled=["_index"], height="content" if len(frame) < 9 else 320,
    )  # fmt: skip


def _edited(key: str, name: str, slot: str) -> None:
    """A cell was typed: whatever a client sends is a number or nothing."""
    changes = st.session_state[slot].get("edited_rows", {})
    typed = {
        (int(row), int(column)): value
        for row, columns in changes.items()
        for column, value in columns.items()
        if str(row).isdecimal() and str(column).isdecimal()
    }
    before = standing(key)
    cells = {at: _number(value) for at, value in typed.items() if not _as_it_was(before, name, at, value)}
    after = edited(before, name, cells, st.session_state.get("hmm_rescale", True))
    if after != before:
        commit(after)


def _as_it_was(found: Tables, name: str, at: tuple[int, int], value: object) -> bool:
    """Whether a cell holds what was shown in it, which may be less exact than the number itself."""
    rows = getattr(found, name)
    return at[0] < len(rows) and at[1] < len(rows[at[0]]) and value == _spelled(rows[at[0]][at[1]])


def _number(value: object) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _renamed(key: str, name: str, slot: str) -> None:
    """The names were typed; those shown in the session's language stand for the model's own."""
    found = standing(key)
    old = getattr(found, name)
    known = dict(zip(labels(old), old, strict=True))
    typed = [word.strip() for word in re.split(_SEPARATORS, st.session_state[slot] or "")]
    words = [known.get(word, word) for word in typed if word]
    try:
        after = with_names(found, name, words)
        check_typable(after.V)
        commit(after)
    except InputError as error:
        st.session_state["hmm_said"] = (error.template, error.params)


def _look(key: str) -> None:
    """π and A of a model too large to edit, and B's columns for the symbols in the box of observations."""
    model = runs_hmm.model(key)
    st.caption(t("{n} states and {m:,} symbols are too many to edit here; a JSON file can be opened instead.",
                 n=len(model.S), m=len(model.V)))  # fmt: skip
    found, _ = parse(st.session_state.get("o") or "", model.V)
    seen = list(dict.fromkeys(found))[:MOST]
    shown = tables(model)
    shown = shown._replace(V=tuple(model.V[k] for k in seen), B=tuple(tuple(row[k] for k in seen) for row in shown.B))
    for column, name in zip(st.columns(3), ("pi", "A", "B"), strict=True):
        if getattr(shown, name)[0]:
            frame, heads = _frame(shown, name)
            column.caption(_meaning(name))
            column.dataframe(frame, column_config=heads, height="content" if len(frame) < 9 else 320)
