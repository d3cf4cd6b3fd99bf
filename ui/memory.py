"""The page Memory: what is chosen, its finding in words, and the charts over the stored and the session's own runs."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.log_lines import Axes, log_lines
from charts.matrix import matrix
from engine import memory_trace
from engine.memory import BASELINE, CELLS, CLOSE, DISTANCES, TASKS
from engine.memory_flow import GATES
from ui import choices, memory_live, page, runs_rnn
from ui.language import N_, lang, localise, t
from ui.page import Figure

NAMES = {"recall": N_("recall a letter"), "adding": N_("add two numbers"), "copy": N_("copy three letters")}
KNOWS, GUESSES = 0.9, 0.1  # share right from which a cell remembers; how far above chance one may guess
FLOOR, CEILING = 1e-12, 1e6  # of the chart of gradients
HEAD, TAIL = 10, 6  # places of a long example that are shown at its two ends


class Point(NamedTuple):
    """What is chosen."""

    task: str
    distance: int
    cell: str = ""


def _segmented(label: str):
    def show(words: list, at: object, **given: object) -> str:
        return st.segmented_control(label, words, default=at, required=True, width="stretch", **given)

    return show


def chooser() -> Point:
    """Task and distance, kept in the link."""
    left, right = st.columns([3, 2], vertical_alignment="bottom", gap="medium")
    with left:
        tasks = {name: t(word) for name, word in NAMES.items()}
        task = choices.one("memory_task", tasks, _segmented(t("Task")), "recall", "task")
    with right:
        numbers = {str(distance): str(distance) for distance in DISTANCES}
        distance = choices.one("memory_distance", numbers, _segmented(t("Distance in steps")), "100", "distance")
    return Point(task, int(distance))


def cell(point: Point) -> Point:
    """The same with the cell that is trained and looked into, kept in the link."""
    cells = {name: name for name in CELLS}
    return point._replace(cell=choices.one("memory_cell", cells, _segmented(t("Kind of cell")), "lstm", "cell"))


def join(*sentences: str) -> str:
    """Sentences one after the other, as the language does it."""
    return ("" if lang() == "zh" else " ").join(filter(None, sentences))


def names(cells: list[str], shares: dict[str, float] | None = None) -> str:
    """Cells in a row, with their shares if given."""
    words = [f"{cell} {shares[cell]:.0%}" if shares else cell for cell in cells]
    return t(", ").join(words)


def finding(point: Point, overview: xr.Dataset) -> str:
    """Which cells remember over this distance."""
    values = overview["accuracy"].values[:, DISTANCES.index(point.distance)]
    shares = {cell: float(value) for cell, value in zip(CELLS, values, strict=True) if np.isfinite(value)}
    if not shares:
        return t("No run over {distance} steps is stored for this task; train one below.", distance=point.distance)
    chance = TASKS[point.task].chance
    know = [cell for cell, share in shares.items() if share >= KNOWS]
    guess = [cell for cell, share in shares.items() if share < chance + GUESSES]
    part = [cell for cell in shares if cell not in (*know, *guess)]
    return join(
        t("Over {n} steps these remember: {cells}.", n=point.distance, cells=names(know)) if know else "",
        "" if know else t("Over {n} steps no cell remembers.", n=point.distance),
        t("In part: {cells}.", cells=names(part, shares)) if part else "",
        t("Only guessing: {cells}.", cells=names(guess)) if guess else "",
    )


def _reach(point: Point, overview: xr.Dataset) -> Figure:
    """Share right against distance; the session's own runs as diamonds."""
    stored, live = t("stored"), t("trained live")
    rows = [
        (distance, float(overview["accuracy"].values[i, j]), cell, stored)
        for i, cell in enumerate(CELLS)
        for j, distance in enumerate(DISTANCES)
        if np.isfinite(overview["accuracy"].values[i, j])
    ]
    own = memory_live.results(point.task)
    rows += [(job.params["distance"], job.figures["accuracy"], job.params["cell"], live) for job in own]
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    axes = Axes(t("distance"), t("share right"), "x", domain=(0.0, 1.0), ticks=DISTANCES,
                level=TASKS[point.task].chance)  # fmt: skip
    words = {"series": t("kind of cell"), "part": t("run")}
    chart = log_lines(data, axes, words, order=tuple(CELLS), points=True, height=360)
    title = t("**Share right** against distance; dotted: guessing")
    if own:
        title = t("**Share right** against distance; dotted: guessing; diamond: trained live")
    return Figure(chart, "memory_reach", finding(point, overview), title)


def _survives(flows: xr.Dataset) -> str:
    """How much of the gradient reaches the first step, in words."""
    first = {
        str(cell): float(v) for cell, v in zip(flows["cell_label"].values, flows["flow"].values[0, :, 0], strict=True)
    }
    words = [f"{cell} {10**value:.0e}" if np.isfinite(value) else f"{cell} 0" for cell, value in first.items()]
    return t("Of the last step's gradient this much reaches the first: {cells}.", cells=t(", ").join(words))


