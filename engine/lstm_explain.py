"""The proof of every cell of an LSTM's trace: the slide's equation with its numbers, its terms, and plain torch."""

from collections.abc import Mapping
from functools import partial
from textwrap import indent

import torch
import xarray as xr

from engine import cell_code
from engine.explain import Explainer, Explanation, number, summed, terms
from engine.lstm import GATES
from engine.softmax_explain import explain_logits, explainers, letter_row, matrix, state_rows

_PEEPHOLES = {"i": r"p_i\odot c^{t-1}", "f": r"p_f\odot c^{t-1}", "o": r"p_o\odot c^t"}


# ── the program ────────────────────────────────────────────────────────────────────────────────────────────────


def head(attrs: Mapping) -> str:
    """The lines before the first letter."""
    return cell_code.head(attrs["model"], attrs["weights"]) + "\n"


def loop(attrs: Mapping, time: int) -> str:
    """The lines that read the name up to the letter `time`, with the switches and clamps of a trace's attributes."""
    peep, text = _factor(attrs), attrs["text"][: time + 1]
    timed = any(at is not None for _, at, _ in attrs["clamp"])
    gates = {gate: f"torch.sigmoid({gate}_bar)" for gate in ("i", "f", "o")}
    lines = [
        cell_code.start("lstm").rstrip(),
        f"for {'t, letter' if timed else 'letter'} in {f'enumerate({text!r})' if timed else repr(text)}:",
        *indent(cell_code.LETTER, "    ").splitlines(),
        "    y_prev, c_prev = y, c",
        "    z_bar, i_bar, f_bar, o_bar = (W @ x + R @ y_prev + b).chunk(4)",
        *(f"    {gate}_bar = {gate}_bar + {peep}p_{gate} * c_prev" for gate in ("i", "f") if peep is not None),
        "    z = torch.tanh(z_bar)",
        *_gate(attrs, "i", gates["i"]),
        *_gate(attrs, "f", gates["f"]),
        "    c = z * i + c_prev * f",
        *([f"    o_bar = o_bar + {peep}p_o * c"] if peep is not None else []),
        *_gate(attrs, "o", gates["o"]),
        "    y = torch.tanh(c) * o",
        f"    {cell_code.read_out('lstm')}",
    ]
    return "\n".join(lines)


def _factor(attrs: Mapping) -> str | None:
    """What stands before a peephole; None where there are none."""
    factor = attrs["switches"].peepholes
    if attrs["model"] != "lstm-peephole" or factor == 0:
        return None
    return "" if factor == 1 else f"{factor!r} * "


def _scale(attrs: Mapping, gate: str) -> float | None:
    switches = attrs["switches"]
    return {"i": 1.0, "f": switches.forget, "o": switches.output}[gate]


def _gate(attrs: Mapping, gate: str, squashed: str) -> list[str]:
    """The lines of one gate: squashed, scaled or taken out, then clamped."""
    scale = _scale(attrs, gate)
    value = f"torch.ones_like({gate}_bar)" if scale is None else squashed if scale == 1 else f"{scale!r} * {squashed}"
    lines = [f"    {gate} = {value}"]
    for name, time, fixed in attrs["clamp"]:
        if name == gate:
            clamped = f"{gate} = torch.full_like({gate}, {float(fixed)!r})"
            lines.append(f"    {clamped}" if time is None else f"    if t == {time}:\n        {clamped}")
    return lines


def _code(trace: xr.Dataset, time: int, value: str) -> str:
    return head(trace.attrs) + loop(trace.attrs, time) + value


# ── the cells ──────────────────────────────────────────────────────────────────────────────────────────────────


def _prints(trace: xr.Dataset, time: int, expression: str, unit: int) -> str:
    return _code(trace, time, f"print({expression}[{unit}].item())")


def _place(name: str, time: int, unit: int) -> str:
    """The symbol of a cell in LaTeX: `\\bar{f}^{3}[7]`."""
    bare = rf"\bar{{{name[0]}}}" if name.endswith("_bar") else name
    return rf"{bare}^{{{time + 1}}}[{unit}]"


def _rows(trace: xr.Dataset, gate: str, time: int, unit: int) -> list[tuple]:
    """The terms of a sum: b, W·x, R·y and the peephole."""
    row = GATES.index(gate) * trace.sizes["unit"] + unit
    W, R, b = (matrix(trace, f"layer1.{name}")[row] for name in "WRb")
    rows = [("b", b.item(), 1.0), letter_row(trace, W, time)]
    rows += state_rows(trace, "R·y_t-1", R, "y_prev", time)
    if gate != "z" and _factor(trace.attrs) is not None:
        rows.append(_peephole(trace, gate, time, unit))
    return rows


def _peephole(trace: xr.Dataset, gate: str, time: int, unit: int) -> tuple[str, float, float]:
    of, label = ("c", "p·c_t") if gate == "o" else ("c_prev", "p·c_t-1")
    p = matrix(trace, "layer1.p").chunk(3)["ifo".index(gate)][unit].item()
    return label, trace.attrs["switches"].peepholes * p, float(trace[of][time, unit])


def _peephole_rule(trace: xr.Dataset, gate: str) -> str:
    scale = trace.attrs["switches"].peepholes
    return ("" if scale == 1 else rf"{number(scale)}\,") + _PEEPHOLES[gate]


