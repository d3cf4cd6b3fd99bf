"""In short, the second panel: what the last k letters say, to models of order k and to recurrent networks."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from charts.curves import curves
from charts.marks import lines
from engine import orders, weights
from ui import page, runs, runs_rnn
from ui.language import prose, t
from ui.mappings import NETWORKS, Asked, networks
from ui.page import Figure, plain

MOST_PAIRS, LOOKED_AT = 5, 40  # pairs in the table; names of the data that are read to find them
WINDOW = "window"


class Pair(NamedTuple):
    """Another name with the same ending: both readings' answers, and by how much each answer differs."""

    other: str
    answer: str
    moved: float
    counted: float
    window: float | None


def _answer(model: str, probs: np.ndarray) -> str:
    best = int(probs.argmax())
    return f"{t(runs.network(model).params.languages[best])} {probs[best]:.0%}"


def _apart(rows: np.ndarray) -> np.ndarray:
    """Probability that moves from the first row to each other one."""
    return abs(rows[1:] - rows[0]).sum(1) / 2


def window() -> int | None:
    """How many letters the shipped window network sees, if there is one."""
    return runs.network(WINDOW).params.window if f"names-{WINDOW}" in weights.shipped() else None


def _pairs(asked: Asked, k: int) -> tuple[int, list[Pair]]:
    """(the length of ending found, the pairs of which the network's answers differ most)."""
    every = runs_rnn.all_names()
    lengths = range(min(k, len(asked.name) - 1), 0, -1)
    length, found = next(((n, same) for n in lengths if (same := orders.same_ending(every, asked.name, n))), (0, []))
    if not found:
        return 0, []
    nearest = sorted(found, key=lambda name: (abs(len(name) - len(asked.name)), name))[:LOOKED_AT]
    texts = (asked.name, *nearest)
    probs = runs_rnn.answers(asked.model, texts)
    counted = np.stack([orders.beliefs(runs_rnn.endings(), text)[length] for text in texts])
    seen = window()
    by_window = _apart(runs_rnn.answers(WINDOW, texts)) if seen else [None] * len(nearest)
    rows = [
        Pair(name, _answer(asked.model, row), float(moved), float(count), None if seen is None else float(by))
        for name, row, moved, count, by in zip(
            nearest, probs[1:], _apart(probs), _apart(counted), by_window, strict=True
        )
    ]
    return length, sorted(rows, key=lambda pair: -pair.moved)[:MOST_PAIRS]


def _said(asked: Asked, k: int, pairs: list[Pair]) -> str:
    if not pairs:
        return t("No other name of the data ends like {name}: type another or a longer one.", name=asked.name)
    first = pairs[0]
    return t(
        "{name} and {other} end in the same {k} letters, {ending}. To a model of order {k} they are one: its answers "
        "differ by exactly {counted}. The answers of {model} differ by {moved:.0%}.",
        name=asked.name, other=first.other, k=k, ending=asked.name[-k:], counted=f"{first.counted:g}",
        model=asked.model, moved=first.moved,
    )  # fmt: skip


def _table(asked: Asked, k: int, pairs: list[Pair]) -> str:
    """The pairs as a Markdown table."""
    own = _answer(asked.model, runs_rnn.answers(asked.model, (asked.name,))[0])
    head = [t("name"), asked.model, t("{model}: differs by", model=asked.model), t("counts, k = {k}", k=k)]
    seen = window()
    head += [t("window network, k = {k}", k=seen)] if seen else []
    rows = [f"| {' | '.join(head)} |", "|---|---|---:|---:|" + "---:|" * bool(seen)]
    rows.append(f"| **{plain(asked.name)}** | {own} | | |" + " |" * bool(seen))
    for pair in pairs:
        front, end = plain(pair.other[:-k]), plain(pair.other[-k:])
        cells = [f"{front}**{end}**", pair.answer, f"{pair.moved:.1%}", f"{pair.counted:g}"]
        cells += [f"{pair.window:.2g}"] if seen else []
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _twins(asked: Asked) -> None:
    """Names that a model of order k cannot tell apart."""
    k = st.slider(t("Letters k that a model of order k sees"), 1, len(orders.ORDERS), 5, key="map_k",
                  bind="query-params", width=420)  # fmt: skip
    length, pairs = _pairs(asked, k)
    st.markdown(f"#### {plain(_said(asked, length, pairs))}")
    if not pairs:
        return
    if length < k:
        st.caption(t("No other name of the data ends in the same {k} letters; {n} are shared.", k=k, n=length))
    st.markdown(_table(asked, length, pairs))


