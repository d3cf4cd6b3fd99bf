"""The proof of every cell of a recurrent name classifier's trace: terms, equation, and plain torch."""

from collections.abc import Sequence

import pandas as pd
import torch
import xarray as xr
from safetensors import safe_open
from torch import Tensor

from engine import weights
from engine.explain import Explainer, Explanation, number, terms, word
from engine.text import ALPHABET, N_LETTERS, encode


def _matrix(trace: xr.Dataset, name: str) -> Tensor:
    with safe_open(weights.ROOT / trace.attrs["weights"], "pt") as file:
        return file.get_tensor(name).double()


_RUN = """import string
import torch
from safetensors.torch import load_file

W = {{name: w.double() for name, w in load_file({weights!r}).items()}}
alphabet = string.ascii_letters + " .,:;"
h = torch.zeros({n_hidden}, dtype=torch.float64)
o = W["{bias}"]
for letter in {text!r}:
    x = torch.zeros({n_letters}, dtype=torch.float64)
    x[alphabet.index(letter)] = 1
    h_prev, o_prev = h, o
    a = W["i2h.weight"] @ torch.cat([x, h_prev]) + W["i2h.bias"]
    h = {activation}
    o = {output}
{value}"""

_CELL = {
    "lecture": ("a", 'W["i2o.weight"] @ torch.cat([x, h_prev]) + W["i2o.bias"]', "i2o.bias"),
    "elman": ("torch.tanh(a)", 'W["h2o.weight"] @ h + W["h2o.bias"]', "h2o.bias"),
}


def _code(trace: xr.Dataset, time: int, value: str) -> str:
    activation, output, bias = _CELL[trace.attrs["model"]]
    return _RUN.format(
        weights=trace.attrs["weights"],  n_hidden=trace.sizes["unit"], n_letters=N_LETTERS,
        text=trace.attrs["text"][: time + 1], activation=activation, output=output, bias=bias, value=value,
    )  # fmt: skip


def _affine(trace: xr.Dataset, layer: str, row: int, time: int, inputs: Sequence[str]) -> list[tuple]:
    """The products of one row of a linear layer; inputs: "x", "h_prev" (both: concatenated) or "h"."""
    weight, bias = _matrix(trace, f"{layer}.weight")[row], _matrix(trace, f"{layer}.bias")[row].item()
    letter = ALPHABET.index(trace.attrs["text"][time])
    rows, start = [("b", bias, 1.0)], 0
    for name in inputs:
        if name == "x":
            rows.append((f"W·x[{ALPHABET[letter]}]", weight[letter].item(), 1.0))
            start = N_LETTERS
        else:
            values = trace[name].values[time]
            at = "t-1" if name == "h_prev" else "t"
            rows += [(f"W·h_{at}[{j}]", weight[start + j].item(), float(value)) for j, value in enumerate(values)]
    return rows


def _sum(symbol: str, table: pd.DataFrame, value: float, wrap: str = "{}") -> str:
    """LaTeX: the three largest products, the rest in one number, the sum."""
    top, rest = table["product"].head(3), table["product"].iloc[3:]
    body = "+".join(map(number, top)) + (
        rf"+\underbrace{{{number(rest.sum())}}}_{{{len(rest)}\\,\\ldots}}" if len(rest) else ""
    )
    return f"{symbol}={wrap.format(body)}={value:.5g}"


def _cell_symbol(trace: xr.Dataset, name: str, time: int, at: object) -> str:
    bare = {"a": "a", "h": "h", "h_prev": "h", "logits": "o", "log_probs": r"\log p", "probs": "p"}[name]
    return rf"{bare}_{{{time + (name != 'h_prev')}}}[\text{{{word(at)}}}]"


def _explain_x(trace: xr.Dataset, time: int, symbol: int) -> Explanation:
    letter, value = trace.attrs["text"][time], float(trace["x"][time, symbol])
    equation = rf"x_{{{time + 1}}}[\mathtt{{{_tex(ALPHABET[symbol])}}}]={value:.0f}"
    return Explanation(
        equation, terms([(f"{letter} = {ALPHABET[symbol]}", 1.0, value)]), value,
        _code(trace, time, f"print(x[{symbol}].item())"),
    )  # fmt: skip


