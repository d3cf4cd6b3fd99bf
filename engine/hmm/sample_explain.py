"""The proof of every cell of a generated sequence: the draws, the intervals, the shares and what they tend to."""

from functools import partial

import numpy as np
import xarray as xr

from engine.explain import Explainer, Explanation, terms, word
from engine.hmm.code_text import HEAD, name_of, names, result, summed, tensor, tex, times

OUTCOMES = {"state": ("X", "u"), "symbol": ("O", "v")}  # dim → what is drawn, its random number


def _row(trace: xr.Dataset, dim: str, time: int) -> tuple[list[str], np.ndarray, int]:
    """(names, probabilities, place of the chosen one) of what a draw chose from. Of a large V only the chosen symbol
    is kept, with all that stand before it in one.
    """
    chosen, p = int(trace[OUTCOMES[dim][0]].values[time]), trace[f"p_{dim}"].values[time]
    if dim == "state" or not trace.attrs["is_cut"]:
        return names(trace, dim), p, chosen
    label = str(trace["time_label"].values[time])
    low, high = (float(trace[f"{end}_symbol"].values[time]) for end in ("low", "high"))
    return [f"… ({chosen})", label, "…"], np.array([low, high - low, 1 - high]), 1


def _given(trace: xr.Dataset, time: int, name: str, dim: str, **at: int) -> Explanation:
    """A probability that is drawn from: a cell of the row of π, A or B."""
    value, place = float(trace[name].values[time, at[dim]]), at[dim]
    before = name_of(trace, "state", trace["X"].values[time - (dim == "state")]) if time or dim == "symbol" else ""
    given = rf"\mid {before}" if before else ""
    equation = rf"P({name_of(trace, dim, place)}{given})={result(value)}"
    code = HEAD + tensor("p", trace[name].values[time]) + f"print(p[{place}].item())"
    return Explanation(equation, terms([(names(trace, dim)[place], 1.0, value)]), value, code)


def _explain_u(trace: xr.Dataset, time: int, name: str) -> Explanation:
    """A random number: the generator's, for the seed that the page shows."""
    value, column = float(trace[name].values[time]), int(name == "u_symbol")
    seed, T = trace.attrs["seed"], trace.sizes["time"]
    code = f"import torch\n\ngenerator = torch.Generator().manual_seed({seed})\n"
    code += f"u = torch.rand({T}, 2, generator=generator, dtype=torch.float64)\nprint(u[{time}, {column}].item())"
    symbol = f"{'v' if column else 'u'}_{{{time + 1}}}"
    return Explanation(f"{symbol}={result(value)}", terms([(f"torch.rand, seed {seed}", 1.0, value)]), value, code)


def _explain_draw(trace: xr.Dataset, time: int, dim: str) -> Explanation:
    """The chosen outcome: how many of the cumulated probabilities lie at or below the random number."""
    name, letter = OUTCOMES[dim]
    value, u = float(trace[name].values[time]), float(trace[f"u_{dim}"].values[time])
    low, high = (float(trace[f"{end}_{dim}"].values[time]) for end in ("low", "high"))
    labels, p, chosen = _row(trace, dim, time)
    skipped = int(value) - chosen  # of a large V: the symbols that stand before in one
    ends = p.cumsum()
    rows = [(f"F({label}) = {end:.4g}", 1.0 + skipped * (i == 0), float(i < chosen))
            for i, (label, end) in enumerate(zip(labels, ends, strict=True))]  # fmt: skip
    code = f"{HEAD}{tensor('p', p)}u = {u!r}\nends = p.cumsum(0)\n"
    code += f"print({f'{skipped} + ' if skipped else ''}(ends <= u * ends[-1]).sum().item())"
    label = trace["time_label"].values[time] if dim == "symbol" else labels[chosen]
    equation = rf"{tex(low)}\le {letter}_{{{time + 1}}}={tex(u)}<{tex(high)}\ \Rightarrow\ {name}_{{{time + 1}}}"
    return Explanation(rf"{equation}=\text{{{word(label)}}}={result(value)}", terms(rows), value, code)


