"""Proving cells: an explanation's code, alone in a fresh interpreter without the engine, prints the cell's value."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from engine.explain import HOW, Explanation, explain

DRAWS = 4  # cells of every variable of every run

RUNNER = """
import contextlib, importlib.util, io, json, sys
assert importlib.util.find_spec("engine") is None
out = []
for code in json.load(sys.stdin):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        exec(code, {"__name__": "__main__"})
    out.append(text.getvalue())
print(json.dumps(out))
"""


def run_alone(codes: Sequence[str], folder: Path) -> list[str]:
    """What each code prints; -I: nothing of this project on the path."""
    result = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER], input=json.dumps(codes), cwd=folder, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


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
