"""Hidden Markov models: the five-tuple (S, V, π, A, B), generation, evaluation and decoding.

One recursion, two algorithms: with `plus=logsumexp` it is the forward algorithm, with `plus=amax` Viterbi's.
Sources: L. R. Rabiner, "A tutorial on hidden Markov models", 1989; the lecture's slides on HMMs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import InputError

TOLERANCE = 1e-6  # by how much a row of probabilities may miss 1
MOST_PATHS = 10**6  # N^T that enumeration takes on
MISSING = -1  # an observation that was not made: b_j = 1 for every state
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


def _names(name: str, words: Sequence[str]) -> tuple[str, ...]:
    if not words:
        raise InputError("{name} is empty: an HMM needs at least one of them.", name=name)
    words = tuple(map(str, words))
    twice = next((word for at, word in enumerate(words) if word in words[:at]), None) if len(set(words)) < len(
        words) else None  # fmt: skip
    if twice is not None:
        raise InputError("{name} has {word} twice.", name=name, word=twice)
    return words


def _table(name: str, values: object, shape: tuple[int, ...]) -> Tensor:
    try:
        table = torch.as_tensor(values, dtype=torch.float64).clone()
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError("{name} is not a table of numbers with rows of one length.", name=name) from error
    if tuple(table.shape) != shape:
        raise InputError("{name} has shape {found}; its names need {shape}.", name=name,
                         found=tuple(table.shape), shape=shape)  # fmt: skip
    return table


def _check_rows(name: str, table: Tensor, states: Sequence[str]) -> None:
    rows = table.reshape(1, -1) if table.ndim == 1 else table
    sums = rows.sum(1)
    wrong = ~(rows.isfinite().all(1) & (rows >= 0).all(1) & ((sums - 1).abs() <= TOLERANCE))
    for at in wrong.nonzero().flatten().tolist():
        row = name if table.ndim == 1 else f"{name}[{states[at]}]"
        bad = rows[at][~(rows[at] >= 0) | ~rows[at].isfinite()]
        if len(bad):
            raise InputError("The row {row} holds {value}, which is no probability.", row=row, value=bad[0].item())
        raise InputError("The row {row} sums to {sum:.6g}, not to 1.", row=row, sum=sums[at].item())


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
    at = {word: place for place, word in enumerate(model.V)}
    for place, symbol in enumerate(symbols):
        if symbol not in at:
            raise InputError("Observation {n}, {symbol}, is not in V.", n=place + 1, symbol=symbol)
    return torch.tensor([at[symbol] for symbol in symbols], dtype=torch.long)


def draw(p: Float[Tensor, "outcome"], u: float) -> int:
    """The outcome in whose interval of the cumulated probabilities the number u of [0, 1) falls."""
    ends = p.cumsum(0)
    return min(int(torch.searchsorted(ends, u * ends[-1], right=True)), len(p) - 1)


def generate(model: HMM, T: int, seed: int | torch.Generator = 0) -> Sample:
    """T states and symbols: X_1 ~ π, X_{t+1} ~ A[X_t], O_t ~ B[X_t]. A seed always gives the same sequence, and a
    longer one begins with it.
    """
    generator = seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)
    u = torch.rand(T, 2, generator=generator, dtype=torch.float64)
    states, observations, p = [], [], model.pi
    for u_state, u_symbol in u.tolist():
        states.append(draw(p, u_state))
        observations.append(draw(model.B[states[-1]], u_symbol))
        p = model.A[states[-1]]
    return Sample(torch.tensor(states), torch.tensor(observations), *u.unbind(1))


def emissions(model: HMM, O: Integer[Tensor, "time"]) -> Float[Tensor, "time state"]:  # noqa: E741
    """log b_j(O_t); 0 where O_t is MISSING."""
    return torch.where((O == MISSING)[:, None], 0.0, model.B.log().T[O])


def recursion(
    start: Float[Tensor, "state"], log_A: Float[Tensor, "state next_state"], log_b: Float[Tensor, "time state"],
    plus: Plus,
) -> Float[Tensor, "time state"]:  # fmt: skip
    """x_1 = start + log b(O_1), x_{t+1}(j) = plus_i(x_t(i) + log a_ij) + log b_j(O_{t+1})."""
    x = [start + log_b[0]]
    for b in log_b[1:]:
        x.append(plus(x[-1][:, None] + log_A, 0) + b)
    return torch.stack(x)


def forward(model: HMM, O: Integer[Tensor, "time"], plus: Plus = torch.logsumexp) -> Float[Tensor, "time state"]:  # noqa: E741
    """log α_t(j) = log P(O_1…O_t, X_t=j); with `plus=torch.amax` log δ_t(j), the best path's that ends in j."""
    return recursion(model.pi.log(), model.A.log(), emissions(model, O), plus)