def _tex(char: str) -> str:
    return r"\text{␣}" if char == " " else char


def _explain_a(trace: xr.Dataset, time: int, unit: int, name: str = "a") -> Explanation:
    table, value = terms(_affine(trace, "i2h", unit, time, ["x", "h_prev"])), float(trace[name][time, unit])
    squashed = name == "h" and trace.attrs["model"] == "elman"
    wrap = r"\tanh\left({}\right)" if squashed else "{}"
    rule = wrap.format(r"W_{hx}x_t+W_{hh}h_{t-1}+b_h")
    equation = _sum(f"{_cell_symbol(trace, name, time, unit)}={rule}", table, value, wrap)
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
    return Explanation(_sum(symbol, table, value), table, value, _code(trace, time, f"print(o[{language}].item())"))


def _scores(trace: xr.Dataset, time: int, transform=lambda o: o) -> list[tuple]:
    names = trace["language_label"].values
    return [(str(names[j]), 1.0, transform(float(o))) for j, o in enumerate(trace["logits"].values[time])]


def _explain_maximum(trace: xr.Dataset, time: int) -> Explanation:
    value = float(trace["maximum"][time])
    table = terms(_scores(trace, time)).sort_values("product", ascending=False, ignore_index=True)
    equation = rf"M_{{{time + 1}}}=\max_j o_{{{time + 1}}}[j]={value:.5g}"
    return Explanation(equation, table, value, _code(trace, time, "print(o.max().item())"), "max")


def _explain_shifted(trace: xr.Dataset, time: int, language: int) -> Explanation:
    score, top = float(trace["logits"][time, language]), float(trace["maximum"][time])
    value = float(trace["shifted"][time, language])
    equation = rf"o-M={number(score)}-{number(top)}={value:.5g}"
    table = terms([("o", 1.0, score), ("M", -1.0, top)])
    return Explanation(equation, table, value, _code(trace, time, f"print((o - o.max())[{language}].item())"))


def _explain_log_norm(trace: xr.Dataset, time: int) -> Explanation:
    value, top = float(trace["log_norm"][time]), float(trace["maximum"][time])
    table = terms(_scores(trace, time, lambda o: float(torch.tensor(o - top, dtype=torch.float64).exp())))
    equation = _sum(r"\log\sum_j e^{o_j-M}", table, value, r"\log\left({}\right)")
    return Explanation(
        equation, table, value, _code(trace, time, "print((o - o.max()).exp().sum().log().item())"), "log"
    )


def _explain_log_probs(trace: xr.Dataset, time: int, language: int, name: str = "log_probs") -> Explanation:
    parts = [float(trace[v][time]) for v in ("maximum", "log_norm")]
    score, value = float(trace["logits"][time, language]), float(trace[name][time, language])
    table = terms([("o", 1.0, score), ("M", -1.0, parts[0]), ("log Σ exp(o − M)", -1.0, parts[1])])
    body = rf"({number(score)}-{number(parts[0])})-{number(parts[1])}"
    symbol = _cell_symbol(trace, name, time, trace["language_label"].item(language))
    is_log = name == "log_probs"
    rule, power = r"(o-M)-\log\sum_j e^{o_j-M}", "{}" if is_log else "e^{{{}}}"
    equation = f"{symbol}={power.format(rule)}={power.format(body)}={value:.5g}"
    expression = f"(o - o.max() - (o - o.max()).exp().sum().log())[{language}]"
    code = _code(trace, time, f"print({expression}{'' if is_log else '.exp()'}.item())")
    return Explanation(equation, table, value, code, "sum" if is_log else "exp")


def _explain_probs(trace: xr.Dataset, time: int, language: int) -> Explanation:
    return _explain_log_probs(trace, time, language, "probs")


