"""The program that counts BLEU again, in plain Python, for the proof of every number."""

import xarray as xr

_COUNT = """\
from collections import Counter
from math import exp, log, prod

candidate = {candidate!r}
references = {references!r}
N = {order}

def grams(words, n):
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
"""
_PRECISIONS = """
m, l = [], []
for n in range(1, N + 1):
    there = [Counter(grams(reference, n)) for reference in references]
    times = Counter(grams(candidate, n))
    m.append(sum(min(k, max(each[g] for each in there)) for g, k in times.items()))
    l.append(sum(times.values()))
"""
_SMOOTHED = {
    "none": "p = [a / b if b else 0.0 for a, b in zip(m, l)]\n",
    "floor": "p = [(a or {value!r}) / b if b and any(m) else 0.0 for a, b in zip(m, l)]\n",
    "add-k": """\
m_k = m[:1] + [a + {value!r} for a in m[1:]]
l_k = l[:1] + [b + {value!r} for b in l[1:]]
p = [a / b if b and any(m) else 0.0 for a, b in zip(m_k, l_k)]
""",
    "exp": """\
p, zeros = [], 0
for a, b in zip(m, l):
    zeros += b > 0 and a == 0
    p.append((a or 0.5**zeros) / b if b and any(m) else 0.0)
""",
}
_PRODUCT = """\
orders = {orders}
w = [1 / orders if n < orders else 0.0 for n in range(N)]
c = len(candidate)
r = min((abs(len(reference) - c), len(reference)) for reference in references)[1]
BP = exp(1 - r / c) if 0 < c <= r else float(c >= r)
factors = [BP] + [a**b for a, b in zip(p, w)]
"""


def _orders(trace: xr.Dataset) -> str:
    if not trace.attrs["effective"]:
        return "N"
    totals = "l_k" if trace.attrs["smoothing"] == "add-k" else "l"
    return f"max(1, sum(b > 0 for b in {totals})) if l[0] else 1"


def code(trace: xr.Dataset, line: str, whole: bool = True) -> str:
    """The program up to the line that prints; without `whole`, no more than the counting of n-grams."""
    attrs = trace.attrs
    head = _COUNT.format(
        candidate=list(attrs["candidate"]), references=list(map(list, attrs["references"])),
        order=trace.sizes["order"],
    )  # fmt: skip
    if not whole:
        return f"{head}\n{line}"
    smoothed = _SMOOTHED[attrs["smoothing"]].format(value=attrs["value"])
    return head + _PRECISIONS + smoothed + _PRODUCT.format(orders=_orders(trace)) + line
