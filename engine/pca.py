"""Principal components: the flat picture of high-dimensional states that keeps most of their spread."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class PCA(NamedTuple):
    """mean [unit], axes [component, unit] (orthonormal, largest variance first), explained share [component]."""

    mean: np.ndarray
    axes: np.ndarray
    explained: np.ndarray


def fit(states: Float[np.ndarray, "n unit"], n_components: int = 2) -> PCA:
    """The directions of largest variance; each axis is turned so that its largest weight is positive.

    Raises ValueError for fewer than two states.
    """
    if len(states) < 2:
        raise ValueError(f"two states are needed, here are {len(states)}")
    states = np.asarray(states, float)
    mean = states.mean(0)
    variance, vectors = np.linalg.eigh(np.cov(states - mean, rowvar=False))
    axes = vectors.T[::-1][:n_components]
    axes = axes * np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1))
    return PCA(mean, axes, variance[::-1][:n_components] / max(variance.sum(), 1e-12))


def project(pca: PCA, states: Float[np.ndarray, "... unit"]) -> Float[np.ndarray, "... component"]:
    """Coordinates of states in the plane of the components."""
    return (np.asarray(states, float) - pca.mean) @ pca.axes.T
