"""The proof of what is decoded: back-pointers, the states of every decoder's path, and log P(O) in three ways."""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from engine.explain import Explainer, Explanation
from engine.hmm.code_text import LOG_TABLES, largest, loop, name_of, names, program, result, table, tex
from engine.hmm.model import all_paths

SHOWN = 11  # of all paths, beside one row for the others
VITERBI = """log_delta = [pi.log() + B[:, O[0]].log()]
for o in O[1:]:
    log_delta.append((log_delta[-1][:, None] + A.log()).amax(0) + B[:, o].log())
path = [log_delta[-1].argmax().item()]
for before in log_delta[-2::-1]:
    arrivals = before + A[:, path[0]].log()
    path.insert(0, (arrivals == arrivals.max()).nonzero()[-1].item())  # of equal ones the last
"""
GREEDY = """path = [(pi.log() + B[:, O[0]].log()).argmax().item()]
for o in O[1:]:
    path.append((A[path[-1]].log() + B[:, o].log()).argmax().item())
"""
ALL_PATHS = """scores = pi.log() + B[:, O[0]].log()  # log P of every path and O, the last state fastest
for o in O[1:]:
    scores = (scores.view(-1, len(A), 1) + A.log() + B[:, o].log()).view(-1)
"""


def _logs(trace: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore"):
        return tuple(np.log(trace[name].values) for name in ("pi", "A", "b"))


def _scores(trace: xr.Dataset) -> Tensor:
    """log P(X, O) of all paths, one axis a time."""
    log_pi, log_A, log_b = map(torch.from_numpy, _logs(trace))
    return all_paths(log_pi, log_A, log_b).view([len(log_pi)] * len(log_b))


def _choice(
    trace: xr.Dataset, cell: str, rule: str, flow: np.ndarray, value: float, code: str, last: bool = False
) -> Explanation:
    """A state that is chosen because its number is the largest; the rows keep the order of the states."""
    rows = table([(label, 1.0, x) for label, x in zip(names(trace), flow, strict=True)], largest_first=False)
    texts = [rf"{name_of(trace, 'state', i)}: {tex(x)}" for i, x in enumerate(flow)]
    equation = rf"{cell}=\arg\max_i\ {rule}=\arg\max({largest(texts, flow)})"
    equation += f"={name_of(trace, 'state', int(value))}={result(value)}"
    return Explanation(equation, rows, value, code, "last argmax" if last else "argmax")


def _explain_psi(trace: xr.Dataset, step: int, next_state: int) -> Explanation:
    flow = trace["log_delta"].values[step] + _logs(trace)[1][:, next_state]
    body = f"arrivals = log_delta + A[:, {next_state}].log()\nprint((arrivals == arrivals.max()).nonzero()[-1].item())"
    code = program(trace, loop("log_delta") + body, 0, step + 1)
    cell = rf"\psi_{{{step + 2}}}({name_of(trace, 'next_state', next_state)})"
    value = float(trace["psi"].values[step, next_state])
    return _choice(trace, cell, rf"\log\delta_{{{step + 1}}}(i)\,a_{{ij}}", flow, value, code, last=True)


def _greedy(trace: xr.Dataset, path: np.ndarray, time: int) -> tuple:
    log_pi, log_A, log_b = _logs(trace)
    flow = (log_A[path[time - 1]] if time else log_pi) + log_b[time]
    rule = rf"\log a({name_of(trace, 'state', path[time - 1])},i)" if time else r"\log\pi_i"
    return rf"{rule}\,b_i({name_of(trace, 'time', time)})", flow, GREEDY + f"print(path[{time}])", False


def _posterior(trace: xr.Dataset, path: np.ndarray, time: int) -> tuple:
    code = LOG_TABLES + f"print((log_alpha[{time}] + log_beta[{time}] - log_p).exp().argmax().item())"
    return rf"\gamma_{{{time + 1}}}(i)", trace["gamma"].values[time], code, False


def _viterbi(trace: xr.Dataset, path: np.ndarray, time: int) -> tuple:
    flow, code, rule = (
        trace["log_delta"].values[time],
        VITERBI + f"print(path[{time}])",
        rf"\log\delta_{{{time + 1}}}(i)",
    )
    if time + 1 == len(path):
        return rule, flow, code, False
    after = rf"\,a(i,{name_of(trace, 'state', path[time + 1])})"
    return rule + after, flow + _logs(trace)[1][:, path[time + 1]], code, True


def _brute(trace: xr.Dataset, path: np.ndarray, time: int) -> tuple:
    flow = _scores(trace)[tuple(path[:time].tolist())].reshape(trace.sizes["state"], -1).amax(1).numpy()
    power = len(path) - 1 - time
    code = ALL_PATHS + f"print(scores.argmax().item() // len(A) ** {power} % len(A))"
    return rf"\max_{{X:\,X_{{{time + 1}}}=i}}\log P(X,O)", flow, code, False


DECODERS = (_greedy, _posterior, _viterbi, _brute)


def _explain_path(trace: xr.Dataset, decoder: int, time: int) -> Explanation:
    path = trace["path"].values[decoder]
    rule, flow, body, last = DECODERS[decoder](trace, path, time)
    return _choice(trace, rf"\hat X_{{{time + 1}}}", rule, flow, float(path[time]), program(trace, body), last)


JOINT = """log_p = pi[X[0]].log() + B[X[0], O[0]].log()
for t in range(1, len(O)):
    log_p = log_p + A[X[t - 1], X[t]].log() + B[X[t], O[t]].log()
print(log_p.item())"""


def _explain_path_log(trace: xr.Dataset, decoder: int) -> Explanation:
    value, path = float(trace["path_log"].values[decoder]), trace["path"].values[decoder]
    (log_pi, log_A, log_b), states, seen = _logs(trace), names(trace), names(trace, "time")
    rows = [(f"log π({states[path[0]]})", 1.0, log_pi[path[0]])]
    for t, j in enumerate(path):
        if t:
            rows.append((f"log a({states[path[t - 1]]} → {states[j]})", 1.0, log_A[path[t - 1], j]))
        rows.append((f"log b({states[j]}, {seen[t]})", 1.0, log_b[t, j]))
    texts = [tex(x) for *_, x in rows[:8]] + ([r"\ldots"] if len(rows) > 8 else [])
    equation = rf"\log P(\hat X,O)=\log\pi+\sum_t\log b+\sum_t\log a={'+'.join(texts)}={result(value)}"
    return Explanation(equation, table(rows), value, program(trace, f"X = {path.tolist()}\n{JOINT}"))


def _likelihood(trace: xr.Dataset, name: str, rule: str, rows: list[tuple[str, float]], body: str) -> Explanation:
    value, logs = float(trace[name]), np.array([x for _, x in rows])
    numbers = largest([f"e^{{{tex(x)}}}" for x in logs], logs, "+")
    equation = rf"\log P(O)=\log {rule}=\log\left({numbers}\right)={result(value)}"
    return Explanation(
        equation, table([(label, 1.0, x) for label, x in rows]), value, program(trace, body), "logsumexp"
    )


def _explain_log_p(trace: xr.Dataset) -> Explanation:
    rows = list(zip(names(trace), trace["log_alpha"].values[-1], strict=True))
    rule = rf"\sum_i\alpha_{{{trace.sizes['time']}}}(i)"
    return _likelihood(trace, "log_p", rule, rows, loop("log_alpha") + "print(log_alpha.logsumexp(0).item())")


def _explain_log_p_backward(trace: xr.Dataset) -> Explanation:
    log_pi, _, log_b = _logs(trace)
    rows = list(zip(names(trace), log_pi + log_b[0] + trace["log_beta"].values[0], strict=True))
    body = loop("log_beta", "reversed(O[1:])") + "print((pi.log() + B[:, O[0]].log() + log_beta).logsumexp(0).item())"
    rule = rf"\sum_i\pi_i\,b_i({name_of(trace, 'time', 0)})\,\beta_1(i)"
    return _likelihood(trace, "log_p_backward", rule, rows, body)


def _explain_log_p_brute(trace: xr.Dataset) -> Explanation:
    N, T = trace.sizes["state"], trace.sizes["time"]
    if np.isnan(trace["log_p_brute"]):
        return Explanation(
            rf"\log P(O)=\log\sum_X P(X,O),\quad {N}^{{{T}}}\text{{ X}}", table([(f"{N}^{T}", 1.0, np.nan)]), np.nan,
            "print(float('nan'))",
        )  # fmt: skip
    scores, states = _scores(trace), names(trace)
    best, order = scores.flatten().sort(descending=True, stable=True)
    rows = []
    for log, at in zip(best[:SHOWN].tolist(), order[:SHOWN], strict=True):
        path = torch.unravel_index(at, scores.shape)
        rows.append((" ".join(states[j] for j in path), log))
    if len(best) > SHOWN:
        rows.append((f"… + {len(best) - SHOWN}", best[SHOWN:].logsumexp(0).item()))
    return _likelihood(trace, "log_p_brute", r"\sum_X P(X,O)", rows, ALL_PATHS + "print(scores.logsumexp(0).item())")


EXPLAIN: dict[str, Explainer] = {
    "psi": _explain_psi, "path": _explain_path, "path_log": _explain_path_log, "log_p": _explain_log_p,
    "log_p_backward": _explain_log_p_backward, "log_p_brute": _explain_log_p_brute,
}  # fmt: skip
