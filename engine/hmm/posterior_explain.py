"""The proof of what flows along the edges of the trellis, and of gamma and xi."""

from functools import partial

import numpy as np
import xarray as xr

from engine.explain import Explainer, Explanation, terms
from engine.hmm.code_text import (
    LOG_TABLES,
    PLAIN_TABLES,
    UNDERFLOW,
    cell,
    emission,
    loop,
    name_of,
    program,
    result,
    table,
    tex,
    times,
)  # fmt: skip

_LOG_EDGE = "A[{i}, {j}].log() + B[{j}, O[%s]].log()"
EDGES = {  # name → (its table, what the code starts with, what it multiplies or adds)
    "arrival": ("alpha", loop("alpha", "O[1:-1]"), "alpha[{i}] * A[{i}, {j}] * B[{j}, O[-1]]"),
    "candidate": ("delta", loop("delta", "O[1:-1]"), "delta[{i}] * A[{i}, {j}] * B[{j}, O[-1]]"),
    "departure": ("beta", loop("beta", "reversed(O[1:])"), "A[{i}, {j}] * B[{j}, O[0]] * beta[{j}]"),
    "log_arrival": ("log_alpha", loop("log_alpha", "O[1:-1]"), f"log_alpha[{{i}}] + {_LOG_EDGE % -1}"),
    "log_candidate": ("log_delta", loop("log_delta", "O[1:-1]"), f"log_delta[{{i}}] + {_LOG_EDGE % -1}"),
    "log_departure": ("log_beta", loop("log_beta", "reversed(O[1:])"), f"{_LOG_EDGE % 0} + log_beta[{{j}}]"),
}
LETTER = {"alpha": "α", "beta": "β", "delta": "δ"}


def _explain_edge(trace: xr.Dataset, step: int, state: int, next_state: int, name: str) -> Explanation:
    """What flows from a state to the next one: a product of three, or the sum of their logarithms."""
    source, start, product = EDGES[name]
    bare, back, value = (
        source.removeprefix("log_"),
        source.endswith("beta"),
        trace[name].values[step, state, next_state],
    )
    node, span = ((step + 1, next_state), (step + 1, None)) if back else ((step, state), (0, step + 2))
    a, b, x = trace["A"].values[state, next_state], trace["b"].values[step + 1, next_state], trace[source].values[node]
    code = f"{start}print(({product.format(i=state, j=next_state)}).item())"
    code = program(trace, code, *span, ("A", "B") if back else ("pi", "A", "B"))
    here, there = name_of(trace, "state", state), name_of(trace, "next_state", next_state)
    rule = rf"{cell(trace, bare, *node)}\cdot a({here},{there})\cdot {emission(trace, step + 1, there)}"
    if source == bare:
        equation = f"{rule}={times([x], [a], [b])[0]}={result(value)}"
        return Explanation(equation, terms([(f"{LETTER[bare]} · a b", x, a * b)]), value, code)
    with np.errstate(divide="ignore"):
        logs = [x, *np.log([a, b])]
    rows = table(zip((f"log {LETTER[bare]}", "log a", "log b"), [1.0] * 3, logs, strict=True))
    equation = rf"\log\big({rule}\big)={'+'.join(map(tex, logs))}={result(value)}"
    return Explanation(equation, rows, value, code)


def _share(
    trace: xr.Dataset, rule: str, factors: dict[str, tuple[float, float]], value: float, plain: str, log: str
) -> Explanation:
    """A product divided by P(O); factors: {name: (number, its logarithm)}. Where the plain numbers underflow, the
    proof adds logarithms.
    """
    log_p = float(trace["log_p"])
    if -np.inf < log_p <= UNDERFLOW:
        logs = [x for _, x in factors.values()]
        rows = [(f"log {name}", 1.0, x) for name, x in zip(factors, logs, strict=True)]
        equation = rf"{rule}=e^{{{'+'.join(map(tex, logs))}-{tex(log_p)}}}={result(value)}"
        code = program(trace, f"{LOG_TABLES}print(({log} - log_p).exp().item())")
        return Explanation(equation, table([*rows, ("log P(O)", -1.0, log_p)]), value, code, "exp")
    numbers, p = [x for x, _ in factors.values()], np.exp(log_p)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = terms([(" · ".join(factors) + " / P(O)", numbers[0], np.prod(numbers[1:]) / p)])
    equation = rf"{rule}=\frac{{{times(*([x] for x in numbers))[0]}}}{{{tex(p)}}}={result(value)}"
    return Explanation(equation, rows, value, program(trace, f"{PLAIN_TABLES}print(({plain} / p).item())"))


def _explain_gamma(trace: xr.Dataset, time: int, state: int) -> Explanation:
    factors = {
        LETTER[name]: (trace[name].values[time, state], trace[f"log_{name}"].values[time, state])
        for name in ("alpha", "beta")
    }
    at, t = f"[{time}][{state}]", time + 1
    rule = rf"\gamma_{{{t}}}({name_of(trace, 'state', state)})=\frac{{\alpha_{{{t}}}(i)\,\beta_{{{t}}}(i)}}{{P(O)}}"
    return _share(
        trace, rule, factors, float(trace["gamma"].values[time, state]), f"alpha{at} * beta{at}",
        f"log_alpha{at} + log_beta{at}",
    )  # fmt: skip


def _explain_xi(trace: xr.Dataset, step: int, state: int, next_state: int) -> Explanation:
    t, i, j = step, state, next_state
    ab = np.array([trace["A"].values[i, j], trace["b"].values[t + 1, j]])
    numbers = [trace["alpha"].values[t, i], *ab, trace["beta"].values[t + 1, j]]
    with np.errstate(divide="ignore"):
        logs = [trace["log_alpha"].values[t, i], *np.log(ab), trace["log_beta"].values[t + 1, j]]
    symbol = rf"\xi_{{{t + 1}}}({name_of(trace, 'state', i)},{name_of(trace, 'next_state', j)})"
    top = rf"\alpha_{{{t + 1}}}(i)\,a_{{ij}}\,{emission(trace, t + 1)}\,\beta_{{{t + 2}}}(j)"
    return _share(
        trace, rf"{symbol}=\frac{{{top}}}{{P(O)}}",
        dict(zip(("α", "a", "b", "β"), zip(numbers, logs, strict=True), strict=True)),
        float(trace["xi"].values[t, i, j]),
        f"alpha[{t}][{i}] * A[{i}, {j}] * B[{j}, O[{t + 1}]] * beta[{t + 1}][{j}]",
        f"log_alpha[{t}][{i}] + {_LOG_EDGE.format(i=i, j=j) % (t + 1)} + log_beta[{t + 1}][{j}]",
    )  # fmt: skip


EXPLAIN: dict[str, Explainer] = {"gamma": _explain_gamma, "xi": _explain_xi} | {
    name: partial(_explain_edge, name=name) for name in EDGES
}
