"""The proof of every cell of a Baum–Welch trace: expected counts, the fractions they become, gamma and xi."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr
from torch import Tensor

from engine.explain import Explainer, Explanation, terms
from engine.hmm.code_text import HEAD, name_of, result, table, tensor, tex
from engine.hmm.learning_trace import MOST_INLINE, posteriors, tables
from engine.hmm.model import MISSING

EXPECT = """N, M = B.shape
log_pi, log_A, log_B = pi.log(), A.log(), {log_B}
n_first, n_transition, n_emit, total = torch.zeros(N), torch.zeros(N, N), torch.zeros(N, M), 0.0
for O in sequences:
    b = log_B.T[O]
    alpha, beta = [log_pi + b[0]], [torch.zeros(N)]
    for x in b[1:]:
        alpha.append((alpha[-1][:, None] + log_A).logsumexp(0) + x)
    for x in b[1:].flip(0):
        beta.append((log_A + x + beta[-1]).logsumexp(1))
    alpha, beta = torch.stack(alpha), torch.stack(beta[::-1])
    log_p = alpha[-1].logsumexp(0)
    gamma = (alpha + beta - log_p).exp()
    xi = (alpha[:-1, :, None] + log_A + (b + beta)[1:, None] - log_p).exp()
    n_first += gamma[0]
    n_transition += xi.sum(0)
    n_emit += gamma.T @ (torch.tensor(O)[:, None] == torch.arange(M)).double()
    total += log_p
"""
MISSED = "torch.cat([B, torch.ones(N, 1)], 1).log()  # the last column: nothing observed"
COUNTS = {"pi": "n_first", "A": "n_transition", "B": "n_emit"}  # table → the counts that it becomes
SYMBOL = {"pi": r"\pi'", "A": "a'", "B": "b'"}


def _code(trace: xr.Dataset, iteration: int, body: str, only: int | None = None) -> str:
    """The model of that iteration, the sequences (or one of them), the expectation, and `body`."""
    sequences, part, head = trace.attrs["sequences"], "", HEAD
    if only is not None:
        sequences, part = sequences[only : only + 1], f"[{only}:{only + 1}]"
    read = f"sequences = {list(map(list, sequences))}\n"
    if sum(map(len, sequences)) > MOST_INLINE:
        head = "import json\n\n" + HEAD
        read = f'with open("{trace.attrs["sequences_file"]}") as file:\n    sequences = json.load(file){part}\n'
    model = "".join(tensor(name, trace[name].values[iteration]) for name in ("pi", "A", "B"))
    missed = any(MISSING in sequence for sequence in sequences)
    return head + model + read + EXPECT.format(log_B=MISSED if missed else "B.log()") + body


class Group(NamedTuple):
    """Sequences of one length, with the model of an iteration."""

    members: list[int]
    O: Tensor  # [sequence, time], places in the dim `symbol`
    pi: Tensor
    A: Tensor
    log_b: Tensor  # [sequence, time, state]


def _groups(trace: xr.Dataset, iteration: int, only: int | None = None) -> Iterator[Group]:
    """All sequences by their length, or one alone."""
    pi, A, B = (torch.from_numpy(trace[name].values[iteration]) for name in ("pi", "A", "B"))
    log_B = torch.cat([B, torch.ones(len(B), 1, dtype=B.dtype)], 1).log()  # the last column for MISSING
    by_length = defaultdict(list)
    for n, sequence in enumerate(trace.attrs["sequences"]):
        if only in (None, n):
            by_length[len(sequence)].append(n)
    for members in by_length.values():
        O = torch.tensor([trace.attrs["sequences"][n] for n in members])
        yield Group(members, O, pi, A, log_B.T[O])


def _parts(trace: xr.Dataset, iteration: int, kind: str, at: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """(sequence, time, gamma or xi) of every summand of one expected count."""
    found = []
    for group in _groups(trace, iteration):
        gamma, xi = posteriors(group.pi, group.A, group.log_b)
        if kind == "n_transition":
            here = xi[..., at[0], at[1]]
        else:
            here = gamma[..., at[0]][:, {"n_first": slice(1), "n_from": slice(-1), "n_emit": slice(None)}[kind]]
        if kind == "n_emit":
            here = here * (at[1] == group.O)
        n, t = torch.meshgrid(torch.tensor(group.members), torch.arange(here.shape[1]), indexing="ij")
        found.append((n.flatten(), t.flatten(), here.flatten()))
    return tuple(map(torch.cat, zip(*found, strict=True)))


def _summands(trace: xr.Dataset, iteration: int, kind: str, at: tuple[int, ...], share: float = 1.0) -> pd.DataFrame:
    """The table of the summands of a count, each times `share`; the largest first, those of 0 left out."""
    n, t, weight = (x.numpy() for x in _parts(trace, iteration, kind, at))
    order = np.argsort(-weight, kind="stable")
    order = order[weight[order] > 0]
    single = len(trace.attrs["sequences"]) == 1
    places = [f"t = {b + 1}" if single else f"#{a + 1}, t = {b + 1}" for a, b in zip(n[order], t[order], strict=True)]
    if not places:
        return terms([("0", 0.0, share)])
    return pd.DataFrame({"term": places, "weight": weight[order], "value": share, "product": weight[order] * share})


def _few(rows: pd.DataFrame) -> str:
    """LaTeX of the largest summands."""
    return "+".join([tex(x) for x in rows["product"].head(3)] + ([r"\ldots"] if len(rows) > 3 else []))


def _index(at: Sequence[int]) -> str:
    return ", ".join(map(str, at))


def _names(trace: xr.Dataset, position: dict[str, int]) -> str:
    return ",".join(name_of(trace, dim, place) for dim, place in position.items())


def _explain_given(trace: xr.Dataset, name: str, iteration: int | None = None, **position: int) -> Explanation:
    """A parameter of an iteration's model, or of the truth."""
    values = trace[name].values if iteration is None else trace[name].values[iteration]
    at = tuple(position.values())
    symbol = {"pi": r"\pi", "A": "a", "B": "b"}[name.removesuffix("_true")]
    value, code = float(values[at]), f"{HEAD}{tensor(name, values)}print({name}[{_index(at)}].item())"
    mark = "^*" if iteration is None else f"^{{({iteration})}}"
    equation = f"{symbol}{mark}({_names(trace, position)})={result(value)}"
    return Explanation(equation, terms([(name, 1.0, value)]), value, code)


