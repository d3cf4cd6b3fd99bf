"""Every number can be proved: the equation of one cell with its numbers, its terms, and code that repeats it."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import pandas as pd
import xarray as xr


class Explanation(NamedTuple):
    """How one cell came about.

    equation: LaTeX with the numbers in it. terms: columns `term, weight, value, product`, largest first
    within the sum. value: the cell. code: plain torch that prints the value and never imports this
    package. how: what makes the value of the products ("sum", "max", or a function of the sum).
    """

    equation: str
    terms: pd.DataFrame
    value: float
    code: str
    how: str = "sum"


Explainer = Callable[..., Explanation]


def explain(trace: xr.Dataset, name: str, **position: int) -> Explanation:
    """Explain the cell of variable `name` at `position` (one index a dim of the variable).

    The explainer is found in the module named by the trace's attribute `module`, in its table `EXPLAIN`.
    Raises KeyError for an unknown variable and IndexError for a position outside of it.
    """
    array = trace[name]
    if set(position) != set(array.dims):
        raise KeyError(f"{name} has dims {array.dims}, not {tuple(position)}")
    for dim, at in position.items():
        if not 0 <= at < array.sizes[dim]:
            raise IndexError(f"{name}: {dim}={at} is outside 0…{array.sizes[dim] - 1}")
    return import_module(trace.attrs["module"]).EXPLAIN[name](trace, **position)


def number(value: float) -> str:
    """A number for an equation: four significant digits, negative ones in parentheses."""
    text = f"{value:.4g}"
    return f"({text})" if text.startswith("-") else text


def terms(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """The table of the products weight × value, the largest in size first."""
    table = pd.DataFrame(rows, columns=["term", "weight", "value"])
    table["product"] = table["weight"] * table["value"]
    return table.sort_values("product", key=abs, ascending=False, kind="stable", ignore_index=True)
