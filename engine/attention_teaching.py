"""One head of self-attention small enough to follow by eye: d = 4, d_k = 3, matrices that anyone can change.

Source: the lecture's picture of self-attention as matrix operations; A. Vaswani et al., 2017, section 3.2.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from engine.attention import attend
from engine.errors import N_, InputError
from engine.trace import Var, label
from engine.transformer_stack import causal

WORDS = ("Je", "suis", "étudiant")
MOST_WORDS, LARGEST = 8, 100.0
Rows = tuple[tuple[float, ...], ...]

AXES = {"query": N_("place that looks"), "key": N_("place looked at"), "unit": N_("unit"),
        "feature": N_("feature")}  # fmt: skip
SCHEMA = {
    "X": Var("query unit", r"X", "embedding of each word"),
    "W_Q": Var("unit feature", r"W^Q", "matrix of the queries"),
    "W_K": Var("unit feature", r"W^K", "matrix of the keys"),
    "W_V": Var("unit feature", r"W^V", "matrix of the values"),
    "Q": Var("query feature", r"Q", "query: what a place asks for"),
    "K": Var("key feature", r"K", "key: what a place is found by"),
    "V": Var("key feature", r"V", "value: what a place gives"),
    "products": Var("query key", r"QK^\top", "dot product of each query with each key"),
    "scores": Var("query key", r"QK^\top/\sqrt{d_k}", "scores, before the mask"),
    "mask": Var("query key", r"M", "what may be looked at: 1, or not: 0", "index"),
    "weights": Var("query key", r"\text{softmax}(QK^\top/\sqrt{d_k})",
                   "attention: how much each place looks at each", "prob"),
    "Z": Var("query feature", r"Z", "what the head takes: the values, weighed and added up"),
}  # fmt: skip


@dataclass(frozen=True)
class Teaching:
    """The matrices, a tuple a row; those at first are chosen by hand so that each step can be done in one's head."""

    X: Rows = ((1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 1.0, 0.0), (1.0, 1.0, 0.0, 0.0))
    W_Q: Rows = ((1.0, 0.0, 2.0), (0.0, 1.0, 0.0), (1.0, 1.0, 0.0), (0.0, 2.0, 1.0))
    W_K: Rows = ((2.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 2.0))
    W_V: Rows = ((1.0, 2.0, 0.0), (0.0, 1.0, 3.0), (2.0, 0.0, 1.0), (1.0, 0.0, 1.0))
    causal: bool = False

    def __post_init__(self):
        """Raise InputError on matrices that do not fit or hold no fair numbers."""
        for name in ("X", "W_Q", "W_K", "W_V"):
            rows, like = getattr(self, name), DEFAULTS[name]
            if len(rows) != len(like) or any(len(row) != len(like[0]) for row in rows):
                raise InputError("The matrix {name} needs {n} rows of {m} numbers.", name=name, n=len(like),
                                 m=len(like[0]))  # fmt: skip
            if not all(abs(value) <= LARGEST for row in rows for value in row):  # nan is not
                raise InputError("The matrix {name} holds a number that is none, or beyond ±{most:.0f}.", name=name,
                                 most=LARGEST)  # fmt: skip


DEFAULTS = {name: field.default for name, field in Teaching.__dataclass_fields__.items()}


def trace(given: Teaching, words: Sequence[str] = WORDS) -> xr.Dataset:
    """Every matrix of the lecture's picture, in float64. Raises ValueError for another number of words."""
    if len(words) != len(given.X):
        raise ValueError(f"{len(words)} words for {len(given.X)} rows")
    X, W_Q, W_K, W_V = (torch.tensor(rows, dtype=torch.float64) for rows in (given.X, given.W_Q, given.W_K, given.W_V))
    Q, K, V = X @ W_Q, X @ W_K, X @ W_V
    n = len(X)
    mask = causal(n)[0, 0] if given.causal else torch.ones(n, n, dtype=torch.bool)
    found = attend(Q, K, V, mask)
    inner = {
        "X": X, "W_Q": W_Q, "W_K": W_K, "W_V": W_V, "Q": Q, "K": K, "V": V, "products": Q @ K.T,
        "scores": found.scores, "mask": mask, "weights": found.weights, "Z": found.Z,
    }  # fmt: skip
    attrs = {"module": "engine.attention_teaching_explain", "given": given}
    return label(inner, SCHEMA, attrs, axes=AXES, query=list(words), key=list(words))


def fit(table: np.ndarray) -> Rows:
    """A table of numbers as rows."""
    return tuple(tuple(float(value) for value in row) for row in table)