def _changed() -> pd.DataFrame:
    """Answers that change by k, a curve a network."""
    rows = []
    for name in [*networks(), *([WINDOW] if window() else [])]:
        changed = 1 - runs_rnn.shortened(name).same.mean(1)
        rows += [{"x": k, "y": float(y), "run": name, "part": ""} for k, y in zip(orders.ORDERS, changed, strict=True)]
    return pd.DataFrame(rows)


def _right(model: str) -> pd.DataFrame:
    """Shares of right answers by k, those to whole names as level lines: one network, the window, counting."""
    (counted, letters), left, whole = runs_rnn.order_shares(), t("last k letters"), t("whole name")
    rows = []
    for name in [model, *([WINDOW] if window() else [])]:
        found = runs_rnn.shortened(name)
        rows += [(k, share, name, left) for k, share in zip(orders.ORDERS, found.right.mean(1), strict=True)]
        rows += [(k, found.whole.mean(), name, whole) for k in orders.ORDERS if name != WINDOW]
    rows += [(k, counted[k], t("counts"), left) for k in orders.ORDERS]
    rows += [(k, letters, t("letter model, order 2"), whole) for k in orders.ORDERS]
    return pd.DataFrame(rows, columns=["x", "y", "series", "part"]).astype({"y": float})


def _order_finding(model: str) -> str:
    """How often what stands before the last letters matters."""
    found = runs_rnn.shortened(model)
    changed = 1 - found.same.mean(1)
    return t(
        "With the last 3 letters alone {model} changes its answer for {three:.0%} of {n:,} held-out names, with the "
        "last 5 for {five:.0%}, with the last 8 for {eight:.0%}.",
        model=model, n=len(found.whole), three=float(changed[2]), five=float(changed[4]), eight=float(changed[7]),
    )  # fmt: skip


def _verdict(model: str) -> tuple[str, str]:
    """The shares in words, and whether the lecture's sentence holds in them."""
    counted, letters = runs_rnn.order_shares()
    best, whole = int(counted.argmax()), float(runs_rnn.shortened(model).whole.mean())
    said = t(
        "{model} is right for {whole:.1%}; counting endings for at most {counted:.1%} (k = {k}), a letter model of "
        "order 2 that multiplies over the whole name for {letters:.1%}.",
        model=model, whole=whole, counted=float(counted[best]), k=best, letters=letters,
    )  # fmt: skip
    if window():
        seen = float(runs_rnn.shortened(WINDOW).whole.mean())
        said += " " + t("The window network, k = {k}, is right for {share:.1%}.", k=window(), share=seen)
    return said, f"{_against_endings(whole, float(counted[best]))} {_against_letters(whole, letters)}"


def _against_endings(whole: float, counted: float) -> str:
    if whole > counted:
        return t("Against endings the lecture's sentence does not hold here: the imitation is ahead of every order "
                 "that is counted, for long endings are too rare to be counted.")  # fmt: skip
    return t("Against endings the lecture's sentence holds here: the imitation is not ahead of counting.")


def _against_letters(whole: float, letters: float) -> str:
    if whole > letters:
        return t("Against the letter model of order 2 it does not hold: the imitation is ahead.")
    return t("Against the letter model it holds: a true model of order 2, carried through the whole name, is ahead.")


def panel(asked: Asked) -> None:
    """The panel: a first-order model imitates one of order n."""
    st.subheader(t("2 · A first-order model imitates one of order n"), anchor=False)
    st.markdown(prose("mappings", 2))
    _twins(asked)
    finding, (said, verdict) = _order_finding(asked.model), _verdict(asked.model)
    order = (*NETWORKS, WINDOW, t("counts"), t("letter model, order 2"))
    page.row(
        Figure(curves(_changed(), t("letters k that are left"), t("answers that change"), order=order, form="%",
                      points=True, height=400), "map_changed", finding, f"**{plain(finding)}**"),
        Figure(lines(_right(asked.model), t("letters k that are left"), t("names that are right"),
                     {"series": t("model"), "part": t("what is read")}, order=order, form="%"),
               "map_right", said, f"**{plain(said)}**"),
    )  # fmt: skip
    st.markdown(plain(verdict) + " " + prose("mappings", 3))
