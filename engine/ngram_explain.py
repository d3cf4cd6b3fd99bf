"""The proof of every cell of a text's factors: sums of counts and weights, and code that repeats them in plain Python.

Counts of names and of Python's documentation are counted again from the files; of other texts the code adds up what
followed the context.
"""

import math
from functools import partial

import pandas as pd
import xarray as xr

from engine.explain import Explainer, Explanation, number, terms, word

_TEXTS = {
    "names": '''import unicodedata
import numpy as np
from pathlib import Path

ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,:;"
fold = lambda name: "".join(c for c in unicodedata.normalize("NFD", name) if c in ALPHABET).strip()
files = sorted(Path("data/names").glob("*.txt"))
lists = [file.read_text("utf-8").split("\\n") for file in files]
pairs = sorted({{(k, fold(line)) for k, lines in enumerate(lists) for line in lines if fold(line)}})
draw, texts = np.random.default_rng(0), []
for k in range(len(files)):  # a tenth of every language is held out
    mine = draw.permutation([i for i, (label, _) in enumerate(pairs) if label == k])
    texts += [pairs[i][1] for i in mine[round(0.1 * len(mine)):] if {language!r} in ("", files[k].stem)]
texts = [list(text) for text in texts]
''',
    "pydoc": '''import re, textwrap
from pydoc_data.topics import topics

lines = [line.strip() for name in sorted(topics) for line in topics[name].splitlines() if line.strip()]
lines = [part for line in lines for part in ([line] if len(line) <= 400 else textwrap.wrap(line, 400))]
texts = [line for place, line in enumerate(lines) if place % 10 != 9]  # every tenth is held out
texts = [{cut} for text in texts]
''',
}  # fmt: skip
_CUT = {"character": "list(text)", "word": r're.findall(r"\w+|[^\w\s]", text)'}
_COUNT = """
context, token = {context!r}, {token!r}
size = len(context) + 1
seen = {{word for text in texts for word in text}}
grams = [tuple(padded[i - size + 1 - {more}:i + 1]) for text in texts
         for padded in [["<s>"] * {pad} + text + ["</s>"]] for i in range({pad}, len(padded))]
{how}
print({what})
"""
_PLAIN = "after = [gram[-1] for gram in grams if list(gram[:-1]) == context]"
_DIFFERENT = "after = [gram[-1] for gram in set(grams) if list(gram[1:-1]) == context]  # different tokens before"
_WHAT = {"count": "after.count(token)", "context_count": "len(after)", "kinds": "len(set(after))"}


def _place(trace: xr.Dataset, position: int, order: int) -> tuple[list[str], str]:
    """(context, token) of an n-gram of this order, as the model reads them."""
    known = ["<s>"] * 10 + list(trace.attrs["known"])
    return known[10 + position - order + 1 : 10 + position] if order > 1 else [], known[10 + position]


def _counted(name: str, trace: xr.Dataset, position: int, order: int) -> Explanation:
    value = float(trace[name][position, order])
    context, token = _place(trace, position, order)
    symbol = trace[name].attrs["symbol"].split("(")[0]
    at = " ".join([*context, token] if name == "count" else context) or "–"
    equation = rf"{symbol}(\text{{{word(at)}}})={value:.0f}"
    kept = dict(zip(trace.attrs["follower_words"][position][order], trace["followers"].values[position, order].tolist(),
                    strict=False))  # fmt: skip
    return Explanation(equation, _rows(name, kept, token, value), value, _code(name, trace, position, order, kept))


def _rows(name: str, kept: dict[str, float], token: str, value: float):
    """What followed the context, and the rest in one row."""
    if name == "count":
        return terms([(token, 1.0, value)])
    each = [(other, 1.0, 1.0 if name == "kinds" else n) for other, n in kept.items()]
    rest = value - sum(n for *_, n in each)
    return terms([*each, *([("…", 1.0, rest)] if rest else [])] or [("–", 1.0, 0.0)])


