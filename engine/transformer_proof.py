"""What the proofs of a stack's trace share: cells, tensors of the weights file, labels in LaTeX."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from torch import Tensor

from engine import transformer_code
from engine.explain import Explanation, summed, terms, word
from engine.softmax_explain import matrix

Row = tuple[str, float, float]


def found(symbol: str, rows: Sequence[Row], value: float, code: str) -> Explanation:
    """The explanation of a sum."""
    table = terms(list(rows))
    return Explanation(summed(symbol, table, value), table, value, code)


def cell(trace: xr.Dataset, name: str, layer: int, *place: int) -> tuple[float, str]:
    """The value of a variable of a layer, and the program that prints it."""
    at = ", ".join(map(str, place))
    return float(trace[name][(layer, *place)]), transformer_code.layer(
        trace.attrs["program"], layer, f'v["{name}"][{at}]'
    )


def tensor(trace: xr.Dataset, name: str) -> Tensor:
    """A tensor of the trace's weights file, in float64; attribute `spelled`: those that it calls otherwise."""
    return matrix(trace, trace.attrs.get("spelled", {}).get(name, name))


def label_of(trace: xr.Dataset, dim: str, place: int) -> str:
    """The word at a place in LaTeX; the marks of the special words stay."""
    text = str(trace[f"{dim}_label"].values[place])
    if text.startswith("<") and text.endswith(">"):
        return rf"\langle\text{{{word(text[1:-1])}}}\rangle"
    return rf"\text{{{word(text)}}}"


def products(mark: str, weight: Tensor, values: np.ndarray) -> list[Row]:
    """The products of a row of a matrix with the values that `mark` names."""
    return [(f"{mark}[{k}]", w, v) for k, (w, v) in enumerate(zip(weight.tolist(), values.tolist(), strict=True))]