RULES = {
    "n_first": r"\gamma_1", "n_from": r"\sum_{t<T}\gamma_t", "n_transition": r"\sum_t\xi_t",
    "n_emit": r"\sum_{t:\,O_t=k}\gamma_t",
}  # fmt: skip


def _explain_count(trace: xr.Dataset, name: str, iteration: int, **position: int) -> Explanation:
    """An expected count: the sum of gamma or xi over the times, and over all sequences."""
    at, value = tuple(position.values()), float(trace[name].values[(iteration, *position.values())])
    rows = _summands(trace, iteration, name, at)
    expression = f"n_transition[{at[0]}].sum()" if name == "n_from" else f"{name}[{_index(at)}]"
    equation = rf"\sum_O{RULES[name]}({_names(trace, position)})={_few(rows)}={result(value)}"
    return Explanation(equation, rows, value, _code(trace, iteration, f"print({expression}.item())"))


def _explain_new(trace: xr.Dataset, name: str, iteration: int, **position: int) -> Explanation:
    """What a probability becomes: its expected count over the count of its whole row. name: pi, A or B."""
    at, smoothing, kind = tuple(position.values()), trace.attrs["smoothing"], COUNTS[name]
    value, counts = float(trace[f"{name}_new"].values[(iteration, *at)]), trace[kind].values[iteration]
    row = counts[at[:-1]] if len(at) > 1 else counts
    size = trace.attrs["n_symbols"] if name == "B" else len(row)
    total = float(row.sum()) + size * smoothing
    symbol = f"{SYMBOL[name]}({_names(trace, position)})"
    if name not in trace.attrs["learn"] or total < np.finfo(np.float64).tiny:  # it stays as it was
        kept = _explain_given(trace, name, iteration, **position)
        return kept._replace(equation=f"{symbol}={kept.equation}")
    rows = _summands(trace, iteration, kind, at, 1 / total)
    if smoothing:
        rows = pd.concat([rows, terms([("+", float(smoothing), 1 / total)])], ignore_index=True)
    equation = _fraction(symbol, name, float(counts[at]), total, smoothing, size, value)
    return Explanation(equation, rows, value, _code(trace, iteration, _division(kind, at, smoothing, size)))


