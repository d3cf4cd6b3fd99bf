"""The recurrences of the cells that torch does not fuse, and their derivatives, compiled: long sequences of few units.

Arrays are [time, batch, …]; `a` is W x + b of every place. Each forward pass returns what its derivative needs.
"""

import numpy as np
import torch
from numba import njit
from torch import Tensor

FAST = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "nnan"}}


@njit(**FAST)
def add_product(x, M, out):
    """out += x M, for one row x."""
    for j in range(len(x)):
        for k in range(len(out)):
            out[k] += x[j] * M[j, k]


@njit(**FAST)
def sigmoid(x):
    """1 / (1 + e^-x) in place."""
    for j in range(len(x)):
        x[j] = 1 / (1 + np.exp(-x[j]))


@njit(**FAST)
def tanh(x):
    """In place, by e^-2|x|."""
    for j in range(len(x)):
        e = np.exp(-2 * abs(x[j]))
        x[j] = np.copysign((1 - e) / (1 + e), x[j])


@njit(**FAST)
def plain(a, R_T, squash):
    """y_t = g(a_t + R y_{t-1}), g = tanh or nothing."""
    y = a.copy()
    for t in range(len(a)):
        for n in range(a.shape[1]):
            if t:
                add_product(y[t - 1, n], R_T, y[t, n])
            if squash:
                tanh(y[t, n])
    return y


@njit(**FAST)
def plain_back(dy, y, R, squash):
    """∂loss/∂a."""
    da = dy.copy()
    for t in range(len(dy) - 1, -1, -1):
        for n in range(dy.shape[1]):
            if squash:
                da[t, n] *= 1 - y[t, n] * y[t, n]
            if t:
                add_product(da[t, n], R, da[t - 1, n])
    return da


@njit(**FAST)
def gru(a, R_T, b_u):
    """Of every place: r, z, u, n in rows of H, and h."""
    time, batch, H = len(a), a.shape[1], len(b_u)
    inner, h = np.zeros((time, batch, 4 * H), a.dtype), np.zeros((time, batch, H), a.dtype)
    nothing = np.zeros(H, a.dtype)
    for t in range(time):
        for k in range(batch):
            s, x, before = inner[t, k], a[t, k], h[t - 1, k] if t else nothing
            add_product(before, R_T, s[: 3 * H])
            for j in range(H):
                s[j] += x[j]
                s[H + j] += x[H + j]
                s[2 * H + j] += b_u[j]
            sigmoid(s[: 2 * H])
            for j in range(H):
                s[3 * H + j] = x[2 * H + j] + s[j] * s[2 * H + j]
            tanh(s[3 * H :])
            for j in range(H):
                h[t, k, j] = (1 - s[H + j]) * s[3 * H + j] + s[H + j] * before[j]
    return inner, h


@njit(**FAST)
def gru_back(dh, inner, h, R):
    """∂loss/∂a, and ∂loss/∂(R h + (0, 0, b_u))."""
    time, batch, H = dh.shape
    da, du = np.zeros((time, batch, 3 * H), dh.dtype), np.zeros((time, batch, 3 * H), dh.dtype)
    dh, nothing, lost = dh.copy(), np.zeros(H, dh.dtype), np.zeros(H, dh.dtype)
    for t in range(time - 1, -1, -1):
        for k in range(batch):
            s, d, to_a, to_u = inner[t, k], dh[t, k], da[t, k], du[t, k]
            before, earlier = (h[t - 1, k], dh[t - 1, k]) if t else (nothing, lost)
            for j in range(H):
                r, z, n = s[j], s[H + j], s[3 * H + j]
                dn = d[j] * (1 - z) * (1 - n * n)
                to_a[j] = to_u[j] = dn * s[2 * H + j] * r * (1 - r)
                to_a[H + j] = to_u[H + j] = d[j] * (before[j] - n) * z * (1 - z)
                to_a[2 * H + j], to_u[2 * H + j] = dn, dn * r
                earlier[j] += d[j] * z
            add_product(to_u, R, earlier)
    return da, du


@njit(**FAST)
def lstm(a, R_T, p):
    """Of every place: z, i, f, o in rows of H; c and y."""
    time, batch, H = len(a), a.shape[1], R_T.shape[0]
    gates, c, y = a.copy(), np.zeros((time, batch, H), a.dtype), np.zeros((time, batch, H), a.dtype)
    nothing = np.zeros(H, a.dtype)
    for t in range(time):
        for k in range(batch):
            g, old, out = gates[t, k], c[t - 1, k] if t else nothing, y[t - 1, k] if t else nothing
            add_product(out, R_T, g)
            for j in range(H):
                g[H + j] += p[j] * old[j]
                g[2 * H + j] += p[H + j] * old[j]
            tanh(g[:H])
            sigmoid(g[H : 3 * H])
            for j in range(H):
                y[t, k, j] = c[t, k, j] = g[j] * g[H + j] + old[j] * g[2 * H + j]
                g[3 * H + j] += p[2 * H + j] * c[t, k, j]
            sigmoid(g[3 * H :])
            tanh(y[t, k])
            for j in range(H):
                y[t, k, j] *= g[3 * H + j]
    return gates, c, y


