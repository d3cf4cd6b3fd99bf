"""Every inner value of a hidden Markov model on one sequence: forward, backward, Viterbi, posteriors, four decoders."""

from collections.abc import Sequence

import torch
import xarray as xr
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import N_, InputError
from engine.hmm.axes import AXES, OF_MODEL, symbols_shown, words
from engine.hmm.learning_trace import learning_trace
from engine.hmm.model import HMM, MOST_PATHS, all_paths, backward, emissions, forward, greedy_decode, joint
from engine.hmm.sample_trace import sample_trace
from engine.trace import Var, label

__all__ = ["SCHEMA", "learning_trace", "sample_trace", "trace"]

SCHEMA = {
    "O": Var("time", r"O_t", "observation, as its place in V", "index"),
    "pi": Var("state", r"\pi_i", "probability of a state at the start", "prob"),
    "A": Var("state next_state", r"a_{ij}", "probability of the next state", "prob"),
    "B": Var("state symbol", r"b_i(k)", "probability of a symbol in a state", "prob"),
    "b": Var("time state", r"b_j(O_t)", "probability of the observation in a state", "prob"),
    "alpha": Var("time state", r"\alpha_t(j)", "probability of the observations so far and the state", "prob"),
    "beta": Var("time state", r"\beta_t(i)", "probability of the later observations given the state", "prob"),
    "delta": Var("time state", r"\delta_t(j)", "probability of the best path that ends in the state", "prob"),
    "log_alpha": Var("time state", r"\log\alpha_t(j)", "logarithm of the forward probability", "log"),
    "log_beta": Var("time state", r"\log\beta_t(i)", "logarithm of the backward probability", "log"),
    "log_delta": Var("time state", r"\log\delta_t(j)", "logarithm of the best path's probability", "log"),
    "alpha_hat": Var("time state", r"\hat\alpha_t(j)", "probability of the state given what was seen so far", "prob"),
    "c": Var("time", r"c_t", "probability of the observation given the earlier ones", "prob"),
    "arrival": Var("step state next_state", r"\alpha_t(i)a_{ij}b_j(O_{t+1})", "what one state adds to another", "prob"),
    "departure": Var(
        "step state next_state", r"a_{ij}b_j(O_{t+1})\beta_{t+1}(j)", "what the next state adds going back", "prob"
    ),
    "candidate": Var(
        "step state next_state", r"\delta_t(i)a_{ij}b_j(O_{t+1})", "candidate for the best path into a state", "prob"
    ),
    "log_arrival": Var(
        "step state next_state", r"\log\alpha_t(i)a_{ij}b_j(O_{t+1})", "logarithm of what one state adds", "log"
    ),
    "log_departure": Var(
        "step state next_state", r"\log a_{ij}b_j(O_{t+1})\beta_{t+1}(j)", "logarithm of what is added going back",
        "log",
    ),
    "log_candidate": Var(
        "step state next_state", r"\log\delta_t(i)a_{ij}b_j(O_{t+1})", "logarithm of a candidate", "log"
    ),
    "psi": Var("step next_state", r"\psi_{t+1}(j)", "where the best path into the state comes from", "index"),
    "gamma": Var("time state", r"\gamma_t(i)", "probability of the state given all observations", "prob"),
    "xi": Var("step state next_state", r"\xi_t(i,j)", "probability of the transition given all observations", "prob"),
    "path": Var("decoder time", r"\hat X_t", "decoded state", "index"),
    "path_log": Var("decoder", r"\log P(\hat X,O)", "logarithm of a path's probability", "log"),
    "log_p": Var("", r"\log P(O)", "log-likelihood from the forward table", "log"),
    "log_p_backward": Var("", r"\log P(O)", "log-likelihood from the backward table", "log"),
    "log_p_brute": Var("", r"\log P(O)", "log-likelihood as a sum over all paths", "log"),
}  # fmt: skip
DECODERS = (N_("greedy"), N_("posterior"), N_("Viterbi"), N_("brute force"))  # in the order of the dim `decoder`


def scaled(model: HMM, b: Float[Tensor, "time state"]) -> tuple[Tensor, Tensor]:
    """Rabiner's scaled forward table: alpha_hat [time, state] with rows that sum to 1, and the sums c [time]."""
    rows, sums, arriving = [], [], model.pi
    for b_t in b:
        row = arriving * b_t
        sums.append(row.sum())
        rows.append(row / sums[-1])
        arriving = rows[-1] @ model.A
    return torch.stack(rows), torch.stack(sums)


