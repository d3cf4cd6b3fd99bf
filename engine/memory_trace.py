"""Memory tasks as labelled results: share right by cell and distance, the gradient's way back, a cell's gates."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.errors import N_
from engine.memory import DISTANCES, LETTERS, NETWORKS, TASKS, length
from engine.memory_file import Run
from engine.memory_flow import GATES, answers, example, reference
from engine.trace import Var, label

OVERVIEW = {
    "accuracy": Var("cell distance", r"n_{\text{right}}/n", "share of test sequences answered right", "prob"),
    "loss": Var("cell distance", r"\bar\ell", "mean loss of the test sequences"),
}
FLOW = {
    "flow": Var(
        "net cell time", r"\log_{10} \|\partial\ell/\partial m_t\| / \|\partial\ell/\partial m_L\|",
        "how much of the gradient at L, the last step where it is not 0, reaches an earlier state, as a power of ten",
    ),
    "score": Var("cell answer output", r"o = W_o h_T + b_o", "what a trained network answers in the example"),
}  # fmt: skip
INSIDE = {"mean_gate": Var("gate time", r"\frac1n \sum_j g_{t,j}", "mean of a gate over the units", "prob")}
NETS = (N_("trained"), N_("untrained"))
AXES = {
    "cell": N_("kind of cell"), "distance": N_("distance"), "net": N_("network"), "time": N_("step"),
    "gate": N_("gate"), "answer": N_("answer"), "output": N_("output"),
}  # fmt: skip
COLUMNS = 50  # steps of a long sequence that a matrix shows


def _attrs(path: str, **more: object) -> dict:
    return {"module": "engine.memory_explain", "path": path, **more}


def overview(task: str, runs: Sequence[Run], path: str) -> xr.Dataset:
    """Share right and mean loss of every cell at every distance; nan where there is no run."""
    table = {name: np.full((len(NETWORKS), len(DISTANCES)), np.nan) for name in OVERVIEW}
    for run in runs:
        at = NETWORKS.index(run.params.cell), DISTANCES.index(run.params.distance)
        for name, values in table.items():
            values[at] = np.nan if run.figures[name] is None else run.figures[name]
    return label(table, OVERVIEW, _attrs(path, task=task), axes=AXES, cell=NETWORKS, distance=list(map(str, DISTANCES)))


def shown(task: str, distance: int) -> np.ndarray:
    """The steps of the example that a matrix shows: all, or some at even distances and those whose signs count."""
    time = length(task, distance)
    return np.unique([*np.linspace(0, time - 1, min(time, COLUMNS)).round().astype(int), *told(task, distance).marked])


def back(run: Run) -> np.ndarray:
    """log₁₀ of the gradient's norm at every step, relative to the last one that is not 0; nan where it is 0."""
    last = np.array([norms[reference(norms)] or 1.0 for norms in run.norms])[:, None]
    ratio = run.norms / last
    return np.log10(ratio, out=np.full(ratio.shape, np.nan), where=(ratio > 0) & np.isfinite(ratio))


def flows(runs: Sequence[Run], path: str) -> xr.Dataset:
    """The gradient's way back in all cells at one task and distance, at some of the steps, and their answers."""
    task, distance = runs[0].params.task, runs[0].params.distance
    steps = shown(task, distance)
    batch = example(task, distance)
    inner = {
        "flow": np.stack([back(run)[:, steps] for run in runs], 1),
        "score": np.stack([answers(run.trained, batch) for run in runs]),
    }
    at = _attrs(path, task=task, distance=distance, steps=steps.tolist(), cells=[run.params.cell for run in runs])
    labels = {"cell": at["cells"], "time": [str(step + 1) for step in steps], "net": NETS}
    return label(inner, FLOW, at, ("net", "output"), AXES, output=TASKS[task].outputs, **labels)


def inside(run: Run, path: str) -> xr.Dataset:
    """The gates of one trained network while it reads the example, at some of the steps; the attribute `means` holds
    each gate's mean over all steps. Raises ValueError if its cell has none.
    """
    task, distance, cell = run.params.task, run.params.distance, run.params.cell
    if cell not in GATES:
        raise ValueError(f"{cell} has no gates")
    steps = shown(task, distance)
    means = run.gates.mean(1).tolist()
    at = _attrs(path, task=task, distance=distance, cell=cell, steps=steps.tolist(), means=means)
    labels = {"gate": GATES[cell], "time": [str(step + 1) for step in steps]}
    return label({"mean_gate": run.gates[:, steps]}, INSIDE, at, (), AXES, **labels)


def curve(run: Run) -> Mapping[str, list[tuple[int, float]]]:
    """The run's loss, norm of the gradient and share right, each as (sequences, value)."""
    n, names = run.params.batch, ("loss", "gradient", "accuracy")
    columns = zip(names, list(zip(*run.curve, strict=True))[1:], strict=True)
    steps = [row[0] for row in run.curve]
    return {
        name: [(step * n, value) for step, value in zip(steps, values, strict=True) if value is not None]
        for name, values in columns
    }


class Told(NamedTuple):
    """The example in words: a sign a place, the places that are marked, the right answers."""

    signs: list[str]
    marked: list[int]
    answers: list[str]


def told(task: str, distance: int) -> Told:
    """The example that gates and gradients are shown on."""
    x, target = example(task, distance)
    if task == "adding":
        marked = x[0, :, 1].nonzero()[:, 0].tolist()
        return Told([f"{value:.2f}" for value in x[0, :, 0].tolist()], marked, [f"{target.item():.2f}"])
    signs = [TASKS[task].signs[at] for at in x[0].argmax(1).tolist()]
    letters = [LETTERS[at] for at in target[0].tolist()]
    return Told(signs, list(range(len(letters))), letters)
