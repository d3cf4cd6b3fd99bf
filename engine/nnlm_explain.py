"""The proof of every cell of a neural language model's trace: terms, equation, and plain torch."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from engine.explain import Explainer, Explanation, number, terms
from engine.nnlm_cell_explain import EXPLAIN as CELLS
from engine.nnlm_code import program
from engine.seq2seq_cells_explain import Row, found, named, products
from engine.softmax_explain import matrix


def _read(trace: xr.Dataset, position: int, distance: int = 0) -> tuple[str, int]:
    """The word that is fed so far before a place, and its number; `<s>` before the first."""
    at = position - distance
    return (trace.attrs["before"][at], trace.attrs["read"][at]) if at >= 0 else (trace.attrs["before"][0], 0)


def _explain_embedded(trace: xr.Dataset, position: int, feature: int, distance: int = -1) -> Explanation:
    word, row = _read(trace, position, max(distance, 0))
    where = {"position": position, "feature": feature} | ({"distance": distance} if distance >= 0 else {})
    value, at = float(trace["embedded"].isel(where)), f"{distance}, {feature}" if distance >= 0 else f"{feature}"
    equation = rf"C({named(word)})[{feature}]={value:.5g}"
    code = program(trace, position, f"embedded[{at}]")
    return Explanation(equation, terms([(f"C[{row}, {feature}]", 1.0, value)]), value, code)


def _inputs(trace: xr.Dataset, position: int, weight: np.ndarray, mark: str) -> list[Row]:
    """The products of a row with the embeddings in the window."""
    n, rows = trace.sizes["feature"], []
    for distance in range(trace.sizes["distance"]):
        values = trace["embedded"].values[position, distance]
        label = f"{mark}·C({_read(trace, position, distance)[0]}, −{distance + 1})"
        rows += products(label, weight[distance * n : (distance + 1) * n], values)
    return rows


def _explain_hidden(trace: xr.Dataset, position: int, unit: int) -> Explanation:
    rows = [("d", matrix(trace, "H.bias")[unit].item(), 1.0)]
    rows += _inputs(trace, position, matrix(trace, "H.weight")[unit], "H")
    rule, value = rf"\tanh(d+Hx_{{{position + 1}}})[{unit}]", float(trace["hidden"][position, unit])
    return found(rule, rows, value, program(trace, position, f"hidden[{unit}]"), r"\tanh\left({}\right)", "tanh")


def _state(trace: xr.Dataset, position: int) -> tuple[str, str, list[Row] | np.ndarray]:
    """What a recurrent model's scores are read from: (rule, mark, values)."""
    output = "y" if "y" in trace else "h"
    t = position + 1
    if trace.attrs["params"].cell != "lecture":
        return rf"W{output}_{{{t}}}+b", f"W·{output}", trace[output].values[position]
    before = trace["h"].values[position - 1] if position else np.zeros(trace.sizes["unit"])
    values = np.concatenate([trace["embedded"].values[position], before])
    return rf"W[C(w_{{{t - 1}}});h_{{{t - 1}}}]+b", "W·[C;h]", values


def _explain_logits(trace: xr.Dataset, position: int, word: int) -> Explanation:
    label, value = named(trace["word_label"].values[word]), float(trace["logits"][position, word])
    code, symbol = program(trace, position, f"logits[{word}]"), rf"y_{{{position + 1}}}[{label}]"
    if word == 0:
        return Explanation(rf"{symbol}:=-\infty", terms([("<s>", 1.0, value)]), value, code)
    if trace.attrs["params"].model == "window":
        rows = [("b", matrix(trace, "U.bias")[word].item(), 1.0)]
        rows += products("U·tanh", matrix(trace, "U.weight")[word], trace["hidden"].values[position])
        rule = r"b+U\tanh(d+Hx)"
        if trace.attrs["params"].direct:
            rows, rule = rows + _inputs(trace, position, matrix(trace, "W.weight")[word], "W"), f"b+Wx{rule[1:]}"
    else:
        rule, mark, values = _state(trace, position)
        rows = [("b", matrix(trace, "out.bias")[word].item(), 1.0)]
        rows += products(mark, matrix(trace, "out.weight")[word], values)
    return found(f"{symbol}={rule}", rows, value, code)


