"""The states of a hidden Markov model on a circle, arrows as wide as their transition probabilities."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component
from charts.payload import axis, labels_of, ordered, tidy, variable

MOST_STATES = 16


def graph(
    A: xr.DataArray,
    *,
    pi: xr.DataArray | None = None,
    B: xr.DataArray | None = None,
    path: Sequence[int] | np.ndarray | xr.DataArray | None = None,
    observed: Sequence[str] | None = None,
    top: int = 4,
    notes: str | None = None,
) -> Component:
    """A graph of A (state, next_state); dashed arrows of pi (state), the `top` likeliest symbols of B (state, symbol).

    path: the state at each time; the shared cursor of `time` then lights up the state and the arrow just taken, and
    the symbol of `observed` at that time as a bubble. Picking an arrow sends
    `{"variable": "A", "position": {"state", "next_state"}}`, a state `{"variable": "pi", "position": {"state"}}`.
    Raises ValueError for more than MOST_STATES states, none, or sizes that do not fit.
    """
    values, state = ordered(A, ["state", "next_state"]), axis(A, "state")
    N = state["size"]
    if not 1 <= N <= MOST_STATES or values.shape != (N, N):
        raise ValueError(f"a graph shows 1 to {MOST_STATES} states, not {values.shape}")
    way = None if path is None else [int(place) for place in np.asarray(path)]
    seen = None if observed is None else list(map(str, observed))
    if way is not None and (not all(0 <= place < N for place in way) or (seen and len(seen) != len(way))):
        raise ValueError(f"the path {way} does not fit {N} states and {seen and len(seen)} observations")
    arrays = {"A": values}
    if pi is not None:
        arrays["pi"] = ordered(pi, ["state"])
    header = {
        "variable": variable(A), "start": None if pi is None else variable(pi), "state": state,
        "emissions": None if B is None else _emissions(B, top), "symbols": None if B is None else B.sizes["symbol"],
        "path": way, "observed": seen, "notes": notes, "cursors": {},
    }  # fmt: skip
    return Component("graph", header, arrays, lambda: _table(A, pi))


def _emissions(B: xr.DataArray, top: int) -> list[list[list]]:
    """For every state its likeliest symbols as [label, probability], zeros left out."""
    values = np.nan_to_num(ordered(B, ["state", "symbol"]))
    words = labels_of(B, "symbol") or list(map(str, range(values.shape[1])))
    likeliest = np.argsort(-values, axis=1, kind="stable")[:, :top]
    if values.shape[1] <= top:
        likeliest = np.broadcast_to(np.arange(values.shape[1]), values.shape)  # few symbols stay in their own order
    return [
        [[words[k], float(row[k])] for k in places if row[k] > 0 or values.shape[1] <= top]
        for row, places in zip(values, likeliest, strict=True)
    ]


def _table(A: xr.DataArray, pi: xr.DataArray | None) -> pd.DataFrame:
    """One row a transition, and before them one a start."""
    table = tidy(A)
    if pi is None:
        return table
    start = tidy(pi).rename(columns={"state": "next_state", "state_label": "next_state_label"})
    return pd.concat([start, table], ignore_index=True)[list(table.columns)]
