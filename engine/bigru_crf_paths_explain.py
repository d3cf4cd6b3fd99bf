"""The proof of what the CRF on top of jieba's network reckons: path scores, the best path, posteriors."""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from engine.bigru_crf_code import label, program, tag, total
from engine.explain import Explainer, Explanation, number, terms


def _explain_weight(trace: xr.Dataset, name: str, **at: int) -> Explanation:
    """A number of the file crfw: its first row is π, its second ω, all others A."""
    value, places = float(trace[name].isel(at)), list(at.values())
    symbol = {"pi": r"\pi", "omega": r"\omega", "A": "a"}[name]
    labels = r"\to ".join(label(trace, dim, place) for dim, place in at.items())
    rows = terms([(" → ".join(tag(trace, place) for place in places), 1.0, value)])
    code = program(trace, "A", f"print({name}[{', '.join(map(str, places))}])")
    return Explanation(f"{symbol}({labels})={value:.5g}", rows, value, code)


def _logsumexp(symbol: str, rows: list[tuple[str, float]], value: float, code: str) -> Explanation:
    """log Σ exp over tags, the largest named."""
    table = terms([(name, 1.0, x) for name, x in rows]).sort_values("product", ascending=False, ignore_index=True)
    body = "+".join(f"e^{{{number(x)}}}" for x in table["product"].head(3))
    return Explanation(rf"{symbol}=\log\left({body}+\ldots\right)={value:.5g}", table, value, code, "logsumexp")


def _explain_log_alpha(trace: xr.Dataset, time: int, state: int) -> Explanation:
    value, b = float(trace["log_alpha"].values[time, state]), float(trace["b"].values[time, state])
    code, j = program(trace, "alpha", f"print(log_alpha[{time}][{state}])"), label(trace, "state", state)
    symbol = rf"\log\alpha_{{{time + 1}}}({j})"
    if time == 0:
        rows = [("π", 1.0, float(trace["pi"][state])), ("b", 1.0, b)]
        return total(rf"{symbol}=\pi_j+b_1(j)", rows, value, code=code)
    flow = trace["log_alpha"].values[time - 1] + trace["A"].values[:, state] + b
    rule = rf"{symbol}=\log\sum_i e^{{\log\alpha_{{{time}}}(i)+a_{{ij}}+b_{{{time + 1}}}(j)}}"
    return _logsumexp(rule, list(zip(trace["state_label"].values, flow, strict=True)), value, code)


def _explain_log_beta(trace: xr.Dataset, time: int, state: int) -> Explanation:
    value = float(trace["log_beta"].values[time, state])
    code = program(trace, "beta", f"print(log_beta[{time}][{state}])")
    symbol = rf"\log\beta_{{{time + 1}}}({label(trace, 'state', state)})"
    if time + 1 == trace.sizes["time"]:
        return total(rf"{symbol}=\omega_i", [("ω", 1.0, value)], value, code=code)
    flow = trace["A"].values[state] + trace["b"].values[time + 1] + trace["log_beta"].values[time + 1]
    rule = rf"{symbol}=\log\sum_j e^{{a_{{ij}}+b_{{{time + 2}}}(j)+\log\beta_{{{time + 2}}}(j)}}"
    return _logsumexp(rule, list(zip(trace["state_label"].values, flow, strict=True)), value, code)


def _explain_log_z(trace: xr.Dataset, time: int) -> Explanation:
    end = time + 1 == trace.sizes["time"]
    flow = trace["log_alpha"].values[time] + (trace["omega"].values if end else 0.0)
    omega = r"+\omega_j" if end else ""
    rule = rf"\log Z_{{{time + 1}}}=\log\sum_j e^{{\log\alpha_{{{time + 1}}}(j){omega}}}"
    code = program(trace, "z", f"print(log_z[{time}])")
    rows = list(zip(trace["state_label"].values, flow, strict=True))
    return _logsumexp(rule, rows, float(trace["log_z"][time]), code)