def _rule(trace: xr.Dataset, gate: str) -> str:
    """The right side of a gate's sum, with the peephole where there is one and its factor where it is not 1."""
    acts = gate != "z" and _factor(trace.attrs) is not None
    peephole = f"+{_peephole_rule(trace, gate)}" if acts else ""
    return f"W_{gate} x^t+R_{gate} y^{{t-1}}{peephole}+b_{gate}"


def _explain_sum(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    table, value = terms(_rows(trace, name[0], time, unit)), float(trace[name][time, unit])
    equation = summed(f"{_place(name, time, unit)}={_rule(trace, name[0])}", table, value)
    return Explanation(equation, table, value, _prints(trace, time, name, unit))


def _explain_peephole(gate: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    row, value = _peephole(trace, gate, time, unit), float(trace[f"peep_{gate}"][time, unit])
    equation = rf"{_peephole_rule(trace, gate)}={number(row[1])}\cdot{number(row[2])}={value:.5g}"
    scale = trace.attrs["switches"].peepholes
    line = f"{'' if scale == 1 else f'{scale!r} * '}(p_{gate} * {'c' if gate == 'o' else 'c_prev'})[{unit}].item()"
    return Explanation(equation, terms([row]), value, _code(trace, time, f"print({line})"))


def _explain_z(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    table, value = terms(_rows(trace, "z", time, unit)), float(trace["z"][time, unit])
    equation = summed(rf"{_place('z', time, unit)}=g(\bar{{z}}^t)", table, value, r"\tanh\left({}\right)")
    return Explanation(equation, table, value, _prints(trace, time, "z", unit), "tanh")


def _explain_gate(gate: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    value, code, place = float(trace[gate][time, unit]), _prints(trace, time, gate, unit), _place(gate, time, unit)
    fixed = [each for name, at, each in trace.attrs["clamp"] if name == gate and at in (None, time)]
    scale = _scale(trace.attrs, gate)
    if fixed or scale is None:
        return Explanation(f"{place}:={value:.5g}", terms([(gate, 1.0, value)]), value, code)
    table = terms(_rows(trace, gate, time, unit))
    if scale == 1.0:
        equation = summed(rf"{place}=\sigma(\bar{{{gate}}}^t)", table, value, r"\sigma\left({}\right)")
        return Explanation(equation, table, value, code, "sigmoid")
    squashed = torch.from_numpy(trace[f"{gate}_bar"].values)[time, unit].sigmoid().item()
    equation = (
        rf"{place}={number(scale)}\cdot\sigma(\bar{{{gate}}}^t)={number(scale)}\cdot{number(squashed)}={value:.5g}"
    )
    return Explanation(equation, terms([(f"σ({gate}̄)", scale, squashed)]), value, code)


def _product(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    """What is written, kept or put out: one factor times another."""
    left, right, rule, term, line = {
        "written": ("z", "i", r"z^t\odot i^t", "z·i", "(z * i)"),
        "kept": ("c_prev", "f", r"c^{t-1}\odot f^t", "c_t-1·f", "(c_prev * f)"),
        "y": ("squashed", "o", r"h(c^t)\odot o^t", "h(c)·o", "y"),
    }[name]
    a, b = (float(trace[each][time, unit]) for each in (left, right))
    value = float(trace[name][time, unit])
    start = f"{_place('y', time, unit)}=" if name == "y" else ""
    equation = rf"{start}{rule}={number(a)}\cdot{number(b)}={value:.5g}"
    return Explanation(equation, terms([(term, a, b)]), value, _prints(trace, time, line, unit))


def _explain_c(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    z, i, c_prev, f = (float(trace[name][time, unit]) for name in ("z", "i", "c_prev", "f"))
    value = float(trace["c"][time, unit])
    body = rf"{number(z)}\cdot{number(i)}+{number(c_prev)}\cdot{number(f)}"
    equation = rf"{_place('c', time, unit)}=z^t\odot i^t+c^{{t-1}}\odot f^t={body}={value:.5g}"
    table = terms([("z·i", z, i), ("c_t-1·f", c_prev, f)])
    return Explanation(equation, table, value, _prints(trace, time, "c", unit))


def _explain_squashed(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    c, value = float(trace["c"][time, unit]), float(trace["squashed"][time, unit])
    equation = rf"h(c^{{{time + 1}}}[{unit}])=\tanh\left({number(c)}\right)={value:.5g}"
    code = _prints(trace, time, "torch.tanh(c)", unit)
    return Explanation(equation, terms([("c", 1.0, c)]), value, code, "tanh")


def _explain_before(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    """y or c before the letter: that after the letter before."""
    if time:
        return EXPLAIN[name](trace, time=time - 1, unit=unit)
    code = _prints(trace, 0, f"{name}_prev", unit)
    return Explanation(f"{name}^0[{unit}]=0", terms([(f"{name}_0", 1.0, 0.0)]), 0.0, code)


EXPLAIN: dict[str, Explainer] = explainers(_code, "s") | {
    "y_prev": partial(_explain_before, "y"), "c_prev": partial(_explain_before, "c"), "z": _explain_z,
    **{name: partial(_explain_sum, name) for name in ("z_bar", "i_bar", "f_bar", "o_bar")},
    **{gate: partial(_explain_gate, gate) for gate in ("i", "f", "o")},
    **{f"peep_{gate}": partial(_explain_peephole, gate) for gate in ("i", "f", "o")},
    **{name: partial(_product, name) for name in ("written", "kept", "y")},
    "c": _explain_c, "squashed": _explain_squashed,
    "logits": partial(explain_logits, _code, "s", "y", r"W_{sy}y^t+b_s"),
}  # fmt: skip
