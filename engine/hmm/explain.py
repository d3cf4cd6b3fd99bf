"""The proof of every cell of a hidden Markov model's trace: parameters, forward, backward and Viterbi's table."""

from functools import partial

import numpy as np
import xarray as xr

from engine.explain import Explainer, Explanation, terms
from engine.hmm.code_text import (
    BARE,
    HEAD,
    cell,
    emission,
    largest,
    loop,
    name_of,
    names,
    program,
    result,
    summed,
    table,
    tensor,
    tex,
    times,
)  # fmt: skip
from engine.hmm.paths_explain import EXPLAIN as PATHS
from engine.hmm.posterior_explain import EXPLAIN as POSTERIOR

SCALED = """arriving = pi
for o in O:
    a = arriving * B[:, o]
    c = a.sum()
    alpha_hat = a / c
    arriving = alpha_hat @ A
"""


def _given(trace: xr.Dataset, name: str, symbol: str, *at: int) -> Explanation:
    """A parameter of the model: it is what it is."""
    value, place = float(trace[name].values[at]), ", ".join(map(str, at))
    code = HEAD + tensor(name, trace[name].values)
    rows = terms([(name, 1.0, value)])
    return Explanation(f"{symbol}={result(value)}", rows, value, f"{code}print({name}[{place}].item())")


def _explain_pi(trace: xr.Dataset, state: int) -> Explanation:
    return _given(trace, "pi", rf"\pi({name_of(trace, 'state', state)})", state)


def _explain_A(trace: xr.Dataset, state: int, next_state: int) -> Explanation:
    edge = rf"a({name_of(trace, 'state', state)},{name_of(trace, 'next_state', next_state)})"
    return _given(trace, "A", edge, state, next_state)


def _explain_B(trace: xr.Dataset, state: int, symbol: int) -> Explanation:
    at = rf"b_{{{name_of(trace, 'state', state)}}}({name_of(trace, 'symbol', symbol)})"
    return _given(trace, "B", at, state, symbol)


def _explain_O(trace: xr.Dataset, time: int) -> Explanation:
    value, places = float(trace["O"].values[time]), list(trace.attrs["O"])
    rows = terms([(str(trace["time_label"].values[time]), 1.0, value)])
    equation = rf"O_{{{time + 1}}}={name_of(trace, 'time', time)}={result(value)}"
    return Explanation(equation, rows, value, f"O = {places}  # places in V, counted from 0\nprint(O[{time}])")


def _explain_b(trace: xr.Dataset, time: int, state: int) -> Explanation:
    value = float(trace["b"].values[time, state])
    code = program(trace, f"print(B[{state}, O[0]].item())", time, time + 1, ("B",))
    rows = terms([(f"b({trace['time_label'].values[time]})", 1.0, value)])
    return Explanation(f"{emission(trace, time, name_of(trace, 'state', state))}={result(value)}", rows, value, code)


def _explain_start(trace: xr.Dataset, name: str, state: int, code: str) -> Explanation:
    """The first column of a forward recursion: π_j b_j(O_1)."""
    value, pi, b = float(trace[name].values[0, state]), trace["pi"].values[state], trace["b"].values[0, state]
    symbol, rule = cell(trace, name, 0, state), rf"\pi_j\,{emission(trace, 0)}"
    if not name.startswith("log_"):
        equation = rf"{symbol}={rule}={tex(pi)}\cdot{tex(b)}={result(value)}"
        return Explanation(equation, terms([("π · b", pi, b)]), value, code)
    with np.errstate(divide="ignore"):
        logs = np.log([pi, b])
    rows = table([("log π", 1.0, logs[0]), ("log b", 1.0, logs[1])])
    return Explanation(rf"{symbol}=\log {rule}={tex(logs[0])}+{tex(logs[1])}={result(value)}", rows, value, code)


def _explain_forward(trace: xr.Dataset, time: int, state: int, name: str = "alpha") -> Explanation:
    """α_t(j) and δ_t(j): one row for each predecessor."""
    code = program(trace, f"{loop(name)}print({name}[{state}].item())", 0, time + 1)
    if not time:
        return _explain_start(trace, name, state, code)
    value, how = float(trace[name].values[time, state]), "max" if name == "delta" else "sum"
    before, a, b = trace[name].values[time - 1], trace["A"].values[:, state], trace["b"].values[time, state]
    rows = terms([(label, before[i], a[i] * b) for i, label in enumerate(names(trace))])
    pairs = times(before, a)
    power, body = (r"\max", largest(pairs, before * a)) if how == "max" else ("", summed(pairs, before * a))
    symbol = cell(trace, name, time, state)
    rule = rf"\{how}_i\big({BARE[name]}_{{{time}}}(i)\,a_{{ij}}\big)\,{emission(trace, time)}"
    equation = rf"{symbol}={rule}={power}({body})\cdot{tex(b)}={result(value)}"
    return Explanation(equation, rows, value, code, how)


def _explain_log_forward(trace: xr.Dataset, time: int, state: int, name: str = "log_alpha") -> Explanation:
    """log α_t(j) and log δ_t(j): the same, where the plain numbers would underflow."""
    code = program(trace, f"{loop(name)}print({name}[{state}].item())", 0, time + 1)
    if not time:
        return _explain_start(trace, name, state, code)
    value, symbol = float(trace[name].values[time, state]), cell(trace, name, time, state)
    rule = rf"{BARE[name[4:]]}_{{{time}}}(i)\,a_{{ij}}\,{emission(trace, time)}"
    if name == "log_alpha":
        flow = trace["log_arrival"].values[time - 1, :, state]
        return _log_sum(trace, rf"{symbol}=\log\sum_i {rule}", flow, value, code)
    flow = trace["log_candidate"].values[time - 1, :, state]
    rows = table([(label, 1.0, log) for label, log in zip(names(trace), flow, strict=True)])
    equation = rf"{symbol}=\max_i\log {rule}=\max({largest(list(map(tex, flow)), flow)})={result(value)}"
    return Explanation(equation, rows, value, code, "max")


