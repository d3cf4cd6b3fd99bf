"""Answers of several models side by side: a table, on which rows they differ, how often each two agree."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import numpy as np
import pandas as pd
import xarray as xr

from engine.errors import N_
from engine.explain import Explainer, Explanation, terms
from engine.scoring_tasks import Found
from engine.trace import Var, label

SCHEMA = {"share": Var("model other_model", r"a_{ij}", "share of rows on which two models agree", "prob")}
AXES = {"model": N_("model"), "other_model": N_("other model")}
NEAR = 0.05  # bits a token by which numbers without answers may differ and still agree


def join(parts: Sequence[Found]) -> Found:
    """Consecutive parts of one list as one."""
    more = {name: [value for part in parts for value in part.more[name]] for name in (parts[0].more if parts else ())}
    numbers = np.concatenate([part.numbers for part in parts]) if parts else np.zeros(0)
    return Found([answer for part in parts for answer in part.answers], numbers, more)


def same(one: Found, other: Found) -> np.ndarray:
    """[row] whether two models agree: the same answer, or, of tasks without answers, nearly the same number."""
    if any(one.answers) or any(other.answers):
        return np.array([a == b for a, b in zip(one.answers, other.answers, strict=True)], bool)
    with np.errstate(invalid="ignore"):
        return (abs(one.numbers - other.numbers) <= NEAR) | (one.numbers == other.numbers)


def kinds(found: Mapping[str, Found]) -> np.ndarray:
    """[row] how far the models are apart: how many different answers; without answers, the spread of the numbers."""
    each = list(found.values())
    if any(any(one.answers) for one in each):
        return np.array([len(set(row)) for row in zip(*(one.answers for one in each), strict=True)], float)
    numbers = np.stack([np.nan_to_num(one.numbers, posinf=1e6) for one in each])
    return numbers.max(0) - numbers.min(0)


def mean(one: Found) -> float:
    """Bits a token of a whole list: the mean of its rows, each as often as it has tokens; inf where one has none."""
    n = np.array(one.more["tokens"], float)
    return float(one.numbers @ n / n.sum())


def differ(found: Mapping[str, Found]) -> np.ndarray:
    """[row] whether any two models differ."""
    each = list(found.values())
    if not each:
        return np.zeros(0, bool)
    return ~np.logical_and.reduce([same(each[0], other) for other in each])


def changes(one: str, other: str, most: int = 3) -> str:
    """The first words in which two answers differ, as "one → other"."""
    ours, theirs = one.split(), other.split()
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    said = [f"{' '.join(ours[a:b]) or '∅'} → {' '.join(theirs[c:d]) or '∅'}" for what, a, b, c, d in steps
            if what != "equal"]  # fmt: skip
    return " · ".join(said[:most]) + (" …" if len(said) > most else "")


def agreement(found: Mapping[str, Found]) -> xr.Dataset:
    """Share of rows on which each two of the models agree."""
    share = np.array([[same(a, b).mean() for b in found.values()] for a in found.values()])
    counts = np.array([[same(a, b).sum() for b in found.values()] for a in found.values()])
    n = len(next(iter(found.values())).answers)
    attrs = {"module": __name__, "counts": counts.tolist(), "n": n}
    return label({"share": share}, SCHEMA, attrs, axes=AXES, model=list(found), other_model=list(found))


def _share(trace: xr.Dataset, model: int, other_model: int) -> Explanation:
    k, n, value = trace.attrs["counts"][model][other_model], trace.attrs["n"], float(trace["share"][model, other_model])
    return Explanation(
        rf"a_{{{model}{other_model}}}=\frac{{{k}}}{{{n}}}={value:.5g}", terms([("rows", 1 / n, float(k))]), value,
        f"same, rows = {k}, {n}\nprint(same / rows)\n",
    )  # fmt: skip


EXPLAIN: dict[str, Explainer] = {"share": _share}


def columns(found: Mapping[str, Found], digits: int = 6, drop: str = "") -> pd.DataFrame:
    """A column of answers, one of numbers, and the further ones of each model, and, of answers, whether they differ.

    drop: "answer" for tasks that have none.
    """
    table = {}
    for model, one in found.items():
        mark = f"{model}: " if len(found) > 1 else ""
        mine = {"answer": pd.Series(one.answers, dtype="str"), "number": np.round(one.numbers, digits)} | one.more
        table |= {f"{mark}{name}": values for name, values in mine.items() if name != drop}
    frame = pd.DataFrame(table)
    return frame.assign(differ=differ(found)) if len(found) > 1 and drop != "answer" else frame