def backward(model: HMM, O: Integer[Tensor, "time"]) -> Float[Tensor, "time state"]:  # noqa: E741
    """log β_t(i) = log P(O_{t+1}…O_T | X_t=i); 0 at the end."""
    log_A, log_b = model.A.log(), emissions(model, O)
    x = [log_b.new_zeros(len(model.S))]
    for b in log_b[1:].flip(0):
        x.append(torch.logsumexp(log_A + b + x[-1], 1))
    return torch.stack(x[::-1])


def log_likelihood(model: HMM, O: Integer[Tensor, "time"]) -> float:  # noqa: E741
    """log P(O), -inf for an impossible sequence."""
    return forward(model, O)[-1].logsumexp(0).item()


def posterior(model: HMM, O: Integer[Tensor, "time"]) -> Posterior:  # noqa: E741
    """gamma and xi. Raises InputError for a sequence of probability 0, which has none."""
    log_alpha, log_beta = forward(model, O), backward(model, O)
    log_p = log_alpha[-1].logsumexp(0)
    if log_p == -torch.inf:
        raise InputError("This model cannot produce the sequence: its probability is 0.")
    arriving = (emissions(model, O) + log_beta)[1:, None, :]
    xi = log_alpha[:-1, :, None] + model.A.log() + arriving - log_p
    return Posterior((log_alpha + log_beta - log_p).exp(), xi.exp(), log_p.item())


def joint(model: HMM, X: Integer[Tensor, "time"], O: Integer[Tensor, "time"]) -> float:  # noqa: E741
    """log P(X, O) of one path."""
    log_b = emissions(model, O)[range(len(O)), X].sum()
    return (model.pi.log()[X[0]] + model.A.log()[X[:-1], X[1:]].sum() + log_b).item()


def viterbi(model: HMM, O: Integer[Tensor, "time"]) -> Path:  # noqa: E741
    """The likeliest path; of equal ones the first state at the end and the last one on the way back."""
    log_delta, log_A = forward(model, O, torch.amax), model.A.log()
    path = [int(log_delta[-1].argmax())]
    for x in log_delta[:-1].flip(0):
        arrivals = x + log_A[:, path[-1]]
        path.append(int((arrivals == arrivals.max()).nonzero()[-1]))
    states = torch.tensor(path[::-1])
    return Path(states, log_delta[-1].max().item())


def posterior_decode(model: HMM, O: Integer[Tensor, "time"]) -> Path:  # noqa: E741
    """At each time the likeliest state given all observations; the path may be an impossible one."""
    states = posterior(model, O).gamma.argmax(1)
    return Path(states, joint(model, states, O))


def greedy_decode(model: HMM, O: Integer[Tensor, "time"]) -> Path:  # noqa: E741
    """From left to right the best next state, never looking back."""
    log_b, log_A = emissions(model, O), model.A.log()
    path = [int((model.pi.log() + log_b[0]).argmax())]
    for b in log_b[1:]:
        path.append(int((log_A[path[-1]] + b).argmax()))
    states = torch.tensor(path)
    return Path(states, joint(model, states, O))


def brute_force(model: HMM, O: Integer[Tensor, "time"]) -> tuple[float, Path]:  # noqa: E741
    """(log P(O), best path) by enumeration of all N^T paths. Raises InputError beyond MOST_PATHS."""
    n_paths = len(model.S) ** len(O)
    if n_paths > MOST_PATHS:
        raise InputError("{n} paths are too many to enumerate.", n=n_paths)
    log_b, log_A = emissions(model, O), model.A.log()
    paths = torch.tensor(list(product(range(len(model.S)), repeat=len(O))))
    scores = model.pi.log()[paths[:, 0]] + log_b[range(len(O)), paths].sum(1)
    scores = scores + log_A[paths[:, :-1], paths[:, 1:]].sum(1)
    best = int(scores.argmax())
    return scores.logsumexp(0).item(), Path(paths[best], scores[best].item())


def stationary(model: HMM) -> Float[Tensor, "state"]:
    """A distribution that A leaves as it is: what the states' shares tend to (where A has one such class)."""
    N = len(model.S)
    equations = torch.cat([model.A.T - torch.eye(N, dtype=torch.float64), torch.ones(1, N, dtype=torch.float64)])
    right = torch.zeros(N + 1, 1, dtype=torch.float64)
    right[-1] = 1
    return torch.linalg.lstsq(equations, right, driver="gelsd").solution.flatten().clamp(min=0)
