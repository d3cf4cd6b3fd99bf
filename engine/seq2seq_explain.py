"""The proof of every cell of a translation's trace: attention and the words here, the cells next door."""

import numpy as np
import pandas as pd
import xarray as xr

from engine import seq2seq_cells_explain, seq2seq_code
from engine.explain import Explainer, Explanation, number, terms
from engine.seq2seq_cells_explain import found, named, products, state_before, tensor
from engine.tokens import EOS


def _named(trace: xr.Dataset, place: int) -> str:
    return named(trace["word_label"].values[place])


def _prints(trace: xr.Dataset, target: int, expression: str) -> str:
    return seq2seq_code.decoder(trace, target, f"print({expression}.item())")


# ── attention ──────────────────────────────────────────────────────────────────────────────────────────────────


def _explain_keys(trace: xr.Dataset, source: int, unit: int) -> Explanation:
    rows = products("W·h", tensor(trace, "W_h.weight")[unit], trace["h"].values[source])
    code = seq2seq_code.keyed(trace, f"print(keys[{source}, {unit}].item())")
    return found(f"(W_h h_{{{source + 1}}})[{unit}]", rows, float(trace["keys"][source, unit]), code)


def _explain_query(trace: xr.Dataset, target: int, unit: int) -> Explanation:
    rows = [("b", tensor(trace, "W_s.bias")[unit].item(), 1.0)]
    rows += products("W·s", tensor(trace, "W_s.weight")[unit], state_before(trace, target))
    code = _prints(trace, target, f"query[{unit}]")
    return found(f"(W_s s_{{{target}}}+b_s)[{unit}]", rows, float(trace["query"][target, unit]), code)


def _explain_energy(trace: xr.Dataset, target: int, source: int, unit: int) -> Explanation:
    value = float(trace["energy"][target, source, unit])
    parts = ("W·s + b", 1.0, float(trace["query"][target, unit])), ("W·h", 1.0, float(trace["keys"][source, unit]))
    rule = rf"\tanh(W_s s_{{{target}}}+b_s+W_h h_{{{source + 1}}})[{unit}]"
    return found(
        rule, parts, value, _prints(trace, target, f"energy[{source}, {unit}]"), r"\tanh\left({}\right)", "tanh"
    )


def _explain_scores(trace: xr.Dataset, target: int, source: int) -> Explanation:
    value, t, j = float(trace["scores"][target, source]), target + 1, source + 1
    if trace.attrs["params"].attention == "additive":
        rows = products("v·tanh", tensor(trace, "v.weight")[0], trace["energy"].values[target, source])
        rule = rf"v\cdot\tanh(W_s s_{{{target}}}+b_s+W_h h_{{{j}}})"
    else:
        s, h = trace["s"].values[target].tolist(), trace["h"].values[source].tolist()
        rows = [(f"s·h[{k}]", a, b) for k, (a, b) in enumerate(zip(s, h, strict=True))]
        rule = rf"s_{{{t}}}\cdot h_{{{j}}}"
    return found(f"e_{{{t},{j}}}={rule}", rows, value, _prints(trace, target, f"scores[{source}]"))


def _explain_exponentials(trace: xr.Dataset, target: int, source: int) -> Explanation:
    scores, value = trace["scores"].values[target], float(trace["exponentials"][target, source])
    e, top, at = float(scores[source]), float(scores.max()), f"{target + 1},{source + 1}"
    equation = rf"e^{{e_{{{at}}}-\max_k e_{{{target + 1},k}}}}=e^{{{number(e)}-{number(top)}}}={value:.5g}"
    code = _prints(trace, target, f"exponentials[{source}]")
    return Explanation(equation, terms([("e", 1.0, e), ("max", -1.0, top)]), value, code, "exp")


