"""Attention, edited: the edits that stand or an example, the sentence written again from there, and the controls."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st
import xarray as xr

from engine.translation.intervention import Rewritten
from ui import attention as about
from ui import attention_edits as edits_of
from ui import runs_seq2seq
from ui.attention_edits import STEP, Edits
from ui.encoder_decoder import Answer, Asked
from ui.language import t
from ui.page import plain

AT, HOW = "attention_at", "attention_how"


class Edited(NamedTuple):
    """A translation and what edits of attention make of it."""

    ask: Asked
    got: Answer
    edits: Edits
    is_example: bool
    new: Rewritten
    trace: xr.Dataset

    @property
    def old(self) -> tuple[str, ...]:
        """The words of the original, with the end."""
        return about.written(self.got)


def edited(ask: Asked, got: Answer) -> Edited:
    """The edits that stand, the row that was dragged just now among them, or else an example; and what they do."""
    standing = edits_of.standing(ask)
    edits = edits_of.example(ask, got) if standing is None else standing
    if row := edits_of.sent(len(ask.words)):
        edits, standing = edits | {row[0]: row[1]}, edits
        edits_of.write(edits)
        st.session_state[STEP] = row[0]
    given = edits_of.given(edits)
    new = runs_seq2seq.rewritten(ask.name, ask.words, about.written(got), given)
    return Edited(ask, got, edits, standing is None, new, about.edited(ask, got, new.words, given))


# ── controls ───────────────────────────────────────────────────────────────────────────────────────────────────


def controls(found: Edited) -> None:
    """Which step, and what attention is to do there; the edits that stand, each to be taken back."""
    n = len(found.new.words)
    step = st.session_state.get(STEP, n)
    step = st.session_state[AT] = step if step < n else min([*found.edits, n - 1])
    left, right = st.columns(2, gap="medium")
    with left:
        st.selectbox(t("At word"), range(n), format_func=lambda k: _place(found, k), key=AT, on_change=_at_step)
    own, before = found.trace["weights"].values, found.trace["weights"].values[step - 1] if step else None
    stands = edits_of.kind(found.edits[step], before) if step in found.edits else "own"
    read = found.ask.words
    options = ["own", *([stands] if stands == "hand" else []), "equal", *(["before"] if step else []),
               *(f"only:{place}" for place in range(len(read)))]  # fmt: skip
    st.session_state[HOW] = stands
    with right:
        st.selectbox(
            t("Look"), options, format_func=lambda what: _option(what, read, own[step]), key=HOW, on_change=_chosen,
            args=(found.edits, step, len(read), before),
        )  # fmt: skip
    _kept(found)


def _place(found: Edited, k: int) -> str:
    """The original's word at a place, and the new one where it is another."""
    old, new = (words[k] if k < len(words) else "∅" for words in (found.old, found.new.words))
    return f"{k + 1} {old}" if old == new else f"{k + 1} {old} → {new}"


def _at_step() -> None:
    """Kept apart from the box, whose words change under it."""
    if isinstance(st.session_state[AT], int):
        st.session_state[STEP] = st.session_state[AT]


def _option(what: str, read: Sequence[str], weights: Sequence[float]) -> str:
    said = edits_of.said(what, read, weights)
    return f"{said} ({int(what[5:]) + 1})" if what.startswith("only:") else said


def _chosen(edits: Edits, step: int, n: int, before: Sequence[float] | None) -> None:
    """What was chosen for a step becomes its edit."""
    what, rest = st.session_state[HOW], {at: weights for at, weights in edits.items() if at != step}
    if what == "hand":
        return
    if what == "own":
        edits_of.write(rest)
        return
    weights = edits_of.equal(n) if what == "equal" else tuple(map(float, before)) if what == "before" else None
    edits_of.write(rest | {step: weights or edits_of.only(int(what[5:]), n)})


def _kept(found: Edited) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for step in sorted(found.edits):
            rest = {at: weights for at, weights in found.edits.items() if at != step}
            st.button(plain(described(found, step)), icon=":material/close:", key=f"attention_drop_{step}",
                      help=t("Take this edit back"), on_click=edits_of.write, args=(rest,))  # fmt: skip
        if len(found.edits) > 1:
            st.button(t("Reset all"), icon=":material/restart_alt:", key="attention_reset", on_click=edits_of.write,
                      args=({},))  # fmt: skip
        if not found.edits:
            st.button(t("Show the example"), icon=":material/lightbulb:", key="attention_example", on_click=_forget)


def _forget() -> None:
    st.query_params.pop(edits_of.PARAM, None)
    st.session_state.pop(edits_of.KEPT, None)
    st.session_state.pop(STEP, None)


def described(found: Edited, step: int) -> str:
    """An edit in words."""
    if step >= len(found.new.words):
        return t("word {k}: not reached any more", k=step + 1)
    before = found.trace["weights"].values[step - 1] if step else None
    what = edits_of.kind(found.edits[step], before)
    look = edits_of.said(what, found.ask.words, found.edits[step])
    return t("word {k}: {how}", k=step + 1, how=look)
