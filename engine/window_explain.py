"""The proof of every cell of the time-lag network's trace: terms, equation, and plain torch."""

from functools import partial

import xarray as xr

from engine import cell_code
from engine.explain import Explainer, Explanation, summed, terms
from engine.softmax_explain import explain_logits, explainers, matrix
from engine.text import ALPHABET, N_LETTERS

_RUN = """{head}text, k = {text!r}, {k}
x = torch.zeros(k, {n_letters}, dtype=torch.float64)
for d, letter in enumerate(text[::-1][:k]):
    x[d, alphabet.index(letter)] = 1
W_d = P["x2h.weight"].split({n_letters}, 1)
a = P["x2h.weight"] @ x.flatten() + P["x2h.bias"]
h = torch.tanh(a)
o = P["h2o.weight"] @ h + P["h2o.bias"]
{value}"""


def _code(trace: xr.Dataset, time: int, value: str) -> str:
    return _RUN.format(
        head=cell_code.load(trace.attrs["weights"]), text=trace.attrs["text"][: time + 1], k=trace.sizes["distance"],
        n_letters=N_LETTERS, value=value,
    )  # fmt: skip


def _read(trace: xr.Dataset, time: int, distance: int) -> str:
    """The letter at a distance, or nothing before the name."""
    return trace.attrs["text"][time - distance] if distance <= time else ""


def _explain_x(trace: xr.Dataset, time: int, distance: int, symbol: int) -> Explanation:
    value, letter = float(trace["x"][time, distance, symbol]), _read(trace, time, distance) or "—"
    table = terms([(f"{letter} = {ALPHABET[symbol]}", 1.0, value)])
    line = f"print(x[{distance}, {symbol}].item())"
    return Explanation(rf"x_{{{time + 1 - distance}}}[{symbol}]={value:.0f}", table, value, _code(trace, time, line))


def _product(trace: xr.Dataset, time: int, distance: int, unit: int) -> tuple[str, float, float]:
    """W_d x_{t-d}: one weight, or nothing before the name."""
    letter = _read(trace, time, distance)
    if not letter:
        return f"W_{distance}·0", 0.0, 0.0
    weight = matrix(trace, "x2h.weight")[unit, distance * N_LETTERS + ALPHABET.index(letter)]
    return f"W_{distance}·x[{letter}]", weight.item(), 1.0


def _explain_part(trace: xr.Dataset, time: int, distance: int, unit: int) -> Explanation:
    table, value = terms([_product(trace, time, distance, unit)]), float(trace["part"][time, distance, unit])
    symbol = rf"W_{{{distance}}}x_{{{time + 1 - distance}}}[{unit}]"
    line = f"print((W_d[{distance}] @ x[{distance}])[{unit}].item())"
    return Explanation(summed(symbol, table, value), table, value, _code(trace, time, line))


def _explain_a(name: str, trace: xr.Dataset, time: int, unit: int) -> Explanation:
    bias, value = matrix(trace, "x2h.bias")[unit].item(), float(trace[name][time, unit])
    table = terms([("b", bias, 1.0), *(_product(trace, time, d, unit) for d in range(trace.sizes["distance"]))])
    wrap = r"\tanh\left({}\right)" if name == "h" else "{}"
    rule = wrap.format(r"\sum_dW_dx_{t-d}+b")
    equation = summed(f"{name}_{{{time + 1}}}[{unit}]={rule}", table, value, wrap)
    line = f"print({name}[{unit}].item())"
    return Explanation(equation, table, value, _code(trace, time, line), "tanh" if name == "h" else "sum")


EXPLAIN: dict[str, Explainer] = {
    **explainers(_code), "x": _explain_x, "part": _explain_part, "a": partial(_explain_a, "a"),
    "h": partial(_explain_a, "h"), "logits": partial(explain_logits, _code, "o", "h", r"W_{oh}h_t+b_o"),
}  # fmt: skip
