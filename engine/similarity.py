"""Units that do the same side by side: an order of the rows of a heat map."""

import numpy as np
from jaxtyping import Float


def similarity_order(values: Float[np.ndarray, "time unit"]) -> list[int]:
    """Units in the order of the leaves of an average-linkage clustering by correlation over time.

    Each new pair of clusters is turned so that its most similar ends meet. A unit that never changes correlates with
    none. Source: R. Sokal and C. Michener, "A statistical method for evaluating systematic relationships", 1958.
    """
    near = _correlation(values)
    between, groups = near.copy(), [[unit] for unit in range(len(near))]
    np.fill_diagonal(between, -np.inf)
    alive = len(groups)
    while alive > 1:
        a, b = sorted(np.unravel_index(between.argmax(), between.shape))
        share = len(groups[a]) / (len(groups[a]) + len(groups[b]))
        row = share * between[a] + (1 - share) * between[b]
        between[a], between[:, a] = row, row
        between[b], between[:, b], between[a, a] = -np.inf, -np.inf, -np.inf
        groups[a], groups[b] = _joined(near, groups[a], groups[b]), []
        alive -= 1
    return groups[0] if groups else []


def _correlation(values: np.ndarray) -> Float[np.ndarray, "unit unit"]:
    centred = values - values.mean(0)
    size = np.sqrt((centred**2).sum(0))
    scaled = np.divide(centred, size, out=np.zeros_like(centred), where=size > 1e-12)
    return scaled.T @ scaled


def _joined(near: np.ndarray, a: list[int], b: list[int]) -> list[int]:
    turns = [(x, y) for x in (a, a[::-1]) for y in (b, b[::-1])]
    left, right = max(turns, key=lambda ends: near[ends[0][-1], ends[1][0]])
    return left + right
