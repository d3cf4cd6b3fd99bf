"""The proof of what an encoder and a decoder compute cell by cell: embeddings, order of reading, gates, states."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import xarray as xr
from torch import Tensor

from engine import seq2seq_code
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.seq2seq_schema import GATES
from engine.softmax_explain import matrix

ROWS = {"gru": ("r", "z", "n"), "lstm": ("z", "i", "f", "o")}  # of W, R and b, one below the other
TANH = {"gru": "n", "lstm": "z"}  # the one that is squashed by tanh; all others by σ
Row = tuple[str, float, float]


class Step(NamedTuple):
    """A step of one cell, seen from one of its units.

    at: what its tensors' names begin with; unit: its row among n_units; inputs: (mark, values) of what it reads;
    before, cell_before: the states before the step, of all its units; values: its own variables at this unit.
    x, h_before, sign: LaTeX of what it reads, of the output before, of its place; code: the lines that print a value.
    """

    at: str
    unit: int
    n_units: int
    inputs: list[tuple[str, np.ndarray]]
    before: np.ndarray
    cell_before: np.ndarray | None
    values: dict[str, float]
    x: str
    h_before: str
    sign: str
    code: str


def found(symbol: str, rows: Sequence[Row], value: float, code: str, wrap: str = "{}", how: str = "sum") -> Explanation:
    """The explanation of a sum, or of what `how` makes of it."""
    table = terms(list(rows))
    return Explanation(summed(symbol, table, value, wrap), table, value, code, how)


def named(label: object) -> str:
    """A word in LaTeX; the marks of the special words stay."""
    text = str(label)
    if text.startswith("<") and text.endswith(">"):
        return rf"\langle\text{{{word(text[1:-1])}}}\rangle"
    return rf"\text{{{word(text)}}}"


def products(mark: str, weight: Tensor, values: np.ndarray) -> list[Row]:
    """The products of a row of a matrix with the values that `mark` names."""
    return [(f"{mark}[{k}]", w, v) for k, (w, v) in enumerate(zip(weight.tolist(), values.tolist(), strict=True))]


def tensor(trace: xr.Dataset, name: str) -> Tensor:
    """A tensor of the weights file, in float64; one that is stored under another name too."""
    return matrix(trace, seq2seq_code.tensor(trace, name))


def state_before(trace: xr.Dataset, target: int) -> np.ndarray:
    """s before a step of the decoder."""
    return trace["s"].values[target - 1] if target else trace["context_vector"].values


def _explain_x(trace: xr.Dataset, source: int, feature: int) -> Explanation:
    value, row = float(trace["x"][source, feature]), trace.attrs["read"][source]
    label = named(trace["source_label"].values[source])
    equation = rf"x_{{{source + 1}}}[{feature}]=E_{{\text{{source}}}}[{label}]_{{{feature}}}={value:.5g}"
    code = seq2seq_code.encoder(trace, f"print(x[{source}, {feature}].item())")
    return Explanation(equation, terms([(f"E[{row}, {feature}]", 1.0, value)]), value, code)


def _explain_embedded(trace: xr.Dataset, target: int, feature: int) -> Explanation:
    value, row = float(trace["embedded"][target, feature]), trace.attrs["fed_words"][target]
    label = named(trace.attrs["fed"][target])
    equation = rf"E_{{\text{{target}}}}[{label}]_{{{feature}}}={value:.5g}"
    code = seq2seq_code.decoder(trace, target, f"print(embedded[{feature}].item())")
    return Explanation(equation, terms([(f"E[{row}, {feature}]", 1.0, value)]), value, code)


def _explain_read_at(name: str, symbol: str, trace: xr.Dataset, source: int) -> Explanation:
    """Which step it is follows from the place: counted from the front, or from the end."""
    value, n, j = float(trace[name][source]), trace.sizes["source"], source + 1
    backwards = name == "read_back_at" or trace.attrs["params"].reversed
    body, rows = (f"{n}-{j}", [("n", 1.0, float(n)), ("j", -1.0, float(j))]) if backwards else (
        f"{j}-1", [("j", 1.0, float(j)), ("1", -1.0, 1.0)]
    )  # fmt: skip
    order = "order[::-1]" if name == "read_back_at" else "order"
    code = seq2seq_code.encoder(trace, f"print({order}.index({source}))")
    return Explanation(f"{symbol}_{{{j}}}={body}={value:.0f}", terms(rows), value, code)


def _explain_start(name: str, of: str, trace: xr.Dataset, unit: int) -> Explanation:
    """The decoder's first state: the encoder's last one in the direction of the unit."""
    params, n, value = trace.attrs["params"], trace.sizes["source"], float(trace[name][unit])
    backwards = params.reversed or (params.bidirectional and unit >= params.n_hidden // 2)
    last = 1 if backwards else n
    left, right = ("s_0", "h") if of == "h" else ("c^s_0", "c^h")
    code = seq2seq_code.encoder(trace, f'print(start["{of}"][{unit}].item())')
    equation = f"{left}[{unit}]={right}_{{{last}}}[{unit}]={value:.5g}"
    return Explanation(equation, terms([(f"{of}_{last}[{unit}]", 1.0, value)]), value, code)


# ── the cells ──────────────────────────────────────────────────────────────────────────────────────────────────


def _encoder(trace: xr.Dataset, source: int, unit: int) -> Step:
    params = trace.attrs["params"]
    n = params.n_hidden // 2 if params.bidirectional else params.n_hidden
    back, own = params.bidirectional and unit >= n, slice(unit // n * n, unit // n * n + n)
    before = source + (1 if back or params.reversed else -1)
    is_first = not 0 <= before < trace.sizes["source"]
    states = {name: trace[name].values[:, own] for name in ("h", "c") if name in trace}
    after = {name: np.zeros(n) if is_first else values[before] for name, values in states.items()}
    return Step(
        "encoder_back" if back else "encoder", unit % n, n, [("W·x", trace["x"].values[source])],
        after["h"], after.get("c"), {g: float(trace[g].values[source, unit]) for g in (*GATES[params.cell], "h")},
        rf"x_{{{source + 1}}}", rf"h_{{{before + 1}}}", rf"^h_{{{source + 1}}}[{unit}]",
        seq2seq_code.encoder(trace, f'print(encoder[{source}]["NAME"][{unit}].item())'),
    )  # fmt: skip


def _decoder(trace: xr.Dataset, target: int, unit: int) -> Step:
    params, t = trace.attrs["params"], target + 1
    inputs, x = [("W·Ey", trace["embedded"].values[target])], rf"E y_{{{target}}}"
    if params.attention == "additive":
        inputs, x = [*inputs, ("W·c", trace["context"].values[target])], rf"[{x};c_{{{t}}}]"
    cell = None
    if params.cell == "lstm":
        cell = trace["c_s"].values[target - 1] if target else trace["c_0"].values
    values = {g: float(trace[f"{g}_s"].values[target, unit]) for g in GATES[params.cell]}
    return Step(
        "decoder", unit, params.n_hidden, inputs, state_before(trace, target), cell,
        values | {"h": float(trace["s"].values[target, unit])}, x, rf"s_{{{target}}}", rf"^s_{{{t}}}[{unit}]",
        seq2seq_code.decoder(trace, target, f'print(step["NAME"][{unit}].item())'),
    )  # fmt: skip


def _row(trace: xr.Dataset, step: Step, name: str, gate: str) -> Tensor:
    rows = tensor(trace, f"{step.at}.{name}")
    return rows[ROWS[trace.attrs["params"].cell].index(gate) * step.n_units + step.unit]


def _gate(trace: xr.Dataset, gate: str, step: Step, code: str) -> Explanation:
    """A gate or candidate: squashed sum of b, W·x and R·h; in a GRU's candidate r·u stands for the last."""
    kind, bare = trace.attrs["params"].cell, step.h_before[0]
    W, parts = _row(trace, step, "W", gate), []
    for mark, values in step.inputs:
        parts += products(mark, W[: len(values)], values)
        W = W[len(values) :]
    if (kind, gate) == ("gru", "n"):
        parts, rest = [*parts, ("r·u", step.values["r"], step.values["u"])], r"r\odot u"
    else:
        parts += products(f"R·{bare}", _row(trace, step, "R", gate), step.before)
        rest = f"R_{gate} {step.h_before}"
    how, squash = ("tanh", r"\tanh") if TANH[kind] == gate else ("sigmoid", r"\sigma")
    rule = rf"{gate}{step.sign}={squash}(W_{gate} {step.x}+{rest}+b_{gate})"
    rows = [("b", _row(trace, step, "b", gate).item(), 1.0), *parts]
    return found(rule, rows, step.values[gate], code, rf"{squash}\left({{}}\right)", how)


