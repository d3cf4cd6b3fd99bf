"""The page Why not recurrent?: LSTM and Transformer on the memory tasks, share right against distance."""

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from charts.log_lines import Axes, log_lines
from engine.memory import DISTANCES, NETWORKS, TASKS
from ui import choices, memory, page, runs_rnn
from ui.language import N_, localise, t
from ui.page import Figure

SHOWN = ("elman", "lstm", "transformer")
CALLED = {"lstm": N_("the LSTM"), "transformer": N_("the Transformer")}


def section() -> None:
    """The task, the answer in words, the curves."""
    tasks = {name: t(word) for name, word in memory.NAMES.items()}
    st.markdown(f"**{page.plain(memory.join(*map(verdict, ('lstm', 'transformer'))))}**")

    def show(names: list, at: object, **given: object) -> str:
        return st.segmented_control(t("Task"), names, default=at, required=True, **given)

    task = choices.one("memory_task", tasks, show, "copy", "task")
    overview = _overview(task)
    if not np.isfinite(overview["accuracy"].values).any():
        st.info(t("No runs of this task are stored."), icon=":material/info:")
        return
    flows = memory.flows(memory.Point(task, _far(overview)))
    page.row(*(figure for figure in (_curve(task, overview), flows is not None and _gradient(flows)) if figure))
    st.page_link("pages/memory.py", label=t("All cells, and training live: Memory"), icon=":material/history:")


def _overview(task: str) -> xr.Dataset:
    return localise(runs_rnn.memory_overview(task))


def _shares(overview: xr.Dataset, network: str) -> dict[int, float]:
    line = overview["accuracy"].values[NETWORKS.index(network)]
    return {n: float(value) for n, value in zip(DISTANCES, line, strict=True) if np.isfinite(value)}


def _far(overview: xr.Dataset) -> int:
    """The largest distance over which there are runs."""
    return max(n for network in SHOWN for n in _shares(overview, network))


def verdict(network: str) -> str:
    """Which tasks a network solves over the largest distance that was measured, and which not."""
    shares = {task: _shares(_overview(task), network) for task in TASKS}
    far = {task: max(line) for task, line in shares.items() if line}
    knows = [t(memory.NAMES[task]) for task, n in far.items() if shares[task][n] >= memory.KNOWS]
    lost = [t("{task} ({share:.0%})", task=t(memory.NAMES[task]), share=shares[task][n])
            for task, n in far.items() if shares[task][n] < memory.KNOWS]  # fmt: skip
    said = {"n": max(far.values(), default=0), "network": t(CALLED[network]), "tasks": t("; ").join(knows)}
    return memory.join(
        t("Over {n} steps {network} can: {tasks}.", **said) if knows else "",
        t("Not: {tasks}.", tasks=t("; ").join(lost)) if knows and lost else "",
        t("Over {n} steps {network} cannot: {tasks}.", **said | {"tasks": t("; ").join(lost)})
        if lost and not knows else "",
    )  # fmt: skip


def answer(task: str, overview: xr.Dataset) -> str:
    """Share right of both at the ends of what was measured; nothing where nothing is stored."""
    lstm, ours = (_shares(overview, name) for name in ("lstm", "transformer"))
    both = sorted(set(lstm) & set(ours))
    if not both:
        return ""
    near, far = both[0], both[-1]
    return t(
        "{task}: LSTM {a:.0%} over {near} steps, {b:.0%} over {far}; Transformer {c:.0%} and {d:.0%}.",
        task=t(memory.NAMES[task]).capitalize(), near=near, far=far, a=lstm[near], b=lstm[far], c=ours[near],
        d=ours[far],
    )  # fmt: skip


def _curve(task: str, overview: xr.Dataset) -> Figure:
    rows = [(n, share, name, "") for name in SHOWN for n, share in _shares(overview, name).items()]
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    axes = Axes(t("distance"), t("share right"), "x", domain=(0.0, 1.0), ticks=DISTANCES,
                level=TASKS[task].chance)  # fmt: skip
    chart = log_lines(data, axes, {"series": t("network"), "part": ""}, order=NETWORKS, points=True, height=320)
    title = t("**Share right** against distance; dotted: guessing. Measured up to {n} steps.", n=_far(overview))
    return Figure(chart, "why_reach", answer(task, overview), title)


def _gradient(flows: xr.Dataset) -> Figure:
    """How much of the gradient arrives step by step back from the end, in the trained networks."""
    steps, trained = flows.attrs["steps"], flows["flow"].values[0]
    rows = [
        (steps[-1] - step, 10.0**value, str(cell), "")
        for cell, line in zip(flows["cell_label"].values, trained, strict=True) if str(cell) in SHOWN
        for step, value in zip(steps, line, strict=True) if np.isfinite(value) and abs(value) < 300
    ]  # fmt: skip
    data = pd.DataFrame(rows, columns=["x", "y", "series", "part"])
    high = float(min(memory.CEILING, max(10.0, data["y"].max())))
    axes = Axes(t("steps back from the end"), t("gradient, relative"), "y", form=".0e", domain=(memory.FLOOR, high))
    chart = log_lines(data, axes, {"series": t("network"), "part": ""}, order=NETWORKS, height=320)
    title = t("**The gradient on its way back** in the trained networks, distance {n}", n=flows.attrs["distance"])
    return Figure(chart, "why_gradient", memory.survives(flows), title)
