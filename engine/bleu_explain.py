"""The proof of every number of BLEU: its equation with the numbers, its terms, and a program that counts again."""

import math
from functools import partial

import pandas as pd
import xarray as xr

from engine.bleu_code import code
from engine.bleu_trace import grams
from engine.explain import Explainer, Explanation, number, terms, word

Row = tuple[str, float, float]

# ── the cells ───────────────────────────────────────────────────────────────────────────────────────────────────


def _num(value: float) -> str:
    """A number for an equation; infinity as its sign."""
    return r"(-\infty)" if value == -math.inf else number(value)


def _end(value: float) -> str:
    return r"-\infty" if value == -math.inf else f"{value:.5g}"


def _gram(trace: xr.Dataset, gram: int) -> tuple[str, ...]:
    return trace.attrs["grams"][gram]


def _text(gram: tuple[str, ...]) -> str:
    short = " ".join(gram)
    return rf"\text{{{word(short if len(short) <= 40 else short[:39] + '…')}}}"


def _sum(name: str, value: float, rows: list[Row], equation: str, code: str, how: str = "sum") -> Explanation:
    return Explanation(f"{name}={equation}={_end(value)}", terms(rows or [("–", 1.0, 0.0)]), value, code, how)


def _cell(trace: xr.Dataset, name: str, **at: int) -> float:
    return float(trace[name].isel(at))


def _places(words: tuple[str, ...], gram: tuple[str, ...]) -> list[int]:
    return [at for at, each in enumerate(grams(words, len(gram))) if each == gram]


def _explain_length(trace: xr.Dataset, gram: int) -> Explanation:
    found = _gram(trace, gram)
    rows = [(each, 1.0, 1.0) for each in found]
    program = code(trace, f"print(len({found!r}))", whole=False)
    return _sum("n", len(found), rows, rf"|{_text(found)}|", program)


def _explain_times(trace: xr.Dataset, gram: int, reference: int | None = None) -> Explanation:
    found, attrs = _gram(trace, gram), trace.attrs
    words, source, k = attrs["candidate"], "candidate", ""
    if reference is not None:
        words, source, k = attrs["references"][reference], f"references[{reference}]", f"_{reference + 1}"
    rows = [(f"{at + 1}: {' '.join(found)}", 1.0, 1.0) for at in _places(words, found)]
    program = code(trace, f"print(grams({source}, {len(found)}).count({found!r}))", whole=False)
    sign = rf"\mathrm{{count}}{k}({_text(found)})"
    return Explanation(f"{sign}={len(rows)}", terms(rows or [("–", 1.0, 0.0)]), float(len(rows)), program)


def _explain_most(trace: xr.Dataset, gram: int) -> Explanation:
    found, every = _gram(trace, gram), trace["ref_times"].values[:, gram].tolist()
    rows = [(f"r{k + 1}", 1.0, float(times)) for k, times in enumerate(every)]
    program = code(trace, _most_line(found) + "print(most)", whole=False)
    return _sum(rf"\max_k\mathrm{{count}}_k({_text(found)})", max(every), rows,
                rf"\max({','.join(map(str, every[:9]))})", program, "max")  # fmt: skip


def _most_line(gram: tuple[str, ...]) -> str:
    return f"g = {gram!r}\nmost = max(grams(reference, len(g)).count(g) for reference in references)\n"


def _explain_clipped(trace: xr.Dataset, gram: int) -> Explanation:
    found = _gram(trace, gram)
    times, most = int(_cell(trace, "times", gram=gram)), int(_cell(trace, "most", gram=gram))
    rows = [(f"{at + 1}: {' '.join(found)}", 1.0, float(seen < most))
            for seen, at in enumerate(_places(trace.attrs["candidate"], found))]  # fmt: skip
    program = code(trace, _most_line(found) + "print(min(grams(candidate, len(g)).count(g), most))", whole=False)
    equation = rf"\min(\mathrm{{count}},\,\max_k\mathrm{{count}}_k)=\min({times},{most})"
    return _sum(_text(found), min(times, most), rows, equation, program)


