"""What Evaluate and Decode say in the same words: probabilities of any size, paths, impossible sequences."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import numpy as np
import streamlit as st
import xarray as xr

from charts.trellis import MOST_STATES, MOST_TIMES
from ui import choices, hmm_models
from ui.language import t
from ui.page import cursor, plain

LEAST = math.log(1e-290)  # below this, plain numbers come near the end of float64
UNBROKEN = 30  # letters of a path that stay on one line
WORDS = 8  # of a path that are written one by one


def probability(log: float, digits: int = 4) -> str:
    """exp(log) in words, also where it is too small for a number of the machine."""
    if log == -math.inf or math.isnan(log):
        return "0"
    if log > LEAST:
        return signed(f"{math.exp(log):.{digits}g}")
    tens = log / math.log(10)
    return f"{10 ** (tens % 1):.{digits - 1}f}e−{-math.floor(tens)}"


def signed(text: str) -> str:
    """The text with real minus signs before its numbers and exponents."""
    return re.sub(r"(?<!\w)-(?=\d)|(?<=\de)-(?=\d)", "−", text)


def logarithm(log: float, digits: int = 4) -> str:
    """A logarithm as text, −∞ for that of 0."""
    return "−∞" if log == -math.inf else f"{log:.{digits}f}".replace("-", "−")


def in_words(states: Iterable[int], names: Sequence[str]) -> str:
    """A path: the states' names, of long ones how often each stands in a row."""
    states = list(states)
    if len(states) <= WORDS:
        said = " → ".join(str(names[state]) for state in states)
    else:
        runs = ((str(names[state]), len(list(same))) for state, same in groupby(states))
        said = " → ".join(name if n == 1 else f"{name} ×{n}" for name, n in runs)
    return said.replace(" ", "\u00a0") if len(said) <= UNBROKEN else said


def in_lines(states: Iterable[int], names: Sequence[str], most: int = UNBROKEN + 4) -> str:
    """A path for a cell of a table: it breaks only where about `most` letters stand on a line."""
    lines: list[str] = []
    for part in in_words(states, names).replace("\u00a0", " ").split(" → "):
        if lines and len(lines[-1]) + len(part) <= most:
            lines[-1] += f" → {part}"
        else:
            lines.append(part)
    return " ".join(line.replace(" ", "\u00a0") + "\u00a0→" * (n < len(lines)) for n, line in enumerate(lines, 1))


def dead_end(trace: xr.Dataset) -> int | None:
    """The first time at which no state can have produced the observations so far."""
    empty = np.isneginf(trace["log_alpha"].values).all(1)
    return int(empty.argmax()) if empty.any() else None


def say_impossible(trace: xr.Dataset, at: int) -> None:
    """What makes the sequence impossible."""
    st.warning(
        t(
            "P(O) = 0: this model cannot produce the sequence. At t = {t}, when {symbol} is observed, every state has "
            "probability 0. Change an observation or a probability.",
            t=at + 1, symbol=plain(str(trace["time_label"].values[at])),
        ),
        icon=":material/block:",
    )  # fmt: skip


def underflows(trace: xr.Dataset, *names: str) -> bool:
    """Whether numbers of these tables (of logarithms) are too small for plain probabilities."""
    tables = [trace[name].values for name in names]
    return any(bool((np.isfinite(table) & (table < LEAST)).any()) for table in tables)


def too_large(trace: xr.Dataset) -> bool:
    """Whether the trellis shows a summary only; says so."""
    N, T = trace.sizes["state"], trace.sizes["time"]
    if N <= MOST_STATES and T <= MOST_TIMES:
        return False
    st.caption(t("Stepping cell by cell goes up to {N} states and {T} observations; these {n} × {m} cells are shown "
                 "whole.", N=MOST_STATES, T=MOST_TIMES, n=N, m=T))  # fmt: skip
    return True


def start(name: str, key: str, O: tuple[int, ...], moves: int) -> int:
    """Where a page's trellis starts: as the link says, after a change of the input at its end."""
    slot, now = f"hmm_shown_{name}", (key, O)
    if st.session_state.get(slot, now) != now:
        st.query_params.pop("k", None)
    st.session_state[slot] = now
    return cursor("k", moves)


def one_of(key: str, label: str, options: dict[str, str], first: str) -> str:
    """A switch between a few words, in session and link."""

    def show(words: list, at: str, **given: object) -> str:
        return st.segmented_control(label, words, default=at, required=True, label_visibility="collapsed", **given)

    return choices.one(key, options, show, first, link=key)


def unpicked(trace: xr.Dataset) -> xr.Dataset:
    """The trace whose cells are explained: a picked observation is changed instead."""
    return trace.drop_vars("O")


def changing(key: str, O: tuple[int, ...], hint: str) -> Callable[[dict | None], None]:
    """For below a trellis: a picked observation can be changed, and the page follows."""
    drawn = st.session_state.get("o")

    def below(picked: dict | None) -> None:
        at = (picked or {}).get("position", {}).get("time", -1) if (picked or {}).get("variable") == "O" else -1
        if 0 <= at < len(O):
            hmm_models.change(key, O, at)
        else:
            st.caption(hint)
        if st.session_state.get("o") != drawn:
            st.rerun()

    return below