def _explain_norm(trace: xr.Dataset, target: int) -> Explanation:
    words, parts = trace["source_label"].values, trace["exponentials"].values[target]
    rows = [(str(label), 1.0, float(part)) for label, part in zip(words, parts, strict=True)]
    rule = rf"\sum_j e^{{e_{{{target + 1},j}}-\max_k e_{{{target + 1},k}}}}"
    return found(rule, rows, float(trace["norm"][target]), _prints(trace, target, "norm"))


def _explain_weights(trace: xr.Dataset, target: int, source: int) -> Explanation:
    value, code = float(trace["weights"][target, source]), _prints(trace, target, f"weights[{source}]")
    symbol = rf"\alpha_{{{target + 1},{source + 1}}}"
    if target in trace.attrs["edits"]:
        return Explanation(f"{symbol}:={value:.5g}", terms([("α", 1.0, value)]), value, code)
    part, norm = float(trace["exponentials"][target, source]), float(trace["norm"][target])
    equation = rf"{symbol}=\frac{{{number(part)}}}{{{number(norm)}}}={value:.5g}"
    return Explanation(equation, terms([("e^(e − max) / Σ", 1 / norm, part)]), value, code)


def _explain_weighed(trace: xr.Dataset, target: int, source: int, unit: int) -> Explanation:
    a, h = float(trace["weights"][target, source]), float(trace["h"][source, unit])
    value, at = float(trace["weighed"][target, source, unit]), rf"_{{{target + 1},{source + 1}}}"
    equation = rf"\alpha{at}\,h_{{{source + 1}}}[{unit}]={number(a)}\cdot{number(h)}={value:.5g}"
    return Explanation(equation, terms([("α·h", a, h)]), value, _prints(trace, target, f"weighed[{source}, {unit}]"))


def _explain_context(trace: xr.Dataset, target: int, unit: int) -> Explanation:
    words, weights, h = trace["source_label"].values, trace["weights"].values[target], trace["h"].values[:, unit]
    rows = [(str(label), float(a), float(b)) for label, a, b in zip(words, weights, h, strict=True)]
    rule = rf"c_{{{target + 1}}}[{unit}]=\sum_j\alpha_{{{target + 1},j}}h_j"
    return found(rule, rows, float(trace["context"][target, unit]), _prints(trace, target, f"context[{unit}]"))


def _explain_readout(trace: xr.Dataset, target: int, feature: int) -> Explanation:
    W, t = tensor(trace, "W_r.weight")[feature], target + 1
    parts, symbols = [("W·s", "s"), ("W·c", "context")], f"s_{{{t}}};c_{{{t}}}"
    if trace.attrs["params"].attention == "additive":
        parts, symbols = [*parts, ("W·Ey", "embedded")], f"{symbols};E y_{{{target}}}"
    rows = [("b", tensor(trace, "W_r.bias")[feature].item(), 1.0)]
    for mark, name in parts:
        values = trace[name].values[target]
        rows += products(mark, W[: len(values)], values)
        W = W[len(values) :]
    rule = rf"\tilde s_{{{t}}}[{feature}]=\tanh(W_r[{symbols}]+b_r)"
    value, code = float(trace["readout"][target, feature]), _prints(trace, target, f"readout[{feature}]")
    return found(rule, rows, value, code, r"\tanh\left({}\right)", "tanh")


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _explain_logits(trace: xr.Dataset, target: int, word: int) -> Explanation:
    name, mark, symbol = ("s", "W·s", "s") if "readout" not in trace else ("readout", "W·s̃", r"\tilde s")
    rows = [("b", tensor(trace, "out.bias")[word].item(), 1.0)]
    rows += products(mark, tensor(trace, "out.weight")[word], trace[name].values[target])
    rule = rf"\ell_{{{target + 1}}}[{_named(trace, word)}]=W_o {symbol}_{{{target + 1}}}+b_o"
    code = seq2seq_code.words(trace, target, f"print(logits[{word}].item())")
    return found(rule, rows, float(trace["logits"][target, word]), code)


