"""The page Memory: an example, the inside of one stored network on it, and a published point."""

import numpy as np
import streamlit as st
import xarray as xr

from charts.matrix import matrix
from engine import memory_trace
from engine.memory import BASELINE, CLOSE, DISTANCES, NETWORKS, TASKS, TRANSFORMER
from engine.memory_flow import GATES
from ui import page, runs_rnn
from ui.language import localise, t
from ui.memory import Point, survives
from ui.page import Figure

HEAD, TAIL = 10, 6  # places of a long example that are shown at its two ends
PUBLISHED = 100  # distance of the published point


def example(point: Point, trace: xr.Dataset | None) -> None:
    """One sequence of the task, its answer, and what each network says."""
    told = memory_trace.told(point.task, point.distance)
    places, keep = len(told.signs), set(told.marked)
    shown, gap = [], False
    for at, sign in enumerate(told.signs):
        if at < HEAD or at >= places - TAIL or at in keep:
            shown.append(f"**`{sign}`**" if at in keep else f"`{sign}`")
            gap = False
        elif not gap:
            shown.append("…")
            gap = True
    st.markdown(t("One sequence, {n} places, the marked ones count:", n=places) + " " + " ".join(shown)
                + " → " + " ".join(f"**`{answer}`**" for answer in told.answers))  # fmt: skip
    if trace is not None:
        said = [f"{cell} `{_answer(point.task, values)}`" for cell, values in
                zip(trace["cell_label"].values, trace["score"].values, strict=True)]  # fmt: skip
        st.markdown(t("The trained networks answer:") + " " + " · ".join(said))


def _answer(task: str, values: np.ndarray) -> str:
    if task == "adding":
        return f"{values[0, 0]:.2f}" if abs(values[0, 0]) < 100 else f"{values[0, 0]:.0e}"
    return " ".join(TASKS[task].outputs[at] for at in values.argmax(1))


def inside(point: Point, trace: xr.Dataset | None) -> None:
    """Gates of the chosen cell over the example, and its gradient trained and untrained; each cell can be proved."""
    stored = [] if trace is None else list(trace["cell_label"].values)
    if point.cell not in stored:
        st.info(t("No run of this point is stored."), icon=":material/info:")
        return
    figures, at = [], stored.index(point.cell)
    if point.cell in GATES:
        gates = localise(runs_rnn.memory_inside(point.task, point.cell, point.distance))
        title, chart = page.title(gates["mean_gate"]), matrix(gates["mean_gate"], "gate", "time")
        figures.append(Figure(chart, "memory_gates", open_gates(gates), title, gates))
    elif point.cell == TRANSFORMER:
        st.caption(t("{cell} has no gates and no state: its last place looks at all others.", cell=point.cell))
    else:
        st.caption(t("{cell} has no gates: every step overwrites its state.", cell=point.cell))
    finite = trace["flow"].values[:, at][np.isfinite(trace["flow"].values[:, at])]
    reach = float(np.clip(np.abs(finite).max(initial=1.0), 1.0, 12.0))
    way = matrix(trace["flow"].isel(cell=at), "net", "time", domain=(-reach, reach))
    title = page.title(trace["flow"])
    figures.append(Figure(way, "memory_flow", survives(trace), title, trace))
    for figure in figures:
        page.row(figure)


def open_gates(gates: xr.Dataset) -> str:
    """How open each gate is on average, in words."""
    means = gates.attrs["means"]
    words = [f"{name} {value:.2f}" for name, value in zip(gates["gate_label"].values, means, strict=True)]
    return t("On average over all steps: {gates}.", gates=t(", ").join(words))


def published() -> None:
    """A published point beside our own figures."""
    mine = runs_rnn.memory_overview("adding")
    at = DISTANCES.index(PUBLISHED)
    here = {run.params.cell: run for run in runs_rnn.memory_runs("adding") if run.params.distance == PUBLISHED}
    if not here:
        st.info(t("No run of this point is stored."), icon=":material/info:")
        return
    rows = [
        f"| {t('kind of cell')} | {t('share right')} | {t('mean squared error')} | {t('training sequences')} |",
        "|---|---|---|---|",
    ]
    for i, cell in enumerate(NETWORKS):
        if cell in here:
            share, error = mine["accuracy"].values[i, at], mine["loss"].values[i, at]
            rows.append(f"| `{cell}` | {share:.1%} | {error:.4f} | {here[cell].figures['sequences']:,} |")
    st.markdown("\n".join(rows))
    st.caption(t(
        "Ours, T = 100: a sum counts as right if it is off by less than {close}, which is 0.04 on the scale from 0 "
        "to 1. Always answering 1 has a mean squared error of {baseline:.4f} and is right in {chance:.1%} of cases.",
        close=CLOSE, baseline=BASELINE, chance=TASKS["adding"].chance,
    ))  # fmt: skip
