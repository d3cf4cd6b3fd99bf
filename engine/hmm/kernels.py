"""The compiled recursions for whoever holds a model and sequences: checks, tables, and the choice of the kernel.

Everything here takes a model's tensors (an `engine.hmm.HMM`) and integer tensors [time], and hands out numpy arrays.
The scaled kernels go first; what they cannot be sure of (see `kernels_scaled`) is done on logarithms.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from engine.errors import InputError
from engine.hmm import kernels_log as logs
from engine.hmm import kernels_paths as exact
from engine.hmm import kernels_scaled as scaled
from engine.hmm.kernels_paths import wrong_row

if TYPE_CHECKING:
    from torch import Tensor

MISSING = -1  # an observation that was not made: b_j = 1 for every state
INTEGERS = {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}


class Data(NamedTuple):
    """All sequences one after the other: symbols [time], M for a missing one, and offsets [sequence + 1]."""

    symbols: np.ndarray
    offsets: np.ndarray


class Tables(NamedTuple):
    """pi [state], A, A_T [state, state], b [row, state], and rows [time]: which row of b belongs to which time."""

    pi: np.ndarray
    A: np.ndarray
    A_T: np.ndarray
    b: np.ndarray
    rows: np.ndarray


def data(sequences: Sequence["Tensor"], n_symbols: int) -> Data:
    """Check and join. Raises InputError for no sequence, an empty one, or an observation that is no symbol."""
    if not len(sequences):
        raise InputError("There is no sequence.")
    try:
        lengths = list(map(torch.Tensor.numel, sequences))
        joined = sequences[0] if len(sequences) == 1 else torch.cat(tuple(sequences))
    except (TypeError, RuntimeError) as error:
        raise InputError("The observations are not rows of whole numbers.") from error
    if joined.ndim != 1 or joined.dtype not in INTEGERS:
        raise InputError("The observations are not rows of whole numbers.")
    if 0 in lengths:
        raise InputError("Sequence {n} is empty.", n=lengths.index(0) + 1)
    offsets = np.array([0, *accumulate(lengths)])
    symbols = np.ascontiguousarray(joined.numpy(), dtype=np.int64)
    low, high = exact.extent(symbols)
    if low < MISSING or high >= n_symbols:
        at = int(np.flatnonzero((symbols < MISSING) | (symbols >= n_symbols))[0])
        n = int(np.searchsorted(offsets, at, side="right"))
        raise InputError("Observation {at} of sequence {n} is number {value}; V has 0 to {last}.",
                         at=at - int(offsets[n - 1]) + 1, n=n, value=int(symbols[at]), last=n_symbols - 1)  # fmt: skip
    return Data(np.where(symbols < 0, n_symbols, symbols) if low < 0 else symbols, offsets)


def array(table: "Tensor") -> np.ndarray:
    """The same numbers, rows in one piece."""
    return np.ascontiguousarray(table.detach().numpy())


def tables(model, symbols: np.ndarray) -> Tables:
    """What the kernels read. Of B only the columns that occur, where there are more columns than observations."""
    B, A = array(model.B), array(model.A)
    n_symbols = B.shape[1]
    if len(symbols) < n_symbols:
        b = np.ascontiguousarray(B[:, np.minimum(symbols, n_symbols - 1)].T)
        b[symbols == n_symbols] = 1
        symbols = np.arange(len(symbols))
    else:
        b = np.empty((n_symbols + 1, len(B)))
        b[:-1], b[-1] = B.T, 1
    return Tables(array(model.pi), A, A.T.copy(), b, symbols)


def log_tables(tables: Tables) -> Tables:
    """The same as logarithms, bit for bit those that hmmlearn takes, so that its ties are ours."""
    pi, A = exact.log_table(tables.pi[None])[0], exact.log_table(tables.A)
    with np.errstate(divide="ignore"):
        return Tables(pi, A, A.T.copy(), np.log(tables.b), tables.rows)


def tiny(tables: Tables) -> float:
    """What underflow may lose in one step of the scaled kernels: nothing if the probabilities are large enough."""
    least = min(scaled.least(tables.pi[None]), scaled.least(tables.A), scaled.least(tables.b))
    return 0.0 if least >= scaled.TAME else scaled.TINY


def scores(model, sequences: Sequence["Tensor"]) -> np.ndarray:
    """log P [sequence], -inf for an impossible one."""
    symbols, offsets = data(sequences, len(model.V))
    plain, log_p = tables(model, symbols), np.empty(len(sequences))
    scaled.scores(plain.pi, plain.A_T, plain.b, plain.rows, offsets, tiny(plain), log_p)
    if (todo := log_p == scaled.UNSURE).any():
        pi, _, A_T, b, rows = log_tables(plain)
        logs.scores(pi, A_T, b, rows, offsets, log_p, todo)
    return log_p


def paths(model, sequences: Sequence["Tensor"]) -> tuple[np.ndarray, np.ndarray]:
    """Viterbi's states [time], sequence after sequence, and log P(X, O) [sequence]."""
    symbols, offsets = data(sequences, len(model.V))
    pi, A, A_T, b, rows = log_tables(tables(model, symbols))
    states, log_joint = np.empty(len(symbols), dtype=np.int64), np.empty(len(sequences))
    exact.paths(pi, A, A_T, b, rows, offsets, states, log_joint)
    return states, log_joint


