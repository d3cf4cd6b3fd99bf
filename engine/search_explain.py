"""The proof of every node of a beam's tree; the decoder's log-probabilities are given numbers."""

import math

import numpy as np
import pandas as pd
import xarray as xr

from engine.explain import Explainer, Explanation, word
from engine.hmm.code_text import result, table, tex
from engine.search_rules import LOWEST


def literal(values: object) -> str:
    """A number or a list of numbers as Python writes it, infinite ones too."""
    if isinstance(values, list | np.ndarray):
        return f"[{', '.join(map(literal, list(values)))}]"
    if isinstance(values, int | np.integer):
        return str(int(values))
    return repr(float(values)) if math.isfinite(values) else f'float("{float(values)}")'


def plus(values: list[float]) -> str:
    """LaTeX of a sum: all of a few, or the first ones and the rest in one number."""
    if len(values) <= 6:
        return "+".join(map(tex, values))
    rest = rf"\underbrace{{{tex(sum(values[5:]))}}}_{{{len(values) - 5}\,\ldots}}"
    return "+".join(map(tex, values[:5])) + f"+{rest}"


def claim(text: str, holds: float) -> pd.DataFrame:
    """One row: a comparison, and 1 if it holds."""
    return table([(text, 1.0, float(holds))])


def _labels(trace: xr.Dataset, nodes: list[int]) -> list[str]:
    return [str(label) for label in trace["node_label"].values[nodes]]


def _path(trace: xr.Dataset, node: int) -> list[int]:
    """The nodes from the root's child down to `node`."""
    parents, path = trace["parent"].values, []
    while node > 0:
        path.insert(0, int(node))
        node = parents[node]
    return path


def _name(trace: xr.Dataset, node: int) -> str:
    r"""The words of a node as LaTeX, the last few of many."""
    words = _labels(trace, _path(trace, node))
    return rf"\text{{{'… ' if len(words) > 4 else ''}{word(' '.join(words[-4:]))}}}"


def _explain_parent(trace: xr.Dataset, node: int) -> Explanation:
    value = float(trace["parent"][node])
    if not node:
        return Explanation(r"\mathrm{pa}(0)=-1", claim("-", -1.0), value, "print(-1)  # the root")
    same = (trace["depth"].values == trace["depth"].values[node] - 1) & (trace["kept"].values == 1)
    paths = {int(at): [int(trace.attrs["ids"][i]) for i in _path(trace, at)] for at in same.nonzero()[0]}
    code = f"nodes = {paths}\nwords = {paths[int(value)]}  # all but the last\n"
    code += "print(next(node for node, before in nodes.items() if before == words))"
    rows = table([(" ".join(_labels(trace, _path(trace, int(value)))), 1.0, value)])
    return Explanation(rf"\mathrm{{pa}}({_name(trace, node)})={int(value)}", rows, value, code)


def _explain_depth(trace: xr.Dataset, node: int) -> Explanation:
    words, value = _labels(trace, _path(trace, node)), float(trace["depth"][node])
    rows = table([(label, 1.0, 1.0) for label in words] or [("-", 1.0, 0.0)], largest_first=False)
    return Explanation(rf"|Y|=|{_name(trace, node)}|={int(value)}", rows, value, f"words = {words}\nprint(len(words))")


def _explain_log_prob(trace: xr.Dataset, node: int) -> Explanation:
    value, total = float(trace["log_prob"][node]), trace["total"].values
    label = word(_labels(trace, [node])[0])
    equation = rf"\log P(\text{{{label}}}\mid y_{{<t}})="
    before = float(total[trace["parent"].values[node]]) if node else 0.0
    if not math.isfinite(total[node]):
        rows = table([(f"log P({label})", 1.0, value)])
        return Explanation(
            equation + result(value), rows, value, f"print({literal(value)})  # what the decoder gave; log P(Y) is -inf"
        )
    rows = table([("log P(y≤t)", 1.0, float(total[node])), ("log P(y<t)", -1.0, before)])
    equation += rf"\log P(y_{{\le t}})-\log P(y_{{<t}})={tex(total[node])}-{tex(before)}={result(value)}"
    code = f"total, before = {literal(total[node])}, {literal(before)}\nprint(total - before)"
    return Explanation(equation, rows, value, code)