def _u(trace: xr.Dataset, step: Step, code: str) -> Explanation:
    rows = products(f"R·{step.h_before[0]}", _row(trace, step, "R", "n"), step.before)
    bias = tensor(trace, f"{step.at}.b_u")[step.unit].item()
    rule = f"u{step.sign}=R_n {step.h_before}+b_u"
    return found(rule, [("b_u", bias, 1.0), *rows], step.values["u"], code)


def _mixed(trace: xr.Dataset, name: str, step: Step, code: str) -> Explanation:
    """A state: products of a gate with what it lets through."""
    v, bare = step.values, step.h_before[0]
    if trace.attrs["params"].cell == "gru":
        rows = [("(1-z)·n", 1 - v["z"], v["n"]), (f"z·{bare}", v["z"], float(step.before[step.unit]))]
        rule = rf"(1-z)\odot n+z\odot {step.h_before}"
    elif name == "c":
        rows = [("z·i", v["z"], v["i"]), ("c·f", float(step.cell_before[step.unit]), v["f"])]
        rule = r"z\odot i+c_{\text{before}}\odot f"
    else:
        rows, rule = [("tanh(c)·o", float(np.tanh(v["c"])), v["o"])], r"\tanh(c)\odot o"
    body = "+".join(rf"{number(a)}\cdot{number(b)}" for _, a, b in rows)
    left = f"{bare}{step.sign[2:]}" if name == "h" else f"{name}{step.sign}"
    return Explanation(f"{left}={rule}={body}={v[name]:.5g}", terms(rows), v[name], code)


def _explain_step(name: str, trace: xr.Dataset, unit: int, source: int = -1, target: int = -1) -> Explanation:
    """A variable of the encoder's cell at a word read, or of the decoder's at a word written."""
    step = _encoder(trace, source, unit) if source >= 0 else _decoder(trace, target, unit)
    code = step.code.replace("NAME", name)
    if name in ROWS[trace.attrs["params"].cell]:
        return _gate(trace, name, step, code)
    return _u(trace, step, code) if name == "u" else _mixed(trace, name, step, code)


_NAMES = {"r", "z", "u", "n", "i", "f", "c", "o"}
EXPLAIN: dict[str, Explainer] = {
    "x": _explain_x, "embedded": _explain_embedded,
    "read_at": partial(_explain_read_at, "read_at", "k"),
    "read_back_at": partial(_explain_read_at, "read_back_at", "k'"),
    "context_vector": partial(_explain_start, "context_vector", "h"), "c_0": partial(_explain_start, "c_0", "c"),
    "h": partial(_explain_step, "h"), "s": partial(_explain_step, "h"),
    **{name: partial(_explain_step, name) for name in sorted(_NAMES)},
    **{f"{name}_s": partial(_explain_step, name) for name in sorted(_NAMES)},
}  # fmt: skip
