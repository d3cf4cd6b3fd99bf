"""The proof of every cell of the network's trace: terms, equation, and plain numpy on the files of the package."""

from functools import partial

import numpy as np
import xarray as xr

from engine import bigru_crf, bigru_crf_paths_explain
from engine.bigru_crf import N_UNITS
from engine.bigru_crf_code import label, program, total
from engine.explain import Explainer, Explanation, terms, word

GATES = {"u": 0, "r": 1, "c": 2}  # name → its place among the columns
SYMBOL = {"u": "u", "r": "r", "c": r"\tilde h", "h": "h"}


def _explain_w(trace: xr.Dataset, time: int) -> Explanation:
    value, character = float(trace["w"][time]), trace.attrs["given"][time]
    rule = rf"w_{{{time + 1}}}=\text{{word.dic}}[\text{{{word(character)}}}]={value:.0f}"
    return Explanation(rule, terms([(character, 1.0, value)]), value, program(trace, "w", f"print(w[{time}])"))


def _explain_x(trace: xr.Dataset, time: int, feature: int) -> Explanation:
    value, row = float(trace["x"][time, feature]), int(trace["w"][time])
    rule = rf"x_{{{time + 1}}}[{feature}]=E[{row},{feature}]={value:.5g}"
    table = terms([(f"E[{row}, {feature}]", 1.0, value)])
    return Explanation(rule, table, value, program(trace, "x", f"print(x[{time}, {feature}])"))


def _before(trace: xr.Dataset, layer: int, direction: int, time: int) -> np.ndarray:
    """The state from which a step starts: of the character before, in the direction of reading."""
    at = time + (1 if direction else -1)
    inside = 0 <= at < trace.sizes["time"]
    return trace["h"].values[layer, direction, at] if inside else np.zeros(N_UNITS)


def _input(trace: xr.Dataset, layer: int, time: int) -> np.ndarray:
    """What a layer reads: the embedding, or both directions of the layer below."""
    return trace["x"].values[time] if layer == 0 else trace["h"].values[layer - 1, :, time].reshape(-1)


def _h_symbol(direction: int, time: int) -> str:
    return rf"h_{{{time + (2 if direction else 0)}}}"


def _code(trace: xr.Dataset, name: str, layer: int, direction: int, time: int, unit: int) -> str:
    return program(trace, "h", f"print({name}[{layer}][{direction}][{time}, {unit}])")


def _explain_gate(trace: xr.Dataset, layer: int, direction: int, time: int, unit: int, name: str) -> Explanation:
    gru = bigru_crf.shipped().layers[layer][direction]
    column, h = GATES[name] * N_UNITS + unit, _before(trace, layer, direction, time)
    if name == "c":
        h = h * trace["r"].values[layer, direction, time]
    W_h = gru.W_c[:, unit] if name == "c" else gru.W_ur[:, column]
    rows = [("b_x", float(gru.b_x[column]), 1.0), ("b_h", float(gru.b_h[column]), 1.0)]
    for mark, weights, values in (
        ("x" if layer == 0 else "h'", gru.W_x[:, column], _input(trace, layer, time)),
        ("(r·h)" if name == "c" else "h", W_h, h),
    ):
        rows += [(f"W·{mark}[{k}]", float(a), float(b)) for k, (a, b) in enumerate(zip(weights, values, strict=True))]
    state, squash = _h_symbol(direction, time), r"\tanh" if name == "c" else r"\sigma"
    read = rf"(r_{{{time + 1}}}\odot {state})W_c" if name == "c" else rf"{state}W_{name}"
    x = rf"x_{{{time + 1}}}" if layer == 0 else rf"h'_{{{time + 1}}}"
    symbol = rf"{SYMBOL[name]}_{{{time + 1}}}[{unit}]={squash}\left({x}W_{{x}}+b_x+b_h+{read}\right)"
    return total(
        symbol, rows, float(trace[name].values[layer, direction, time, unit]), rf"{squash}\left({{}}\right)",
        "tanh" if name == "c" else "sigmoid", _code(trace, name, layer, direction, time, unit),
    )  # fmt: skip


def _explain_h(trace: xr.Dataset, layer: int, direction: int, time: int, unit: int) -> Explanation:
    u, c, value = (float(trace[name].values[layer, direction, time, unit]) for name in "uch")
    before = float(_before(trace, layer, direction, time)[unit])
    state, t = _h_symbol(direction, time), time + 1
    rows = [(f"(1 − u) · h_{t + 1 if direction else t - 1}", 1 - u, before), ("u · h̃", u, c)]
    symbol = rf"h_{{{t}}}[{unit}]=(1-u_{{{t}}})\,{state}+u_{{{t}}}\,\tilde h_{{{t}}}"
    return total(symbol, rows, value, code=_code(trace, "h", layer, direction, time, unit))


def _explain_b(trace: xr.Dataset, time: int, state: int) -> Explanation:
    network = bigru_crf.shipped()
    h = trace["h"].values[-1, :, time].reshape(-1)
    rows = [("b_o", float(network.b_o[state]), 1.0)]
    rows += [(f"W·h[{k}]", float(a), float(b)) for k, (a, b) in enumerate(zip(network.W_o[:, state], h, strict=True))]
    symbol = rf"b_{{{time + 1}}}({label(trace, 'state', state)})=h_{{{time + 1}}}W_o+b_o"
    code = program(trace, "b", f"print(b[{time}, {state}])")
    return total(symbol, rows, float(trace["b"].values[time, state]), code=code)


EXPLAIN: dict[str, Explainer] = {
    "w": _explain_w, "x": _explain_x, "h": _explain_h, "b": _explain_b,
    **{name: partial(_explain_gate, name=name) for name in GATES}, **bigru_crf_paths_explain.EXPLAIN,
}  # fmt: skip
