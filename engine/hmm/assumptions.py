"""The three assumptions of a hidden Markov model, each broken on purpose: what an HMM then loses in log-likelihood.

Finite history: a state depends on the state before alone. Stationarity: A is the same at all times. Output
independence: an observation depends on its state alone. A source breaks one of them as much as its strength says.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Integer

from engine.errors import N_, InputError
from engine.hmm.learn import baum_welch
from engine.hmm.model import HMM
from engine.trace import Var, label

N_SEQUENCES, N_ITERATIONS = 200, 30
SMOOTHING, LIFT = 0.01, 0.001
MOST_CONTEXTS = 20  # symbols whose followers are counted; of more, the most frequent
BITS = float(1 / np.log(2))


class Source(NamedTuple):
    """A process that breaks an assumption: A[t, i, j, k] = P(X_{t+1}=k | X_t=j, X_{t-1}=i), with one t or one i where
    nothing depends on it and otherwise N+1 places for i, the last at the start; with probability `echo` an
    observation repeats the one before instead of being drawn from B.
    """

    pi: Float[np.ndarray, "state"]
    A: Float[np.ndarray, "step before state next_state"]
    B: Float[np.ndarray, "state symbol"]
    echo: float = 0.0


def plain(model: HMM) -> Source:
    """The model itself."""
    return Source(model.pi.numpy(), model.A.numpy()[None, None], model.B.numpy())


def second_order(model: HMM, strength: float, T: int = 0) -> Source:
    """With probability `strength` the next state is the one before the present one, else it is drawn from A."""
    A, N = model.A.numpy(), len(model.S)
    back = np.broadcast_to(np.eye(N)[:, None, :], (N, N, N))
    return plain(model)._replace(A=np.concatenate([(1 - strength) * A + strength * back, A[None]])[None])


def drifting(model: HMM, strength: float, T: int) -> Source:
    """A moves in T steps towards the A whose columns stand one place further, as far as `strength`."""
    A, way = model.A.numpy(), strength * np.linspace(0, 1, max(T - 1, 1))[:, None, None, None]
    return plain(model)._replace(A=(1 - way) * A + way * np.roll(A, 1, 1))


def output_dependent(model: HMM, strength: float, T: int = 0) -> Source:
    """With probability `strength` an observation repeats the one before, else it is drawn from B."""
    return plain(model)._replace(echo=float(strength))


SOURCES: dict[str, Callable[[HMM, float, int], Source]] = {
    "second_order": second_order, "drifting": drifting, "output_dependent": output_dependent,
}  # fmt: skip


def _draw(p: np.ndarray, u: np.ndarray) -> np.ndarray:
    """One outcome a row: the first whose cumulated probability lies above u."""
    ends = p.cumsum(-1)
    return np.minimum((ends <= u[:, None] * ends[:, -1:]).sum(-1), p.shape[-1] - 1)


def sample(
    source: Source, n_sequences: int, T: int, seed: int
) -> tuple[Integer[np.ndarray, "sequence time"], Integer[np.ndarray, "sequence time"]]:
    """(states, observations) of n sequences of T; a seed always gives the same."""
    u, r = np.random.default_rng(seed).random((T, 3, n_sequences)), n_sequences
    X, O, N = np.empty((r, T), int), np.empty((r, T), int), len(source.pi)
    before, p = np.full(r, N), np.broadcast_to(source.pi, (r, N))
    for t in range(T):
        X[:, t] = _draw(p, u[t, 0])
        O[:, t] = _draw(source.B[X[:, t]], u[t, 1])
        if t:
            O[:, t] = np.where(u[t, 2] < source.echo, O[:, t - 1], O[:, t])
        A = source.A[min(t, len(source.A) - 1)]
        p = A[before if len(A) > 1 else 0, X[:, t]]
        before = X[:, t]
    return X, O


def log_likelihood(
    source: Source, O: Integer[np.ndarray, "sequence time"]
) -> Float[np.ndarray, "sequence time"]:  # fmt: skip
    """log P(O_t | O_1…O_{t-1}), exact: the scaled forward recursion over pairs (state before, state); the sum over
    time is log P(O). NaN after an observation that the source cannot make.
    """
    r, T = O.shape
    n_before, N = source.A.shape[1], len(source.pi)
    alpha, out = np.zeros((r, n_before, N)), np.empty((r, T))
    for t in range(T):
        b = source.B.T[O[:, t]]
        if t:
            b = (1 - source.echo) * b + source.echo * (O[:, t] == O[:, t - 1])[:, None]
            arriving = (alpha[..., None] * source.A[min(t - 1, len(source.A) - 1)]).sum(1)  # [sequence, state, next]
            alpha = np.zeros_like(alpha)
            if n_before == 1:
                alpha[:, 0] = arriving.sum(1) * b
            else:
                alpha[:, :N] = arriving * b[:, None, :]
        else:
            alpha[:, -1] = source.pi * b
        c = alpha.sum((1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            out[:, t] = np.log(c)
            alpha /= c[:, None, None]
    return out


def fitted(model: HMM, O: Integer[np.ndarray, "sequence time"]) -> HMM:
    """The HMM that Baum–Welch makes on these sequences of the model, whose zeros are lifted a little: no sequence is
    impossible to it.
    """
    tables = (model.pi, model.A, model.B)
    start = HMM(model.S, model.V, *((1 - LIFT) * table + LIFT / table.shape[-1] for table in tables))
    options = {"smoothing": SMOOTHING, "iterations": N_ITERATIONS, "tolerance": 1e-6 * O.size}
    *_, last = baum_welch(start, list(torch.from_numpy(O)), **options)
    return last.model


class Loss(NamedTuple):
    """A fresh sample, and log P(O_t | O_<t) of the source and of the fitted HMM on it; all [sequence, time]."""

    states: Integer[np.ndarray, "sequence time"]
    observations: Integer[np.ndarray, "sequence time"]
    log_source: Float[np.ndarray, "sequence time"]
    log_hmm: Float[np.ndarray, "sequence time"]


def compare(model: HMM, kind: str, strength: float, seed: int, T: int, n_sequences: int = N_SEQUENCES) -> Loss:
    """Break the assumption, fit an HMM of the model's size to a sample of the source, and judge both on a fresh one.

    Raises InputError for an unknown kind, a strength outside of 0…1 or T < 3.
    """
    if kind not in SOURCES:
        raise InputError("{kind} is none of {kinds}.", kind=kind, kinds=", ".join(SOURCES))
    if not 0 <= strength <= 1 or T < 3:
        raise InputError("The strength lies between 0 and 1, and a sequence has at least 3 observations.")
    source = SOURCES[kind](model, strength, T)
    _, training = sample(source, n_sequences, T, 2 * seed)
    states, fresh = sample(source, n_sequences, T, 2 * seed + 1)
    hmm = fitted(model, training)
    return Loss(states, fresh, log_likelihood(source, fresh), log_likelihood(plain(hmm), fresh))


SCHEMA = {
    "log_source": Var("time", r"\log P^*(O_t\mid O_{<t})", "log-probability of an observation by the source", "log"),
    "log_hmm": Var("time", r"\log P(O_t\mid O_{<t})", "log-probability of an observation by the HMM", "log"),
    "loss_so_far": Var("time", r"\Delta_t", "what the HMM loses a symbol up to a time, in nats"),
    "loss": Var("", r"\Delta", "what the HMM loses a symbol, in nats"),
    "loss_bits": Var("", r"\Delta/\ln 2", "what the HMM loses a symbol, in bits"),
    "noise": Var("", r"\sigma_\Delta", "standard error of the loss, in nats"),
    "conditional": Var("context state outcome", r"P(\cdot\mid X_t,\text{c})", "observed shares in a context", "prob"),
    "overall": Var("state outcome", r"P(\cdot\mid X_t)", "observed shares over all contexts", "prob"),
    "n": Var("context state", r"n", "how often the context occurred", "count"),
}
SWEEP = {
    "s": Var("strength", r"s", "strength", "prob"),
    "loss": Var("strength", r"\Delta", "what the HMM loses a symbol, in nats"),
    "loss_bits": Var("strength", r"\Delta/\ln 2", "what the HMM loses a symbol, in bits"),
    "noise": Var("strength", r"\sigma_\Delta", "standard error of the loss, in nats"),
    "log_source": Var("strength", r"\log P^*/n", "log-likelihood a symbol of the source", "log"),
    "log_hmm": Var("strength", r"\log P/n", "log-likelihood a symbol of the HMM", "log"),
}
AXES = {
    "time": N_("time t"), "state": N_("state"), "context": N_("context"), "outcome": N_("outcome"),
    "strength": N_("strength"),
}  # fmt: skip


def _counts(model: HMM, kind: str, found: Loss) -> tuple[np.ndarray, list[str], list[str]]:
    """(counts [context, state, outcome], contexts, outcomes) of the statistic that shows the break."""
    X, O, S = found.states, found.observations, list(model.S)
    if kind == "second_order":  # by the state before: what follows
        return _count((X[:, :-2], X[:, 1:-1], X[:, 2:]), (len(S),) * 3), S, S
    if kind == "drifting":  # early and late: what follows
        third = max(X.shape[1] // 3, 2)
        parts = [_count((0, part[:, :-1], part[:, 1:]), (1, len(S), len(S))) for part in (X[:, :third], X[:, -third:])]
        return np.concatenate(parts), [N_("first third"), N_("last third")], S
    often = np.sort(np.bincount(O.ravel(), minlength=len(model.V)).argsort(kind="stable")[::-1][:MOST_CONTEXTS])
    place = np.full(len(model.V), len(often))
    place[often] = np.arange(len(often))
    counts = _count((place[O[:, :-1]], X[:, 1:], place[O[:, 1:]]), (len(often) + 1, len(S), len(often) + 1))
    words = [model.V[k] for k in often]
    return counts[:-1, :, :-1], words, words


def _count(at: tuple, shape: tuple[int, ...]) -> np.ndarray:
    places = np.ravel_multi_index(tuple(np.broadcast_arrays(*at)), shape)
    return np.bincount(places.ravel(), minlength=int(np.prod(shape))).reshape(shape)


def _shares(counts: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return counts / counts.sum(-1, keepdims=True)


def _summary(found: Loss) -> dict[str, float]:
    """loss, loss_bits, noise: means over all symbols, and the standard error over the sequences."""
    by_sequence = (found.log_source - found.log_hmm).mean(1)
    loss = float(by_sequence.mean())
    noise = float(by_sequence.std(ddof=1) / len(by_sequence) ** 0.5) if len(by_sequence) > 1 else float("nan")
    return {"loss": loss, "loss_bits": loss * BITS, "noise": noise}


def broken(
    model: HMM, kind: str, strength: float, seed: int = 0, T: int = 200, *, translate: bool = True, **attrs: object
) -> xr.Dataset:  # fmt: skip
    """What an HMM loses on a source that breaks the assumption `kind`, over time, and the shares that show the break.

    `conditional` by context: the state before (second_order), the first and last third of the time (drifting), the
    observation before (output_dependent); NaN where a context never occurred. Raises InputError as `compare`.
    """
    found = compare(model, kind, strength, seed, T)
    counts, contexts, outcomes = _counts(model, kind, found)
    log_source, log_hmm = found.log_source.mean(0), found.log_hmm.mean(0)
    inner = _summary(found) | {
        "log_source": log_source, "log_hmm": log_hmm,
        "loss_so_far": (log_source - log_hmm).cumsum() / np.arange(1, T + 1),
        "conditional": _shares(counts), "overall": _shares(counts.sum(0)), "n": counts.sum(-1),
    }  # fmt: skip
    words = ("state", "outcome", "context") if translate else ("context",) if kind == "drifting" else ()
    return label(
        inner, SCHEMA, {"kind": kind, "strength": strength, "seed": seed, **attrs}, translate=words, axes=AXES,
        state=model.S, context=contexts, outcome=outcomes,
    )  # fmt: skip


def sweep(model: HMM, kind: str, strengths: Sequence[float], seed: int = 0, T: int = 200) -> xr.Dataset:
    """The loss against the strength. Raises InputError as `compare`."""
    rows = []
    for strength in strengths:
        found = compare(model, kind, strength, seed, T)
        rows.append(
            _summary(found)
            | {"s": strength, "log_source": found.log_source.mean(), "log_hmm": found.log_hmm.mean()}
        )  # fmt: skip
    inner = {name: np.array([row[name] for row in rows], dtype=float) for name in SWEEP}
    return label(
        inner, SWEEP, {"kind": kind, "seed": seed}, axes=AXES, strength=[f"{strength:g}" for strength in strengths]
    )
