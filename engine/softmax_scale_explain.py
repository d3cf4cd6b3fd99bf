"""The proof of weights, entropy and gradient at a temperature, and of their means over drawn queries and keys."""

from functools import partial

import xarray as xr

from engine.explain import Explainer, Explanation, number, terms

_AT = """import torch

s = torch.tensor({scores}, dtype=torch.float64, requires_grad=True)
x = (s / {T}).detach().requires_grad_()
weights = x.softmax(0)
"""
_LAST = {
    "weights": "print(weights[{key}].item())\n",
    "entropy": "kept = weights[weights > 0]\nprint(-(kept * kept.log2()).sum().item())\n",
    "gradient": "print(torch.autograd.functional.jacobian(lambda x: x.softmax(0), x).norm().item())\n",
}
_DRAWN = """import numpy as np
import torch

random = np.random.default_rng([{seed}, {size}])
Q = torch.tensor(random.standard_normal(({n_queries}, {size})))
K = torch.tensor(random.standard_normal(({n_keys}, {size})))
a = (Q @ K.T / {scale}).softmax(1)
"""
_MEAN = {
    "entropy": "print(-torch.where(a > 0, a * a.log2(), 0.0).sum(1).mean().item())\n",
    "gradient": "J = torch.diag_embed(a) - a[:, :, None] * a[:, None]\nprint(J.flatten(1).norm(dim=1).mean().item())\n",
}


def _explain(name: str, trace: xr.Dataset, temperature: int, key: int | None = None) -> Explanation:
    scores, T = trace.attrs["scores"], trace.attrs["T"][temperature]
    place = (temperature,) if key is None else (temperature, key)
    value = float(trace[name][place])
    code = _AT.format(scores=list(scores), T=T) + _LAST[name].format(key=key)
    symbol = trace[name].attrs["symbol"]
    if name != "weights":
        return Explanation(f"{symbol}={value:.5g}", terms([(name, 1.0, value)]), value, code)
    equation = rf"{symbol}=\frac{{e^{{{number(scores[key])}/{T:g}}}}}{{\sum_j e^{{s_j/{T:g}}}}}={value:.5g}"
    return Explanation(equation, terms([("α", 1.0, value)]), value, code)


def _mean(name: str, trace: xr.Dataset, size: int) -> Explanation:
    d, value, (what, how) = trace.attrs["sizes"][size], float(trace[name][size]), name.split("_")
    drawn = {each: trace.attrs[each] for each in ("seed", "n_queries", "n_keys")}
    code = _DRAWN.format(size=d, scale=f"{d} ** 0.5" if how == "scaled" else "1", **drawn) + _MEAN[what]
    return Explanation(f"{trace[name].attrs['symbol']}={value:.5g}", terms([(name, 1.0, value)]), value, code)


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_explain, name) for name in _LAST},
    **{f"{name}_{how}": partial(_mean, f"{name}_{how}") for name in _MEAN for how in ("scaled", "plain")},
}  # fmt: skip
