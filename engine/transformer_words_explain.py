"""The proof of what a decoder makes of its outputs: scores of words, and probabilities."""

import numpy as np
import pandas as pd
import xarray as xr

from engine import transformer_code
from engine.explain import Explainer, Explanation, number, terms
from engine.transformer_proof import found, label_of, products, tensor


def _explain_logits(trace: xr.Dataset, query: int, word: int) -> Explanation:
    program = trace.attrs["program"]
    weight, bias = (tensor(trace, name)[word] for name in program.out)
    rows = [("b", bias.item(), 1.0), *products("W·x", weight, trace["output"].values[query])]
    symbol = rf"\ell_{{{query + 1}}}[{label_of(trace, 'word', word)}]"
    code = transformer_code.words(program, query, f"print(logits[{word}].item())\n")
    return found(symbol, rows, float(trace["logits"][query, word]), code)


def _explain_log_norm(trace: xr.Dataset, query: int) -> Explanation:
    """Of the scores, the largest first: they make the sum."""
    logits, labels = trace["logits"].values[query], trace["word_label"].values
    order = np.argsort(-logits, kind="stable")
    value, scores = float(trace["log_norm"][query]), logits[order]
    columns = {"term": labels[order].astype(object), "weight": 1.0, "value": scores, "product": scores}
    body = "+".join(rf"e^{{{number(score)}}}" for score in scores[:3])
    if len(scores) > 3:
        body += rf"+\underbrace{{{number(np.exp(scores[3:]).sum())}}}_{{{len(scores) - 3}\,\ldots}}"
    equation = rf"\log\sum_w e^{{\ell_{{{query + 1}}}[w]}}=\log\left({body}\right)={value:.5g}"
    code = transformer_code.words(trace.attrs["program"], query, "print(logits.logsumexp(0).item())\n")
    return Explanation(equation, pd.DataFrame(columns), value, code, "logsumexp")


def _chance(trace: xr.Dataset, query: int, place: int, value: float, is_log: bool) -> Explanation:
    """The probability of a word, or its logarithm."""
    score, norm = float(trace["logits"][query, place]), float(trace["log_norm"][query])
    t, symbol, power = query + 1, r"\log p" if is_log else "p", "{}" if is_log else "e^{{{}}}"
    rule = power.format(rf"\ell_{{{t}}}-\log\sum_w e^{{\ell_{{{t}}}[w]}}")
    body = power.format(f"{number(score)}-{number(norm)}")
    equation = rf"{symbol}_{{{t}}}[{label_of(trace, 'word', place)}]={rule}={body}={value:.5g}"
    last = f"print(logits.log_softmax(0)[{place}]{'' if is_log else '.exp()'}.item())\n"
    table = terms([("ℓ", 1.0, score), ("log Σ exp ℓ", -1.0, norm)])
    code = transformer_code.words(trace.attrs["program"], query, last)
    return Explanation(equation, table, value, code, "sum" if is_log else "exp")


def _explain_p(trace: xr.Dataset, query: int, word: int) -> Explanation:
    return _chance(trace, query, word, float(trace["p"][query, word]), False)


def _explain_p_word(trace: xr.Dataset, query: int) -> Explanation:
    return _chance(trace, query, trace.attrs["program"].written[query], float(trace["p_word"][query]), True)


def _explain_p_eos(trace: xr.Dataset, query: int) -> Explanation:
    return _chance(trace, query, trace.attrs["program"].eos, float(trace["p_eos"][query]), False)


def _explain_top_p(trace: xr.Dataset, query: int, rank: int) -> Explanation:
    return _chance(trace, query, int(trace["top_word"][query, rank]), float(trace["top_p"][query, rank]), False)


def _explain_top_word(trace: xr.Dataset, query: int, rank: int) -> Explanation:
    place = int(trace["top_word"][query, rank])
    equation = rf"w_{{{rank + 1}}}={label_of(trace, 'word', place)}={place}"
    last = f"print(logits.topk({trace.sizes['rank']}).indices[{rank}].item())\n"
    rows = terms([(str(trace["word_label"].values[place]), 1.0, float(place))])
    return Explanation(equation, rows, float(place), transformer_code.words(trace.attrs["program"], query, last))


EXPLAIN: dict[str, Explainer] = {
    "logits": _explain_logits, "log_norm": _explain_log_norm, "p": _explain_p, "p_word": _explain_p_word,
    "p_eos": _explain_p_eos, "top_p": _explain_top_p, "top_word": _explain_top_word,
}  # fmt: skip