def _code(name: str, trace: xr.Dataset, position: int, order: int, kept: dict[str, float]) -> str:
    kind, _, language = trace.attrs["source"].partition(":")
    context, token = _place(trace, position, order)
    if order and kind in _TEXTS and "<unk>" not in (*context, token):
        texts = _TEXTS[kind].format(language=language, cut=_CUT[trace.attrs["unit"]])
        different = trace.attrs["method"] == "kneser-ney" and order < trace.attrs["order"]
        return texts + _COUNT.format(
            context=context, token=token, pad=order, more=int(different), how=_DIFFERENT if different else _PLAIN,
            what=_WHAT[name],
        ).replace("seen = {word for text in texts for word in text}\n", "")  # fmt: skip
    total, kinds, count = (float(trace[each][position, order]) for each in ("context_count", "kinds", "count"))
    if count:
        kept = kept | {token: count}
    what = {"count": f"following.get({token!r}, 0)", "context_count": "sum(following.values()) + rest",
            "kinds": "len(following) + others"}[name]  # fmt: skip
    return (
        f"following = {kept}\nothers = {kinds - len(kept):.0f}  # more tokens that followed\n"
        f"rest = {total - sum(kept.values())!r}  # how often these were counted\nprint({what})\n"
    )


_RULES = {
    "mle": ("c / N if N else 0.0", "0.0"),
    "add-k": ("c / (N + k * V)", "k * V / (N + k * V)"),
    "witten-bell": ("c / (N + T) if N else 0.0", "T / (N + T) if N else 1.0"),
    "kneser-ney": ("max(c - D, 0) / N if N else 0.0", "D * T / N if N else 1.0"),
}


