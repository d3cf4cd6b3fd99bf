"""How a random number chooses an outcome: [0, 1] cut into one piece for each outcome, a needle at the number."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from charts.base import Component
from charts.payload import axis, ordered, tidy, variable


class Drawn(NamedTuple):
    """What was drawn at each time, all (time,): the random number, the ends of the piece it hit, the outcome."""

    u: xr.DataArray
    low: xr.DataArray
    high: xr.DataArray
    outcome: Sequence[int]


def needle(p: xr.DataArray, drawn: Drawn, captions: Sequence[str]) -> Component:
    """The piece of [0, 1] of every outcome at the shared cursor of time, and the random number that fell into one.

    p: (time, outcome) probabilities; where they leave outcomes out (those of a large V), the piece that was hit is
    shown alone. drawn.outcome: its position along p's outcomes. captions: one sentence a time, shown above.
    Picking a piece sends `{"variable": name of p, "position": {"time", outcome}}`.
    Raises ValueError where the sizes do not fit.
    """
    dim = next(str(dim) for dim in p.dims if dim != "time")
    values = ordered(p, ["time", dim])
    ends = {name: ordered(getattr(drawn, name), ["time"]) for name in ("u", "low", "high")}
    sizes = {len(values), len(captions), len(drawn.outcome), *map(len, ends.values())}
    if len(sizes) != 1 or not all(0 <= at < values.shape[1] for at in drawn.outcome):
        raise ValueError(f"{variable(p)}: sizes {sorted(sizes)}, outcomes {list(drawn.outcome)[:9]} of {values.shape}")
    header = {
        "variable": variable(p), "outcome": axis(p, dim), "chosen": [int(at) for at in drawn.outcome],
        "whole": bool((values.sum(1) > 0.999).all()), "captions": list(map(str, captions)), "cursors": {},
    }  # fmt: skip
    return Component("needle", header, {"p": values, **ends}, lambda: _table(p, drawn))


def _table(p: xr.DataArray, drawn: Drawn) -> pd.DataFrame:
    """One row a time and outcome: its probability, whether it was drawn, and the number that drew it."""
    table = tidy(p).rename(columns={"value": "probability"})
    dim = next(str(dim) for dim in p.dims if dim != "time")
    chosen = np.asarray(drawn.outcome)[table["time"]]
    return table.assign(number=np.asarray(drawn.u.values)[table["time"]], drawn=table[dim].to_numpy() == chosen)
