"""What dividing by √d_k is for: softmax at a temperature — how flat it is, and how much gradient it passes on.

Source: A. Vaswani et al., 2017, section 3.2.1, note 4: dot products of d_k features of variance 1 have variance d_k.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from engine.errors import N_
from engine.trace import Var, label

AXES = {"temperature": N_("temperature"), "key": N_("place looked at"), "size": N_("d_k")}
SCHEMA = {
    "weights": Var("temperature key", r"\text{softmax}(s/T)", "weights at a temperature", "prob"),
    "entropy": Var("temperature", r"-\sum_j\alpha_j\log_2\alpha_j", "entropy of the weights, in bits"),
    "gradient": Var("temperature", r"\lVert\partial\alpha/\partial s\rVert_F",
                    "length of the gradient: how much the weights change with the scores"),
}  # fmt: skip
SIZES = {
    "entropy_scaled": Var("size", r"\bar H(QK^\top/\sqrt{d_k})", "mean entropy of the weights with √d_k, in bits"),
    "entropy_plain": Var("size", r"\bar H(QK^\top)", "mean entropy of the weights without √d_k, in bits"),
    "gradient_scaled": Var("size", r"\overline{\lVert\partial\alpha/\partial s\rVert}",
                           "mean length of softmax's gradient with √d_k"),
    "gradient_plain": Var("size", r"\overline{\lVert\partial\alpha/\partial s\rVert}",
                          "mean length of softmax's gradient without √d_k"),
}  # fmt: skip


def softmax(scores: Float[np.ndarray, "... key"]) -> Float[np.ndarray, "... key"]:
    """Of each row."""
    return torch.from_numpy(scores).softmax(-1).numpy()


def entropy(weights: Float[np.ndarray, "... key"]) -> np.ndarray:
    """Bits of each row."""
    return -(weights * np.log2(np.where(weights > 0, weights, 1))).sum(-1)


def slope(weights: Float[np.ndarray, "... key"]) -> np.ndarray:
    """Frobenius length of softmax's Jacobian diag(α) − α αᵀ of each row."""
    jacobian = np.eye(weights.shape[-1]) * weights[..., None] - weights[..., None] * weights[..., None, :]
    return np.sqrt((jacobian**2).sum((-2, -1)))


def at_temperatures(scores: Sequence[float], temperatures: Sequence[float], words: Sequence[str]) -> xr.Dataset:
    """softmax of `scores` divided by each temperature: weights, entropy, and the gradient at the divided scores.

    Raises ValueError for a temperature that is not above 0, or no score.
    """
    scores, T = np.asarray(scores, float), np.asarray(temperatures, float)
    if not len(scores) or not (T > 0).all():
        raise ValueError("scores and temperatures above 0 are needed")
    weights = softmax(scores / T[:, None])
    inner = {"weights": weights, "entropy": entropy(weights), "gradient": slope(weights)}
    attrs = {"module": "engine.softmax_scale_explain", "scores": tuple(scores.tolist()), "T": tuple(T.tolist())}
    return label(inner, SCHEMA, attrs, axes=AXES, key=list(words), temperature=[f"{t:g}" for t in T])


def by_size(sizes: Sequence[int], n_keys: int, n_queries: int = 64, seed: int = 0) -> xr.Dataset:
    """Queries and keys of independent standard normal features, as the paper's argument has them: mean entropy and
    gradient of their weights with and without √d_k, for each number of features.
    """
    rows = []
    for size in sizes:
        Q, K = drawn(size, n_queries, n_keys, seed)
        both = [softmax(Q @ K.T / scale) for scale in (size**0.5, 1.0)]
        rows.append([*(entropy(each).mean() for each in both), *(slope(each).mean() for each in both)])
    inner = dict(zip(SIZES, np.array(rows).T, strict=True))
    attrs = {"module": "engine.softmax_scale_explain", "sizes": tuple(sizes), "n_keys": n_keys, "n_queries": n_queries,
             "seed": seed}  # fmt: skip
    return label(inner, SIZES, attrs, axes=AXES, size=[str(size) for size in sizes])


def drawn(size: int, n_queries: int, n_keys: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The queries and keys of a size."""
    random = np.random.default_rng([seed, size])
    return random.standard_normal((n_queries, size)), random.standard_normal((n_keys, size))
