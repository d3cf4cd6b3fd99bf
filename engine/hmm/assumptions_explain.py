"""The proof of the observed shares of a broken source: a program that draws the very sample again and counts."""

import numpy as np
import xarray as xr

from engine.explain import Explanation, NoSuchCell, number, terms, word
from engine.hmm.assumptions import MOST_CONTEXTS, N_SEQUENCES, SCHEMA
from engine.hmm.model import HMM

PROGRAM = """import numpy as np

pi = np.array({pi})
A = np.array({A})
B = np.array({B})
s, R, T, N = {strength}, {R}, {T}, {N}
w = s / max(T - 2, 1)
u = np.random.default_rng({seed}).random((T, 3, R))


def draw(p, u):
    ends = p.cumsum(-1)
    return np.minimum((ends <= u[:, None] * ends[:, -1:]).sum(-1), p.shape[-1] - 1)


X, O = np.empty((R, T), int), np.empty((R, T), int)
for t in range(T):
    p = {p}
    X[:, t] = draw(p, u[t, 0])
    O[:, t] = draw(B[X[:, t]], u[t, 1]){after}
{count}
"""
_A = "A[X[:, t - 1]] if t else np.tile(pi, (R, 1))"
P = {
    "second_order": f"(1 - s) * A[X[:, t - 1]] + s * np.eye(N)[X[:, t - 2]] if t > 1 else {_A}",
    "drifting": "((1 - w * t + w) * A + (w * t - w) * np.roll(A, 1, 1))[X[:, t - 1]] if t else np.tile(pi, (R, 1))",
    "output_dependent": _A,
}
AFTER = {"output_dependent": "\n    if t:\n        O[:, t] = np.where(u[t, 2] < s, O[:, t - 1], O[:, t])"}
COUNT = {
    "second_order": """here = (X[:, :-2] == {context}) & (X[:, 1:-1] == {state})
print((here & (X[:, 2:] == {outcome})).sum() / here.sum())""",
    "drifting": """part = {part}
here = part[:, :-1] == {state}
print((here & (part[:, 1:] == {outcome})).sum() / here.sum())""",
    "output_dependent": """n = np.bincount(O.ravel(), minlength=B.shape[1])
often = np.sort(n.argsort(kind="stable")[::-1][:{most}])
here = (O[:, :-1] == often[{context}]) & (X[:, 1:] == {state}) & np.isin(O[:, 1:], often)
print((here & (O[:, 1:] == often[{outcome}])).sum() / here.sum())""",
}


def attrs(model: HMM) -> dict[str, object]:
    """What `engine.hmm.assumptions.broken` is to keep in its trace, so that its shares can be proved."""
    return {"module": __name__} | {name: getattr(model, name).tolist() for name in ("pi", "A", "B")}


def _code(trace: xr.Dataset, context: int, state: int, outcome: int) -> str:
    kind, T, N = trace.attrs["kind"], trace.sizes["time"], trace.sizes["state"]
    third = max(T // 3, 2)
    part = f"X[:, :{third}]" if context == 0 else f"X[:, -{third}:]"
    count = COUNT[kind].format(context=context, state=state, outcome=outcome, part=part, most=MOST_CONTEXTS)
    tables = {name: trace.attrs[name] for name in ("pi", "A", "B")}
    return PROGRAM.format(
        strength=trace.attrs["strength"], R=N_SEQUENCES, T=T, N=N, seed=2 * trace.attrs["seed"] + 1, p=P[kind],
        after=AFTER.get(kind, ""), count=count, **tables,
    )  # fmt: skip


CELL = {
    "second_order": r"P(X_{{t+1}}=\text{{{outcome}}}\mid X_t=\text{{{state}}},X_{{t-1}}=\text{{{context}}})",
    "drifting": r"P(X_{{t+1}}=\text{{{outcome}}}\mid X_t=\text{{{state}}},\text{{{context}}})",
    "output_dependent": r"P(O_t=\text{{{outcome}}}\mid X_t=\text{{{state}}},O_{{t-1}}=\text{{{context}}})",
}


def _explain_conditional(trace: xr.Dataset, context: int, state: int, outcome: int) -> Explanation:
    """A share: how often the outcome came in this context and state, over how often they did."""
    n, value = int(trace["n"].values[context, state]), float(trace["conditional"].values[context, state, outcome])
    if not n:
        raise NoSuchCell("this context never occurred")
    places = {"context": context, "state": state, "outcome": outcome}
    names = {dim: word(trace[f"{dim}_label"].values[at]) for dim, at in places.items()}
    count = round(value * n)
    equation = rf"{CELL[trace.attrs['kind']].format(**names)}=\frac{{{count}}}{{{n}}}={number(value)}"
    rows = terms([(names["outcome"], float(count), 1 / n)])
    return Explanation(equation, rows, float(np.float64(value)), _code(trace, **places))


def _none(trace: xr.Dataset, **position: int) -> Explanation:
    raise NoSuchCell("only the shares are proved")


EXPLAIN = dict.fromkeys(SCHEMA, _none) | {"conditional": _explain_conditional}
