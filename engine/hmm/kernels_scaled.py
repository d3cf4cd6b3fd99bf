"""Compiled forward and backward in probability space, scaled: scores, posteriors, expected counts.

Arrays: O [time] holds all sequences one after the other, sequence n is O[offsets[n]:offsets[n + 1]]; b [symbol, state]
is B transposed, with a last row of ones for what was not observed; A_T is A transposed.

Sums of products are kept in range by dividing by their total. What becomes smaller than DROP is set to 0, and an upper
bound is kept of all that was lost in that way: each step multiplies it by the largest b of the symbol, and it is
forgotten as soon as every state holds SURE times as much. Where at the end the bound is not negligible (a share
of 1e-300 can become everything, if its state alone explains what follows), the answer is UNSURE, for
`kernels_log` to find.
"""

import math

import numpy as np
from numba import njit

DROP = 1e-200  # shares below are set to 0
TAME = 1e-50  # where no positive probability is smaller, DROP · TAME · TAME is still a normal number
TINY = 1e-300  # elsewhere, more than one step's underflow can lose
SURE = 1e20  # what is lost is forgotten, or at the end ignored, if it is so many times smaller than what is kept
RESCALE = 1e-20  # when the total of a column is brought back to 1
UNSURE = np.inf  # in place of a log P; not NaN, which the compiler may take for impossible

# sums may be taken in any order and there is never a NaN; infinities keep their meaning
SUMS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "nnan"}}


@njit(**SUMS)
def least(table):
    """The smallest positive entry of a matrix, 1 if there is none."""
    low = 1.0
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            p = table[i, j]
            low = min(low, p if p > 0.0 else 1.0)
    return low


@njit(**SUMS)
def largest(b):
    """The largest entry of every row."""
    result = np.zeros(len(b))
    for k in range(len(b)):
        for j in range(b.shape[1]):
            result[k] = max(result[k], b[k, j])
    return result


@njit(**SUMS)
def arrive(x, A_T, y):
    """y_j = Σ_i x_i a_ij."""
    for j in range(len(y)):
        total = 0.0
        for i in range(len(x)):
            total += x[i] * A_T[j, i]
        y[j] = total


@njit(**SUMS)
def emit(x, b, lost, b_max, tiny):
    """x_j ← x_j b_j without what is too small. Returns Σx and the new bound of what is lost."""
    if lost > 0.0 and x.min() >= SURE * lost:
        lost = 0.0
    total, low = 0.0, 1.0
    for j in range(len(x)):
        v = x[j] * b[j]
        x[j] = v
        total += v
        low = min(low, v)
    lost = lost * b_max + tiny
    if low < DROP:
        for j in range(len(x)):
            if x[j] < DROP:
                lost += x[j]
                total -= x[j]
                x[j] = 0.0
        total = total if total >= DROP else 0.0
    return total, lost


@njit(**SUMS)
def scores(pi, A_T, b, O, offsets, tiny, log_p):
    """Forward algorithm: log P of every sequence into log_p; -inf where impossible. `tiny` is 0 for a tame model."""
    x, y, b_max = np.empty(len(pi)), np.empty(len(pi)), largest(b)
    for n in range(len(log_p)):
        log_scale, total, lost = 0.0, 1.0, 0.0
        y[:] = pi
        for t in range(offsets[n], offsets[n + 1]):
            if t > offsets[n]:
                arrive(x, A_T, y)
            total, lost = emit(y, b[O[t]], lost, b_max[O[t]], tiny)
            x, y = y, x
            if total < RESCALE:
                if total == 0.0:
                    break
                log_scale += math.log(total)
                scale = 1.0 / total
                for j in range(len(x)):
                    x[j] *= scale
                total, lost = 1.0, min(lost * scale, 1.0)
        log_p[n] = log_scale + math.log(total) if SURE * lost <= total else UNSURE