def _explain_end(trace: xr.Dataset, time: int, dim: str, end: str) -> Explanation:
    """A border of the interval that was hit: the cumulated probabilities before, or with, the chosen outcome."""
    value = float(trace[f"{end}_{dim}"].values[time])
    labels, p, chosen = _row(trace, dim, time)
    count = chosen + (end == "high")
    share = p[:count] / p.sum()
    rows = terms([(label, 1.0, x) for label, x in zip(labels, share, strict=False)] or [("0", 1.0, 0.0)])
    body = summed([tex(x) for x in share], share) or "0"
    code = HEAD + tensor("p", p) + f"print((p[:{count}].sum() / p.sum()).item())"
    letter = OUTCOMES[dim][1]
    side = rf"{body}={result(value)}"
    return Explanation(rf"{letter}_{{{time + 1}}}:\ \sum p={side}", rows, value, code)


def _explain_share(trace: xr.Dataset, time: int, dim: str, **at: int) -> Explanation:
    """How often an outcome was drawn so far, divided by the time."""
    place, n = at[dim], time + 1
    name, value = OUTCOMES[dim][0], float(trace[f"share_{dim}"].values[time, place])
    drawn = trace[name].values[:n]
    label, count = names(trace, dim)[place], round(value * n)
    if dim == "state":
        code, item = f"X = {drawn.tolist()}\n", place
    else:
        code, item = f"O = {drawn.tolist()}\n", int(trace.attrs["symbols"][place])
    code += f"print({name}.count({item}) / {n})"
    equation = rf"\frac{{n_{{{n}}}({name_of(trace, dim, place)})}}{{{n}}}=\frac{{{count}}}{{{n}}}={result(value)}"
    return Explanation(equation, terms([(f"n({label})", float(count), 1 / n)]), value, code)


_STATIONARY = """# s A = s and sum(s) = 1
equations = torch.cat([A.T - torch.eye(len(A)), torch.ones(1, len(A))])
right = torch.cat([torch.zeros(len(A), 1), torch.ones(1, 1)])
s = torch.linalg.lstsq(equations, right, driver="gelsd").solution.flatten().clamp(min=0)
"""


def _explain_stationary(trace: xr.Dataset, state: int) -> Explanation:
    """s_j = Σ_i s_i a_ij: the distribution that A leaves as it is."""
    A, s = np.array(trace.attrs["A"]), trace["stationary"].values
    value, a = float(s[state]), A[:, state]
    rows = terms([(label, s[i], a[i]) for i, label in enumerate(names(trace))])
    rule = rf"s({name_of(trace, 'state', state)})=\sum_i s_i\,a_{{ij}}"
    code = HEAD + tensor("A", A) + _STATIONARY + f"print(s[{state}].item())"
    return Explanation(f"{rule}={summed(times(s, a), s * a)}={result(value)}", rows, value, code)


def _explain_expected(trace: xr.Dataset, symbol: int) -> Explanation:
    """Σ_i s_i b_i(k): the share of a symbol when the states have their stationary shares."""
    A, b, s = np.array(trace.attrs["A"]), np.array(trace.attrs["B"])[:, symbol], trace["stationary"].values
    value = float(trace["expected_symbol"].values[symbol])
    rows = terms([(label, s[i], b[i]) for i, label in enumerate(names(trace))])
    rule = rf"\sum_i s_i\,b_i({name_of(trace, 'symbol', symbol)})"
    code = HEAD + tensor("A", A) + tensor("b", b) + _STATIONARY + "print((s @ b).item())"
    return Explanation(f"{rule}={summed(times(s, b), s * b)}={result(value)}", rows, value, code)


EXPLAIN: dict[str, Explainer] = {"stationary": _explain_stationary, "expected_symbol": _explain_expected}
for _dim in OUTCOMES:
    EXPLAIN |= {
        OUTCOMES[_dim][0]: partial(_explain_draw, dim=_dim), f"u_{_dim}": partial(_explain_u, name=f"u_{_dim}"),
        f"p_{_dim}": partial(_given, name=f"p_{_dim}", dim=_dim), f"share_{_dim}": partial(_explain_share, dim=_dim),
        f"low_{_dim}": partial(_explain_end, dim=_dim, end="low"),
        f"high_{_dim}": partial(_explain_end, dim=_dim, end="high"),
    }  # fmt: skip