def _explain_log_norm(trace: xr.Dataset, position: int) -> Explanation:
    """Of the scores, the largest first: they make the sum."""
    logits, labels = trace["logits"].values[position], trace["word_label"].values
    order = np.argsort(-logits, kind="stable")[:-1]  # without <s>
    value, scores = float(trace["log_norm"][position]), logits[order]
    columns = {"term": labels[order].astype(object), "weight": 1.0, "value": scores, "product": scores}
    rest = rf"+\underbrace{{{number(np.exp(scores[3:]).sum())}}}_{{{len(scores) - 3}\,\ldots}}"
    body = "+".join(rf"e^{{{number(score)}}}" for score in scores[:3]) + (rest if len(scores) > 3 else "")
    equation = rf"\log\sum_w e^{{y_{{{position + 1}}}[w]}}=\log\left({body}\right)={value:.5g}"
    code = program(trace, position, "logits.logsumexp(0)")
    return Explanation(equation, pd.DataFrame(columns), value, code, "logsumexp")


def _chance(trace: xr.Dataset, position: int, word: int, value: float, is_log: bool = False) -> Explanation:
    """The probability of a word, or its logarithm."""
    score, norm, t = float(trace["logits"][position, word]), float(trace["log_norm"][position]), position + 1
    power, symbol = ("{}", r"\log P") if is_log else ("e^{{{}}}", "P")
    rule = power.format(rf"y_{{{t}}}-\log\sum_w e^{{y_{{{t}}}[w]}}")
    body = power.format(f"{number(score)}-{number(norm)}")
    label = named(trace["word_label"].values[word])
    equation = rf"{symbol}({label}\mid\ldots)={rule}={body}={value:.5g}".replace("inf", r"\infty")
    table = terms([("y", 1.0, score), ("log Σ exp y", -1.0, norm)])
    code = program(trace, position, f"log_probs[{word}]{'' if is_log else '.exp()'}")
    return Explanation(equation, table, value, code, "sum" if is_log else "exp")


def _explain_probs(trace: xr.Dataset, position: int, word: int) -> Explanation:
    return _chance(trace, position, word, float(trace["probs"][position, word]))


def _explain_p(name: str, trace: xr.Dataset, position: int) -> Explanation:
    return _chance(trace, position, trace.attrs["written"][position], float(trace[name][position]), name == "log_p")


def _explain_top_p(trace: xr.Dataset, position: int, rank: int) -> Explanation:
    word = int(trace["top_word"][position, rank])
    return _chance(trace, position, word, float(trace["top_p"][position, rank]))


def _explain_top_word(trace: xr.Dataset, position: int, rank: int) -> Explanation:
    value, label = float(trace["top_word"][position, rank]), trace.attrs["top_words"][position][rank]
    equation = rf"w_{{{rank + 1}}}={named(label)}={value:.0f}"
    last = f"logits.sort(descending=True, stable=True).indices[{rank}]"
    return Explanation(equation, terms([(label, 1.0, value)]), value, program(trace, position, last))


def _explain_total(trace: xr.Dataset, position: int) -> Explanation:
    rows: Sequence[Row] = [
        (str(label), 1.0, float(log_p))
        for label, log_p in zip(trace["position_label"].values, trace["log_p"].values[: position + 1], strict=False)
    ]
    rule, value = rf"\sum_{{s\le{position + 1}}}\log P(w_s\mid\ldots)", float(trace["total"][position])
    return found(rule, rows, value, program(trace, position, "total"))


EXPLAIN: dict[str, Explainer] = CELLS | {
    "embedded": _explain_embedded, "hidden": _explain_hidden, "logits": _explain_logits,
    "log_norm": _explain_log_norm, "probs": _explain_probs, "p": partial(_explain_p, "p"),
    "log_p": partial(_explain_p, "log_p"), "total": _explain_total, "top_p": _explain_top_p,
    "top_word": _explain_top_word,
}  # fmt: skip
