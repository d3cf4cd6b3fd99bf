"""The proof of what a layer does to the stream: lengths, cosines, units that are on, the convolution, the gradient."""

from functools import partial

import xarray as xr

from engine import transformer_code
from engine.explain import Explainer, Explanation, number, terms
from engine.softmax_explain import matrix

_EXPRESSIONS = {
    "before": "x.norm()", "added": "f.norm()", "after": "(x + f).norm()",
    "turned": "x @ f / x.norm() / f.norm()", "kept": "x @ (x + f) / x.norm() / (x + f).norm()",
}  # fmt: skip
_RULES = {
    "before": r"\sqrt{\textstyle\sum_u X[u]^2}", "added": r"\sqrt{\textstyle\sum_u f(X)[u]^2}",
    "after": r"\sqrt{\textstyle\sum_u(X+f(X))[u]^2}",
    "turned": r"\frac{X\cdot f(X)}{\lVert X\rVert\,\lVert f(X)\rVert}",
    "kept": r"\frac{X\cdot(X+f(X))}{\lVert X\rVert\,\lVert X+f(X)\rVert}",
}  # fmt: skip


def _program(trace: xr.Dataset, layer: int, lines: str) -> str:
    """A program that computes the layers up to one, `v` its values, and ends with `lines`."""
    program = trace.attrs["program"]
    return transformer_code.front(program, f"{transformer_code.run(program, layer + 1)}v = found[{layer}]\n{lines}")


def _explain_length(name: str, trace: xr.Dataset, layer: int, part: int, query: int) -> Explanation:
    _, start, added = trace.attrs["sources"][part]
    value = float(trace[name][layer, part, query])
    lines = f'x, f = v["{start}"][{query}], v["{added}"][{query}]\nprint(({_EXPRESSIONS[name]}).item())\n'
    table = terms([(_EXPRESSIONS[name], 1.0, value)])
    return Explanation(f"{_RULES[name]}={value:.5g}", table, value, _program(trace, layer, lines))


def _explain_active(trace: xr.Dataset, layer: int, query: int) -> Explanation:
    value, n = float(trace["active"][layer, query]), trace.attrs["stack"].d_ff
    equation = rf"\frac{{{round(value * n)}}}{{{n}}}={value:.5g}"
    code = _program(trace, layer, f'print((v["hidden"][{query}] > 0).double().mean().item())\n')
    return Explanation(equation, terms([("1 / d_ff", 1 / n, round(value * n))]), value, code)


def _explain_convolved(trace: xr.Dataset, layer: int, query: int, unit: int) -> Explanation:
    tensors, value = trace.attrs["program"].tensors, float(trace["convolved"][layer, query, unit])
    first, second = (tensors[role].format(layer) for role in ("W_1", "W_2"))
    bias = matrix(trace, f"{second}.bias")[unit].item()
    lines = (
        f'x = v["ffn_normed"].T[None]  # the places side by side\n'
        f'x = torch.conv1d(x, P["{first}.weight"][..., None], P["{first}.bias"])\n'
        f"x = torch.nn.functional.{trace.attrs['stack'].activation}(x)\n"
        f'x = torch.conv1d(x, P["{second}.weight"][..., None], P["{second}.bias"])\n'
        f"print(x[0, {unit}, {query}].item())\n"
    )
    equation = rf"(W_2*\text{{hidden}})[{query}, {unit}]+b_2={number(value - bias)}+{number(bias)}={value:.5g}"
    table = terms([("W_2 * hidden", 1.0, value - bias), ("b_2", 1.0, bias)])
    return Explanation(equation, table, value, _program(trace, layer, lines))


_DRAWN = """import torch

d, d_ff, n_heads, n_layers, n_words = {d_model}, {d_ff}, {n_heads}, {n_layers}, {n_words}
generator = torch.Generator().manual_seed({seed})
X = torch.randn(n_words, d, generator=generator, dtype=torch.float32)


def linear(n_in, n_out):  # uniform within ±√(6 / (inputs + outputs))
    bound = (6 / (n_in + n_out)) ** 0.5
    W = torch.empty(n_out, n_in, dtype=torch.float32)
    return W.uniform_(-bound, bound, generator=generator).double()


def norm(x):
    x = x - x.mean(-1, keepdim=True)
    return x / (x.pow(2).mean(-1, keepdim=True) + {eps}).sqrt()


def heads(x):
    return x.unflatten(-1, (n_heads, -1)).transpose(0, 1)


layers = [[linear(d, d) for _ in range(4)] + [linear(d, d_ff), linear(d_ff, d)] for _ in range(n_layers)]
X = X.double().requires_grad_()
stream, gain = [], {gain}
for W_Q, W_K, W_V, W_O, W_1, W_2 in layers:
    stream.append(X)
    x = norm(X)
    Q, K, V = heads(x @ W_Q.T), heads(x @ W_K.T), heads(x @ W_V.T)
    Z = (Q @ K.transpose(1, 2) / Q.shape[2] ** 0.5).softmax(-1) @ V
    X = gain * X + Z.transpose(0, 1).flatten(1) @ W_O.T
    X = gain * X + torch.relu(norm(X) @ W_1.T) @ W_2.T
L = norm(X)[-1, 0] - norm(X)[:, 0].mean()
"""
_GRADIENT = "print(torch.autograd.grad(L, {X})[0].norm().item())\n"
_ALIKE = """rows = torch.nn.functional.normalize({X}, dim=-1)
print((((rows @ rows.T).sum() - len(rows)) / (len(rows) * (len(rows) - 1))).item())
"""


def _trained(trace: xr.Dataset, way: int, last: str) -> str:
    program = trace.attrs["program"]
    off = [("residual", at) for at in range(program.stack.n_layers)] if way else []
    line = f"found, X = layers(NAMES, {program.stack.n_layers}, X, mask, memory, parts_off={off})\n"
    end = f"output = norm({program.tensors['norm']!r}, X)\n" if program.stack.norm == "before" else "output = X\n"
    weight, bias = program.out
    loss = (
        f"logits = output @ P[{weight!r}].T + P[{bias!r}]\n"
        f"L = -logits.log_softmax(-1)[range(len(words)), {list(program.written)}].sum()\n"
    )
    return transformer_code.front(program, f"X.requires_grad_()\n{line}{end}{loss}{last}")


def _explain_way(name: str, last: str, trace: xr.Dataset, way: int, layer: int) -> Explanation:
    value, attrs = float(trace[name][way, layer]), trace.attrs
    if attrs["kind"] == "trained":
        code = _trained(trace, way, last.format(X=f'found[{layer}]["X"]'))
    else:
        sizes = {name: getattr(attrs["stack"], name) for name in ("d_model", "d_ff", "n_heads", "n_layers", "eps")}
        code = _DRAWN.format(**sizes, n_words=attrs["n_words"], seed=attrs["seed"], gain=1 - way)
        code += last.format(X=f"stream[{layer}]")
    symbol = trace[name].attrs["symbol"].replace(r"\ell", f"{layer + 1}")
    return Explanation(f"{symbol}={value:.5g}", terms([(name, 1.0, value)]), value, code)


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_explain_length, name) for name in _EXPRESSIONS},
    "active": _explain_active, "convolved": _explain_convolved,
    "gradient": partial(_explain_way, "gradient", _GRADIENT), "alike": partial(_explain_way, "alike", _ALIKE),
}  # fmt: skip
