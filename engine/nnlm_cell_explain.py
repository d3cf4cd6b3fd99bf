"""The proof of a recurrent language model's gates and states: weighted sums squashed, and what is mixed of them."""

from functools import partial

import numpy as np
import xarray as xr
from torch import Tensor

from engine.explain import Explainer, Explanation, number, terms
from engine.nnlm_code import program
from engine.seq2seq_cells_explain import Row, found, products
from engine.softmax_explain import matrix

ROWS = {"gru": ("r", "z", "n"), "lstm": ("z", "i", "f", "o")}  # of W, R and b, one below the other
TANH = {"gru": "n", "lstm": "z"}
PEEP = ("i", "f", "o")


def _kind(trace: xr.Dataset) -> str:
    """gru, lstm (with peepholes or without), or the plain cell's own name."""
    return trace.attrs["params"].cell.removesuffix("-peephole")


def _before(trace: xr.Dataset, position: int, name: str) -> np.ndarray:
    """A state before a place is read; zeros before the first."""
    return trace[name].values[position - 1] if position else np.zeros(trace.sizes["unit"])


def _row(trace: xr.Dataset, name: str, gate: str, unit: int) -> Tensor:
    """A unit's row of W, R or b."""
    kind = _kind(trace)
    if kind in ROWS:
        return matrix(trace, f"cell.{name}")[ROWS[kind].index(gate) * trace.sizes["unit"] + unit]
    if name == "b":
        return matrix(trace, "cell.i2h.bias")[unit]
    row, n = matrix(trace, "cell.i2h.weight")[unit], trace.sizes["feature"]
    return row[:n] if name == "W" else row[n:]


def _sums(trace: xr.Dataset, position: int, unit: int, gate: str) -> tuple[list[Row], str]:
    """What a gate sums, and its rule."""
    kind, params, t = _kind(trace), trace.attrs["params"], position + 1
    output = "y" if "y" in trace else "h"
    rows = [("b", _row(trace, "b", gate, unit).item(), 1.0)]
    rows += products("W·C", _row(trace, "W", gate, unit), trace["embedded"].values[position])
    if (kind, gate) == ("gru", "n"):
        r, u = (float(trace[name][position, unit]) for name in "ru")
        return [*rows, ("r·u", r, u)], rf"W_nC(w_{{{t - 1}}})+b_n+r_{{{t}}}\odot u_{{{t}}}"
    rows += products(f"R·{output}", _row(trace, "R", gate, unit), _before(trace, position, output))
    at = f"_{gate}" if kind in ROWS else ""
    rule = rf"W{at}C(w_{{{t - 1}}})+R{at}{output}_{{{t - 1}}}+b{at}"
    if params.cell == "lstm-peephole" and gate in PEEP:
        n, seen = trace.sizes["unit"], float(trace["c"][position, unit])
        seen = seen if gate == "o" else float(_before(trace, position, "c")[unit])
        rows.append((f"p_{gate}·c", matrix(trace, "cell.p")[PEEP.index(gate) * n + unit].item(), seen))
        rule += rf"+p_{gate}\odot c_{{{t if gate == 'o' else t - 1}}}"
    return rows, rule


def _gate(name: str, trace: xr.Dataset, position: int, unit: int) -> Explanation:
    """A gate, a candidate, or the state of a plain cell."""
    rows, rule = _sums(trace, position, unit, name)
    kind, value = _kind(trace), float(trace[name][position, unit])
    code = program(trace, position, f"{name}[{unit}]")
    symbol = f"{name}_{{{position + 1}}}[{unit}]"
    if kind == "lecture":
        return found(f"{symbol}={rule}", rows, value, code)
    how, squash = ("tanh", r"\tanh") if TANH.get(kind, name) == name else ("sigmoid", r"\sigma")
    return found(f"{symbol}={squash}({rule})", rows, value, code, rf"{squash}\left({{}}\right)", how)


def _u(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    rows = [("b_u", matrix(trace, "cell.b_u")[unit].item(), 1.0)]
    rows += products("R·h", _row(trace, "R", "n", unit), _before(trace, position, "h"))
    rule = rf"u_{{{position + 1}}}[{unit}]=R_nh_{{{position}}}+b_u"
    return found(rule, rows, float(trace["u"][position, unit]), program(trace, position, f"u[{unit}]"))


def _mixed(name: str, trace: xr.Dataset, position: int, unit: int) -> Explanation:
    """A state: products of a gate with what it lets through."""
    v = {each: float(trace[each][position, unit]) for each in "rzunhifcoy" if each in trace}
    if name == "h":
        rows = [("(1-z)·n", 1 - v["z"], v["n"]), ("z·h", v["z"], float(_before(trace, position, "h")[unit]))]
        rule = rf"(1-z)\odot n+z\odot h_{{{position}}}"
    elif name == "c":
        rows = [("z·i", v["z"], v["i"]), ("c·f", float(_before(trace, position, "c")[unit]), v["f"])]
        rule = rf"z\odot i+c_{{{position}}}\odot f"
    else:
        rows, rule = [("tanh(c)·o", float(np.tanh(v["c"])), v["o"])], r"\tanh(c)\odot o"
    body = "+".join(rf"{number(a)}\cdot{number(b)}" for _, a, b in rows)
    equation = f"{name}_{{{position + 1}}}[{unit}]={rule}={body}={v[name]:.5g}"
    return Explanation(equation, terms(rows), v[name], program(trace, position, f"{name}[{unit}]"))


def _h(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    explain = _mixed if _kind(trace) == "gru" else _gate
    return explain("h", trace, position, unit)


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_gate, name) for name in ("r", "z", "n", "i", "f", "o")}, "u": _u, "h": _h,
    "c": partial(_mixed, "c"), "y": partial(_mixed, "y"),
}  # fmt: skip
