"""How each number of a memory task comes about, and code that repeats it from the stored weights alone."""

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr

from engine import memory_code as code
from engine.errors import N_
from engine.explain import Explanation, number, terms, word
from engine.memory import DISTANCES
from engine.memory_file import ROOT, Run, loads
from engine.memory_flow import GATES, N_TEST, Flow, example, flow, reference
from engine.memory_trace import NETS


def _run(trace: xr.Dataset, cell: str, distance: int) -> Run:
    path = ROOT / trace.attrs["path"]
    return next(
        run
        for run in _runs(path, path.stat().st_mtime_ns)
        if (run.params.cell, run.params.distance) == (cell, distance)
    )


@lru_cache(maxsize=8)
def _runs(path: Path, _: int) -> list[Run]:
    return loads(path.read_bytes())


@lru_cache(maxsize=16)
def _flow(path: Path, stamp: int, cell: str, distance: int, net: str) -> Flow:
    run = next(run for run in _runs(path, stamp) if (run.params.cell, run.params.distance) == (cell, distance))
    return flow(getattr(run, net), example(run.params.task, distance))


def _read(trace: xr.Dataset, cell: str, net: str = "trained") -> Flow:
    path = ROOT / trace.attrs["path"]
    return _flow(path, path.stat().st_mtime_ns, cell, trace.attrs["distance"], net)


def _tested(trace: xr.Dataset, name: str, cell: int, distance: int) -> Explanation:
    value, task = float(trace[name][cell, distance]), trace.attrs["task"]
    cell, distance = str(trace["cell_label"].values[cell]), DISTANCES[distance]
    if math.isnan(value):
        return Explanation(r"\text{—}", terms([]), value, "print('nan')\n")
    run = _run(trace, cell, distance)
    n = N_TEST * run.trained.n_answers
    total = N_("right answers") if name == "accuracy" else N_("sum of the losses")
    rows = terms([(total, 1 / n, value * n)])
    symbol = r"\frac{n_{\text{right}}}{n}" if name == "accuracy" else r"\bar\ell"
    equation = rf"{symbol} = \frac{{{number(value * n)}}}{{{n}}} = {number(value)}"
    return Explanation(equation, rows, value, code.tested(trace.attrs["path"], task, cell, distance, name))


def _accuracy(trace: xr.Dataset, cell: int, distance: int) -> Explanation:
    return _tested(trace, "accuracy", cell, distance)


def _loss(trace: xr.Dataset, cell: int, distance: int) -> Explanation:
    return _tested(trace, "loss", cell, distance)


def _flow_cell(trace: xr.Dataset, net: int, cell: int, time: int) -> Explanation:
    value, kind = float(trace["flow"][net, cell, time]), NETS[net]
    name, step = str(trace["cell_label"].values[cell]), trace.attrs["steps"][time]
    norms = _read(trace, name, kind).norms
    last = reference(norms)
    a, b = norms[step], norms[last]
    at, end = rf"\|\partial\ell/\partial m_{{{step + 1}}}\|", rf"\|\partial\ell/\partial m_{{{last + 1}}}\|"
    equation = rf"\log_{{10}} {at} / {end} = \log_{{10}} {number(a)} / {number(b)} = {number(value)}"
    rows = [
        (f"log₁₀ ‖∂ℓ/∂m‖, {step + 1}", 1.0, np.log10(a) if a else np.nan),
        (f"log₁₀ ‖∂ℓ/∂m‖, {last + 1}", -1.0, np.log10(b)),
    ]
    where = trace.attrs["path"], trace.attrs["task"], name, trace.attrs["distance"], kind, step
    return Explanation(equation, terms(rows), value, code.flow(*where))


def _gate(trace: xr.Dataset, gate: int, time: int) -> Explanation:
    cell, step = trace.attrs["cell"], trace.attrs["steps"][time]
    units = _read(trace, cell).units[gate, step]
    rows = [(f"{GATES[cell][gate]}, {unit + 1}", 1 / len(units), float(each)) for unit, each in enumerate(units)]
    value = float(trace["mean_gate"][gate, time])
    shown = " + ".join(number(each) for each in units[:3])
    mean = rf"\overline{{{GATES[cell][gate]}_{{{step + 1}}}}}"
    equation = rf"{mean} = \tfrac{{1}}{{{len(units)}}}({shown} + \dots) = {number(value)}"
    where = trace.attrs["path"], trace.attrs["task"], cell, trace.attrs["distance"], (gate, step)
    return Explanation(equation, terms(rows), value, code.gate(*where))


def _output(trace: xr.Dataset, cell: int, answer: int, output: int) -> Explanation:
    name = str(trace["cell_label"].values[cell])
    run, value = _run(trace, name, trace.attrs["distance"]), float(trace["score"][cell, answer, output])
    weight, bias = run.trained.h2o.weight[output].double(), run.trained.h2o.bias[output].item()
    features = _read(trace, name).features[answer]
    rows = [("b", 1.0, bias)] + [
        (f"h, {j + 1}", float(w), float(h)) for j, (w, h) in enumerate(zip(weight, features, strict=True))
    ]
    sign = word(trace["output_label"].values[output])
    equation = rf"o_{{\text{{{sign}}}}} = b + \sum_j W_{{oj}} h_j = {number(value)}"
    where = trace.attrs["path"], trace.attrs["task"], name, trace.attrs["distance"], (answer, output)
    return Explanation(equation, terms(rows), value, code.output(*where))


EXPLAIN: dict[str, Callable[..., Explanation]] = {
    "accuracy": _accuracy, "loss": _loss, "flow": _flow_cell, "mean_gate": _gate, "score": _output,
}  # fmt: skip
