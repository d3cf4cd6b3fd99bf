"""In short, the third panel: a text of several names read with resets, without, and through a sliding window."""

import pandas as pd
import streamlit as st
import xarray as xr

from charts.curves import curves
from charts.matrix import matrix
from engine.prefixes import READINGS, cut
from engine.text import fold
from ui import hmm_work, page, runs_rnn
from ui.hmm_work import Lines, Part, Word
from ui.language import localise, prose, t
from ui.page import Figure, plain

EXAMPLE = "Dostoevsky, Yamamoto; Rossi"
LONGEST, WIDEST = 120, 20  # characters of the text, letters of the window
RESET, CARRIED, WINDOW = range(len(READINGS))


def _text() -> str:
    """The text, folded; "" where no letter is left."""
    raw = st.text_input(
        t("A text of several names"), EXAMPLE, key="map_text", max_chars=LONGEST, bind="query-params", live=True,
        autocomplete="off", help=t("It is cut at blanks and at . , : ; – the marks of the network's alphabet."),
    )  # fmt: skip
    text = fold(raw or "").text
    return text if cut(text) else ""


def _answers(trace: xr.Dataset, reading: int) -> list[tuple[str, float]]:
    """The best language of every name under a reading, and its probability."""
    probs, words = trace["answer"].values[:, reading], trace["language_label"].values
    return [(str(words[row.argmax()]), float(row.max())) for row in probs]


def _draw(text: str, trace: xr.Dataset, said: str) -> None:
    """The text as it is cut, each name with its answer after a reset."""
    drawn, at = [], 0
    for tone, (piece, (word, p)) in enumerate(zip(cut(text), _answers(trace, RESET), strict=True)):
        if text[at : piece.start].strip():
            drawn.append(Word((Part(text[at : piece.start].strip()),)))
        name = Part(text[piece.start : piece.end], f"{word} {p:.0%}")
        drawn.append(Word((name,), tone % hmm_work.TONES))
        at = piece.end
    drawn.append(Word((Part(text[at:]),)))
    hmm_work.draw([Lines((("", tuple(drawn)),))], "en", said)


def _table(trace: xr.Dataset) -> str:
    """The answer to every name under the three readings; bold where it is another one than after a reset."""
    head = [t("name"), *(str(name) for name in trace["reading_label"].values)]
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, answers in zip(
        trace["piece_label"].values, zip(*(_answers(trace, at) for at in range(3)), strict=True), strict=True
    ):
        cells = [f"{word} {p:.0%}" if word == answers[RESET][0] else f"**{word} {p:.0%}**" for word, p in answers]
        rows.append(f"| {plain(str(name))} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _finding(trace: xr.Dataset, k: int) -> str:
    """How many answers depend on what stood before the boundary, and how far the state is still moved at the end."""
    words = [[word for word, _ in _answers(trace, at)] for at in range(3)]
    other = [sum(a != b for a, b in zip(words[at], words[RESET], strict=True)) for at in (CARRIED, WINDOW)]
    n, gap = len(words[RESET]), trace["gap"].values[CARRIED]
    if n == 1:
        return t("One name, no boundary: reading it after a reset and reading on are the same. Type a second one.")
    return t(
        "{n} names. Without a reset {carried} of them get another answer, through a window of {k} letters {window}. At "
        "the end of {last} what stood before still moves the state by {gap:.2g} a unit, after its first letter by "
        "{first:.2g}.",
        n=n, carried=other[0], window=other[1], k=k, last=str(trace["piece_label"].values[-1]), gap=float(gap[-1]),
        first=float(gap[0]),
    )  # fmt: skip


def _curve(trace: xr.Dataset) -> pd.DataFrame:
    words = trace["reading_label"].values
    return pd.DataFrame(
        {"x": at + 1, "y": float(value), "run": str(words[reading]), "part": ""}
        for reading in (CARRIED, WINDOW)
        for at, value in enumerate(trace["gap"].values[reading])
    )


@st.fragment
def panel(model: str) -> None:
    """The panel: natural boundaries instead of a sliding window."""
    st.subheader(t("3 · Natural boundaries instead of a sliding window"), anchor=False)
    st.markdown(prose("mappings", 4))
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    with left:
        text = _text()
    with right:
        k = st.slider(t("Letters in the window"), 1, WIDEST, 8, key="map_window", bind="query-params")
    if not text:
        st.info(t("Type a text with at least one letter a–z."), icon=":material/keyboard:")
        return
    trace = localise(runs_rnn.boundaries(model, text, k))
    said = _finding(trace, k)
    st.markdown(f"#### {plain(said)}")
    _draw(text, trace, said)
    st.markdown(_table(trace))
    last = plain(str(trace["piece_label"].values[-1]))
    answer = trace["answer"].isel(piece=-1)
    page.row(
        Figure(curves(_curve(trace), t("letter"), t("distance"), points=True, height=300), "map_gap", said,
               t("**{name}: distance from the state after a reset**", name=last)),
        Figure(matrix(answer, "language", "reading", highlight="column_max"), "map_answer", said,
               t("**{name}: the answer under the three readings**", name=last), trace),
    )  # fmt: skip