def _fraction(symbol: str, name: str, count: float, total: float, smoothing: float, size: int, value: float) -> str:
    over = {
        "pi": (r"\sum_O\gamma_1(i)", r"\sum_O\sum_i\gamma_1(i)"),
        "A": (r"\sum_O\sum_t\xi_t(i,j)", r"\sum_O\sum_{t<T}\gamma_t(i)"),
        "B": (r"\sum_O\sum_{t:\,O_t=k}\gamma_t(i)", r"\sum_O\sum_t\gamma_t(i)"),
    }[name]
    top, bottom = tex(count), tex(total)
    if smoothing:
        over = (f"{over[0]}+s", f"{over[1]}+{size}s")
        top, bottom = f"{top}+{tex(smoothing)}", f"{tex(total - size * smoothing)}+{size}\\cdot{tex(smoothing)}"
    return rf"{symbol}=\frac{{{over[0]}}}{{{over[1]}}}=\frac{{{top}}}{{{bottom}}}={result(value)}"


def _division(name: str, at: tuple[int, ...], smoothing: float, size: int) -> str:
    row = f"{name}[{_index(at[:-1])}]" if len(at) > 1 else name
    if not smoothing:
        return f"print(({name}[{_index(at)}] / {row}.sum()).item())"
    return f"print((({name}[{_index(at)}] + {smoothing!r}) / ({row}.sum() + {size} * {smoothing!r})).item())"


def _explain_log_likelihood(trace: xr.Dataset, iteration: int) -> Explanation:
    """The sum of log P over the sequences."""
    value, logs = float(trace["log_likelihood"].values[iteration]), {}
    for group in _groups(trace, iteration):
        log_p = tables(group.pi, group.A, group.log_b)[0][:, -1].logsumexp(-1)
        logs |= dict(zip(group.members, log_p.tolist(), strict=True))
    rows = terms([(f"#{n + 1}", 1.0, logs[n]) for n in sorted(logs)])
    equation = rf"\sum_O\log P(O)={_few(rows)}={result(value)}"
    return Explanation(equation, rows, value, _code(trace, iteration, "print(float(total))"))


def _explain_posterior(trace: xr.Dataset, name: str, iteration: int, **position: int) -> Explanation:
    """gamma or xi of the shown sequence: its share of P(O), from logarithms."""
    at, only = tuple(position.values()), trace.attrs["shown"]
    value = float(trace[name].values[(iteration, *at)])
    (group,) = _groups(trace, iteration, only)
    log_alpha, log_beta = (table[0] for table in tables(group.pi, group.A, group.log_b))
    t, i, j = at[0], at[1], at[-1]
    symbol = rf"\{name}_{{{t + 1}}}({_names(trace, {k: x for k, x in position.items() if k not in ('time', 'step')})})"
    rows = [("log α", 1.0, log_alpha[t, i].item())]
    if name == "gamma":
        rule, after = rf"\alpha_{{{t + 1}}}(i)\,\beta_{{{t + 1}}}(i)", t
    else:
        rule, after = rf"\alpha_{{{t + 1}}}(i)\,a_{{ij}}\,b_j(O_{{{t + 2}}})\,\beta_{{{t + 2}}}(j)", t + 1
        rows += [("log a", 1.0, group.A[i, j].log().item()), ("log b", 1.0, group.log_b[0, t + 1, j].item())]
    rows += [("log β", 1.0, log_beta[after, j].item()), ("log P(O)", -1.0, log_alpha[-1].logsumexp(0).item())]
    body = "+".join(tex(weight * x) for _, weight, x in rows)
    equation = rf"{symbol}=\frac{{{rule}}}{{P(O)}}=e^{{{body}}}={result(value)}"
    code = _code(trace, iteration, f"print({name}[{_index(at)}].item())", only)
    return Explanation(equation, table(rows), value, code, "exp")


EXPLAIN: dict[str, Explainer] = {
    **{name: partial(_explain_given, name=name) for name in ("pi", "A", "B", "pi_true", "A_true", "B_true")},
    **{name: partial(_explain_count, name=name) for name in RULES},
    **{f"{table}_new": partial(_explain_new, name=table) for table in COUNTS},
    **{name: partial(_explain_posterior, name=name) for name in ("gamma", "xi")},
    "log_likelihood": _explain_log_likelihood,
}