def _program(trace: xr.Dataset, position: int) -> str:
    """Lists alpha, beta, weight and contribution by order, from the counts."""
    lines = [f"V = {trace.attrs['v']}", "alpha, beta = [1 / V], [0.0]"]
    method, n = trace.attrs["method"], trace.attrs["order"]
    if method == "add-k":
        lines.append(f"k = {trace.attrs['k']!r}")
    for order in range(1, n + 1):
        lines += _order_lines(trace, position, order, method, n)
    lines += [
        "weight = [1.0]", "for b in reversed(beta[1:]):", "    weight.insert(0, weight[0] * b)",
        "contribution = [w * a for w, a in zip(weight, alpha)]", "p = sum(contribution)",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _order_lines(trace: xr.Dataset, position: int, order: int, method: str, n: int) -> list[str]:
    c, N, T = (float(trace[name][position, order]) for name in ("count", "context_count", "kinds"))
    alpha, beta = (float(trace[name][position, order]) for name in ("alpha", "backoff"))
    D, whole = trace.attrs["discounts"][order - 1], order == 1 and not trace.attrs["floor"] and method != "add-k"
    if whole:
        rule = ("c / N if N else 0.0", "0.0")
    elif method in ("mle", "add-k") and order < n:
        rule = ("0.0", repr(beta))
    elif method == "back-off":  # what is left is shared out among the unseen: a sum over the whole vocabulary
        share = max(c - D, 0) / N if N else 0.0  # nothing is taken where a context has seen all that can come
        plain = math.isclose(alpha, share, abs_tol=1e-12)
        rule = ("max(c - D, 0) / N if N else 0.0" if plain else repr(alpha), repr(beta))
    else:
        rule = _RULES[method]
    return [f"c, N, T, D = {c:.0f}, {N:.0f}, {T:.0f}, {D!r}  # order {order}", f"alpha.append({rule[0]})",
            f"beta.append({rule[1]})"]  # fmt: skip


def _cell(name: str, trace: xr.Dataset, position: int, order: int) -> Explanation:
    value = float(trace[name][position, order])
    listed = {"backoff": "beta"}.get(name, name)
    code = f"{_program(trace, position)}print({listed}[{order}])\n"
    symbol = trace[name].attrs["symbol"]
    if name in ("weight", "contribution"):
        betas = [(rf"β_{j}", 1.0, float(trace["backoff"][position, j])) for j in range(order + 1, trace.sizes["order"])]
        own = [(f"α_{order}", 1.0, float(trace["alpha"][position, order]))] if name == "contribution" else []
        table = _factors([*own, *betas])
        body = r"\cdot ".join(number(v) for v in table["value"])
        return Explanation(f"{symbol}={body}={value:.5g}", table, value, code, how="product")
    c, N, T = (float(trace[each][position, order]) for each in ("count", "context_count", "kinds"))
    said = rf"\quad c={c:.0f},\;N={N:.0f},\;T={T:.0f}" if order else rf"=1/{trace.attrs['v']}"
    return Explanation(f"{symbol}={value:.5g}{said}", terms([(name, 1.0, value)]), value, code)


def _factors(rows: list[tuple[str, float, float]]) -> pd.DataFrame:
    """A table of factors; none is left out, since a product needs them all."""
    table = pd.DataFrame(rows or [("1", 1.0, 1.0)], columns=["term", "weight", "value"])
    return table.assign(product=table["weight"] * table["value"])


def _p(trace: xr.Dataset, position: int) -> Explanation:
    parts, value = trace["contribution"].values[position], float(trace["p"][position])
    rows = [(f"order {k}", 1.0, float(part)) for k, part in enumerate(parts)]
    context, token = _place(trace, position, trace.attrs["order"])
    body = "+".join(number(part) for part in parts)
    left = rf"P(\text{{{word(token)}}}\mid\text{{{word(' '.join(context)) or '–'}}})"
    return Explanation(f"{left}={body}={value:.5g}", terms(rows), value, f"{_program(trace, position)}print(p)\n")


def _log_p(trace: xr.Dataset, position: int) -> Explanation:
    p, value = float(trace["p"][position]), float(trace["log_p"][position])
    code = f"import math\n\n{_program(trace, position)}print(math.log(p) if p else -math.inf)\n"
    return Explanation(rf"\log {number(p)}={value:.5g}", terms([("p", 1.0, p)]), value, code, how="log")


def _total(trace: xr.Dataset, position: int) -> Explanation:
    parts, value = trace["log_p"].values[: position + 1], float(trace["total"][position])
    labels = trace["position_label"].values
    rows = [(str(labels[k]), 1.0, float(part)) for k, part in enumerate(parts)]
    listed = ", ".join("-math.inf" if math.isinf(part) else repr(float(part)) for part in parts)
    code = f"import math\n\nprint(sum([{listed}]))\n"
    return Explanation(rf"\sum_{{s\le {position + 1}}}\log P={value:.5g}", terms(rows), value, code)


def _longest(trace: xr.Dataset, position: int) -> Explanation:
    counts, value = trace["count"].values[position], float(trace["longest"][position])
    code = f"counts = {counts.tolist()}  # by order\nprint(max([k for k, c in enumerate(counts) if c], default=0))\n"
    return Explanation(rf"k^*={value:.0f}", terms([("k", 1.0, value)]), value, code)


def _follower(trace: xr.Dataset, position: int, order: int, rank: int) -> Explanation:
    value, words = float(trace["followers"][position, order, rank]), trace.attrs["follower_words"][position][order]
    counted = trace["followers"].values[position, order].tolist()
    who = words[rank] if rank < len(words) else "–"
    code = f"counts = {counted}  # of {words}\nprint(counts[{rank}])\n"
    return Explanation(rf"c(h\,\text{{{word(who)}}})={value:.0f}", terms([(who, 1.0, value)]), value, code)


def _one_of(explainer: Explainer, trace: xr.Dataset, position: int, model: int | None = None) -> Explanation:
    """A cell of one model's trace, or of the trace of several."""
    return explainer(trace if model is None else trace.attrs["chains"][model], position)


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_counted, name) for name in ("count", "context_count", "kinds")},
    **{name: partial(_cell, name) for name in ("alpha", "backoff", "weight", "contribution")},
    "p": partial(_one_of, _p), "log_p": partial(_one_of, _log_p), "total": partial(_one_of, _total),
    "longest": partial(_one_of, _longest), "followers": _follower,
}  # fmt: skip
