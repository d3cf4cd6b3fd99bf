"""The proof of every cell of a name classifier's trace: the stack's explainers, and those of input and answer."""

from functools import partial

import numpy as np
import xarray as xr

from engine import transformer_code, transformer_explain
from engine.explain import Explainer, Explanation, number, summed, terms, word
from engine.transformer_names import N_PLACES
from engine.transformer_proof import Row, found, products, tensor

_POOLED = "mean, largest = output.mean(0), output.amax(0)\n"
_SCORES = _POOLED + 'o = P["out.weight"] @ torch.cat([mean, largest]) + P["out.bias"]\n'


def _place(trace: xr.Dataset, query: int) -> str:
    return str(trace["query_label"].values[query])


def _explain_embedded(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    """Of the letter, and of those before it."""
    read, value = trace.attrs["program"].read, float(trace["embedded"][query, unit])
    rows: list[Row] = [(f"E[{_place(trace, query)}]", 1.0, tensor(trace, "E.weight")[read[query], unit].item())]
    for k in range(1, trace.attrs["n_back"] + 1):
        if k <= query:
            weight = tensor(trace, f"E_back.{k - 1}.weight")[read[query - k], unit].item()
            rows.append((f"E_{k}[{_place(trace, query - k)}]", 1.0, weight))
    code = transformer_code.front(trace.attrs["program"], f"print(embedded[{query}, {unit}].item())\n")
    return found(rf"E[{query}, {unit}]", rows, value, code)


def _explain_code(trace: xr.Dataset, query: int, unit: int) -> Explanation:
    """Of the place counted from the beginning, and of the same place counted from the end."""
    value, last = float(trace["code"][query, unit]), N_PLACES - 1
    at = {"P_start": min(query, last), "P_end": min(trace.sizes["query"] - 1 - query, last)}
    rows = [(f"{name}[{row}]", 1.0, tensor(trace, f"{name}.weight")[row, unit].item()) for name, row in at.items()]
    code = transformer_code.front(trace.attrs["program"], f"print(code[{query}, {unit}].item())\n")
    return found(rf"PE[{query}, {unit}]", rows, value, code)


def _explain_mean(trace: xr.Dataset, unit: int) -> Explanation:
    outputs, value = trace["output"].values[:, unit], float(trace["mean"][unit])
    rows = [(f"X[{_place(trace, t)}]", 1 / len(outputs), float(x)) for t, x in enumerate(outputs)]
    code = transformer_code.output(trace.attrs["program"], f"{_POOLED}print(mean[{unit}].item())\n")
    return found(rf"\frac1n\sum_t\bar X_t[{unit}]", rows, value, code)


def _explain_largest(trace: xr.Dataset, unit: int) -> Explanation:
    outputs, value = trace["output"].values[:, unit], float(trace["largest"][unit])
    order = np.argsort(-outputs, kind="stable")
    table = terms([(f"X[{_place(trace, t)}]", 1.0, float(outputs[t])) for t in order])
    equation = rf"\max_t\bar X_t[{unit}]=\bar X_{{{order[0] + 1}}}[{unit}]={value:.5g}"
    code = transformer_code.output(trace.attrs["program"], f"{_POOLED}print(largest[{unit}].item())\n")
    return Explanation(equation, table, value, code, "max")


def _language(trace: xr.Dataset, language: int) -> str:
    return word(trace["language_label"].values[language])


def _explain_logits(trace: xr.Dataset, language: int) -> Explanation:
    weight, value, n = tensor(trace, "out.weight")[language], float(trace["logits"][language]), trace.sizes["unit"]
    rows = [("b", tensor(trace, "out.bias")[language].item(), 1.0)]
    rows += products("W·mean", weight[:n], trace["mean"].values)
    rows += products("W·largest", weight[n:], trace["largest"].values)
    code = transformer_code.output(trace.attrs["program"], f"{_SCORES}print(o[{language}].item())\n")
    return found(rf"o[\text{{{_language(trace, language)}}}]", rows, value, code)


def _explain_log_norm(trace: xr.Dataset) -> Explanation:
    value = float(trace["log_norm"])
    rows = [(f"o[{_language(trace, j)}]", 1.0, float(o)) for j, o in enumerate(trace["logits"].values)]
    table = terms(rows).sort_values("product", ascending=False, ignore_index=True)
    exponentials = terms([(name, 1.0, float(np.exp(o))) for name, _, o in rows])
    equation = summed(r"\log\sum_j e^{o_j}", exponentials, value, r"\log\left({}\right)")
    code = transformer_code.output(trace.attrs["program"], f"{_SCORES}print(o.logsumexp(0).item())\n")
    return Explanation(equation, table, value, code, "logsumexp")


def _explain_p(name: str, trace: xr.Dataset, language: int) -> Explanation:
    score, norm, value = float(trace["logits"][language]), float(trace["log_norm"]), float(trace[name][language])
    is_log = name == "log_probs"
    power, symbol, end = ("{}", r"\log p", "") if is_log else ("e^{{{}}}", "p", ".exp()")
    body = power.format(f"{number(score)}-{number(norm)}")
    rule = power.format(r"o-\log\sum_j e^{o_j}")
    equation = rf"{symbol}[\text{{{_language(trace, language)}}}]={rule}={body}={value:.5g}"
    table = terms([("o", 1.0, score), ("log Σ exp o", -1.0, norm)])
    last = f"{_SCORES}print(o.log_softmax(0)[{language}]{end}.item())\n"
    code = transformer_code.output(trace.attrs["program"], last)
    return Explanation(equation, table, value, code, "sum" if is_log else "exp")


EXPLAIN: dict[str, Explainer] = transformer_explain.EXPLAIN | {
    "embedded": _explain_embedded, "code": _explain_code, "mean": _explain_mean, "largest": _explain_largest,
    "logits": _explain_logits, "log_norm": _explain_log_norm, "log_probs": partial(_explain_p, "log_probs"),
    "p": partial(_explain_p, "p"),
}  # fmt: skip
