"""The proof of what attention computes: Q, K, V, scores, weights, what is taken; self- and cross-attention alike."""

from functools import partial

import numpy as np
import xarray as xr

from engine import transformer_code
from engine.explain import Explainer, Explanation, number, terms
from engine.transformer_proof import cell, found, products, tensor


def _projected(name: str, end: str, trace: xr.Dataset, layer: int, head: int, place: int, feature: int) -> Explanation:
    """Q, K or V before positions turn them: a row of the matrix times what is read, plus the bias."""
    role, plain = name[0], trace
    at = trace.attrs["program"].tensors[f"W_{role}{end}"].format(layer)
    if role == "Q":
        read = trace["normed_c" if end else "normed"].values[layer, place]
    else:
        read = plain["memory"].values[place] if end else plain["normed"].values[layer, place]
    row = head * trace.sizes["feature"] + feature
    rows = [("b", tensor(trace, f"{at}.bias")[row].item(), 1.0)]
    rows += products(f"W_{role}·x", tensor(trace, f"{at}.weight")[row], read)
    value, code = cell(trace, f"{name}{end}", layer, head, place, feature)
    return found(f"{role}_{{{head + 1}}}[{place}, {feature}]", rows, value, code)


def _turned(name: str, trace: xr.Dataset, layer: int, head: int, place: int, feature: int) -> Explanation:
    """A query or key that its position has turned: a pair of features as a point that goes round."""
    first, d = feature - feature % 2, trace.sizes["feature"]
    a, b = trace[f"{name}_plain"].values[layer, head, place, first : first + 2].tolist()
    angle = place / 10000 ** (first / d)
    pair = (("cos·a", np.cos(angle), a), ("−sin·b", -np.sin(angle), b))
    if feature % 2:
        pair = (("sin·a", np.sin(angle), a), ("cos·b", np.cos(angle), b))
    value, code = cell(trace, name, layer, head, place, feature)
    return found(f"{name}_{{{head + 1}}}[{place}, {feature}]", [(t, float(w), v) for t, w, v in pair], value, code)


def _explain_feature(name: str, end: str, trace: xr.Dataset, layer: int, head: int, feature: int, **place: int):
    at = next(iter(place.values()))
    if not end and name in ("Q", "K") and f"{name}_plain" in trace:
        return _turned(name, trace, layer, head, at, feature)
    return _projected(name, end, trace, layer, head, at, feature)


def _explain_products(end: str, trace: xr.Dataset, layer: int, head: int, query: int, **key: int) -> Explanation:
    at = next(iter(key.values()))
    Q, K = trace[f"Q{end}"].values[layer, head, query], trace[f"K{end}"].values[layer, head, at]
    rows = [(f"Q·K[{i}]", q, k) for i, (q, k) in enumerate(zip(Q.tolist(), K.tolist(), strict=True))]
    symbol = rf"(QK^\top)_{{{head + 1}}}[{query}, {at}]"
    return found(symbol, rows, *cell(trace, f"products{end}", layer, head, query, at))


def _explain_scores(end: str, trace: xr.Dataset, layer: int, head: int, query: int, **key: int) -> Explanation:
    at, d = next(iter(key.values())), trace.sizes["feature"]
    value, code = cell(trace, f"scores{end}", layer, head, query, at)
    product = float(trace[f"products{end}"][layer, head, query, at])
    equation = rf"\frac{{QK^\top}}{{\sqrt{{d_k}}}}=\frac{{{number(product)}}}{{\sqrt{{{d}}}}}={value:.5g}"
    return Explanation(equation, terms([("QKᵀ / √d_k", d**-0.5, product)]), value, code)


def _explain_mask(trace: xr.Dataset, query: int, key: int) -> Explanation:
    program, value = trace.attrs["program"], float(trace["mask"][query, key])
    sign = (r"\le" if value else ">") if program.causal else ""
    equation = rf"M[{query}, {key}]={value:.0f}" + (rf"\quad({key}{sign}{query})" if sign else "")
    code = transformer_code.front(program, f"print(float(mask[{query}, {key}]))\n")
    return Explanation(equation, terms([("M", 1.0, value)]), value, code)


