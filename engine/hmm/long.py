"""How the states' shares of a long generated sequence tend to the stationary distribution."""

import numpy as np
import pandas as pd

from engine.hmm.model import HMM, generate, stationary

A_DECADE = 24  # points kept in each power of ten


def running_shares(model: HMM, T: int, seed: int) -> pd.DataFrame:
    """Columns n, state, share, stationary: the state's share of the first n states, n evenly spread on a log scale."""
    counts = (generate(model, T, seed).states.numpy()[:, None] == np.arange(len(model.S))).cumsum(0)
    ends = np.unique(np.geomspace(1, T, max(2, int(np.log10(T) * A_DECADE))).round().astype(int))
    states = np.arange(len(model.S))
    return pd.DataFrame(
        {
            "n": np.repeat(ends, len(states)),
            "state": np.tile(states, len(ends)),
            "share": (counts[ends - 1] / ends[:, None]).ravel(),
            "stationary": np.tile(stationary(model).numpy(), len(ends)),
        }
    )
