"""What Learn asks and says: sequences and options, the climb in words, restarts, the learned model for the bar."""

import json
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.base import Component
from charts.matrix import matrix
from charts.plane import plane
from engine.errors import InputError
from engine.hmm import letters
from ui import choices, hmm_own, hmm_sequences, runs_hmm
from ui.hmm_sequences import Given
from ui.hmm_tables import tables
from ui.language import N_, localise, t
from ui.page import Figure, plain
from ui.runs_hmm import Task
from ui.uploads import fail

PARTS = {"π": "pi", "A": "A", "B": "B"}
TOLERANCES = ("0.1", "0.01", "0.001", "1e-6", "1e-9")
MOST_ITERATIONS, FIRST_ITERATIONS = 500, 60
CELLS = 60_000  # numbers of ξ that travel to the browser; longer sequences are cut
STARTS = {"random": N_("random"), "model": N_("the bar's model")}
WIDE = 12  # symbols beyond which B is shown as bars


class Asked(NamedTuple):
    """A task and its sequences."""

    task: Task
    given: Given


def controls(key: str) -> Asked:
    """Sequences, start and options; all of it in the link. Stops the page where there is nothing to learn."""
    _check_size(key)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="bw_controls"):
        kind = hmm_sequences.source(key)
        numbers = hmm_sequences.numbers(kind)
        start = _start(key)
        with st.popover(t("Options"), icon=":material/tune:"):
            learn, smoothing, tolerance, iterations = _options()
    given = hmm_sequences.given(key, kind, numbers)
    model = runs_hmm.model(key)
    if isinstance(start, str) and given.V != model.V:
        st.caption(t("The bar's model has other symbols than the data: the start is random."))
        start = 0
    named = given.known or kind == "names" or isinstance(start, str)
    S = model.S if named else tuple(str(at + 1) for at in range(len(model.S)))
    task = Task(given.digest, S, given.V, start, learn, smoothing, tolerance, iterations, key if given.known else "")
    return Asked(task, given)


def _check_size(key: str) -> None:
    model, limits = runs_hmm.model(key), (hmm_sequences.MOST_STATES, hmm_sequences.MOST_SYMBOLS)
    if len(model.S) > limits[0] or len(model.V) > limits[1]:
        st.info(t(
            "This page learns models of up to {n} states and {m} symbols; this one has {states} and {symbols:,}. "
            "Larger ones are learned by the command line: {command}",
            n=limits[0], m=limits[1], states=len(model.S), symbols=len(model.V),
            command="`python -m engine hmm fit MODEL.json SEQUENCES`",
        ), icon=":material/info:")  # fmt: skip
        st.stop()


def _start(key: str) -> int | str:
    """A seed, or the key of the bar's model."""
    options = {word: t(name) for word, name in STARTS.items()}
    where = choices.one("bw_where", options, choices.box(st, t("Start from"), width=140), "random", link="start")
    if where == "model":
        return key
    seed = st.number_input(
        t("Start seed"), 0, 10**6, key="bw_seed", bind="query-params", persist_state="session", width=100
    )
    return int(seed or 0)


def _options() -> tuple[tuple[str, ...], float, float, int]:
    chosen = st.pills(
        t("Learned"), list(PARTS), selection_mode="multi", default=list(PARTS), key="bw_learn",
        bind="query-params", persist_state="session",
    )  # fmt: skip
    if not chosen:
        st.caption(t("Nothing is chosen: all three are learned."))
    first = None if st.session_state.pop("bw_longer", False) else FIRST_ITERATIONS  # Streamlit logs both at once
    most = st.slider(
        t("Iterations, at most"), 1, MOST_ITERATIONS, first, key="bw_iterations", bind="query-params",
        persist_state="session",
    )  # fmt: skip
    smoothing = st.number_input(
        t("Added to every expected count"), 0.0, 100.0, 0.0, 0.1, key="bw_smoothing", bind="query-params",
        persist_state="session", help=t("Keeps probabilities from becoming 0; with it log P(O) alone may fall."),
    )  # fmt: skip
    tolerance = st.select_slider(
        t("Stop when a step gains less than (nats)"), TOLERANCES, "0.001", key="bw_tolerance", bind="query-params",
        persist_state="session",
    )  # fmt: skip
    learn = tuple(PARTS[part] for part in PARTS if part in (chosen or PARTS))
    return learn, float(smoothing or 0.0), float(tolerance), int(most)


def run(asked: Asked) -> xr.Dataset:
    """The iterations as a trace; stops the page with a message where the start cannot produce the sequences."""
    try:
        return localise(runs_hmm.learning(asked.task, _shown(len(asked.given.sequences)), asked.given.sequences))
    except InputError as error:
        fail(error)
        st.stop()


def _shown(n: int) -> int:
    """Which sequence the trellis shows, counted from 0; its control stands above the trellis."""
    value = st.session_state.get("bw_shown") or 1
    st.session_state["bw_shown"] = min(max(int(value), 1), n)
    return st.session_state["bw_shown"] - 1


def which(asked: Asked) -> None:
    """The control for the sequence on the trellis."""
    n = len(asked.given.sequences)
    if n > 1:
        st.number_input(
            t("Sequence on the trellis, of {n:,}", n=n), 1, n, key="bw_shown", width=230, persist_state="session"
        )