def _explain_total(trace: xr.Dataset, node: int) -> Explanation:
    path, value = _path(trace, node), float(trace["total"][node])
    logs = trace["log_prob"].values[path].tolist()
    rows = table([(label, 1.0, x) for label, x in zip(_labels(trace, path), logs, strict=True)] or [("-", 1.0, 0.0)])
    equation = rf"\log P({_name(trace, node)})=\sum_t\log P(y_t\mid y_{{<t}})={plus(logs) or 0}={result(value)}"
    return Explanation(equation, rows, value, f"log_probs = {literal(logs)}\nprint(sum(log_probs))")


def _explain_penalty(trace: xr.Dataset, node: int) -> Explanation:
    n, alpha, value = int(trace["depth"][node]), trace.attrs["alpha"], float(trace["penalty"][node])
    rows = table([("log((5+|Y|)/6)", alpha, math.log((5 + n) / 6))])
    equation = (
        rf"\mathrm{{lp}}(Y)=\left(\tfrac{{5+|Y|}}{{6}}\right)^\alpha=\left(\tfrac{{{5 + n}}}{{6}}\right)^{{{alpha:g}}}"
    )
    code = f"n_words, alpha = {n}, {alpha!r}\nprint(((5 + n_words) / 6) ** alpha)"
    return Explanation(f"{equation}={result(value)}", rows, value, code, "exp")


def _explain_score(trace: xr.Dataset, node: int) -> Explanation:
    total, penalty, value = (float(trace[name][node]) for name in ("total", "penalty", "score"))
    n, alpha = int(trace["depth"][node]), trace.attrs["alpha"]
    rows = table([("log P(Y)", 1 / penalty, total)])
    equation = rf"s(Y)=\frac{{\log P(Y)}}{{\mathrm{{lp}}(Y)}}=\frac{{{tex(total)}}}{{{tex(penalty)}}}={result(value)}"
    logs = literal(trace["log_prob"].values[_path(trace, node)])
    code = f"log_probs = {logs}\nn_words, alpha = {n}, {alpha!r}\nprint(sum(log_probs) / ((5 + n_words) / 6) ** alpha)"
    return Explanation(equation, rows, value, code)


def _ranking(trace: xr.Dataset) -> np.ndarray:
    """The scores by which nodes are ranked: with a finite number for log 0."""
    total = trace["log_prob"].values.clip(min=LOWEST)
    for node, parent in enumerate(trace["parent"].values[1:].tolist(), 1):
        total[node] = total[parent] + total[node]
    return total / trace["penalty"].values


def _pool(trace: xr.Dataset, depth: int) -> list[int]:
    """The nodes that competed for the places of a step: those that had ended first, then the extensions in order."""
    depths, score, finished = trace["depth"].values, _ranking(trace), trace["finished"].values
    holding, pool = [], []
    for d in range(1, depth + 1):
        pool = holding + (depths == d).nonzero()[0].tolist()
        holding = [node for node in sorted(pool, key=lambda i: -score[i])[: trace.attrs["width"]] if finished[node]]
    return pool


