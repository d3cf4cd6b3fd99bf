"""What one probability decides: the best path and its lead over the second best while a cell of a table changes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.hmm.model import HMM, emissions

ROUNDS, HALVINGS = 8, 40  # third paths between two values; of a bisection
TIE = 1e-9  # a lead that is none


class Cell(NamedTuple):
    """One probability of a model: table "pi", "A" or "B", its row (0 for pi) and column."""

    table: str
    row: int
    column: int


class Leads(NamedTuple):
    """For each value of a cell: best path [value, time], its log P(X, O), and that of the second best [value]."""

    paths: np.ndarray
    best: np.ndarray
    second: np.ndarray


class Flip(NamedTuple):
    """Where the best path changes: the cell's value, and the paths just below and above it."""

    value: float
    before: tuple[int, ...]
    after: tuple[int, ...]


def current(model: HMM, cell: Cell) -> float:
    """The value of a cell."""
    return _row(model, cell)[cell.column].item()


def _row(model: HMM, cell: Cell) -> Tensor:
    return model.pi if cell.table == "pi" else getattr(model, cell.table)[cell.row]


def rows(row: Tensor, column: int, values: Sequence[float]) -> Tensor:
    """The row with one number at each of the values and the others scaled so that it sums to 1: [value, column]."""
    others = row.clone()
    others[column] = 0.0
    if others.sum() <= 0:
        others = torch.ones_like(row)
        others[column] = 0.0
    at = torch.as_tensor(values, dtype=torch.float64)
    out = (1 - at)[:, None] * others / others.sum().clamp(min=1e-300)
    out[:, column] = at if len(row) > 1 else 1.0
    return out


def leads(model: HMM, O: Tensor, cell: Cell, values: Sequence[float]) -> Leads:
    """Viterbi's best path and the lead over the second best, at all values of the cell at once."""
    pi, A, b = (table.numpy() for table in _tables(model, O, cell, values))
    N, n = len(model.S), len(values)
    top = np.stack([pi + b[:, 0], np.full((n, N), -np.inf)])  # best and second, each [value, state]
    back = []
    for t in range(1, b.shape[1]):
        flow = top[:, :, None, :] + A.transpose(0, 2, 1)  # [best or second, value, next_state, state]
        back.append(N - 1 - flow[0, :, :, ::-1].argmax(2))
        top = _two(flow[0], flow[1]) + b[:, t]
    path = traced(top[0], back)
    best, second = _two(top[0], top[1])
    return Leads(path, best, second)


def traced(last: np.ndarray, back: Sequence[np.ndarray]) -> np.ndarray:
    """The paths [value, time] from the largest of `last` back along the winners [value, next_state] of each step."""
    path, each = [last.argmax(1)], np.arange(len(last))
    for psi in back[::-1]:
        path.append(psi[each, path[-1]])
    return np.stack(path[::-1], 1)


def _two(best: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The two largest along the last axis, the largest first, of numbers and of others none of which is larger."""
    at, most = best.argmax(-1)[..., None], best.max(-1)
    rest = best.copy()
    np.put_along_axis(rest, at, -np.inf, -1)
    return np.stack([most, np.maximum(rest.max(-1), np.take_along_axis(second, at, -1)[..., 0])])


def _tables(model: HMM, O: Tensor, cell: Cell, values: Sequence[float]) -> tuple[Tensor, Tensor, Tensor]:
    """Logarithms of pi [value, state], A [value, state, next_state] and b [value, time, state]."""
    n = len(values)
    new = rows(_row(model, cell), cell.column, values).log()
    pi, A, b = (table.log().expand(n, *table.shape).clone() for table in (model.pi, model.A, emissions(model, O).exp()))
    if cell.table == "pi":
        pi = new
    elif cell.table == "A":
        A[:, cell.row] = new
    else:
        b[:, :, cell.row] = torch.where(O < 0, 0.0, new[:, O])
    return pi, A, b


def flips(model: HMM, O: Tensor, cell: Cell, values: Sequence[float], found: Leads) -> list[Flip]:
    """Between neighbouring values whose best paths differ, the first value where the path changes.

    Two paths are equally good where their scores cross; where a third one is better there, the crossing with that one
    is looked for. Values at which two paths are equally good are passed over.
    """
    with np.errstate(invalid="ignore"):
        clear = np.flatnonzero(found.best - found.second > TIE)
    at = np.flatnonzero((found.paths[clear[1:]] != found.paths[clear[:-1]]).any(1))
    low, high = (np.asarray(values, float)[clear[at + k]] for k in (0, 1))
    before, after, crossing = found.paths[clear[at]], found.paths[clear[at + 1]].copy(), high.copy()
    open_ = np.arange(len(at))
    for _ in range(ROUNDS):
        if not len(open_):
            break
        x = _crossing(model, O, cell, before[open_], after[open_], low[open_], crossing[open_])
        crossing[open_] = x
        best = leads(model, O, cell, x)
        third = best.best - _scores(model, O, cell, x, before[open_]) > TIE
        after[open_[third]], open_ = best.paths[third], open_[third]
    return [
        Flip(float(value), tuple(x.tolist()), tuple(y.tolist()))
        for value, x, y in zip(crossing, before, after, strict=True)
    ]


def _scores(model: HMM, O: Tensor, cell: Cell, values: Sequence[float], paths: np.ndarray) -> np.ndarray:
    """log P(X, O) of one path at each value."""
    pi, A, b = (table.numpy() for table in _tables(model, O, cell, values))
    each = np.arange(len(paths))
    moves = A[each[:, None], paths[:, :-1], paths[:, 1:]].sum(1)
    return pi[each, paths[:, 0]] + moves + np.take_along_axis(b, paths[..., None], 2).sum((1, 2))


def _uses(cell: Cell, O: np.ndarray, paths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How often each path uses the cell, and how often the others of its row."""
    if cell.table == "pi":
        row, hit = np.ones_like(paths[:, :1], dtype=bool), paths[:, :1] == cell.column
    elif cell.table == "A":
        row, hit = paths[:, :-1] == cell.row, paths[:, 1:] == cell.column
    else:
        row, hit = (paths == cell.row) & (O >= 0), np.broadcast_to(cell.column == O, paths.shape)
    return (row & hit).sum(1), (row & ~hit).sum(1)


def _crossing(
    model: HMM,
    O: Tensor,
    cell: Cell,
    one: np.ndarray,
    other: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
) -> np.ndarray:
    """Where two paths are equally good, by bisection: their scores are n log x + m log(1 - x) + a constant."""
    x = (low + high) / 2
    n, m = (a - b for a, b in zip(_uses(cell, O.numpy(), one), _uses(cell, O.numpy(), other), strict=True))
    lead = _scores(model, O, cell, x, one) - _scores(model, O, cell, x, other)
    constant = lead - n * np.log(x) - m * np.log(1 - x)
    for _ in range(HALVINGS):
        ahead = n * np.log(x) + m * np.log(1 - x) + constant > 0
        low, high = np.where(ahead, x, low), np.where(ahead, high, x)
        x = (low + high) / 2
    return x
