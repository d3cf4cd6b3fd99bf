"""Hidden Markov models: the five-tuple (S, V, π, A, B), generation, evaluation and decoding.

One recursion, two algorithms: with `plus=logsumexp` it is the forward algorithm, with `plus=amax` Viterbi's.
It is written out here for the reader and for short sequences; `engine.hmm.kernels` has it compiled, for any length.
Sources: L. R. Rabiner, "A tutorial on hidden Markov models", 1989; the lecture's slides on HMMs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import InputError
from engine.hmm import kernels

TOLERANCE = 1e-6  # by how much a row of probabilities may miss 1
MOST_PATHS = 10**6  # N^T that enumeration takes on
MISSING = kernels.MISSING  # an observation that was not made: b_j = 1 for every state
READABLE = 200  # observations up to which forward and backward are the recursion below, not the compiled one
Plus = Callable[[Tensor, int], Tensor]


@dataclass(frozen=True, eq=False)
class HMM:
    """States S (N names), symbols V (M names), pi [N], A [N, N] with a_ij = P(j | i), B [N, M]; float64.

    Raises InputError naming the row that is not a distribution, or what does not fit.
    """

    S: tuple[str, ...]
    V: tuple[str, ...]
    pi: Float[Tensor, "state"]
    A: Float[Tensor, "state next_state"]
    B: Float[Tensor, "state symbol"]

    def __post_init__(self):
        for name, words in (("S", self.S), ("V", self.V)):
            object.__setattr__(self, name, _names(name, words))
        sizes = {"pi": (len(self.S),), "A": (len(self.S),) * 2, "B": (len(self.S), len(self.V))}
        for name, shape in sizes.items():
            table = _table(name, getattr(self, name), shape)
            _check_rows(name, table, self.S)
            object.__setattr__(self, name, table)

    @cached_property
    def places(self) -> dict[str, int]:
        """The position in V of every symbol."""
        return {symbol: place for place, symbol in enumerate(self.V)}


def _names(name: str, words: Sequence[str]) -> tuple[str, ...]:
    if not words:
        raise InputError("{name} is empty: an HMM needs at least one of them.", name=name)
    words = tuple(map(str, words))
    if len(set(words)) < len(words):
        twice = next(word for at, word in enumerate(words) if word in words[:at])
        raise InputError("{name} has {word} twice.", name=name, word=twice)
    return words


def _table(name: str, values: object, shape: tuple[int, ...]) -> Tensor:
    try:
        table = torch.as_tensor(values, dtype=torch.float64).clone(memory_format=torch.contiguous_format)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError("{name} is not a table of numbers with rows of one length.", name=name) from error
    if tuple(table.shape) != shape:
        raise InputError("{name} has shape {found}; its names need {shape}.", name=name,
                         found=tuple(table.shape), shape=shape)  # fmt: skip
    return table


def _check_rows(name: str, table: Tensor, states: Sequence[str]) -> None:
    rows = table.detach().numpy().reshape(-1, table.shape[-1])
    if (at := kernels.wrong_row(rows, TOLERANCE)) < 0:
        return
    row = name if table.ndim == 1 else f"{name}[{states[at]}]"
    values = rows[at].tolist()
    if bad := [p for p in values if not 0 <= p < torch.inf]:
        raise InputError("The row {row} holds {value}, which is no probability.", row=row, value=bad[0])
    raise InputError("The row {row} sums to {sum:.6g}, not to 1.", row=row, sum=sum(values))


class Sample(NamedTuple):
    """A generated sequence and the uniform random numbers that chose each state and each symbol, all [time]."""

    states: Integer[Tensor, "time"]
    observations: Integer[Tensor, "time"]
    u_state: Float[Tensor, "time"]
    u_symbol: Float[Tensor, "time"]


class Path(NamedTuple):
    """A sequence of states and its log P(X, O)."""

    states: Integer[Tensor, "time"]
    log_joint: float


class Posterior(NamedTuple):
    """gamma_t(i) = P(X_t=i | O), xi_t(i,j) = P(X_t=i, X_{t+1}=j | O), and log P(O)."""

    gamma: Float[Tensor, "time state"]
    xi: Float[Tensor, "step state next_state"]
    log_likelihood: float


def observe(model: HMM, symbols: Sequence[str]) -> Integer[Tensor, "time"]:
    """The symbols as positions in V. Raises InputError naming the first that is not in it."""
    for at, symbol in enumerate(symbols):
        if symbol not in model.places:
            raise InputError("Observation {n}, {symbol}, is not in V.", n=at + 1, symbol=symbol)
    return torch.tensor([model.places[symbol] for symbol in symbols], dtype=torch.long)


def generate(model: HMM, T: int, seed: int | torch.Generator = 0) -> Sample:
    """T states and symbols: X_1 ~ π, X_{t+1} ~ A[X_t], O_t ~ B[X_t]; each is the outcome in whose interval of the
    cumulated probabilities u falls. A seed always gives the same sequence, and a longer one begins with it.
    """
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    u = torch.rand(T, 2, generator=generator, dtype=torch.float64)
    states, observations = kernels.sample(model, u)
    return Sample(torch.from_numpy(states), torch.from_numpy(observations), *u.unbind(1))


def emissions(model: HMM, O: Integer[Tensor, "time"]) -> Float[Tensor, "time state"]:
    """log b_j(O_t); 0 where O_t is MISSING. Raises InputError for no observation or one that is not in V."""
    kernels.data([O], len(model.V))
    return torch.where((O == MISSING)[:, None], 0.0, model.B.log().T[O])


def recursion(
    start: Float[Tensor, "*batch state"], log_A: Float[Tensor, "*batch state next_state"],
    log_b: Float[Tensor, "*batch time state"], plus: Plus,
) -> Float[Tensor, "*batch time state"]:  # fmt: skip
    """x_1 = start + log b(O_1), x_{t+1}(j) = plus_i(x_t(i) + log a_ij) + log b_j(O_{t+1})."""
    first, *later = log_b.unbind(-2)
    x = [start + first]
    for b in later:
        x.append(plus(x[-1][..., None] + log_A, -2) + b)
    return torch.stack(x, -2)


def recursion_back(log_A: Tensor, log_b: Float[Tensor, "*batch time state"]) -> Float[Tensor, "*batch time state"]:
    """x_T = 0, x_t(i) = log Σ_j exp(log a_ij + log b_j(O_{t+1}) + x_{t+1}(j))."""
    first, *later = log_b.unbind(-2)
    x = [torch.zeros_like(first)]
    for b in reversed(later):
        x.append(torch.logsumexp(log_A + (b + x[-1])[..., None, :], -1))
    return torch.stack(x[::-1], -2)


def forward(model: HMM, O: Integer[Tensor, "time"], plus: Plus = torch.logsumexp) -> Float[Tensor, "time state"]:
    """log α_t(j) = log P(O_1…O_t, X_t=j); with `plus=torch.amax` log δ_t(j), the best path's that ends in j."""
    compiled = {torch.logsumexp: "alpha", torch.amax: "delta"}.get(plus)
    if compiled and len(O) > READABLE:
        return torch.from_numpy(kernels.log_columns(model, O, compiled))
    return recursion(model.pi.log(), model.A.log(), emissions(model, O), plus)