def log_columns(model, O: "Tensor", name: str) -> np.ndarray:
    """log α, log β or log δ [time, state], by name."""
    symbols, _ = data([O], len(model.V))
    pi, A, A_T, b, rows = log_tables(tables(model, symbols))
    result = np.empty((len(symbols), len(pi)))
    if name == "beta":
        logs.backward(A, b, rows, result)
    elif name == "delta":
        exact.deltas(pi, A, A_T, b, rows, result)
    else:
        logs.forward(pi, A_T, b, rows, result)
    return result


class Scaled(NamedTuple):
    """α̂, u, γ [time, state] and log P; ξ_t(i, j) = α̂_t(i) a_ij u_{t+1}(j)."""

    alpha: np.ndarray
    u: np.ndarray
    gamma: np.ndarray
    log_p: float


def posterior(model, O: "Tensor") -> Scaled | None:
    """Scaled forward–backward of one sequence; None where only logarithms will do."""
    symbols, _ = data([O], len(model.V))
    pi, A, A_T, b, rows = plain = tables(model, symbols)
    alpha, u, gamma = np.empty((len(O), len(pi))), np.empty((len(O), len(pi))), np.zeros((len(O), len(pi)))
    log_p = scaled.posterior(pi, A, A_T, b, rows, tiny(plain), alpha, u, gamma)
    return None if log_p == scaled.UNSURE else Scaled(alpha, u, gamma, log_p)


def expected(model, data: Data) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Expected counts first [state], transitions [state, next_state], emissions [symbol, state], and log P [sequence];
    an impossible sequence adds nothing.
    """
    symbols, offsets = data
    pi, A, A_T, b, rows = plain = tables(model, symbols)
    first, transitions, emissions = np.zeros(len(pi)), np.zeros_like(A), np.zeros((len(model.V) + 1, len(pi)))
    log_p, counts = np.empty(len(offsets) - 1), (first, transitions, emissions)
    scaled.expected(pi, A, A_T, b, rows, offsets, symbols, tiny(plain), log_p, *counts)
    if (todo := log_p == scaled.UNSURE).any():
        pi, A, A_T, b, rows = log_tables(plain)
        logs.expected(pi, A, A_T, b, rows, offsets, symbols, log_p, todo, *counts)
    return first, transitions, emissions[:-1], log_p


def shares(counts: "Tensor", old: "Tensor", smoothing: float) -> np.ndarray:
    """Every row of counts, smoothed, as shares of its total; the old row where it has none."""
    width = counts.shape[-1]
    rows = exact.shares(array(counts).reshape(-1, width), array(old).reshape(-1, width), smoothing)
    return rows.reshape(counts.shape)


def sample(model, u: "Tensor") -> tuple[np.ndarray, np.ndarray]:
    """States and symbols [time] drawn with the uniform numbers u [time, 2]."""
    pi, A, B = (array(table.cumsum(-1)) for table in (model.pi, model.A, model.B))
    states, symbols = np.empty(len(u), dtype=np.int64), np.empty(len(u), dtype=np.int64)
    exact.sample(pi, A, B, array(u), states, symbols)
    return states, symbols


class _Small(NamedTuple):
    """As much of a model as `warm` needs: two states that never change, the second of which loses all it has."""

    V = ("", "")
    pi: "Tensor" = torch.tensor([0.5, 0.5], dtype=torch.float64)
    A: "Tensor" = torch.eye(2, dtype=torch.float64)
    B: "Tensor" = torch.tensor([[1 - 1e-150, 1e-150], [1e-150, 1 - 1e-150]], dtype=torch.float64)


def warm() -> None:
    """Compile every kernel, or load it from the cache on disk, so that no later call waits for that."""
    model, O = _Small(), torch.tensor([0, 0, 1, 1])
    scores(model, [O])
    posterior(model, O)
    expected(model, data([O], 2))
    paths(model, [O])
    for name in ("alpha", "beta", "delta"):
        log_columns(model, O, name)
    sample(model, torch.zeros(2, 2, dtype=torch.float64))
    wrong_row(array(model.B), 0.0)
    shares(model.B, model.B, 0.0)