def _explain_matched(trace: xr.Dataset, position: int, order: int) -> Explanation:
    value, n = _cell(trace, "matched", position=position, order=order), order + 1
    if math.isnan(value):
        program = code(trace, 'print("nan")', whole=False)
        return Explanation(
            rf"{position + 1}+{n}-1>c={_end(_cell(trace, 'c'))}", terms([("–", 1.0, value)]), value, program
        )
    found = trace.attrs["candidate"][position : position + n]
    gram = trace.attrs["grams"].index(found)
    place = _places(trace.attrs["candidate"], found).index(position) + 1
    program = code(
        trace,
        f"n, i = {n}, {position}\ng = tuple(candidate[i : i + n])\n"
        "most = max(grams(reference, n).count(g) for reference in references)\n"
        "place = grams(candidate, n)[: i + 1].count(g)\nprint(float(place <= most))",
        whole=False,
    )
    most = int(_cell(trace, "most", gram=gram))
    sign = r"\le" if value else r"\not\le"
    equation = rf"[{place}{sign}\max_k\mathrm{{count}}_k={most}]"
    return _sum(_text(found), value, [(" ".join(found), 1.0, value)], equation, program)


def _explain_correct(trace: xr.Dataset, order: int) -> Explanation:
    here = (trace["length"].values == order + 1).nonzero()[0]
    rows = [(" ".join(_gram(trace, gram)), 1.0, _cell(trace, "clipped", gram=gram)) for gram in here]
    rule = r"\sum_g\min(\mathrm{count}(g),\max_k\mathrm{count}_k(g))"
    return _sum(f"m_{order + 1}", _cell(trace, "correct", order=order), rows, rule, code(trace, f"print(m[{order}])"))


def _explain_total(trace: xr.Dataset, order: int) -> Explanation:
    value, c = _cell(trace, "total", order=order), _cell(trace, "c")
    rows = [("c", 1.0, c), ("1 − n", 1.0, -float(order))] if value else []
    equation = rf"\max(0,\,c-n+1)=\max(0,\,{c:.0f}-{order + 1}+1)"
    return _sum(f"l_{order + 1}", value, rows, equation, code(trace, f"print(l[{order}])"))


def _smoothed(trace: xr.Dataset, order: int) -> tuple[float, float, str]:
    """Matches and n-grams of an order as they are divided, and the rule; no matches at all: as they are."""
    m, l, smoothing = trace["correct"].values, trace["total"].values, trace.attrs["smoothing"]
    value, n = trace.attrs["value"], order + 1
    if not m.any() or (l[order] == 0 and smoothing != "add-k"):
        return float(m[order]), float(l[order]), rf"\frac{{m_{n}}}{{l_{n}}}"
    if smoothing == "add-k" and order:
        return m[order] + value, l[order] + value, rf"\frac{{m_{n}+{value:g}}}{{l_{n}+{value:g}}}"
    if m[order] or smoothing in ("none", "add-k"):
        return float(m[order]), float(l[order]), rf"\frac{{m_{n}}}{{l_{n}}}"
    if smoothing == "floor":
        return value, float(l[order]), rf"\frac{{{value:g}}}{{l_{n}}}"
    zeros = int((m[: order + 1] == 0).sum())
    return 0.5**zeros, float(l[order]), rf"\frac{{2^{{-{zeros}}}}}{{l_{n}}}"


def _explain_p(trace: xr.Dataset, order: int) -> Explanation:
    value, (m, l, rule) = _cell(trace, "p", order=order), _smoothed(trace, order)
    rows = [(f"m{order + 1} · 1/l{order + 1}", 1 / l, m)] if l else []
    equation = rf"{rule}=\frac{{{m:g}}}{{{l:g}}}" if l else rule
    return _sum(f"p_{order + 1}", value, rows, equation, code(trace, f"print(p[{order}])"))


def _explain_w(trace: xr.Dataset, order: int) -> Explanation:
    value, orders = _cell(trace, "w", order=order), int((trace["w"].values > 0).sum())
    equation = rf"\frac{{1}}{{{orders}}}" if value else rf"0\quad(n>{orders})"
    rows = [("1/N", 1 / orders, 1.0)] if value else []
    return _sum(f"w_{order + 1}", value, rows, equation, code(trace, f"print(w[{order}])"))


def _explain_size(name: str, trace: xr.Dataset, **at: int) -> Explanation:
    value, lengths = _cell(trace, name, **at), trace["ref_length"].values.tolist()
    k = at.get("reference")
    rule = {
        "c": r"|\text{candidate}|", "r": rf"\operatorname*{{closest}}_k\,r_k\in\{{{','.join(map(str, lengths[:9]))}\}}",
        "ref_length": rf"|\text{{reference}}_{{{(k or 0) + 1}}}|",
    }[name]  # fmt: skip
    line = {"c": "print(c)", "r": "print(r)", "ref_length": f"print(len(references[{k}]))"}[name]
    return _sum(name[0], value, [(name[0], 1.0, value)], rule, code(trace, line))