def _explain_log_norm(trace: xr.Dataset, target: int) -> Explanation:
    """Of the scores, the largest first: they make the sum."""
    logits, labels = trace["logits"].values[target], trace["word_label"].values
    order = np.argsort(-logits, kind="stable")
    value, scores = float(trace["log_norm"][target]), logits[order]
    columns = {"term": labels[order].astype(object), "weight": 1.0, "value": scores, "product": scores}
    rest = (
        rf"+\underbrace{{{number(np.exp(scores[3:]).sum())}}}_{{{len(scores) - 3}\,\ldots}}" if len(scores) > 3 else ""
    )
    body = "+".join(rf"e^{{{number(score)}}}" for score in scores[:3]) + rest
    equation = rf"\log\sum_w e^{{\ell_{{{target + 1}}}[w]}}=\log\left({body}\right)={value:.5g}"
    code = seq2seq_code.words(trace, target, "print(logits.logsumexp(0).item())")
    return Explanation(equation, pd.DataFrame(columns), value, code, "logsumexp")


def _chance(trace: xr.Dataset, target: int, place: int, value: float, is_log: bool) -> Explanation:
    """The probability of a word, or its logarithm."""
    score, norm = (float(trace["logits"][target, place]), float(trace["log_norm"][target]))
    t, symbol, power = target + 1, r"\log p" if is_log else "p", "{}" if is_log else "e^{{{}}}"
    rule = power.format(rf"\ell_{{{t}}}-\log\sum_w e^{{\ell_{{{t}}}[w]}}")
    body = power.format(f"{number(score)}-{number(norm)}")
    equation = rf"{symbol}_{{{t}}}[{_named(trace, place)}]={rule}={body}={value:.5g}"
    last = f"print(logits.log_softmax(0)[{place}]{'' if is_log else '.exp()'}.item())"
    table = terms([("ℓ", 1.0, score), ("log Σ exp ℓ", -1.0, norm)])
    return Explanation(equation, table, value, seq2seq_code.words(trace, target, last), "sum" if is_log else "exp")


def _explain_p(trace: xr.Dataset, target: int, word: int) -> Explanation:
    return _chance(trace, target, word, float(trace["p"][target, word]), False)


def _explain_p_word(trace: xr.Dataset, target: int) -> Explanation:
    return _chance(trace, target, trace.attrs["written"][target], float(trace["p_word"][target]), True)


def _explain_p_eos(trace: xr.Dataset, target: int) -> Explanation:
    return _chance(trace, target, EOS, float(trace["p_eos"][target]), False)


def _explain_top_p(trace: xr.Dataset, target: int, rank: int) -> Explanation:
    return _chance(trace, target, int(trace["top_word"][target, rank]), float(trace["top_p"][target, rank]), False)


def _explain_top_word(trace: xr.Dataset, target: int, rank: int) -> Explanation:
    place = int(trace["top_word"][target, rank])
    equation = rf"w_{{{rank + 1}}}={_named(trace, place)}={place}"
    last = f"print(logits.topk({trace.sizes['rank']}).indices[{rank}].item())"
    rows = terms([(str(trace["word_label"].values[place]), 1.0, float(place))])
    return Explanation(equation, rows, float(place), seq2seq_code.words(trace, target, last))


EXPLAIN: dict[str, Explainer] = seq2seq_cells_explain.EXPLAIN | {
    "keys": _explain_keys, "query": _explain_query, "energy": _explain_energy, "scores": _explain_scores,
    "exponentials": _explain_exponentials, "norm": _explain_norm, "weights": _explain_weights,
    "weighed": _explain_weighed, "context": _explain_context, "readout": _explain_readout,
    "logits": _explain_logits, "log_norm": _explain_log_norm, "p": _explain_p, "p_word": _explain_p_word,
    "p_eos": _explain_p_eos, "top_p": _explain_top_p, "top_word": _explain_top_word,
}  # fmt: skip
