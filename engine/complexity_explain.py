"""How each cost of a layer comes about, and code that counts it again from scratch."""

import math
from collections.abc import Callable
from dataclasses import replace

import xarray as xr

from engine.complexity import LAYERS, Sizes, longest, operations
from engine.explain import Explanation, number, terms

_COUNTED = """
from torch.utils.flop_counter import FlopCounterMode
n, d, k, r = {n}, {d}, {k}, {r}

with torch.device("meta"), FlopCounterMode(display=False) as counter:  # shapes only, no numbers
    x = torch.empty(n, d)
{body}print(counter.get_total_flops() / 2)  # a multiply-add is two operations
"""
_RECURRENT = """    W, R, h = torch.empty({rows} * d, d), torch.empty({rows} * d, d), torch.empty(1, d)
    a = x @ W.T
    for t in range(n):
        u = h @ R.T
"""
_KERNEL = """    W = torch.empty(d, d, k)
    torch.nn.functional.conv1d(x.T[None], W, padding={spread} * (k // 2), dilation={spread})
"""
_ATTENTION = """    W_Q, W_K, W_V, W_O = (torch.empty(d, d) for _ in range(4))
    Q, K, V = x @ W_Q, x @ W_K, x @ W_V
    Z = (Q @ K.T) @ V
    out = Z @ W_O
"""
_RESTRICTED = """n, d, r = {n}, {d}, {r}
pairs = sum(abs(i - j) <= r // 2 for i in range(n) for j in range(max(0, i - r), min(n, i + r + 1)))
print(4 * n * d**2 + 2 * pairs * d)
"""
_SEARCH = """n, k, r = {n}, {k}, {r}

def neighbours(i, depth):
    {neighbours}

steps, front, depth = {{{source}: 0}}, [{source}], 0
while front:
    depth, front = depth + 1, [j for i in front for j in neighbours(i, depth) if 0 <= j < n]
    front = [j for j in dict.fromkeys(front) if j not in steps]
    steps |= dict.fromkeys(front, depth)
print(steps.get({target}, float("nan")))
"""
_DILATED = """n, k = {n}, {k}
reached, depth = {{{source}}}, 0
while {target} not in reached:
    steps = [step * (k // 2 + 1) ** depth for step in range(-(k // 2), k // 2 + 1)]
    reached |= {{i + step for i in reached for step in steps}} & set(range(n))
    depth += 1
print(depth)
"""
_NEIGHBOURS = {
    "attention": "return range(n)",
    "cnn": "return range(i - k // 2, i + k // 2 + 1)",
    "restricted": "return range(i - r // 2, i + r // 2 + 1)",
}
_WAITS = """n, depth = {n}, []
for t in range(n):  # a word waits for {what}
    depth.append(1 + {before})
print(max(depth))
"""
_TERMS = {"attention": "n**2 * d", "recurrent": "n * d**2", "convolution": "k * n * d**2", "restricted": "r * n * d"}
_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def _at(trace: xr.Dataset, layer: int, length: int) -> tuple[str, Sizes]:
    sizes = Sizes(trace.attrs["n"], trace.attrs["d"], trace.attrs["k"], trace.attrs["r"])
    return trace.attrs["layers"][layer], replace(sizes, n=trace.attrs["lengths"][length])


def _named(sizes: Sizes) -> dict:
    return {name: getattr(sizes, name) for name in ("n", "d", "k", "r")}


def _term(trace: xr.Dataset, layer: int, length: int) -> Explanation:
    name, sizes = _at(trace, layer, length)
    row, value = LAYERS[name], float(trace["term"][layer, length])
    factors = {"n": sizes.n, "d": sizes.d, "k": sizes.k, "r": sizes.r}
    filled = r" \cdot ".join(f"{factors[part[0]]}{part[1:]}" for part in row.formula.split())
    rows = terms([(row.formula, 1.0, value)])
    code = f"n, d, k, r = {sizes.n}, {sizes.d}, {sizes.k}, {sizes.r}\nprint({_TERMS[row.row]})\n"
    return Explanation(rf"{row.formula} = {filled} = {value:.0f}", rows, value, code)


def _operations(trace: xr.Dataset, layer: int, length: int) -> Explanation:
    name, sizes = _at(trace, layer, length)
    parts, value = LAYERS[name].parts(sizes), float(operations(name, sizes))
    if name == "restricted":
        code = _RESTRICTED.format(**_named(sizes))
    else:
        body = _ATTENTION
        if name in _GATES:
            body = _RECURRENT.format(rows=_GATES[name])
        elif name.startswith("cnn"):
            body = _KERNEL.format(spread=1)
        code = "import torch" + _COUNTED.format(body=body, **_named(sizes))
    equation = rf"{'+'.join(str(part.count) for part in parts)} = {value:.0f}"
    return Explanation(equation, terms([(part.name, 1.0, part.count) for part in parts]), value, code)


def _sequential(trace: xr.Dataset, layer: int, length: int) -> Explanation:
    name, sizes = _at(trace, layer, length)
    value, waits = float(trace["sequential"][layer, length]), LAYERS[name].waits
    what, before = ("the one before it", "(depth[-1] if t else 0)") if waits else ("no other one", "0")
    code = _WAITS.format(n=sizes.n, what=what, before=before)
    return Explanation(rf"{'n' if waits else '1'} = {value:.0f}", terms([("1", value, 1.0)]), value, code)


def _search(name: str, sizes: Sizes, source: int, target: int, found: bool = True) -> str:
    """Code of a breadth-first search from word to word."""
    at = _named(sizes) | {"source": source, "target": target}
    if name == "cnn-dilated" and found:
        return _DILATED.format(**at)
    return _SEARCH.format(neighbours=_NEIGHBOURS.get(name, "return [i + 1]"), **at)


def _longest(trace: xr.Dataset, layer: int, length: int) -> Explanation:
    name, sizes = _at(trace, layer, length)
    value = float(longest(name, sizes))
    equation = rf"d(1, {sizes.n}) = {value:.0f} \quad O({LAYERS[name].bound})"
    return Explanation(equation, terms([("1", value, 1.0)]), value, _search(name, sizes, 0, sizes.n - 1))


def _path(trace: xr.Dataset, layer: int, source: int, target: int) -> Explanation:
    name, value = trace.attrs["layers"][layer], float(trace["path"][layer, source, target])
    sizes = Sizes(trace.sizes["source"], trace.attrs["d"], trace.attrs["k"], trace.attrs["r"])
    equation = rf"d({source + 1}, {target + 1}) = {number(value) if math.isfinite(value) else '—'}"
    rows = terms([("1", value, 1.0)] if math.isfinite(value) else [])
    return Explanation(equation, rows, value, _search(name, sizes, source, target))


EXPLAIN: dict[str, Callable[..., Explanation]] = {
    "term": _term, "operations": _operations, "sequential": _sequential, "longest": _longest, "path": _path,
}  # fmt: skip