def _arriving(trace: xr.Dataset, step: int, state: int, next_state: int) -> list[tuple[str, float, float]]:
    """What makes a candidate: the best path so far, the transition, the tag's score, at the end its score there."""
    end = step + 2 == trace.sizes["time"]
    before, after = trace["log_z"].values[step : step + 2]
    rows = [
        ("log δ", 1.0, float(trace["log_delta"].values[step, state])),
        ("a", 1.0, float(trace["A"].values[state, next_state])),
        ("b", 1.0, float(trace["b"].values[step + 1, next_state])),
        ("log Z", -1.0, float(after - before)),
    ]
    return rows + ([("ω", 1.0, float(trace["omega"].values[next_state]))] if end else [])


def _edge_rule(trace: xr.Dataset, step: int, i: str, j: str) -> str:
    t, end = step + 1, step + 2 == trace.sizes["time"]
    rest = rf"-\log\frac{{Z_{{{t + 1}}}}}{{Z_{{{t}}}}}" + (rf"+\omega({j})" if end else "")
    return rf"\log\delta_{{{t}}}({i})+a({i},{j})+b_{{{t + 1}}}({j}){rest}"


def _explain_log_candidate(trace: xr.Dataset, step: int, state: int, next_state: int) -> Explanation:
    value, end = float(trace["log_candidate"].values[step, state, next_state]), step + 2 == trace.sizes["time"]
    i, j = label(trace, "state", state), label(trace, "next_state", next_state)
    omega = f" + omega[{next_state}]" if end else ""
    code = program(
        trace, "delta", f"print(score[{step}][{state}] + A[{state}, {next_state}] + b[{step + 1}, {next_state}]{omega}"
        f" - log_z[{step + 1}])",
    )  # fmt: skip
    return total(_edge_rule(trace, step, i, j), _arriving(trace, step, state, next_state), value, code=code)


def _explain_log_delta(trace: xr.Dataset, time: int, state: int) -> Explanation:
    value, end = float(trace["log_delta"].values[time, state]), time + 1 == trace.sizes["time"]
    omega = f" + omega[{state}]" if end else ""
    code = program(trace, "delta", f"print(score[{time}][{state}]{omega} - log_z[{time}])")
    j, t = label(trace, "state", state), time + 1
    if time == 0:
        rows = [("π", 1.0, float(trace["pi"][state])), ("b", 1.0, float(trace["b"].values[0, state])),
                ("log Z", -1.0, float(trace["log_z"][0]))]  # fmt: skip
        rows += [("ω", 1.0, float(trace["omega"][state]))] if end else []
        rule = rf"\pi({j})+b_1({j})-\log Z_1" + (rf"+\omega({j})" if end else "")
        return total(rf"\log\delta_1({j})={rule}", rows, value, code=code)
    flow = trace["log_candidate"].values[time - 1, :, state]
    order = np.argsort(-flow, kind="stable")
    rows = terms([(tag(trace, i), 1.0, float(flow[i])) for i in order])
    rows = rows.sort_values("product", ascending=False, kind="stable", ignore_index=True)
    best = r",\ ".join(f"{label(trace, 'state', i)}: {number(flow[i])}" for i in order[:3])
    rule = rf"\log\delta_{{{t}}}({j})=\max_i\left[{_edge_rule(trace, time - 1, 'i', j)}\right]"
    return Explanation(rf"{rule}=\max({best},\ \ldots)={value:.5g}", rows, value, code, "max")


def _choice(trace: xr.Dataset, symbol: str, flow: np.ndarray, value: int, code: str) -> Explanation:
    """The tag with the largest number; the rows keep the order of the tags."""
    rows = pd.DataFrame({"term": trace["state_label"].values, "weight": 1.0, "value": flow, "product": flow})
    best = np.argsort(-flow, kind="stable")[:3]
    body = r",\ ".join(f"{label(trace, 'state', i)}: {number(flow[i])}" for i in best)
    rule = rf"{symbol}=\max({body},\ \ldots)\Rightarrow {label(trace, 'state', value)}={value}"
    return Explanation(rule, rows, float(value), code, "argmax")


