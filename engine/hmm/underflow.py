"""Plain products of probabilities against scaled ones: how far each gets in float64 and float32."""

from typing import NamedTuple

import numpy as np

from engine.hmm.model import HMM, generate

FORMATS = ("float64", "float32")


class Products(NamedTuple):
    """log10 P(O_1…O_t) for t = 1…T from the scaled recursion, and from plain products until they are 0.

    scaled: [time]. plain: for each of FORMATS as many values as were not 0; a shorter array than `scaled` says that
    the product became 0 at that length + 1.
    """

    scaled: np.ndarray
    plain: dict[str, np.ndarray]


def products(model: HMM, T: int, seed: int) -> Products:
    """The probability of every beginning of a generated sequence, scaled and plain."""
    b = model.B.numpy().T[generate(model, T, seed).observations.numpy()]
    return Products(
        np.log10(scales(model, b)).cumsum(), {name: np.log10(plain(model, b, np.dtype(name))) for name in FORMATS}
    )


def scales(model: HMM, b: np.ndarray) -> np.ndarray:
    """c_t [time]: what each column of the forward table sums to when the one before was divided by its sum."""
    c, A, arriving = np.empty(len(b)), model.A.numpy(), model.pi.numpy()
    for t, b_t in enumerate(b):
        column = arriving * b_t
        c[t] = total = column.sum()
        arriving = (column / total) @ A
    return c


def plain(model: HMM, b: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Σ_j α_t(j) as the formula says, [time], until it is 0 in this number format."""
    sums, A, arriving = [], model.A.numpy().astype(dtype), model.pi.numpy().astype(dtype)
    for b_t in b.astype(dtype):
        column = arriving * b_t
        total = column.sum(dtype=dtype)
        if total == 0:
            break
        sums.append(total)
        arriving = column @ A
    return np.asarray(sums, dtype=float)
