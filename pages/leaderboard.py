"""Leaderboard: every name model on the same held-out names, how sure the ranking is, and where any two part."""

import streamlit as st

from ui import leaderboard, leaderboard_pair, page, runs_leaderboard
from ui.language import prose, t

page.head("leaderboard", t("Leaderboard"))
board = runs_leaderboard.board()
if board is None:
    st.info(t("There is no leaderboard yet; `make train` makes it."), icon=":material/info:")
    st.stop()
if stale := runs_leaderboard.stale():
    names = t(", ").join(stale)
    st.warning(t("Not measured as they are now, `make train` measures them again: {names}.", names=names))


@st.fragment
def measured() -> None:
    """All that measure, prior and pair change."""
    asked = leaderboard.section(board)
    st.subheader(t("What does it cost?"), anchor=False)
    st.markdown(prose("leaderboard", 1))
    leaderboard.costs(board, asked)
    st.subheader(t("Two models, name by name"), anchor=False)
    st.markdown(prose("leaderboard", 2))
    leaderboard_pair.section(board, asked)


measured()
page.computed("leaderboard", 3, ["engine/leaderboard.py", "engine/leaderboard_stats.py", "engine/evaluate.py"])
