"""The proof of every cell of the small head, with the matrices written out."""

from functools import partial

import numpy as np
import xarray as xr

from engine.explain import Explainer, Explanation, number, terms

_PROGRAM = """import torch

X = torch.tensor({X}).double()
W_Q = torch.tensor({W_Q}).double()
W_K = torch.tensor({W_K}).double()
W_V = torch.tensor({W_V}).double()
Q, K, V = X @ W_Q, X @ W_K, X @ W_V
products = Q @ K.T
scores = products / Q.shape[1] ** 0.5
mask = torch.ones_like(scores).bool(){tril}
weights = scores.masked_fill(~mask, -torch.inf).softmax(1)
Z = weights @ V
"""


def _code(trace: xr.Dataset, name: str, i: int, j: int) -> str:
    given = trace.attrs["given"]
    rows = {each: [list(row) for row in getattr(given, each)] for each in ("X", "W_Q", "W_K", "W_V")}
    program = _PROGRAM.format(tril=".tril()" if given.causal else "", **rows)
    return f"{program}print(float({name}[{i}, {j}]))\n"


def _sum(trace: xr.Dataset, name: str, i: int, j: int, left: np.ndarray, right: np.ndarray, mark: str) -> Explanation:
    rows = [(f"{mark}[{k}]", float(a), float(b)) for k, (a, b) in enumerate(zip(left, right, strict=True))]
    table, value = terms(rows), float(trace[name][i, j])
    body = "+".join(rf"{number(float(a))}\cdot {number(float(b))}" for a, b in zip(left, right, strict=True))
    symbol = trace[name].attrs["symbol"]
    equation = f"{symbol}[{i}, {j}]={body}={value:.5g}"
    return Explanation(equation, table, value, _code(trace, name, i, j))


def _given(name: str, trace: xr.Dataset, **at: int) -> Explanation:
    i, j = at.values()
    value = float(trace[name][i, j])
    return Explanation(
        f"{trace[name].attrs['symbol']}[{i}, {j}]:={value:.5g}", terms([(name, 1.0, value)]), value,
        _code(trace, name, i, j),
    )  # fmt: skip


def _projected(name: str, trace: xr.Dataset, feature: int, **place: int) -> Explanation:
    at = next(iter(place.values()))
    return _sum(trace, name, at, feature, trace["X"].values[at], trace[f"W_{name}"].values[:, feature], "X·W")


def _products(trace: xr.Dataset, query: int, key: int) -> Explanation:
    return _sum(trace, "products", query, key, trace["Q"].values[query], trace["K"].values[key], "Q·K")


def _scores(trace: xr.Dataset, query: int, key: int) -> Explanation:
    d, product, value = trace.sizes["feature"], float(trace["products"][query, key]), float(trace["scores"][query, key])
    equation = rf"\frac{{QK^\top}}{{\sqrt{{d_k}}}}=\frac{{{number(product)}}}{{\sqrt{{{d}}}}}={value:.5g}"
    return Explanation(equation, terms([("QKᵀ / √d_k", d**-0.5, product)]), value, _code(trace, "scores", query, key))


def _mask(trace: xr.Dataset, query: int, key: int) -> Explanation:
    value = float(trace["mask"][query, key])
    sign = r"\le" if value else ">"
    sign = rf"\quad({key}{sign}{query})" if trace.attrs["given"].causal else ""
    return Explanation(f"M[{query}, {key}]={value:.0f}{sign}", terms([("M", 1.0, value)]), value,
                       _code(trace, "mask", query, key))  # fmt: skip


def _weights(trace: xr.Dataset, query: int, key: int) -> Explanation:
    value, code = float(trace["weights"][query, key]), _code(trace, "weights", query, key)
    seen, symbol = trace["mask"].values[query].astype(bool), rf"\alpha[{query}, {key}]"
    if not seen[key]:
        return Explanation(rf"{symbol}=0\quad(M=0)", terms([("M", 0.0, 1.0)]), value, code)
    scores = trace["scores"].values[query]
    body = "+".join(rf"e^{{{number(float(score))}}}" for score in scores[seen])
    equation = rf"{symbol}=\frac{{e^{{{number(float(scores[key]))}}}}}{{{body}}}={value:.5g}"
    norm = float(np.logaddexp.reduce(scores[seen]))
    table = terms([("s", 1.0, float(scores[key])), ("log Σ exp s", -1.0, norm)])
    return Explanation(equation, table, value, code, "exp")


def _Z(trace: xr.Dataset, query: int, feature: int) -> Explanation:
    return _sum(trace, "Z", query, feature, trace["weights"].values[query], trace["V"].values[:, feature], "α·V")


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_given, name) for name in ("X", "W_Q", "W_K", "W_V")},
    **{name: partial(_projected, name) for name in "QKV"},
    "products": _products, "scores": _scores, "mask": _mask, "weights": _weights, "Z": _Z,
}  # fmt: skip
