"""The page Memory: what is chosen, its finding in words, and the charts over the stored and the session's own runs."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.log_lines import Axes, log_lines
from charts.matrix import matrix
from engine.memory import BASELINE, DISTANCES, NETWORKS, TASKS
from ui import choices, memory_live, page, runs_rnn
from ui.language import N_, lang, localise, t
from ui.page import Figure

NAMES = {"recall": N_("recall a letter"), "adding": N_("add two numbers"), "copy": N_("copy three letters")}
SOURCES = tuple(
    f"engine/{name}.py" for name in ("memory", "memory_transformer", "memory_training", "memory_flow", "memory_kernels")
)
KNOWS, GUESSES = 0.9, 0.1  # share right from which a cell remembers; how far above chance one may guess
DIVERGED = 10  # times the loss of guessing, from which a training has diverged
FLOOR, CEILING = 1e-12, 1e6  # of the chart of gradients


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
    cells = {name: name for name in NETWORKS}
    return point._replace(cell=choices.one("memory_cell", cells, _segmented(t("Kind of cell")), "lstm", "cell"))


def join(*sentences: str) -> str:
    """Sentences one after the other, as the language does it."""
    return ("" if lang() == "zh" else " ").join(filter(None, sentences))


def names(cells: list[str], shares: dict[str, float] | None = None) -> str:
    """Cells in a row, with their shares if given."""
    words = [f"{cell} {shares[cell]:.0%}" if shares else cell for cell in cells]
    return t(", ").join(words)


def overview(point: Point) -> xr.Dataset:
    """Share right and mean loss of every stored run of the task; says where none is stored."""
    found = localise(runs_rnn.memory_overview(point.task))
    if not np.isfinite(found["accuracy"].values).any():
        st.warning(t("No runs of this task are stored; those you train below are shown all the same."),
                   icon=":material/warning:")  # fmt: skip
    return found


def example_trace() -> xr.Dataset | None:
    """A trace whose variables are the glossary of the page, None where no run is stored."""
    return flows(Point("recall", DISTANCES[0]))


def finding(point: Point, overview: xr.Dataset) -> str:
    """Which cells remember over this distance."""
    values = overview["accuracy"].values[:, DISTANCES.index(point.distance)]
    shares = {cell: float(value) for cell, value in zip(NETWORKS, values, strict=True) if np.isfinite(value)}
    if not shares:
        return t("No run over {distance} steps is stored for this task; train one below.", distance=point.distance)
    chance, lost = TASKS[point.task].chance, diverged(point, overview)
    know = [cell for cell, share in shares.items() if share >= KNOWS and cell not in lost]
    guess = [cell for cell, share in shares.items() if share < chance + GUESSES and cell not in lost]
    part = [cell for cell in shares if cell not in (*know, *guess, *lost)]
    return join(
        t("Over {n} steps these remember: {cells}.", n=point.distance, cells=names(know)) if know else "",
        "" if know else t("Over {n} steps no cell remembers.", n=point.distance),
        t("In part: {cells}.", cells=names(part, shares)) if part else "",
        t("Only guessing: {cells}.", cells=names(guess)) if guess else "",
        t("Diverged in training: {cells}.", cells=names(lost)) if lost else "",
    )


def baseline(task: str) -> float:
    """The mean loss of guessing."""
    return BASELINE if task == "adding" else float(np.log(len(TASKS[task].outputs)))


def diverged(point: Point, overview: xr.Dataset) -> list[str]:
    """The cells whose stored training ended far above the loss of guessing, or at none that is a number."""
    at = DISTANCES.index(point.distance)
    shares, losses = (overview[name].values[:, at] for name in ("accuracy", "loss"))
    lost = np.isfinite(shares) & ~(losses <= DIVERGED * baseline(point.task))
    return [cell for cell, gone in zip(NETWORKS, lost, strict=True) if gone]


def _reach(point: Point, overview: xr.Dataset) -> Figure | None:
    """Share right against distance; the session's own runs as diamonds; None where there is no run."""
    stored, live = t("stored"), t("trained live")
    rows = [
        (distance, float(overview["accuracy"].values[i, j]), cell, stored)
        for i, cell in enumerate(NETWORKS)
        for j, distance in enumerate(DISTANCES)
        if np.isfinite(overview["accuracy"].values[i, j])
    ]
    own = memory_live.results(point.task)
    rows += [(job.params["distance"], job.figures["accuracy"], job.params["cell"], live) for job in own]
    if not rows:
        return None
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    axes = Axes(t("distance"), t("share right"), "x", domain=(0.0, 1.0), ticks=DISTANCES,
                level=TASKS[point.task].chance)  # fmt: skip
    words = {"series": t("kind of cell"), "part": t("run")}
    chart = log_lines(data, axes, words, order=NETWORKS, points=True, height=360)
    title = t("**Share right** against distance; dotted: guessing")
    if own:
        title = t("**Share right** against distance; dotted: guessing; diamond: trained live")
    return Figure(chart, "memory_reach", finding(point, overview), title)


def survives(flows: xr.Dataset) -> str:
    """How much of the gradient reaches the first step, in words."""
    first = {
        str(cell): float(v) for cell, v in zip(flows["cell_label"].values, flows["flow"].values[0, :, 0], strict=True)
    }
    words = [f"{cell} {10**value:.0e}" if np.isfinite(value) else f"{cell} 0" for cell, value in first.items()]
    return t("Of the gradient at the last step that has one, this much reaches the first: {cells}.",
             cells=t(", ").join(words))  # fmt: skip


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
    chart = log_lines(data, axes, {"series": t("kind of cell"), "part": t("network")}, order=NETWORKS, height=360)
    title = t("**The gradient on its way back**, relative to the last step that has one")
    return Figure(chart, "memory_back", survives(flows), title)


def first_row(point: Point, overview: xr.Dataset, flows: xr.Dataset | None) -> None:
    """Both charts side by side."""
    figures = (_reach(point, overview), None if flows is None else _back(flows))
    if drawn := [figure for figure in figures if figure]:
        page.row(*drawn)
    if flows is not None:
        st.caption(page.plain(survives(flows)))


def flows(point: Point) -> xr.Dataset | None:
    """The gradients at this point, None where no run is stored."""
    stored = runs_rnn.memory_runs(point.task)
    if not any(run.params.distance == point.distance for run in stored):
        return None
    return localise(runs_rnn.memory_flows(point.task, point.distance))


def every(overview: xr.Dataset, point: Point) -> None:
    """All shares right as a matrix whose cells can be proved, and all losses."""
    left, right = st.columns(2, gap="medium")
    shares = matrix(overview["accuracy"], "cell", "distance", show_values="always")
    with left:
        title = page.title(overview["accuracy"])
        page.draw(shares, "memory_accuracy", finding(point, overview), title, trace=overview)
    with right:
        st.markdown(page.title(overview["loss"]))
        rows = [f"| {t('kind of cell')} | {' | '.join(map(str, DISTANCES))} |", "|---|" + "---|" * len(DISTANCES)]
        for name, values in zip(NETWORKS, overview["loss"].values, strict=True):
            rows.append(f"| `{name}` | {' | '.join('—' if np.isnan(v) else f'{v:.3g}' for v in values)} |")
        st.markdown("\n".join(rows))
        guess = baseline(point.task)
        said = t("Cross entropy of the answer; guessing gives {guess:.3f}.", guess=guess)
        if point.task == "adding":
            said = t("Mean squared error of the sum; always answering 1 gives {guess:.3f}.", guess=guess)
        st.caption(said)