def backward(model: HMM, O: Integer[Tensor, "time"]) -> Float[Tensor, "time state"]:
    """log β_t(i) = log P(O_{t+1}…O_T | X_t=i); 0 at the end."""
    if len(O) > READABLE:
        return torch.from_numpy(kernels.log_columns(model, O, "beta"))
    return recursion_back(model.A.log(), emissions(model, O))


def log_likelihood(model: HMM, O: Integer[Tensor, "time"]) -> float:
    """log P(O) = log Σ_j α_T(j), -inf for an impossible sequence."""
    return kernels.scores(model, [O])[0].item()


def posterior(model: HMM, O: Integer[Tensor, "time"]) -> Posterior:
    """gamma and xi. Raises InputError for a sequence of probability 0, which has none."""
    if (scaled := kernels.posterior(model, O)) and scaled.log_p > -torch.inf:
        alpha, u, gamma = map(torch.from_numpy, scaled[:3])
        return Posterior(gamma, alpha[:-1, :, None] * model.A * u[1:, None, :], scaled.log_p)
    log_alpha, log_beta = forward(model, O), backward(model, O)
    log_p = log_alpha[-1].logsumexp(0)
    if log_p == -torch.inf:
        raise InputError("This model cannot produce the sequence: its probability is 0.")
    arriving = (emissions(model, O) + log_beta)[1:, None, :]
    xi = log_alpha[:-1, :, None] + model.A.log() + arriving - log_p
    return Posterior((log_alpha + log_beta - log_p).exp(), xi.exp(), log_p.item())


