"""The proof of every cell of a stack's trace: embeddings, normalisation, sums, feed-forward network; attention and
words next door.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import xarray as xr

from engine import transformer_attention_explain, transformer_code, transformer_words_explain
from engine.explain import Explainer, Explanation, number, terms
from engine.transformer_proof import cell, found, label_of, products, tensor


def _explain_embedded(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    program, value = trace.attrs["program"], float(trace["embedded"][query, unit])
    row, scale = program.read[query], program.scale
    rule = rf"E[{label_of(trace, 'query', query)}]_{{{unit}}}"
    rule = rule if scale == 1 else rf"\sqrt{{d}}\,{rule}"
    rows = [(f"E[{row}, {unit}]", scale, value / scale)]
    return found(rule, rows, value, transformer_code.front(program, f"print(embedded[{query}, {unit}].item())\n"))


def _explain_code(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    program, value = trace.attrs["program"], float(trace["code"][query, unit])
    code = transformer_code.front(program, f"print(code[{query}, {unit}].item())\n")
    if program.positions != "sinusoidal":
        return found(f"PE[{query}, {unit}]", [(f"P[{query}, {unit}]", 1.0, value)], value, code)
    d, wave = trace.sizes["unit"], r"\sin" if unit % 2 == 0 else r"\cos"
    power = rf"10000^{{{unit - unit % 2}/{d}}}"
    equation = rf"PE[{query}, {unit}]={wave}\left({query}/{power}\right)={value:.5g}"
    return Explanation(equation, terms([(f"{wave[1:]}({query} / {10000 ** ((unit - unit % 2) / d):.6g})", 1.0, value)]),
                       value, code)  # fmt: skip


def _explain_memory(trace: xr.Dataset, source: int, unit: int) -> Explanation:
    value = float(trace["memory"][source, unit])
    code = transformer_code.front(trace.attrs["program"], f"print(memory[{source}, {unit}].item())\n")
    return found(rf"\bar z_{{{source + 1}}}[{unit}]", [(f"z[{source}, {unit}]", 1.0, value)], value, code)


def _explain_X(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    if layer:
        rows = [("X_out", 1.0, float(trace["X_out"][layer - 1, query, unit]))]
    else:
        parts = [name for name in ("embedded", "code") if name in trace]
        rows = [(name, 1.0, float(trace[name][query, unit])) for name in parts]
    return found(f"X_{{{layer}}}[{query}, {unit}]", rows, *cell(trace, "X", layer, query, unit))


def normalised(
    trace: xr.Dataset, at: str, source: np.ndarray, symbol: str, unit: int, value: float, code: str
) -> Explanation:
    """LayerNorm of a row: the number less the mean, over the deviation, times γ, plus β."""
    centred = source - source.mean()
    deviation = float(np.sqrt((centred**2).mean() + trace.attrs["stack"].eps))
    gain, bias = (tensor(trace, f"{at}.{part}")[unit].item() for part in ("weight", "bias"))
    x, mean = float(source[unit]), float(source.mean())
    fraction = rf"\frac{{{number(x)}-{number(mean)}}}{{{number(deviation)}}}"
    equation = rf"{symbol}={number(gain)}\cdot{fraction}+{number(bias)}={value:.5g}"
    return Explanation(equation, terms([("γ·(x − μ)/σ", gain, (x - mean) / deviation), ("β", 1.0, bias)]), value, code)


def _explain_read(name: str, norm: str, source: str, trace: xr.Dataset, layer: int, query: int, unit: int):
    """What a part reads: the stream, normalised where that comes before."""
    value, code = cell(trace, name, layer, query, unit)
    symbol = f"{trace[name].attrs['symbol']}[{query}, {unit}]"
    if trace.attrs["stack"].norm == "after":
        return found(symbol, [(source, 1.0, value)], value, code)
    at = trace.attrs["program"].tensors[norm].format(layer)
    return normalised(trace, at, trace[source].values[layer, query], symbol, unit, value, code)


def _explain_after(name: str, norm: str, total: str, trace: xr.Dataset, layer: int, query: int, unit: int):
    """The stream after a sum, normalised where that comes after."""
    value, code = cell(trace, name, layer, query, unit)
    symbol = f"{trace[name].attrs['symbol']}[{query}, {unit}]"
    if trace.attrs["stack"].norm == "before":
        return found(symbol, [(total, 1.0, value)], value, code)
    at = trace.attrs["program"].tensors[norm].format(layer)
    return normalised(trace, at, trace[total].values[layer, query], symbol, unit, value, code)


def _explain_sum(name: str, X: str, part: str, kind: str, trace: xr.Dataset, layer: int, query: int, unit: int):
    """The stream plus what a part adds; what is taken out counts nothing."""
    off = trace.attrs["program"].off
    parts = ((X, "residual"), (part, kind))
    rows = [(of, float(not off.is_off(at, layer)), float(trace[of][layer, query, unit])) for of, at in parts]
    return found(f"{trace[name].attrs['symbol']}[{query}, {unit}]", rows, *cell(trace, name, layer, query, unit))


def _explain_hidden_in(trace: xr.Dataset, layer: int, query: int, hidden_unit: int) -> Explanation:
    at = trace.attrs["program"].tensors["W_1"].format(layer)
    rows = [("b_1", tensor(trace, f"{at}.bias")[hidden_unit].item(), 1.0)]
    rows += products("W_1·x", tensor(trace, f"{at}.weight")[hidden_unit], trace["ffn_normed"].values[layer, query])
    rule = f"(XW_1+b_1)[{query}, {hidden_unit}]"
    return found(rule, rows, *cell(trace, "hidden_in", layer, query, hidden_unit))


def _explain_hidden(trace: xr.Dataset, layer: int, query: int, hidden_unit: int) -> Explanation:
    value, code = cell(trace, "hidden", layer, query, hidden_unit)
    a = float(trace["hidden_in"][layer, query, hidden_unit])
    if trace.attrs["stack"].activation == "relu":
        equation = rf"\max(0,\,{number(a)})={value:.5g}"
        return Explanation(equation, terms([("0", 1.0, 0.0), ("XW_1 + b_1", 1.0, a)]), value, code, "max")
    share = value / a if a else 0.5
    equation = rf"\text{{GELU}}({number(a)})={number(a)}\cdot\Phi({number(a)})={value:.5g}"
    return Explanation(equation, terms([("a·Φ(a)", share, a)]), value, code)


def _explain_ffn(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    at = trace.attrs["program"].tensors["W_2"].format(layer)
    rows = [("b_2", tensor(trace, f"{at}.bias")[unit].item(), 1.0)]
    rows += products("W_2·hidden", tensor(trace, f"{at}.weight")[unit], trace["hidden"].values[layer, query])
    return found(rf"\text{{FFN}}(X)[{query}, {unit}]", rows, *cell(trace, "ffn", layer, query, unit))


def _explain_output(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    program, value = trace.attrs["program"], float(trace["output"][query, unit])
    code, symbol = (
        transformer_code.output(program, f"print(output[{query}, {unit}].item())\n"),
        rf"\bar X[{query}, {unit}]",
    )
    if program.stack.norm == "after":
        return found(symbol, [("X_out", 1.0, value)], value, code)
    last = trace["X_out"].values[-1, query]
    return normalised(trace, program.tensors["norm"], last, symbol, unit, value, code)


def _reads() -> dict[str, Explainer]:
    sources: Sequence[tuple[str, str, str]] = (
        ("normed", "norm_attention", "X"), ("normed_c", "norm_cross", "X_attended"),
    )  # fmt: skip
    return {name: partial(_explain_read, name, norm, source) for name, norm, source in sources}


def _explain_ffn_normed(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    source = "X_crossed" if "X_crossed" in trace else "X_attended"
    return _explain_read("ffn_normed", "norm_ffn", source, trace, layer=layer, query=query, unit=unit)


def _explain_sum_ffn(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    source = "X_crossed" if "X_crossed" in trace else "X_attended"
    return _explain_sum("sum_ffn", source, "ffn", "ffn", trace, layer=layer, query=query, unit=unit)


EXPLAIN: dict[str, Explainer] = {
    "embedded": _explain_embedded, "code": _explain_code, "memory": _explain_memory, "X": _explain_X, **_reads(),
    **transformer_attention_explain.EXPLAIN,
    "sum": partial(_explain_sum, "sum", "X", "attended", "attention"),
    "X_attended": partial(_explain_after, "X_attended", "norm_attention", "sum"),
    "sum_c": partial(_explain_sum, "sum_c", "X_attended", "attended_c", "cross"),
    "X_crossed": partial(_explain_after, "X_crossed", "norm_cross", "sum_c"),
    "ffn_normed": _explain_ffn_normed, "hidden_in": _explain_hidden_in, "hidden": _explain_hidden,
    "ffn": _explain_ffn, "sum_ffn": _explain_sum_ffn,
    "X_out": partial(_explain_after, "X_out", "norm_ffn", "sum_ffn"), "output": _explain_output,
    **transformer_words_explain.EXPLAIN,
}  # fmt: skip
