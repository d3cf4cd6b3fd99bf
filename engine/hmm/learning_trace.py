"""Baum–Welch as a trace: every iteration's model, expected counts, and what re-estimation makes of them."""

from collections.abc import Sequence
from itertools import chain

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine.errors import InputError
from engine.hmm.axes import AXES, OF_MODEL, symbols_shown, words
from engine.hmm.learn import Expected, Iteration, match, permuted, reestimate
from engine.hmm.model import HMM, MISSING, emissions, recursion, recursion_back
from engine.trace import Var, label

SCHEMA = {
    "pi": Var("iteration state", r"\pi_i", "probability of a state at the start", "prob"),
    "A": Var("iteration state next_state", r"a_{ij}", "probability of the next state", "prob"),
    "B": Var("iteration state symbol", r"b_i(k)", "probability of a symbol in a state", "prob"),
    "log_likelihood": Var("iteration", r"\log P(O)", "log-likelihood of all sequences", "log"),
    "gamma": Var("iteration time state", r"\gamma_t(i)", "probability of the state given all observations", "prob"),
    "xi": Var(
        "iteration step state next_state", r"\xi_t(i,j)", "probability of the transition given all observations", "prob"
    ),
    "n_first": Var("iteration state", r"\sum\gamma_1(i)", "expected number of starts in a state", "count"),
    "n_from": Var("iteration state", r"\sum_{t<T}\gamma_t(i)", "expected number of transitions from a state", "count"),
    "n_transition": Var("iteration state next_state", r"\sum_t\xi_t(i,j)", "expected number of transitions", "count"),
    "n_emit": Var(
        "iteration state symbol", r"\sum_{t:O_t=k}\gamma_t(i)", "expected number of times a symbol is emitted", "count"
    ),
    "pi_new": Var("iteration state", r"\pi_i'", "re-estimated probability of a state at the start", "prob"),
    "A_new": Var("iteration state next_state", r"a_{ij}'", "re-estimated probability of the next state", "prob"),
    "B_new": Var("iteration state symbol", r"b_i'(k)", "re-estimated probability of a symbol in a state", "prob"),
}  # fmt: skip
TRUTH = {
    "pi_true": Var("state", r"\pi_i^*", "true probability of a state at the start", "prob"),
    "A_true": Var("state next_state", r"a_{ij}^*", "true probability of the next state", "prob"),
    "B_true": Var("state symbol", r"b_i^*(k)", "true probability of a symbol in a state", "prob"),
}
MOST_SHOWN = 60  # observations of the shown sequence
MOST_INLINE = 300  # observations that a proof holds; more are read from a file


def tables(
    pi: Float[Tensor, "*batch state"], A: Float[Tensor, "*batch state next_state"],
    log_b: Float[Tensor, "*batch time state"],
) -> tuple[Float[Tensor, "*batch time state"], Float[Tensor, "*batch time state"]]:  # fmt: skip
    """log alpha and log beta of many models, or of many sequences of one length, at once."""
    log_A = A.log()
    return recursion(pi.log(), log_A, log_b, torch.logsumexp), recursion_back(log_A, log_b)


def posteriors(
    pi: Float[Tensor, "*batch state"], A: Float[Tensor, "*batch state next_state"],
    log_b: Float[Tensor, "*batch time state"], first: int | None = None,
) -> tuple[Float[Tensor, "*batch time state"], Float[Tensor, "*batch step state next_state"]]:  # fmt: skip
    """gamma and xi up to time `first`, batched as `tables`; NaN where P(O) = 0."""
    before, after = tables(pi, A, log_b)
    log_p = before[..., -1, :].logsumexp(-1)[..., None, None]
    log_p = torch.where(log_p == -torch.inf, torch.nan, log_p)
    before, after, log_b = before[..., :first, :], after[..., :first, :], log_b[..., :first, :]
    xi = before[..., :-1, :, None] + A.log()[..., None, :, :] + (log_b + after)[..., 1:, None, :] - log_p[..., None]
    return (before + after - log_p).exp(), xi.exp()


