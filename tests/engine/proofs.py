"""Proving cells: an explanation's code, alone in an interpreter without the engine, prints the cell's value."""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from threading import Timer

import numpy as np
import pytest
import xarray as xr

from engine.explain import HOW, Explanation, explain

DRAWS = 4  # cells of every variable of every run

RUNNER = """
import contextlib, importlib.util, io, json, os, sys, traceback
orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # a code has no part in this talk
os.dup2(2, 1)
path = tuple(sys.path)
for line in orders:
    codes, folder = json.loads(line)
    os.chdir(folder)
    out, error = [], None
    try:
        for code in codes:
            sys.path[:] = path
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                exec(code, {"__name__": "__main__"})
            out.append(text.getvalue())
        assert "engine" not in sys.modules and importlib.util.find_spec("engine") is None
    except BaseException:
        error = traceback.format_exc()
    print(json.dumps([out, error]), file=answers, flush=True)
"""


@cache
def interpreter() -> subprocess.Popen:
    """The interpreter that runs the codes of all tests; -I: nothing of this project on the path."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", RUNNER], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    def end() -> None:
        process.communicate(timeout=60)

    atexit.register(end)
    return process


def run_alone(codes: Sequence[str], folder: Path) -> list[str]:
    """What each code prints in `folder`, each with names of its own, where `engine` cannot be imported."""
    process = interpreter()
    watch = Timer(120, process.kill)
    watch.start()
    try:
        process.stdin.write(json.dumps([list(codes), str(folder)]) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    finally:
        watch.cancel()
    assert answer, "the interpreter of the codes has died"
    printed, error = json.loads(answer)
    assert error is None, error
    return printed


def cells(data: xr.Dataset, name: str, random: np.random.Generator, draws: int = DRAWS) -> Iterator[dict[str, int]]:
    """Random positions, the last cell and the first; none of a variable without cells."""
    sizes = data[name].sizes
    if 0 in sizes.values():
        return
    for _ in range(draws if sizes else 0):
        yield {dim: int(random.integers(size)) for dim, size in sizes.items()}
    yield {dim: size - 1 for dim, size in sizes.items()}
    yield {dim: 0 for dim in sizes}


def explained(traces: Sequence[xr.Dataset], seed: int = 0, draws: int = DRAWS) -> list[tuple[str, float, Explanation]]:
    """(where, the trace's value, the explanation) of drawn cells of every variable of every trace."""
    random = np.random.default_rng(seed)
    return [
        (f"{number}: {name} {at}", float(data[name].isel(at)), explain(data, name, **at))
        for number, data in enumerate(traces)
        for name in data.data_vars
        for at in cells(data, name, random, draws)
    ]


def check_code(cases: Sequence[tuple[str, float, Explanation]], folder: Path, **tolerance: float) -> None:
    """Each code prints the cell's value within the tolerance, and the explanation says that value."""
    printed = run_alone([explanation.code for *_, explanation in cases], folder)
    for (where, value, explanation), text in zip(cases, printed, strict=True):
        assert explanation.value == pytest.approx(value, abs=1e-12, nan_ok=True), where
        assert float(text) == pytest.approx(value, **tolerance, nan_ok=True), where
        assert "engine" not in explanation.code, where


def check_terms(cases: Sequence[tuple[str, float, Explanation]], **tolerance: float) -> None:
    """What HOW makes of the products is the value."""
    for where, _, explanation in cases:
        total = HOW[explanation.how][0](explanation.terms["product"].to_numpy())
        assert total == pytest.approx(explanation.value, **tolerance, nan_ok=True), where