def _explain_weights(end: str, trace: xr.Dataset, layer: int, head: int, query: int, **key: int) -> Explanation:
    at = next(iter(key.values()))
    scores = trace[f"scores{end}"].values[layer, head, query]
    seen = np.ones(len(scores), bool) if end else trace["mask"].values[query].astype(bool)
    value, code = cell(trace, f"weights{end}", layer, head, query, at)
    symbol = rf"\alpha_{{{head + 1}}}[{query}, {at}]"
    if not seen[at]:
        return Explanation(rf"{symbol}=0\quad(M=0)", terms([("M", 0.0, 1.0)]), value, code)
    norm, score = float(np.logaddexp.reduce(scores[seen])), float(scores[at])
    body = rf"\frac{{e^{{{number(score)}}}}}{{\sum_j e^{{s_j}}}}=\frac{{{np.exp(score):.4g}}}{{{np.exp(norm):.4g}}}"
    table = terms([("s", 1.0, score), ("log Σ exp s", -1.0, norm)])
    return Explanation(f"{symbol}={body}={value:.5g}", table, value, code, "exp")


def _explain_Z(end: str, trace: xr.Dataset, layer: int, head: int, query: int, feature: int) -> Explanation:
    weights, V = trace[f"weights{end}"].values[layer, head, query], trace[f"V{end}"].values[layer, head, :, feature]
    labels = trace["source_label" if end else "key_label"].values
    is_off = ("cross" if end else "self", layer, head) in trace.attrs["program"].off.heads
    rows = [(str(word), float(a) * (not is_off), float(v)) for word, a, v in zip(labels, weights, V, strict=True)]
    symbol = rf"Z_{{{head + 1}}}[{query}, {feature}]"
    return found(symbol, rows, *cell(trace, f"Z{end}", layer, head, query, feature))


def _explain_concat(end: str, trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    head, feature = divmod(unit, trace.sizes["feature"])
    value, code = cell(trace, f"concat{end}", layer, query, unit)
    symbol = rf"[Z_1;\ldots][{query}, {unit}]=Z_{{{head + 1}}}[{query}, {feature}]"
    return found(symbol, [(f"Z_{head + 1}[{feature}]", 1.0, value)], value, code)


def _explain_attended(end: str, trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    at = trace.attrs["program"].tensors[f"W_O{end}"].format(layer)
    rows = [("b_O", tensor(trace, f"{at}.bias")[unit].item(), 1.0)]
    rows += products("W_O·Z", tensor(trace, f"{at}.weight")[unit], trace[f"concat{end}"].values[layer, query])
    symbol = rf"([Z_1;\ldots]W_O+b_O)[{query}, {unit}]"
    return found(symbol, rows, *cell(trace, f"attended{end}", layer, query, unit))


def _of(end: str) -> dict[str, Explainer]:
    """The explainers of self-attention, or of cross-attention."""
    features = {f"{name}{end}": partial(_explain_feature, name, end) for name in ("Q", "K", "V")}
    return features | {
        f"products{end}": partial(_explain_products, end), f"scores{end}": partial(_explain_scores, end),
        f"weights{end}": partial(_explain_weights, end), f"Z{end}": partial(_explain_Z, end),
        f"concat{end}": partial(_explain_concat, end), f"attended{end}": partial(_explain_attended, end),
    }  # fmt: skip


def _plain(name: str) -> Explainer:
    def explain(trace: xr.Dataset, layer: int, head: int, feature: int, **place: int) -> Explanation:
        return _projected(name, "", trace, layer, head, next(iter(place.values())), feature)

    return explain


EXPLAIN: dict[str, Explainer] = {
    **_of(""), **_of("_c"), "mask": _explain_mask, "Q_plain": _plain("Q_plain"), "K_plain": _plain("K_plain"),
}  # fmt: skip