def _explain_bp(trace: xr.Dataset) -> Explanation:
    c, r, value = _cell(trace, "c"), _cell(trace, "r"), _cell(trace, "bp")
    program = code(trace, "print(BP)")
    name = r"\mathrm{BP}"
    if c > r or c == r == 0:
        return _sum(name, value, [("1", 1.0, 1.0)], rf"1\quad(c={c:.0f}{'>' if c > r else '='}r={r:.0f})", program)
    if not c:
        return _sum(name, value, [], rf"0\quad(c=0<r={r:.0f})", program)
    equation = rf"e^{{1-\frac{{r}}{{c}}}}=e^{{1-\frac{{{r:.0f}}}{{{c:.0f}}}}}"
    return _sum(name, value, [("1", 1.0, 1.0), ("−r/c", -1 / c, r)], equation, program, "exp")


def _explain_log(trace: xr.Dataset, factor: int) -> Explanation:
    value = _cell(trace, "log_factors", factor=factor)
    program = code(trace, f"a = factors[{factor}]\nprint(log(a) if a else -float('inf'))")
    if not factor:
        bp = _explain_bp(trace)
        rows = list(bp.terms[["term", "weight", "value"]].itertuples(index=False, name=None))
        if bp.how != "exp":
            rows = [("log BP", 1.0, value)]
        equation = rf"\log {_num(bp.value)}"
        return _sum(r"\log\mathrm{BP}", value, rows, equation, program)
    p, w = _cell(trace, "p", order=factor - 1), _cell(trace, "w", order=factor - 1)
    log_p = (math.log(p) if p else -math.inf) if w else 0.0
    equation = rf"{_num(w)}\cdot\log {_num(p)}"
    return _sum(rf"w_{factor}\log p_{factor}", value, [("w · log p", w, log_p)], equation, program)


def _explain_factor(trace: xr.Dataset, factor: int) -> Explanation:
    if not factor:
        return _explain_bp(trace)._replace(code=code(trace, "print(factors[0])"))
    p, w = _cell(trace, "p", order=factor - 1), _cell(trace, "w", order=factor - 1)
    log_p = (math.log(p) if p else -math.inf) if w else 0.0
    equation = rf"{_num(p)}^{{{w:.4g}}}"
    program = code(trace, f"print(factors[{factor}])")
    return _sum(rf"p_{factor}^{{w_{factor}}}", _cell(trace, "factors", factor=factor), [("w · log p", w, log_p)],
                equation, program, "exp")  # fmt: skip


def _explain_product(name: str, trace: xr.Dataset, factor: int | None = None) -> Explanation:
    last = trace.sizes["factor"] - 1 if factor is None else factor
    values, names = trace["factors"].values[: last + 1], trace["factor_label"].values
    signs = [f"{names[k]}{'^w' if k else ''}" for k in range(last + 1)]
    table = pd.DataFrame({"term": signs, "weight": 1.0, "value": values, "product": values})
    value = float(trace[name]) if factor is None else _cell(trace, name, factor=factor)
    equation = r"\cdot ".join(_num(float(each)) for each in values)
    rule = rf"\mathrm{{BP}}\prod_{{n\le {last}}}p_n^{{w_n}}" if last else r"\mathrm{BP}"
    line = "print(prod(factors))" if factor is None else f"print(prod(factors[: {last + 1}]))"
    start = r"\mathrm{BLEU}=" if last == trace.sizes["factor"] - 1 else ""
    return Explanation(f"{start}{rule}={equation}={_end(value)}", table, value, code(trace, line), "product")


EXPLAIN: dict[str, Explainer] = {
    "length": _explain_length, "times": _explain_times, "ref_times": _explain_times, "most": _explain_most,
    "clipped": _explain_clipped, "matched": _explain_matched, "correct": _explain_correct, "total": _explain_total,
    "p": _explain_p, "w": _explain_w, "bp": _explain_bp, "log_factors": _explain_log, "factors": _explain_factor,
    **{name: partial(_explain_size, name) for name in ("ref_length", "c", "r")},
    **{name: partial(_explain_product, name) for name in ("running", "bleu")},
}  # fmt: skip