def _explain_kept(trace: xr.Dataset, node: int) -> Explanation:
    value, score, width = float(trace["kept"][node]), _ranking(trace), trace.attrs["width"]
    if not node:
        return Explanation(r"[\mathrm{sos}\in\mathrm{beam}]=1", claim("-", 1.0), value, "print(1.0)  # the start")
    pool = _pool(trace, int(trace["depth"][node]))
    place = sorted(pool, key=lambda i: -score[i]).index(node) + 1
    sign = r"\le" if value else ">"
    equation = rf"s({_name(trace, node)})={tex(score[node])}:\ {place}.{sign}{width}\ \Rightarrow\ {int(value)}"
    code = (
        f"width, node = {width}, {pool.index(node)}\n"
        f"scores = {literal(score[pool])}  # of all that compete for the places of this step\n"
        "order = sorted(range(len(scores)), key=lambda i: -scores[i])\nprint(float(order.index(node) < width))"
    )
    return Explanation(equation, claim(f"{place} {'≤' if value else '>'} {width}", value), value, code)


def _explain_finished(trace: xr.Dataset, node: int) -> Explanation:
    value, kept = float(trace["finished"][node]), float(trace["kept"][node])
    id_, eos = trace.attrs["ids"][node], trace.attrs["eos"]
    rows = table([("beam", 1.0, kept), (f"{_labels(trace, [node])[0]} = <eos>", 1.0, float(id_ == eos))])
    equation = rf"[Y\in\mathrm{{beam}}]\cdot[y_t=\mathrm{{eos}}]={int(kept)}\cdot{int(id_ == eos)}={int(value)}"
    code = f"kept, word, eos = {kept}, {id_}, {eos}\nprint(kept * (word == eos))"
    return Explanation(equation, rows, value, code, "product")


def _results(trace: xr.Dataset) -> dict[int, float]:
    """The score of every node that is a result: ended, or open at the limit."""
    at_limit = (trace["kept"].values == 1) & (trace["depth"].values == trace.attrs["limit"])
    ends = ((trace["finished"].values == 1) | at_limit).nonzero()[0].tolist()
    score = _ranking(trace)
    return {node: float(score[node]) for node in ends}


def _scores_code(trace: xr.Dataset) -> str:
    pairs = ", ".join(f"{node}: {literal(score)}" for node, score in _results(trace).items())
    return f"scores = {{{pairs}}}  # of every node that is a result\n"


def _explain_best(trace: xr.Dataset, node: int) -> Explanation:
    value, leaf = float(trace["best"][node]), int(trace["leaf"][0])
    parents = {at: int(trace["parent"].values[at]) for end in _results(trace) for at in _path(trace, end)}
    code = _scores_code(trace) + f"parents = {dict(sorted(parents.items()))}\n"
    code += "node, path = max(scores, key=scores.get), {0}\nwhile node > 0:\n    path.add(node)\n"
    code += f"    node = parents[node]\nprint(float({node} in path))"
    sign = r"\subseteq" if value else r"\not\subseteq"
    equation = rf"{_name(trace, node)}{sign}{_name(trace, leaf)}\ \Rightarrow\ {int(value)}"
    text = f"{' '.join(_labels(trace, _path(trace, node)))} {'⊆' if value else '⊄'}"
    text += f" {' '.join(_labels(trace, _path(trace, leaf)))}"
    return Explanation(equation, claim(text, value), value, code)


def _explain_leaf(trace: xr.Dataset, result: int) -> Explanation:
    node, rank = int(trace["leaf"][result]), result + 1
    score = float(trace["score"][node])
    rows = table([(f"{rank}. s = {score:.4g}", 1.0, float(node))])
    code = _scores_code(trace) + f"print(sorted(scores, key=scores.get, reverse=True)[{result}])"
    equation = rf"\hat Y_{{{rank}}}={_name(trace, node)},\quad s={tex(score)},\quad\text{{{node}}}"
    return Explanation(equation, rows, float(node), code)


EXPLAIN: dict[str, Explainer] = {
    "parent": _explain_parent, "depth": _explain_depth, "log_prob": _explain_log_prob, "total": _explain_total,
    "penalty": _explain_penalty, "score": _explain_score, "kept": _explain_kept, "finished": _explain_finished,
    "best": _explain_best, "leaf": _explain_leaf,
}  # fmt: skip