def joint(model: HMM, X: Integer[Tensor, "time"], O: Integer[Tensor, "time"]) -> float:
    """log P(X, O) of one path."""
    log_b = emissions(model, O)[torch.arange(len(O)), X].sum()
    return (model.pi.log()[X[0]] + model.A.log()[X[:-1], X[1:]].sum() + log_b).item()


def viterbi(model: HMM, O: Integer[Tensor, "time"]) -> Path:
    """The likeliest path; of equal ones the first state at the end and the last one on the way back."""
    states, log_joint = kernels.paths(model, [O])
    return Path(torch.from_numpy(states), log_joint[0].item())


def posterior_decode(model: HMM, O: Integer[Tensor, "time"]) -> Path:
    """At each time the likeliest state given all observations; the path may be an impossible one."""
    states = posterior(model, O).gamma.argmax(1)
    return Path(states, joint(model, states, O))


def greedy_decode(model: HMM, O: Integer[Tensor, "time"]) -> Path:
    """From left to right the best next state, never looking back."""
    kernels.data([O], len(model.V))
    N = len(model.S)
    log_A, log_b = model.A.log(), torch.cat([model.B.log().T, torch.zeros(1, N, dtype=torch.float64)])  # last: MISSING

    @cache
    def best(state: int, symbol: int) -> int:
        return int((log_A[state] + log_b[symbol]).argmax())

    first, *others = O.tolist()
    path = [int((model.pi.log() + log_b[first]).argmax())]
    for symbol in others:
        path.append(best(path[-1], symbol))
    states = torch.tensor(path)
    return Path(states, joint(model, states, O))


def all_paths(log_pi: Tensor, log_A: Tensor, log_b: Float[Tensor, "time state"]) -> Float[Tensor, "path"]:
    """log P(X, O) of all N^T paths in the order of counting, the last state fastest."""
    scores = log_pi + log_b[0]
    for b in log_b[1:]:
        scores = (scores.view(-1, len(log_pi), 1) + log_A + b).view(-1)
    return scores


def brute_force(model: HMM, O: Integer[Tensor, "time"]) -> tuple[float, Path]:
    """(log P(O), best path) by enumeration of all N^T paths. Raises InputError beyond MOST_PATHS."""
    if (n_paths := len(model.S) ** len(O)) > MOST_PATHS:
        raise InputError("{n} paths are too many to enumerate.", n=n_paths)
    scores = all_paths(model.pi.log(), model.A.log(), emissions(model, O))
    best = torch.stack(torch.unravel_index(scores.argmax(), (len(model.S),) * len(O)))
    return scores.logsumexp(0).item(), Path(best, scores.max().item())


def stationary(model: HMM) -> Float[Tensor, "state"]:
    """A distribution that A leaves as it is: what the states' shares tend to (where A has one such class)."""
    N = len(model.S)
    equations = torch.cat([model.A.T - torch.eye(N, dtype=torch.float64), torch.ones(1, N, dtype=torch.float64)])
    right = torch.zeros(N + 1, 1, dtype=torch.float64)
    right[-1] = 1
    return torch.linalg.lstsq(equations, right, driver="gelsd").solution.flatten().clamp(min=0)
