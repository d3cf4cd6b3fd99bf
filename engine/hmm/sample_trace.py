"""A hidden Markov model at work as a source: every draw with its random number, and what the shares tend to."""

import torch
import xarray as xr
from torch import Tensor

from engine.errors import InputError
from engine.hmm.axes import AXES, OF_MODEL, symbols_shown, words
from engine.hmm.model import HMM, generate, stationary
from engine.trace import Var, label

SCHEMA = {
    "X": Var("time", r"X_t", "state", "index"),
    "O": Var("time", r"O_t", "observation, as its place in V", "index"),
    "u_state": Var("time", r"u_t", "random number that chooses the state", "prob"),
    "u_symbol": Var("time", r"v_t", "random number that chooses the symbol", "prob"),
    "p_state": Var("time state", r"P(X_t\mid X_{t-1})", "probabilities that the state is drawn from", "prob"),
    "p_symbol": Var("time symbol", r"P(O_t\mid X_t)", "probabilities that the symbol is drawn from", "prob"),
    "low_state": Var("time", r"\sum_{i<X_t}p_i", "start of the interval of the state", "prob"),
    "high_state": Var("time", r"\sum_{i\le X_t}p_i", "end of the interval of the state", "prob"),
    "low_symbol": Var("time", r"\sum_{k<O_t}p_k", "start of the interval of the symbol", "prob"),
    "high_symbol": Var("time", r"\sum_{k\le O_t}p_k", "end of the interval of the symbol", "prob"),
    "share_state": Var("time state", r"n_t(i)/t", "share of a state so far", "prob"),
    "share_symbol": Var("time symbol", r"n_t(k)/t", "share of a symbol so far", "prob"),
    "stationary": Var("state", r"s_i", "stationary distribution: what the shares of the states tend to", "prob"),
    "expected_symbol": Var("symbol", r"\sum_i s_ib_i(k)", "what the shares of the symbols tend to", "prob"),
}


def intervals(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Where the part of [0, 1] of every outcome starts and ends; rows and both results [row, outcome]."""
    ends = rows.cumsum(1)
    ends = torch.cat([ends.new_zeros(len(ends), 1), ends / ends[:, -1:]], 1)
    return ends[:, :-1], ends[:, 1:]


def shares(chosen: Tensor, outcomes: list[int]) -> Tensor:
    """How often each outcome was chosen up to every time, as a share [time, outcome]."""
    counts = (chosen[:, None] == torch.tensor(outcomes)).double().cumsum(0)
    return counts / torch.arange(1, len(chosen) + 1)[:, None]


@torch.inference_mode()
def sample_trace(model: HMM, T: int, seed: int, *, translate: bool = True, **attrs: object) -> xr.Dataset:
    """A generated sequence of T with everything that led to it: the rows, the random numbers, the intervals they hit.

    Raises InputError for T < 1.
    """
    if T < 1:
        raise InputError("A sequence needs at least one observation.")
    X, O, u_state, u_symbol = generate(model, T, seed)
    symbols, seen = symbols_shown(model, O.tolist()), words(model, O.tolist())
    rows = torch.cat([model.pi[None], model.A[X[:-1]]])
    low_state, high_state = (ends[range(T), X] for ends in intervals(rows))
    low_symbol, high_symbol = (ends[X, O] for ends in intervals(model.B))
    s = stationary(model)
    inner = {
        "X": X, "O": O, "u_state": u_state, "u_symbol": u_symbol, "p_state": rows, "p_symbol": model.B[X][:, symbols],
        "low_state": low_state, "high_state": high_state, "low_symbol": low_symbol, "high_symbol": high_symbol,
        "share_state": shares(X, list(range(len(model.S)))), "share_symbol": shares(O, symbols),
        "stationary": s, "expected_symbol": (s @ model.B)[symbols],
    }  # fmt: skip
    proof = {"seed": seed, "symbols": tuple(symbols), "is_cut": len(symbols) < len(model.V), "A": model.A.tolist(),
             "B": model.B[:, symbols].tolist()}  # fmt: skip
    return label(
        inner, SCHEMA, {"module": "engine.hmm.sample_explain", **proof, **attrs},
        translate=OF_MODEL if translate else (), axes=AXES,
        time=seen, state=model.S, symbol=[model.V[k] for k in symbols],
    )  # fmt: skip