def _back(flows: xr.Dataset) -> Figure:
    """The gradient's norm step by step back from the end."""
    steps, last = flows.attrs["steps"], flows.attrs["steps"][-1]
    rows = [
        (last - step, 10.0**value, str(cell), str(kind))
        for kind, table in zip(flows["net_label"].values, flows["flow"].values, strict=True)
        for cell, line in zip(flows["cell_label"].values, table, strict=True)
        for step, value in zip(steps, line, strict=True)
        if np.isfinite(value) and abs(value) < 300
    ]
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    high = float(min(CEILING, max(10.0, data["y"].max())))
    axes = Axes(t("steps back from the end"), t("gradient, relative"), "y", form=".0e", domain=(FLOOR, high))
    chart = log_lines(data, axes, {"series": t("kind of cell"), "part": t("network")}, order=tuple(CELLS), height=360)
    title = t("**The gradient on its way back**, relative to the last step")
    return Figure(chart, "memory_back", _survives(flows), title)


def first_row(point: Point, overview: xr.Dataset, flows: xr.Dataset | None) -> None:
    """Both charts side by side."""
    page.row(_reach(point, overview), *([_back(flows)] if flows is not None else []))
    if flows is not None:
        st.caption(page.plain(_survives(flows)))


def flows(point: Point) -> xr.Dataset | None:
    """The gradients at this point, None where no run is stored."""
    stored = runs_rnn.memory_runs(point.task)
    if not any(run.params.distance == point.distance for run in stored):
        return None
    return localise(runs_rnn.memory_flows(point.task, point.distance))


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
    if trace is None:
        return
    figures, at = [], list(trace["cell_label"].values).index(point.cell)
    if point.cell in GATES:
        gates = localise(runs_rnn.memory_inside(point.task, point.cell, point.distance))
        title, chart = page.title(gates["mean_gate"]), matrix(gates["mean_gate"], "gate", "time")
        figures.append(Figure(chart, "memory_gates", _open(gates), title, gates))
    else:
        st.caption(t("{cell} has no gates: every step overwrites its state.", cell=point.cell))
    finite = trace["flow"].values[:, at][np.isfinite(trace["flow"].values[:, at])]
    reach = float(np.clip(np.abs(finite).max(initial=1.0), 1.0, 12.0))
    way = matrix(trace["flow"].isel(cell=at), "net", "time", domain=(-reach, reach))
    title = page.title(trace["flow"])
    figures.append(Figure(way, "memory_flow", _survives(trace), title, trace))
    for figure in figures:
        page.row(figure)


def _open(gates: xr.Dataset) -> str:
    means = gates["mean_gate"].mean("time").values
    words = [f"{name} {value:.2f}" for name, value in zip(gates["gate_label"].values, means, strict=True)]
    return t("On average over all steps: {gates}.", gates=t(", ").join(words))


def every(overview: xr.Dataset, point: Point) -> None:
    """All shares right as a matrix whose cells can be proved, and all losses."""
    left, right = st.columns(2, gap="medium")
    shares = matrix(overview["accuracy"], "cell", "distance", show_values="always")
    with left:
        title = page.title(overview["accuracy"])
        page.draw(shares, "memory_accuracy", finding(point, overview), title, trace=overview)
    with right:
        st.markdown(page.title(overview["loss"]))
        rows = [f"| {t('cell')} | {' | '.join(map(str, DISTANCES))} |", "|---|" + "---|" * len(DISTANCES)]
        for name, values in zip(CELLS, overview["loss"].values, strict=True):
            rows.append(f"| `{name}` | {' | '.join('—' if np.isnan(v) else f'{v:.3g}' for v in values)} |")
        st.markdown("\n".join(rows))
        said = t(
            "Cross entropy of the answer; guessing gives {guess:.3f}.", guess=np.log(len(TASKS[point.task].outputs))
        )
        if point.task == "adding":
            said = t("Mean squared error of the sum; always answering 1 gives {guess:.3f}.", guess=BASELINE)
        st.caption(said)


def published() -> None:
    """A published point beside our own figures."""
    mine = runs_rnn.memory_overview("adding")
    at = DISTANCES.index(100)
    rows = [
        f"| {t('cell')} | {t('share right')} | {t('mean squared error')} | {t('training sequences')} |",
        "|---|---|---|---|",
    ]
    for i, cell in enumerate(CELLS):
        run = next(r for r in runs_rnn.memory_runs("adding") if (r.params.cell, r.params.distance) == (cell, 100))
        share, error = mine["accuracy"].values[i, at], mine["loss"].values[i, at]
        rows.append(f"| `{cell}` | {share:.1%} | {error:.4f} | {run.figures['sequences']:,} |")
    st.markdown("\n".join(rows))
    st.caption(t(
        "Ours, T = 100: a sum counts as right if it is off by less than {close}, which is 0.04 on the scale from 0 "
        "to 1. Always answering 1 has a mean squared error of {baseline:.4f} and is right in {chance:.1%} of cases.",
        close=CLOSE, baseline=BASELINE, chance=TASKS["adding"].chance,
    ))  # fmt: skip