_SPLIT = """W_hx, W_hh = W["i2h.weight"].split([57, h.numel()], 1)
W_ox, W_oh = W["i2o.weight"].split([57, h.numel()], 1)
path = torch.linalg.matrix_power(W_hh, {distance})
print({expression})"""


def _sources(trace: xr.Dataset, time: int, language: int, source: int) -> tuple[str, list[tuple], str, int]:
    """(equation's right side, products, torch expression, distance) of one contribution."""
    W_o, W_h = (_matrix(trace, f"{layer}.weight") for layer in ("i2o", "i2h"))
    W_oh, W_hh = W_o[language, N_LETTERS:], W_h[:, N_LETTERS:]
    letters = encode(trace.attrs["text"])
    if source == time:
        rows = [(f"W_o·x[{ALPHABET[letters[time]]}]", W_o[language, letters[time]].item(), 1.0)]
        return r"W_{ox}x_t", rows, f"W_ox[{language}, {letters[time]}].item()", 0
    if source < time:
        distance = time - 1 - source
        weight, value = W_oh @ torch.linalg.matrix_power(W_hh, distance), W_h[:, letters[source]]
        rows = [(f"unit {j}", weight[j].item(), value[j].item()) for j in range(len(value))]
        expression = f"(W_oh[{language}] @ path @ W_hx[:, {letters[source]}]).item()"
        return rf"W_{{oh}}W_{{hh}}^{{{distance}}}W_{{hx}}x_{{{source + 1}}}", rows, expression, distance
    if source < len(letters):
        return "0", [("0", 1.0, 0.0)], "0.0", 0
    bias, paths = _matrix(trace, "i2h.bias"), [W_oh]
    for _ in range(time - 1):
        paths.append(paths[-1] @ W_hh)
    rows = [("b_o", 1.0, _matrix(trace, "i2o.bias")[language].item())]
    rows += [(f"W_oh·W_hh^{d}·b_h", 1.0, (path @ bias).item()) for d, path in enumerate(paths[:time])]
    powers = f"sum(W_oh[{language}] @ torch.linalg.matrix_power(W_hh, d) @ W['i2h.bias'] for d in range({time}))"
    return r"b_o+\sum_d W_{oh}W_{hh}^d b_h", rows, f"float(W['i2o.bias'][{language}] + {powers})", 0


def _explain_contribution(trace: xr.Dataset, time: int, language: int, source: int) -> Explanation:
    value, text = float(trace["contribution"][time, language, source]), trace.attrs["text"]
    place = "b" if source == len(text) else rf"\mathtt{{{_tex(text[source])}}}_{{{source + 1}}}"
    path, rows, expression, distance = _sources(trace, time, language, source)
    symbol = rf"c[\text{{{word(trace['language_label'].item(language))}}},{place}]={path}"
    code = _code(trace, time, _SPLIT.format(distance=distance, expression=expression))
    return Explanation(_sum(symbol, terms(rows), value), terms(rows), value, code)


def _explain_change(trace: xr.Dataset, time: int, language: int) -> Explanation:
    value, score = float(trace["change"][time, language]), float(trace["logits"][time, language])
    table = terms([(f"o_{time + 1}", 1.0, score), (f"o_{time}", -1.0, score - value)])
    equation = rf"o_{{{time + 1}}}-o_{{{time}}}={number(score)}-{number(score - value)}={value:.5g}"
    return Explanation(equation, table, value, _code(trace, time, f"print((o - o_prev)[{language}].item())"))


EXPLAIN: dict[str, Explainer] = {
    "x": _explain_x, "h_prev": _explain_h_prev, "a": _explain_a, "h": _explain_h, "logits": _explain_logits,
    "maximum": _explain_maximum, "shifted": _explain_shifted, "log_norm": _explain_log_norm,
    "log_probs": _explain_log_probs, "probs": _explain_probs, "contribution": _explain_contribution,
    "change": _explain_change,
}  # fmt: skip