def _matched(iterations: Sequence[Iteration], truth: HMM) -> list[Iteration]:
    """All iterations with the last model's states in the truth's order and under its names."""
    order = list(match(iterations[-1].model, truth))
    out = []
    for iteration in iterations:
        model, counts = permuted(iteration.model, order), iteration.expected
        counts = Expected(counts.first[order], counts.transitions[order][:, order], counts.emissions[order])
        out.append(iteration._replace(model=HMM(truth.S, model.V, model.pi, model.A, model.B), expected=counts))
    return out


def _inner(
    iterations: Sequence[Iteration], O: Tensor, symbols: list[int], learn: Sequence[str], smoothing: float
) -> dict[str, Tensor]:  # fmt: skip
    models, counts = [iteration.model for iteration in iterations], [iteration.expected for iteration in iterations]
    new = [reestimate(model, n, learn, smoothing) for model, n in zip(models, counts, strict=True)]
    pi, A, B = (torch.stack([getattr(model, name) for model in models]) for name in ("pi", "A", "B"))
    gamma, xi = posteriors(pi, A, torch.stack([emissions(model, O) for model in models]), MOST_SHOWN)
    n_transition = torch.stack([n.transitions for n in counts])
    return {
        "pi": pi, "A": A, "B": B[..., symbols], "gamma": gamma, "xi": xi,
        "log_likelihood": torch.tensor([iteration.log_likelihood for iteration in iterations], dtype=torch.float64),
        "n_first": torch.stack([n.first for n in counts]), "n_from": n_transition.sum(-1),
        "n_transition": n_transition, "n_emit": torch.stack([n.emissions for n in counts])[..., symbols],
        "pi_new": torch.stack([model.pi for model in new]), "A_new": torch.stack([model.A for model in new]),
        "B_new": torch.stack([model.B for model in new])[..., symbols],
    }  # fmt: skip


def _attrs(sequences: Sequence[Sequence[int]], symbols: list[int]) -> dict[str, object]:
    """The sequences as places in the dim `symbol`, for the proofs; many of them are read from a file."""
    at = {symbol: place for place, symbol in enumerate(symbols)} | {MISSING: MISSING}
    places = tuple(tuple(at[o] for o in sequence) for sequence in sequences)
    is_long = sum(map(len, places)) > MOST_INLINE
    return {"sequences": places} | ({"sequences_file": "sequences.json"} if is_long else {})


@torch.inference_mode()
def learning_trace(
    iterations: Sequence[Iteration], sequences: Sequence[Sequence[int] | Tensor], shown: int = 0,
    truth: HMM | None = None, *, learn: Sequence[str] = ("pi", "A", "B"), smoothing: float = 0.0,
    translate: bool = True, **attrs: object,
) -> xr.Dataset:  # fmt: skip
    """What Baum–Welch did: every iteration's model and counts, gamma and xi of one sequence (its first MOST_SHOWN
    observations), and what re-estimation makes of the model. `learn` and `smoothing` as they were given to baum_welch.

    With `truth`, the states of all iterations are put in the order in which the last model lies nearest to it and bear
    the truth's names; pi_true, A_true, B_true stand beside. Raises InputError where there is nothing to show.
    """
    rows = [torch.as_tensor(sequence, dtype=torch.long).tolist() for sequence in sequences]
    if not iterations or not rows or not rows[shown]:
        raise InputError("Nothing was learned: there is no iteration or no sequence.")
    iterations = _matched(iterations, truth) if truth else list(iterations)
    model = iterations[0].model
    symbols, seen = symbols_shown(model, chain.from_iterable(rows)), words(model, rows[shown][:MOST_SHOWN])
    inner = _inner(iterations, torch.tensor(rows[shown]), symbols, learn, smoothing)
    if truth:
        inner |= {"pi_true": truth.pi, "A_true": truth.A, "B_true": truth.B[:, symbols]}
    proof = {"shown": shown, "learn": tuple(learn), "smoothing": smoothing, "n_symbols": len(model.V)}
    return label(
        inner, SCHEMA | (TRUTH if truth else {}),
        {"module": "engine.hmm.learning_explain", **proof, **_attrs(rows, symbols), **attrs},
        translate=OF_MODEL if translate else (), axes=AXES, time=seen, step=seen[:-1], state=model.S,
        next_state=model.S, symbol=[model.V[k] for k in symbols],
    )  # fmt: skip