def finding(trace: xr.Dataset, asked: Asked) -> str:
    """The climb in words: from where to where, whether it fell, how far from the truth, which letters it sorted."""
    climb = trace["log_likelihood"].values
    n = sum(map(len, asked.given.sequences))
    said = t("{n} iterations lift log P(O) from {first:.1f} to {last:.1f}, {gain:.3f} nats a symbol.",
             n=len(climb) - 1, first=climb[0], last=climb[-1], gain=(climb[-1] - climb[0]) / n)  # fmt: skip
    fell = int((np.diff(climb) < -1e-8 * abs(climb[1:])).sum())
    how = t("It falls {n} times, because something is added to the counts.", n=fell) if fell else t("It never falls.")
    return " ".join(filter(None, (said, how, _far(trace, asked), _letters(trace, asked))))


def _far(trace: xr.Dataset, asked: Asked) -> str:
    """How far the last model is from the truth, which has a log P of its own."""
    if "A_true" not in trace:
        return ""
    true = runs_hmm.log_likelihood(asked.task.truth, asked.task.data, asked.given.sequences)
    gaps = {name: float(abs(trace[name].values[-1] - trace[f"{name}_true"].values).max()) for name in ("A", "B")}
    return t("The truth itself has {true:.1f}; the largest error is {a:.2f} in A and {b:.2f} in B.",
             true=true, a=gaps["A"], b=gaps["B"])  # fmt: skip


def _letters(trace: xr.Dataset, asked: Asked) -> str:
    """Which letters the two states took, y as it came."""
    if asked.task.V != letters.V or len(asked.task.S) != 2:
        return ""
    model = runs_hmm.learned(asked.task, asked.given.sequences)
    sorted_ = letters.sort(model)
    state = str(trace["state_label"].values[sorted_.state])
    return t("“{state}” took {vowels}: {right} of {n} letters lie as vowels and consonants do, y counted as a "
             "consonant.", state=state, vowels=" ".join(sorted_.taken), right=sorted_.right, n=sorted_.n)  # fmt: skip


def captions(trace: xr.Dataset) -> list[str]:
    """Under each iteration its log P."""
    return [f"{value:.1f}".replace("-", "−") for value in trace["log_likelihood"].values]


def climb(trace: xr.Dataset) -> Component:
    """log P over the iterations, marked at the cursor: scaled for the plane, in its table as it is."""
    y = trace["log_likelihood"].values
    x, low, span = np.arange(len(y)), y.min(), (y.max() - y.min()) or 1.0
    path = pd.DataFrame({"x": 1.6 * x / max(len(y) - 1, 1), "y": (y - low) / span, "label": x.astype(str)})
    none = pd.DataFrame({"x": [], "y": [], "group": [], "label": []})
    axes = (t("iteration"), t("log P from {low:.1f} to {high:.1f}", low=low, high=y.max()).replace("-", "−"))
    chart = plane(none, path, "iteration", axes=axes, height=330)
    return chart._replace(table=lambda: pd.DataFrame({"group": "", "label": x.astype(str), "x": x, "y": y}))


def stages(name: str) -> dict[str, str]:
    """A table's variables and what stands over them: as it is, as the counts make it, as it should be."""
    return {name: t("**Now:**"), f"{name}_new": t("**From the counts:**"), f"{name}_true": t("**The truth:**")}


def bars(trace: xr.Dataset, alt: str) -> list[Figure]:
    """The new B of many symbols: one figure a state with a bar for each symbol."""
    figures, top = [], float(trace["B_new"].values.max())
    for at, state in enumerate(trace["state_label"].values):
        array = trace["B_new"].isel(state=at)
        chart = matrix(array, "symbol", slider="iteration", show_slider=False, marks="bar", domain=(0, top))
        title = t("**{state}:** $b'(k)$", state=plain(str(state)))
        figures.append(Figure(chart, f"bw_B_{at}", alt, title, trace))
    return figures


def cut(trace: xr.Dataset) -> tuple[xr.Dataset, str]:
    """The trace with as many observations as a browser takes for all iterations, and what is said of that."""
    sizes = trace.sizes
    most = max(2, CELLS // (sizes["iteration"] * sizes["state"] ** 2))
    if sizes["time"] <= most:
        return trace, ""
    said = t("The trellis shows the first {n} of {all} observations.", n=most, all=sizes["time"])
    return trace.isel(time=slice(0, most), step=slice(0, most - 1)), said


def take_over(asked: Asked) -> None:
    """The button that puts the learned model into the bar of all pages."""
    model = runs_hmm.learned(asked.task, asked.given.sequences)
    if st.button(
        t("Use the learned model on all pages"), icon=":material/upload:", key="bw_take", on_click=hmm_own.commit,
        args=(tables(model),), help=t("It becomes the model of the bar above; undo brings the old one back."),
    ):  # fmt: skip
        st.rerun()  # the bar lies outside of the fragment


def data_for_code(trace: xr.Dataset) -> None:
    """The sequences as a file, where the code of a cell reads them from one."""
    name = trace.attrs.get("sequences_file")
    if name:
        st.download_button(
            name, lambda: json.dumps(trace.attrs["sequences"]), name, mime="application/json", key="bw_sequences",
            icon=":material/download:", on_click="ignore", help=t("The code under a picked cell reads this file."),
        )  # fmt: skip


def example() -> xr.Dataset:
    """A small trace whose variables are the glossary of the page."""
    key = f"{runs_hmm.PRESET}weather"
    model = runs_hmm.model(key)
    task = Task("example", model.S, model.V, 0, tuple(PARTS.values()), 0.0, 0.1, 2, key)
    return runs_hmm.learning(task, 0, runs_hmm.sampled(key, 2, 5, 0))
