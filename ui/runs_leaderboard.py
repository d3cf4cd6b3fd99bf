"""The stored leaderboard, and what is worked out from it: once a process, or once a pair of models."""

import numpy as np
import streamlit as st

from engine import leaderboard, leaderboard_stats
from engine.leaderboard import Board
from engine.leaderboard_stats import Comparison
from engine.names import Names


@st.cache_resource(show_spinner=False)
def board() -> Board | None:
    """The shipped leaderboard; None where there is none."""
    return leaderboard.read()


@st.cache_resource(show_spinner=False)
def stale() -> list[str]:
    """Shipped models that the leaderboard does not describe as they are now."""
    found = board()
    return leaderboard.stale(found) if found else []


@st.cache_resource(show_spinner=False)
def held_out() -> Names | None:
    """The names of the leaderboard, in its order; None where data/names are others by now."""
    return leaderboard.held_out(board())


@st.cache_resource(show_spinner=False)
def drawn() -> np.ndarray:
    """How often each held-out name is drawn in each resample."""
    return leaderboard_stats.resamples(held_out().labels)


@st.cache_data(max_entries=500, show_spinner=False)
def comparison(a: str, b: str, measure: str, prior: str) -> Comparison:
    """Two models of the leaderboard, paired."""
    answers = (board().entry(name).answers[prior] for name in (a, b))
    return leaderboard_stats.compare(drawn(), measure, *answers, held_out().labels)