@njit(**SUMS)
def _forward(pi, A_T, b, O, b_max, tiny, alpha, scale):
    """α̂ [time, state] and the factors scale [time], nearly all 1, that keep it in range; returns log P."""
    log_scale, total, lost = 0.0, 1.0, 0.0
    for t in range(len(O)):
        x, at = alpha[t], O[t]
        if t:
            arrive(alpha[t - 1], A_T, x)
        else:
            x[:] = pi
        total, lost = emit(x, b[at], lost, b_max[at], tiny)
        scale[t] = 1.0
        if total < RESCALE:
            if total == 0.0:
                return UNSURE if lost > 0.0 else -np.inf
            log_scale += math.log(total)
            scale[t] = 1.0 / total
            for j in range(len(x)):
                x[j] *= scale[t]
            total, lost = 1.0, min(lost * scale[t], 1.0)
    return log_scale + math.log(total) if SURE * lost <= total else UNSURE


@njit(**SUMS)
def _backward(A, b, O, alpha, scale, u, rows, gamma):
    """u_t(j) = b_j(O_t) β̂_t(j) scale_t, so that ξ_t(i, j) = α̂_t(i) a_ij u_{t+1}(j); γ_t is added to gamma[rows[t]].

    Where α̂ is 0 β̂ is left at 0: it is never asked for, and may be too large for a number. Returns γ of the first time.
    """
    T, N = alpha.shape
    beta, first = np.full(N, 1.0 / alpha[-1].sum()), np.empty(N)
    for t in range(T - 1, -1, -1):
        x, at = alpha[t], O[t]
        if t < T - 1:
            for i in range(N):
                total = 0.0
                for j in range(N):
                    total += A[i, j] * u[t + 1, j]
                beta[i] = total
        for i in range(N):
            v = beta[i] if x[i] > 0.0 else 0.0
            first[i] = x[i] * v
            gamma[rows[t], i] += x[i] * v
            u[t, i] = b[at, i] * v * scale[t]
    return first


@njit(**SUMS)
def _outer(alpha, u, total):
    """total_ij += Σ_t α̂_t(i) u_{t+1}(j), four times at once: Σξ before its factor a_ij."""
    T, N = alpha.shape
    whole = T - 1 - (T - 1) % 4
    for t in range(0, whole, 4):
        for i in range(N):
            p, q, r, s = alpha[t, i], alpha[t + 1, i], alpha[t + 2, i], alpha[t + 3, i]
            for j in range(N):
                total[i, j] += p * u[t + 1, j] + q * u[t + 2, j] + r * u[t + 3, j] + s * u[t + 4, j]
    for t in range(whole, T - 1):
        for i in range(N):
            for j in range(N):
                total[i, j] += alpha[t, i] * u[t + 1, j]


@njit(**SUMS)
def posterior(pi, A, A_T, b, O, tiny, alpha, u, gamma):
    """α̂, u and γ, all [time, state], of one sequence; gamma comes in as zeros. Returns log P, -inf or UNSURE."""
    scale = np.empty(len(O))
    log_p = _forward(pi, A_T, b, O, largest(b), tiny, alpha, scale)
    if abs(log_p) < np.inf:
        _backward(A, b, O, alpha, scale, u, np.arange(len(O)), gamma)
    return log_p


@njit(**SUMS)
def expected(pi, A, A_T, b, O, offsets, rows, tiny, log_p, first, transitions, emissions):
    """Add the expected counts of every sequence with a finite log P to first [state], transitions [state, next_state]
    and emissions [symbol, state], whose row for time t is rows[t]; log_p [sequence] as in `scores`.
    """
    N, longest = len(pi), 0
    for n in range(len(log_p)):
        longest = max(longest, offsets[n + 1] - offsets[n])
    alpha, u, scale = np.empty((longest, N)), np.empty((longest, N)), np.empty(longest)
    total, b_max = np.zeros((N, N)), largest(b)
    for n in range(len(log_p)):
        begin, end = offsets[n], offsets[n + 1]
        O_n, alpha_n, u_n = O[begin:end], alpha[: end - begin], u[: end - begin]
        log_p[n] = _forward(pi, A_T, b, O_n, b_max, tiny, alpha_n, scale)
        if abs(log_p[n]) < np.inf:
            first += _backward(A, b, O_n, alpha_n, scale, u_n, rows[begin:end], emissions)
            _outer(alpha_n, u_n, total)
    transitions += total * A