def back_pointers(log_delta: Float[Tensor, "time state"], log_A: Tensor) -> Integer[Tensor, "step next_state"]:
    """The winner among the arrivals; of equal ones the last."""
    arrivals = log_delta[:-1, :, None] + log_A
    best = arrivals == arrivals.amax(1, keepdim=True)
    return best.shape[1] - 1 - best.flip(1).to(torch.uint8).argmax(1)


def _walk_back(psi: Integer[Tensor, "step next_state"], last: int) -> Integer[Tensor, "time"]:
    path = [last]
    for row in reversed(psi.tolist()):
        path.append(row[path[-1]])
    return torch.tensor(path[::-1])


def _paths(model: HMM, O: Tensor, inner: dict[str, Tensor], scores: Tensor | None) -> dict[str, Tensor]:
    """`path` and `path_log`: greedy, posterior, Viterbi and, where all paths were counted, the best of all."""
    viterbi = _walk_back(inner["psi"], int(inner["log_delta"][-1].argmax()))
    greedy, after = greedy_decode(model, O), inner["gamma"].argmax(1)
    states, logs = (
        [greedy.states, after, viterbi],
        [greedy.log_joint, joint(model, after, O), inner["log_delta"][-1].max().item()],
    )
    if scores is not None:
        states.append(torch.stack(torch.unravel_index(scores.argmax(), (len(model.S),) * len(O))))
        logs.append(scores.max().item())
    return {"path": torch.stack(states), "path_log": torch.tensor(logs, dtype=torch.float64)}


def _tables(model: HMM, O: Tensor, log_b: Tensor) -> dict[str, Tensor]:
    """Forward, backward and Viterbi's table with what flows along every edge, in logarithms, and psi."""
    log_alpha, log_beta, log_delta = forward(model, O), backward(model, O), forward(model, O, torch.amax)
    log_A = model.A.log()
    edge = log_A + log_b[1:, None, :]
    return {
        "log_alpha": log_alpha, "log_beta": log_beta, "log_delta": log_delta,
        "log_arrival": log_alpha[:-1, :, None] + edge, "log_departure": edge + log_beta[1:, None, :],
        "log_candidate": log_delta[:-1, :, None] + edge, "psi": back_pointers(log_delta, log_A),
    }  # fmt: skip


def _inner(model: HMM, O: Tensor, symbols: list[int]) -> dict[str, Tensor]:
    log_b = emissions(model, O)
    inner = {"O": O, "pi": model.pi, "A": model.A, "B": model.B[:, symbols], "b": log_b.exp()}
    inner |= _tables(model, O, log_b)
    inner |= {name[4:]: table.exp() for name, table in inner.items() if name.startswith("log_")}
    inner["alpha_hat"], inner["c"] = scaled(model, inner["b"])
    log_p = inner["log_alpha"][-1].logsumexp(0)
    possible = torch.where(log_p == -torch.inf, torch.nan, log_p)  # nothing is conditioned on the impossible
    inner["gamma"] = (inner["log_alpha"] + inner["log_beta"] - possible).exp()
    inner["xi"] = (inner["log_alpha"][:-1, :, None] + inner["log_departure"] - possible).exp()
    enumerable = len(model.S) ** len(O) <= MOST_PATHS
    scores = all_paths(model.pi.log(), model.A.log(), log_b) if enumerable else None
    inner["log_p"] = log_p
    inner["log_p_backward"] = (model.pi.log() + log_b[0] + inner["log_beta"][0]).logsumexp(0)
    inner["log_p_brute"] = torch.nan if scores is None else scores.logsumexp(0)
    return inner | _paths(model, O, inner, scores)


@torch.inference_mode()
def trace(model: HMM, O: Sequence[int], *, translate: bool = True, **attrs: object) -> xr.Dataset:
    """Every table of evaluation and decoding for one sequence of positions in V (MISSING where nothing was seen).

    An impossible sequence has gamma and xi of NaN; log_p_brute is NaN beyond MOST_PATHS paths, and the last decoder
    is then left out. translate: whether the names of states and symbols may be words of the catalog.
    Raises InputError for an empty sequence.
    """
    O = torch.as_tensor(O, dtype=torch.long)
    if not len(O):
        raise InputError("A sequence needs at least one observation.")
    places = O.tolist()
    symbols, seen = symbols_shown(model, places), words(model, places)
    inner = _inner(model, O, symbols)
    return label(
        inner, SCHEMA, {"module": "engine.hmm.explain", "O": tuple(places), **attrs},
        translate=(*OF_MODEL, "decoder") if translate else ("decoder",), axes=AXES,
        time=seen, step=seen[:-1], state=model.S, next_state=model.S, symbol=[model.V[k] for k in symbols],
        decoder=DECODERS[: len(inner["path"])],
    )  # fmt: skip