@njit(**FAST)
def lstm_back(dy, gates, c, y, R, p):
    """∂loss/∂(sums before the gates)."""
    time, batch, H = dy.shape
    da, dy, dc_next = np.zeros((time, batch, 4 * H), dy.dtype), dy.copy(), np.zeros((batch, H), dy.dtype)
    nothing, lost = np.zeros(H, dy.dtype), np.zeros(H, dy.dtype)
    for t in range(time - 1, -1, -1):
        for k in range(batch):
            g, d, to_a, old = gates[t, k], dy[t, k], da[t, k], c[t - 1, k] if t else nothing
            for j in range(H):
                z, i, f, o = g[j], g[H + j], g[2 * H + j], g[3 * H + j]
                squashed = y[t, k, j] / o if o > 0 else 0.0
                to_o = d[j] * squashed * o * (1 - o)
                dc = dc_next[k, j] + d[j] * o * (1 - squashed * squashed) + to_o * p[2 * H + j]
                to_i, to_f = dc * z * i * (1 - i), dc * old[j] * f * (1 - f)
                to_a[j], to_a[H + j], to_a[2 * H + j], to_a[3 * H + j] = dc * i * (1 - z * z), to_i, to_f, to_o
                dc_next[k, j] = dc * f + to_i * p[j] + to_f * p[H + j]
            add_product(to_a, R, dy[t - 1, k] if t else lost)
    return da


def _numpy(*tensors: Tensor) -> list[np.ndarray]:
    return [np.ascontiguousarray(tensor.detach().numpy()) for tensor in tensors]


def _shifted(y: np.ndarray) -> Tensor:
    """The state before every place."""
    return torch.from_numpy(np.concatenate([np.zeros_like(y[:1]), y[:-1]]))


def _product(du: Tensor, y: np.ndarray) -> Tensor:
    """∂loss/∂R."""
    return torch.einsum("tbr,tbu->ru", du, _shifted(y))


class Plain(torch.autograd.Function):
    """(a, R, squash) → y."""

    @staticmethod
    def forward(ctx, a: Tensor, R: Tensor, squash: bool) -> Tensor:  # noqa: D102
        y = plain(*_numpy(a, R.T), squash)
        ctx.rest = y, *_numpy(R), squash
        return torch.from_numpy(y)

    @staticmethod
    def backward(ctx, dy: Tensor) -> tuple:  # noqa: D102
        y, R, squash = ctx.rest
        da = torch.from_numpy(plain_back(*_numpy(dy), y, R, squash))
        return da, _product(da, y), None


class GRU(torch.autograd.Function):
    """(a, R, b_u) → h."""

    @staticmethod
    def forward(ctx, a: Tensor, R: Tensor, b_u: Tensor) -> Tensor:  # noqa: D102
        inner, h = gru(*_numpy(a, R.T, b_u))
        ctx.rest = inner, h, *_numpy(R)
        return torch.from_numpy(h)

    @staticmethod
    def backward(ctx, dh: Tensor) -> tuple:  # noqa: D102
        inner, h, R = ctx.rest
        da, du = map(torch.from_numpy, gru_back(*_numpy(dh), inner, h, R))
        return da, _product(du, h), du[..., 2 * h.shape[2] :].sum((0, 1))


class Peephole(torch.autograd.Function):
    """(a, R, p) → y."""

    @staticmethod
    def forward(ctx, a: Tensor, R: Tensor, p: Tensor) -> Tensor:  # noqa: D102
        gates, c, y = lstm(*_numpy(a, R.T, p))
        ctx.rest = gates, c, y, *_numpy(R, p)
        return torch.from_numpy(y)

    @staticmethod
    def backward(ctx, dy: Tensor) -> tuple:  # noqa: D102
        gates, c, y, R, p = ctx.rest
        da = torch.from_numpy(lstm_back(*_numpy(dy), gates, c, y, R, p))
        i, f, o = (da[..., k * c.shape[2] : (k + 1) * c.shape[2]] for k in (1, 2, 3))
        before, now = _shifted(c), torch.from_numpy(c)
        dp = torch.cat([(part * cell).sum((0, 1)) for part, cell in ((i, before), (f, before), (o, now))])
        return da, _product(da, y), dp


def warm() -> None:
    """Compile everything, or read it from the disk."""
    a, R, more = (torch.zeros(shape, requires_grad=True) for shape in ((2, 1, 4), (4, 1), (3,)))
    for squash in (True, False):
        Plain.apply(a[..., :1], R[:1], squash).sum().backward()
    GRU.apply(a[..., :3], R[:3], more[:1]).sum().backward()
    Peephole.apply(a, R, more).sum().backward()