def _explain_psi(trace: xr.Dataset, step: int, next_state: int) -> Explanation:
    flow = trace["log_delta"].values[step] + trace["A"].values[:, next_state]
    symbol = rf"\psi_{{{step + 2}}}({label(trace, 'next_state', next_state)})"
    rule = rf"{symbol}=\arg\max_i\left[\log\delta_{{{step + 1}}}(i)+a_{{ij}}\right]"
    code = program(trace, "delta", f"print((score[{step}] + A[:, {next_state}]).argmax())")
    return _choice(trace, rule, flow, int(trace["psi"].values[step, next_state]), code)


def _explain_path(trace: xr.Dataset, time: int) -> Explanation:
    path, flow, t = trace["path"].values, trace["log_delta"].values[time], time + 1
    rule = rf"\hat X_{{{t}}}=\arg\max_i\ \log\delta_{{{t}}}(i)"
    if t < len(path):
        flow = flow + trace["A"].values[:, path[t]]
        rule += rf"+a(i,{label(trace, 'state', path[t])})"
    return _choice(trace, rule, flow, int(path[time]), program(trace, "path", f"print(path[{time}])"))


def _explain_path_log(trace: xr.Dataset) -> Explanation:
    path, value = trace["path"].values, float(trace["path_log"])
    names = [tag(trace, at) for at in path]
    rows = [
        (f"π({names[0]})", 1.0, float(trace["pi"][path[0]])),
        (f"ω({names[-1]})", 1.0, float(trace["omega"][path[-1]])),
    ]
    for t, at in enumerate(path):
        if t:
            rows.append((f"a({names[t - 1]} → {names[t]})", 1.0, float(trace["A"].values[path[t - 1], at])))
        rows.append((f"b_{t + 1}({names[t]})", 1.0, float(trace["b"].values[t, at])))
    rows.append(("log Z", -1.0, float(trace["log_z"][-1])))
    code = program(trace, "path", _OF_PATH)
    return total(r"\log P(\hat X\mid x)=\pi+\sum_t b_t+\sum_t a+\omega-\log Z", rows, value, code=code)


_OF_PATH = """log_p = pi[path[0]] + b[0, path[0]] + omega[path[-1]] - log_z[-1]
for t in range(1, len(b)):
    log_p += A[path[t - 1], path[t]] + b[t, path[t]]
print(log_p)"""


def _explain_gamma(trace: xr.Dataset, time: int, state: int) -> Explanation:
    value, t = float(trace["gamma"].values[time, state]), time + 1
    alpha, beta = (float(trace[f"log_{name}"].values[time, state]) for name in ("alpha", "beta"))
    rows = [("log α", 1.0, alpha), ("log β", 1.0, beta), ("log Z", -1.0, float(trace["log_z"][-1]))]
    rule = rf"\gamma_{{{t}}}({label(trace, 'state', state)})=e^{{\log\alpha_{{{t}}}+\log\beta_{{{t}}}-\log Z}}"
    code = program(trace, "gamma", f"print(np.exp(log_alpha[{time}] + log_beta[{time}] - log_z[-1])[{state}])")
    return total(rule, rows, value, "e^{{{}}}", "exp", code)


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_explain_weight, name=name) for name in ("pi", "A", "omega")},
    "log_alpha": _explain_log_alpha, "log_beta": _explain_log_beta, "log_z": _explain_log_z,
    "log_delta": _explain_log_delta, "log_candidate": _explain_log_candidate, "psi": _explain_psi,
    "path": _explain_path, "path_log": _explain_path_log, "gamma": _explain_gamma,
}  # fmt: skip