def _log_sum(trace: xr.Dataset, rule: str, flow: np.ndarray, value: float, code: str) -> Explanation:
    """The logarithm of a sum over the states of what flows, given as logarithms."""
    rows = table([(label, 1.0, log) for label, log in zip(names(trace), flow, strict=True)])
    body = largest([f"e^{{{tex(log)}}}" for log in flow], flow, "+")
    return Explanation(rf"{rule}=\log\left({body}\right)={result(value)}", rows, value, code, "logsumexp")


def _explain_end(trace: xr.Dataset, name: str, state: int) -> Explanation:
    """The last column of β: 1, since nothing comes after it."""
    value, log = float(trace[name].values[-1, state]), name.startswith("log_")
    code = f"{HEAD}{name} = torch.{'zeros' if log else 'ones'}({trace.sizes['state']})\nprint({name}[{state}].item())"
    equation = f"{cell(trace, name, trace.sizes['time'] - 1, state)}={result(value)}"
    return Explanation(equation, table([("log 1" if log else "1", 1.0, value)]), value, code)


def _explain_beta(trace: xr.Dataset, time: int, state: int, name: str = "beta") -> Explanation:
    """β_t(i) or its logarithm: one row for each successor."""
    if time + 1 == trace.sizes["time"]:
        return _explain_end(trace, name, state)
    value, symbol = float(trace[name].values[time, state]), cell(trace, name, time, state)
    code = f"{loop(name, 'reversed(O)')}print({name}[{state}].item())"
    code = program(trace, code, time + 1, None, ("A", "B"))
    rule = rf"\sum_j a_{{ij}}\,{emission(trace, time + 1)}\,\beta_{{{time + 2}}}(j)"
    if name == "log_beta":
        return _log_sum(trace, rf"{symbol}=\log{rule}", trace["log_departure"].values[time, state], value, code)
    a, b, after = trace["A"].values[state], trace["b"].values[time + 1], trace["beta"].values[time + 1]
    rows = terms([(label, a[j], b[j] * after[j]) for j, label in enumerate(names(trace, "next_state"))])
    equation = rf"{symbol}={rule}={summed(times(a, b, after), a * b * after)}={result(value)}"
    return Explanation(equation, rows, value, code)


def _explain_alpha_hat(trace: xr.Dataset, time: int, state: int) -> Explanation:
    """The scaled forward table: the same sum, divided by the column's."""
    value, c, b = (float(x) for x in (trace["alpha_hat"].values[time, state], trace["c"].values[time],
                                      trace["b"].values[time, state]))  # fmt: skip
    labels, before, a = ["π"], trace["pi"].values[[state]], np.ones(1)
    rule = rf"\pi_j\,\frac{{{emission(trace, 0)}}}{{c_1}}"
    if time:
        labels, before, a = names(trace), trace["alpha_hat"].values[time - 1], trace["A"].values[:, state]
        rule = rf"\sum_i\hat\alpha_{{{time}}}(i)\,a_{{ij}}\,\frac{{{emission(trace, time)}}}{{c_{{{time + 1}}}}}"
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = terms([(label, before[i], a[i] * np.divide(b, c)) for i, label in enumerate(labels)])
    body = rf"({summed(times(before, a), before * a)})\cdot\frac{{{tex(b)}}}{{{tex(c)}}}"
    equation = f"{cell(trace, 'alpha_hat', time, state)}={rule}={body}={result(value)}"
    return Explanation(equation, rows, value, program(trace, f"{SCALED}print(alpha_hat[{state}].item())", 0, time + 1))


def _explain_c(trace: xr.Dataset, time: int) -> Explanation:
    """The sum of a scaled column before it is divided: what the observation's probability was."""
    value, b, before, rule = float(trace["c"].values[time]), trace["b"].values[time], trace["pi"].values, r"\pi_j"
    if time:
        before = trace["alpha_hat"].values[time - 1] @ trace["A"].values
        rule = rf"\Big(\sum_i\hat\alpha_{{{time}}}(i)\,a_{{ij}}\Big)"
    rows = terms([(label, before[j], b[j]) for j, label in enumerate(names(trace))])
    body = summed(times(before, b), before * b)
    equation = rf"c_{{{time + 1}}}=\sum_j{rule}\,{emission(trace, time)}={body}={result(value)}"
    return Explanation(equation, rows, value, program(trace, f"{SCALED}print(c.item())", 0, time + 1))


EXPLAIN: dict[str, Explainer] = {
    "O": _explain_O, "pi": _explain_pi, "A": _explain_A, "B": _explain_B, "b": _explain_b,
    "alpha": _explain_forward, "delta": partial(_explain_forward, name="delta"),
    "log_alpha": _explain_log_forward, "log_delta": partial(_explain_log_forward, name="log_delta"),
    "beta": _explain_beta, "log_beta": partial(_explain_beta, name="log_beta"),
    "alpha_hat": _explain_alpha_hat, "c": _explain_c, **POSTERIOR, **PATHS,
}  # fmt: skip
