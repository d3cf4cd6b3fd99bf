"""What the proofs of hidden Markov models share: programs in plain torch with the numbers inline, and their LaTeX."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from engine.explain import FEW, number, word
from engine.hmm.model import MISSING

HEAD = "import torch\n\ntorch.set_default_dtype(torch.float64)\n"
MOST_NAMES = 12  # columns of B that a comment names
UNDERFLOW = -600.0  # below this log P(O) the proofs reckon with logarithms
COLUMNS = ["term", "weight", "value"]
BARE = {"alpha": r"\alpha", "beta": r"\beta", "delta": r"\delta", "alpha_hat": r"\hat\alpha"}

_START, _LOG_START = "pi * B[:, O[0]]", "pi.log() + B[:, O[0]].log()"
RECURSIONS = {  # name → (start, step)
    "alpha": (_START, "(alpha @ A) * B[:, o]"),
    "delta": (_START, "(delta[:, None] * A).amax(0) * B[:, o]"),
    "beta": ("torch.ones(len(A))", "A @ (B[:, o] * beta)"),
    "log_alpha": (_LOG_START, "(log_alpha[:, None] + A.log()).logsumexp(0) + B[:, o].log()"),
    "log_delta": (_LOG_START, "(log_delta[:, None] + A.log()).amax(0) + B[:, o].log()"),
    "log_beta": ("torch.zeros(len(A))", "(A.log() + B[:, o].log() + log_beta).logsumexp(1)"),
}
PLAIN_TABLES = """alpha = [pi * B[:, O[0]]]
for o in O[1:]:
    alpha.append((alpha[-1] @ A) * B[:, o])
beta = [torch.ones(len(A))]
for o in reversed(O[1:]):
    beta.insert(0, A @ (B[:, o] * beta[0]))
p = alpha[-1].sum()
"""
LOG_TABLES = """log_alpha = [pi.log() + B[:, O[0]].log()]
for o in O[1:]:
    log_alpha.append((log_alpha[-1][:, None] + A.log()).logsumexp(0) + B[:, o].log())
log_beta = [torch.zeros(len(A))]
for o in reversed(O[1:]):
    log_beta.insert(0, (A.log() + B[:, o].log() + log_beta[0]).logsumexp(1))
log_p = log_alpha[-1].logsumexp(0)
"""


def tensor(name: str, values: np.ndarray) -> str:
    """The line that makes a tensor with all its digits, a row of the table in every line."""
    rows = np.asarray(values, dtype=float).tolist()
    start = f"{name} = torch.tensor("
    if np.ndim(values) < 2:
        return f"{start}{rows})\n"
    between = ",\n" + " " * (len(start) + 1)
    return f"{start}[{between.join(map(str, rows))}])\n"


def loop(name: str, over: str = "O[1:]") -> str:
    """The recursion of that name over the observations."""
    start, step = RECURSIONS[name]
    return f"{name} = {start}\nfor o in {over}:\n    {name} = {step}\n"


def program(
    trace: xr.Dataset, body: str, start: int = 0, stop: int | None = None, needs: Sequence[str] = ("pi", "A", "B")
) -> str:
    """`body` after the model and the observations start…stop; of B only the columns that occur among them."""
    code = HEAD + "".join(tensor(name, trace[name].values) for name in ("pi", "A") if name in needs)
    O, b = list(trace.attrs["O"][start:stop]), trace["b"].values[start:stop]
    if "B" not in needs or not O:
        return code + body
    columns = sorted(set(O), key=lambda o: (o == MISSING, o))
    first = [O.index(o) for o in columns]
    if len(columns) <= MOST_NAMES:
        code += f"# columns of B: {', '.join(repr(str(trace['time_label'].values[start + at])) for at in first)}\n"
    return code + tensor("B", b[first].T) + f"O = {[columns.index(o) for o in O]}\n" + body


def tex(value: float) -> str:
    r"""A number for LaTeX: powers of ten written out, -\infty, and 0/0 for what is not defined."""
    if math.isnan(value):
        return r"\tfrac{0}{0}"
    if math.isinf(value):
        return r"(-\infty)" if value < 0 else r"\infty"
    return _power(number(value))


def result(value: float) -> str:
    """The number that an equation ends with: five digits, no parentheses."""
    if not math.isfinite(value):
        return tex(value).strip("()")
    return _power(f"{value + 0.0:.5g}")


def _power(text: str) -> str:
    mantissa, e, exponent = text.rstrip(")").partition("e")
    if not e:
        return text
    return rf"{mantissa}\cdot10^{{{int(exponent)}}}" + (")" if text.endswith(")") else "")


def name_of(trace: xr.Dataset, dim: str, at: int) -> str:
    """The label at a place of a dim, as LaTeX."""
    return rf"\text{{{word(trace[f'{dim}_label'].values[at])}}}"


def names(trace: xr.Dataset, dim: str = "state") -> list[str]:
    """The labels of a dim for a table of terms."""
    return [str(label) for label in trace[f"{dim}_label"].values]


def table(rows: Sequence[tuple[str, float, float]], *, largest_first: bool = True) -> pd.DataFrame:
    """Products weight × value that may be logarithms; more than a handful with the largest first, none left out."""
    out = pd.DataFrame(list(rows), columns=COLUMNS)
    with np.errstate(invalid="ignore"):
        out["product"] = out["weight"] * out["value"]
    if len(out) <= FEW or not largest_first:
        return out
    return out.sort_values("product", ascending=False, kind="stable", ignore_index=True)


def summed(pairs: Sequence[str], products: np.ndarray) -> str:
    """LaTeX of a sum: every pair, or the three largest and the rest in one number."""
    if len(pairs) <= FEW:
        return "+".join(pairs)
    order = np.argsort(-np.abs(products), kind="stable")
    rest = tex(float(products[order[3:]].sum()))
    return "+".join(pairs[at] for at in order[:3]) + rf"+\underbrace{{{rest}}}_{{{len(pairs) - 3}\,\ldots}}"


def largest(pairs: Sequence[str], products: np.ndarray, between: str = r",\ ") -> str:
    """LaTeX of what stands side by side: every pair, or the three largest."""
    if len(pairs) > FEW:
        pairs = [*(pairs[at] for at in np.argsort(-products, kind="stable")[:3]), r"\ldots"]
    return between.join(pairs)


def times(*factors: Sequence[float]) -> list[str]:
    """LaTeX of products, one for each place of the lists of factors."""
    return [r"\cdot".join(map(tex, numbers)) for numbers in zip(*factors, strict=True)]


def cell(trace: xr.Dataset, name: str, time: int, state: int) -> str:
    r"""The symbol of a cell of a table of states over time: \log\alpha_3(\text{Rainy})."""
    log = r"\log " if name.startswith("log_") else ""
    return rf"{log}{BARE[name.removeprefix('log_')]}_{{{time + 1}}}({name_of(trace, 'state', state)})"


def emission(trace: xr.Dataset, time: int, state: str = "j") -> str:
    r"""The symbol of an emission probability: b_j(\text{walk})."""
    return rf"b_{{{state}}}({name_of(trace, 'time', time)})"
