"""Every number can be proved: the equation of one cell with its numbers, its terms, and code that repeats it."""

import re
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from engine.errors import N_


class Explanation(NamedTuple):
    """How one cell came about.

    equation: LaTeX with the numbers in it. terms: columns `term, weight, value, product`, largest first
    within the sum. value: the cell. code: plain torch that prints the value and never imports this
    package. how: what makes the value of the products, a key of `HOW`.
    """

    equation: str
    terms: pd.DataFrame
    value: float
    code: str
    how: str = "sum"


Explainer = Callable[..., Explanation]
HOW: dict[str, tuple[Callable[[np.ndarray], float], str]] = {  # products → value, and its name
    "sum": (np.sum, N_("sum")),
    "max": (np.max, N_("largest")),
    "tanh": (lambda products: np.tanh(products.sum()), N_("tanh of the sum")),
    "sigmoid": (lambda products: 1 / (1 + np.exp(-products.sum())), N_("σ of the sum")),
    "product": (lambda products: products.prod(), N_("product")),
    "exp": (lambda products: np.exp(products.sum()), N_("e to the sum")),
    "log": (lambda products: np.log(total) if (total := products.sum()) else -np.inf, N_("logarithm of the sum")),
    "logsumexp": (lambda products: np.logaddexp.reduce(products), N_("logarithm of the sum of the exponentials")),
    # the rows keep their order, so that the place says which one it is
    "argmax": (lambda products: float(products.argmax()), N_("place of the largest, counted from 0")),
    "last argmax": (
        lambda products: float(len(products) - 1 - products[::-1].argmax()),
        N_("place of the last of the largest, counted from 0"),
    ),
}
FEW = 4  # terms that keep the equation's order


class NoSuchCell(LookupError):
    """The variable or the position is not in the trace."""


def explain(trace: xr.Dataset, name: str, **position: int) -> Explanation:
    """Explain the cell of variable `name` at `position` (one index a dim of the variable).

    The explainer is found in the module named by the trace's attribute `module`, in its table `EXPLAIN`.
    Raises NoSuchCell for an unknown variable or a position outside of it.
    """
    if name not in trace.data_vars:
        raise NoSuchCell(f"{name} is none of {tuple(trace.data_vars)}")
    array = trace[name]
    if set(position) != set(array.dims):
        raise NoSuchCell(f"{name} has dims {array.dims}, not {tuple(position)}")
    for dim, at in position.items():
        if not 0 <= at < array.sizes[dim]:
            raise NoSuchCell(f"{name}: {dim}={at} is outside 0…{array.sizes[dim] - 1}")
    return import_module(trace.attrs["module"]).EXPLAIN[name](trace, **position)


def number(value: float) -> str:
    """A number for an equation: four significant digits, negative ones in parentheses."""
    text = f"{value + 0.0:.4g}"
    return f"({text})" if text.startswith("-") else text


def terms(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """The table of the products weight × value; of more than a handful, the largest in size first, without zeros."""
    table = pd.DataFrame(rows, columns=["term", "weight", "value"])
    table["product"] = table["weight"] * table["value"]
    if len(table) <= FEW:
        return table
    table = table[(table["product"] != 0) | (table.index == 0)]
    return table.sort_values("product", key=abs, ascending=False, kind="stable", ignore_index=True)


def summed(symbol: str, table: pd.DataFrame, value: float, wrap: str = "{}") -> str:
    """LaTeX of a sum: the three largest products, the rest in one number, the value."""
    top, rest = table["product"].head(3), table["product"].iloc[3:]
    body = "+".join(map(number, top))
    body += rf"+\underbrace{{{number(rest.sum())}}}_{{{len(rest)}\,\ldots}}" if len(rest) else ""
    return f"{symbol}={wrap.format(body)}={value:.5g}"


def word(label: object) -> str:
    r"""A label for LaTeX's `\text{}`: what LaTeX would take for a command is left out."""
    return re.sub(r"[\\{}$&#^_~%]", "", str(label))
