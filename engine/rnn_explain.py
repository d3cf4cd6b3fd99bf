"""The proof of every cell of a recurrent name classifier's trace: terms, equation, and plain torch."""

from collections.abc import Sequence

import torch
import xarray as xr

from engine import cell_code
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.softmax_explain import explainers, letter_row, matrix, state_rows, tex
from engine.text import ALPHABET, N_LETTERS, encode


def _code(trace: xr.Dataset, time: int, value: str) -> str:
    kind, text = trace.attrs["model"], trace.attrs["text"][: time + 1]
    begin = f'o = P["{"i2o" if kind == "lecture" else "h2o"}.bias"]\n'
    body = cell_code.loop(kind, repr(text), "h_prev, o_prev = h, o\n")
    return cell_code.head(kind, trace.attrs["weights"]) + begin + body + value


def _affine(trace: xr.Dataset, layer: str, row: int, time: int, inputs: Sequence[str]) -> list[tuple]:
    """The products of one row of a linear layer; inputs: "x", "h_prev" (both: concatenated) or "h"."""
    weight, bias = matrix(trace, f"{layer}.weight")[row], matrix(trace, f"{layer}.bias")[row].item()
    rows = [("b", bias, 1.0)]
    if "x" in inputs:
        rows.append(letter_row(trace, weight, time))
        weight = weight[N_LETTERS:]
    name = inputs[-1]
    return rows + state_rows(trace, "W·h_t-1" if name == "h_prev" else "W·h_t", weight, name, time)


def _cell_symbol(trace: xr.Dataset, name: str, time: int, at: object) -> str:
    bare = {"a": "a", "h": "h", "h_prev": "h", "logits": "o"}[name]
    return rf"{bare}_{{{time + (name != 'h_prev')}}}[\text{{{word(at)}}}]"


def _explain_a(trace: xr.Dataset, time: int, unit: int, name: str = "a") -> Explanation:
    table, value = terms(_affine(trace, "i2h", unit, time, ["x", "h_prev"])), float(trace[name][time, unit])
    squashed = name == "h" and trace.attrs["model"] == "elman"
    wrap = r"\tanh\left({}\right)" if squashed else "{}"
    rule = wrap.format(r"W_{hx}x_t+W_{hh}h_{t-1}+b_h")
    equation = summed(f"{_cell_symbol(trace, name, time, unit)}={rule}", table, value, wrap)
    code = _code(trace, time, f"print({name}[{unit}].item())")
    return Explanation(equation, table, value, code, "tanh" if squashed else "sum")


def _explain_h(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    return _explain_a(trace, time, unit, "h")


def _explain_h_prev(trace: xr.Dataset, time: int, unit: int) -> Explanation:
    if time:
        return _explain_h(trace, time - 1, unit)
    return Explanation(
        rf"h_0[{unit}]=0", terms([("h_0", 1.0, 0.0)]), 0.0, _code(trace, 0, f"print(h_prev[{unit}].item())")
    )


def _explain_logits(trace: xr.Dataset, time: int, language: int) -> Explanation:
    layer, inputs = ("i2o", ["x", "h_prev"]) if trace.attrs["model"] == "lecture" else ("h2o", ["h"])
    table, value = (
        terms(_affine(trace, layer, language, time, inputs)),
        float(trace["logits"][time, language]),
    )
    rule = r"W_{oh}h_t+b_o" if layer == "h2o" else r"W_{ox}x_t+W_{oh}h_{t-1}+b_o"
    symbol = f"{_cell_symbol(trace, 'logits', time, trace['language_label'].item(language))}={rule}"
    return Explanation(summed(symbol, table, value), table, value, _code(trace, time, f"print(o[{language}].item())"))


_SPLIT = """W_ox, W_oh = P["i2o.weight"].split([57, len(h)], 1)
path = torch.linalg.matrix_power(R, {distance})
print({expression})"""


def _sources(trace: xr.Dataset, time: int, language: int, source: int) -> tuple[str, list[tuple], str, int]:
    """(equation's right side, products, torch expression, distance) of one contribution."""
    W_o, W_h = (matrix(trace, f"{layer}.weight") for layer in ("i2o", "i2h"))
    W_oh, W_hh = W_o[language, N_LETTERS:], W_h[:, N_LETTERS:]
    letters = encode(trace.attrs["text"])
    if source == time:
        rows = [(f"W_o·x[{ALPHABET[letters[time]]}]", W_o[language, letters[time]].item(), 1.0)]
        return r"W_{ox}x_t", rows, f"W_ox[{language}, {letters[time]}].item()", 0
    if source < time:
        distance = time - 1 - source
        weight, value = W_oh @ torch.linalg.matrix_power(W_hh, distance), W_h[:, letters[source]]
        rows = [(f"unit {j}", weight[j].item(), value[j].item()) for j in range(len(value))]
        expression = f"(W_oh[{language}] @ path @ W[:, {letters[source]}]).item()"
        return rf"W_{{oh}}W_{{hh}}^{{{distance}}}W_{{hx}}x_{{{source + 1}}}", rows, expression, distance
    if source < len(letters):
        return "0", [("0", 1.0, 0.0)], "0.0", 0
    bias, paths = matrix(trace, "i2h.bias"), [W_oh]
    for _ in range(time - 1):
        paths.append(paths[-1] @ W_hh)
    rows = [("b_o", 1.0, matrix(trace, "i2o.bias")[language].item())]
    rows += [(f"W_oh·W_hh^{d}·b_h", 1.0, (path @ bias).item()) for d, path in enumerate(paths[:time])]
    powers = f"sum(W_oh[{language}] @ torch.linalg.matrix_power(R, d) @ b for d in range({time}))"
    return r"b_o+\sum_d W_{oh}W_{hh}^d b_h", rows, f'float(P["i2o.bias"][{language}] + {powers})', 0


def _explain_contribution(trace: xr.Dataset, time: int, language: int, source: int) -> Explanation:
    value, text = float(trace["contribution"][time, language, source]), trace.attrs["text"]
    place = "b" if source == len(text) else rf"\mathtt{{{tex(text[source])}}}_{{{source + 1}}}"
    path, rows, expression, distance = _sources(trace, time, language, source)
    symbol = rf"c[\text{{{word(trace['language_label'].item(language))}}},{place}]={path}"
    code = _code(trace, time, _SPLIT.format(distance=distance, expression=expression))
    return Explanation(summed(symbol, terms(rows), value), terms(rows), value, code)


def _explain_change(trace: xr.Dataset, time: int, language: int) -> Explanation:
    value, score = float(trace["change"][time, language]), float(trace["logits"][time, language])
    table = terms([(f"o_{time + 1}", 1.0, score), (f"o_{time}", -1.0, score - value)])
    equation = rf"o_{{{time + 1}}}-o_{{{time}}}={number(score)}-{number(score - value)}={value:.5g}"
    return Explanation(equation, table, value, _code(trace, time, f"print((o - o_prev)[{language}].item())"))


EXPLAIN: dict[str, Explainer] = explainers(_code) | {
    "h_prev": _explain_h_prev, "a": _explain_a, "h": _explain_h, "logits": _explain_logits,
    "contribution": _explain_contribution, "change": _explain_change,
}  # fmt: skip
