"""The proof of every cell of a GRU's trace: its equation with the numbers, its terms, and plain torch."""

from functools import partial

import xarray as xr

from engine import cell_code
from engine.explain import Explainer, Explanation, number, summed, terms
from engine.softmax_explain import explain_logits, explainers, letter_row, matrix, state_rows

ROWS = ("r", "z", "n")  # of W, R and b, one below the other
_RULES = {"r_bar": "W_r x_t+R_r h_{t-1}+b_r", "z_bar": "W_z x_t+R_z h_{t-1}+b_z"}


def _code(trace: xr.Dataset, time: int, value: str) -> str:
    text = trace.attrs["text"][: time + 1]
    return cell_code.head("gru", trace.attrs["weights"]) + cell_code.loop("gru", repr(text), "h_prev = h\n") + value


def _prints(trace: xr.Dataset, time: int, expression: str, unit: int) -> str:
    return _code(trace, time, f"print({expression}[{unit}].item())")


def _place(name: str, time: int, unit: int) -> str:
    bare = rf"\bar{{{name[0]}}}" if name.endswith("_bar") else name
    return rf"{bare}_{{{time + 1}}}[{unit}]"


def _row(trace: xr.Dataset, name: str, gate: str, unit: int) -> object:
    return matrix(trace, f"layer1.{name}")[ROWS.index(gate) * trace.sizes["unit"] + unit]


def _gate_rows(trace: xr.Dataset, gate: str, time: int, unit: int) -> list[tuple]:
    """b, W·x and R·h of a gate; of the candidate b, W·x and r·u."""
    b, W = (_row(trace, name, gate, unit) for name in "bW")
    rows = [("b", b.item(), 1.0), letter_row(trace, W, time)]
    if gate == "n":
        r, u = (float(trace[name][time, unit]) for name in "ru")
        return [*rows, ("r·u", r, u)]
    return rows + state_rows(trace, "R·h_t-1", _row(trace, "R", gate, unit), "h_prev", time)


def _explain_sum(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    table, value = terms(_gate_rows(trace, name[0], time, unit)), float(trace[name][time, unit])
    rule = _RULES.get(name, r"W_n x_t+b_n+r_t\odot u_t")
    equation = summed(f"{_place(name, time, unit)}={rule}", table, value)
    return Explanation(equation, table, value, _prints(trace, time, name, unit))


def _explain_squashed(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    """A gate through σ, the candidate through tanh."""
    table, value = terms(_gate_rows(trace, name, time, unit)), float(trace[name][time, unit])
    how, symbol = ("tanh", r"\tanh") if name == "n" else ("sigmoid", r"\sigma")
    rule = rf"{_place(name, time, unit)}={symbol}(\bar{{{name}}}_t)"
    equation = summed(rule, table, value, rf"{symbol}\left({{}}\right)")
    return Explanation(equation, table, value, _prints(trace, time, name, unit), how)


def _explain_u(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    bias, value = matrix(trace, "layer1.b_u")[unit].item(), float(trace["u"][time, unit])
    rows = state_rows(trace, "R·h_t-1", _row(trace, "R", "n", unit), "h_prev", time)
    table = terms([("b_u", bias, 1.0), *rows])
    equation = summed(f"{_place('u', time, unit)}=R_n h_{{t-1}}+b_u", table, value)
    return Explanation(equation, table, value, _prints(trace, time, "u", unit))


def _parts(trace: xr.Dataset, time: int, unit: int) -> dict[str, tuple[str, float, float, str]]:
    z, n, h = (float(trace[name][time, unit]) for name in ("z", "n", "h_prev"))
    return {"written": ("(1-z)·n", 1 - z, n, "((1 - z) * n)"), "kept": ("z·h_t-1", z, h, "(z * h_prev)")}


def _explain_part(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    term, a, b, line = _parts(trace, time, unit)[name]
    value, rule = float(trace[name][time, unit]), {"written": r"(1-z_t)\odot n_t", "kept": r"z_t\odot h_{t-1}"}[name]
    equation = rf"{rule}={number(a)}\cdot{number(b)}={value:.5g}"
    return Explanation(equation, terms([(term, a, b)]), value, _prints(trace, time, line, unit))


def _explain_h(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    rows = [part[:3] for part in _parts(trace, time, unit).values()]
    value, body = float(trace["h"][time, unit]), "+".join(rf"{number(a)}\cdot{number(b)}" for _, a, b in rows)
    equation = rf"{_place('h', time, unit)}=(1-z_t)\odot n_t+z_t\odot h_{{t-1}}={body}={value:.5g}"
    return Explanation(equation, terms(rows), value, _prints(trace, time, "h", unit))


def _explain_h_prev(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    if time:
        return _explain_h(trace, time - 1, unit)
    return Explanation(f"h_0[{unit}]=0", terms([("h_0", 1.0, 0.0)]), 0.0, _prints(trace, 0, "h_prev", unit))


EXPLAIN: dict[str, Explainer] = explainers(_code) | {
    "h_prev": _explain_h_prev, "h": _explain_h, "u": _explain_u,
    **{name: partial(_explain_sum, name) for name in ("r_bar", "z_bar", "n_bar")},
    **{name: partial(_explain_squashed, name) for name in ROWS},
    **{name: partial(_explain_part, name) for name in ("written", "kept")},
    "logits": partial(explain_logits, _code, "o", "h", r"W_{oh}h_t+b_o"),
}  # fmt: skip
