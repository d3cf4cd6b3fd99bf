"""Compiled Viterbi, sampling, small checks. Arrays as in `engine.hmm.kernels_scaled`, with logarithms for Viterbi."""

import math

import numpy as np
from numba import njit

WIDE = 8  # states from which the maximum is better taken over whole rows

# nothing that changes a bit, so that ties stay ties
EXACT = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"nsz", "nnan"}}


@njit(**EXACT)
def extent(symbols):
    """The smallest and the largest."""
    low = high = symbols[0]
    for k in symbols:
        low, high = min(low, k), max(high, k)
    return low, high


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def wrong_row(table, tolerance):
    """The first row that is not a distribution, -1 if all are; here there may be NaN, which no comparison passes."""
    for i in range(table.shape[0]):
        total, low = 0.0, 0.0
        for p in table[i]:
            total += p
            low = min(low, p)
        if not (low >= 0.0 and abs(total - 1.0) <= tolerance):
            return i
    return -1


@njit(**EXACT)
def shares(counts, old, smoothing):
    """Each row of counts, smoothed, divided by its total; the old row where there is no total."""
    result = old.copy()
    for i in range(counts.shape[0]):
        total = 0.0
        for count in counts[i]:
            total += count + smoothing
        if total >= 1e-300:
            for k in range(counts.shape[1]):
                result[i, k] = (counts[i, k] + smoothing) / total
    return result


@njit(**EXACT)
def log_table(table):
    """Natural logarithms of a matrix, -inf for 0: the C library's, as hmmlearn takes them."""
    result = np.empty_like(table)
    for i in range(table.shape[0]):
        for j in range(table.shape[1]):
            result[i, j] = math.log(table[i, j])
    return result


@njit(**EXACT)
def _largest(x, A_T, y):
    """y_j = max_i x_i + a_ij, for few states."""
    for j in range(len(y)):
        m = -np.inf
        for i in range(len(x)):
            v = x[i] + A_T[j, i]
            m = v if v > m else m
        y[j] = m


@njit(**EXACT)
def _largest_wide(x, A, y):
    """The same for many states: four rows of A at a time, whole rows side by side."""
    N = len(x)
    y[:] = -np.inf
    whole = N - N % 4
    for i in range(0, whole, 4):
        p, q, r, s = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(N):
            u, v = max(p + A[i, j], q + A[i + 1, j]), max(r + A[i + 2, j], s + A[i + 3, j])
            y[j] = max(y[j], max(u, v))
    for i in range(whole, N):
        p = x[i]
        for j in range(N):
            y[j] = max(y[j], p + A[i, j])


@njit(**EXACT)
def deltas(log_pi, log_A, log_A_T, log_b, O, delta):
    """log δ [time, state] of one sequence."""
    N = len(log_pi)
    y = log_pi.copy()
    for t in range(len(O)):
        if t and N < WIDE:
            _largest(delta[t - 1], log_A_T, y)
        elif t:
            _largest_wide(delta[t - 1], log_A, y)
        for j in range(N):
            delta[t, j] = y[j] + log_b[O[t], j]


@njit(**EXACT)
def _last_largest(x, a):
    """The last i with the largest x_i + a_i; for many states in two passes without branches, for the vector unit."""
    best, k = -np.inf, 0
    if len(x) < WIDE:
        for i in range(len(x)):
            v = x[i] + a[i]
            if v >= best:
                best, k = v, i
        return k
    for i in range(len(x)):
        best = max(best, x[i] + a[i])
    for i in range(len(x)):
        k = i if x[i] + a[i] == best else k
    return k


@njit(**EXACT)
def paths(log_pi, log_A, log_A_T, log_b, O, offsets, states, log_joint):
    """Viterbi's path and its log probability for every sequence. Which state won is found again on the way back, where
    the last of equals counts; at the end it is the first.
    """
    N, longest = len(log_pi), 0
    for n in range(len(log_joint)):
        longest = max(longest, offsets[n + 1] - offsets[n])
    delta = np.empty((longest, N))
    for n in range(len(log_joint)):
        begin, end = offsets[n], offsets[n + 1]
        deltas(log_pi, log_A, log_A_T, log_b, O[begin:end], delta)
        last, k = delta[end - begin - 1], 0
        for j in range(N):
            k = j if last[j] > last[k] else k
        log_joint[n], states[end - 1] = last[k], k
        for t in range(end - begin - 2, -1, -1):
            k = _last_largest(delta[t], log_A_T[k])
            states[begin + t] = k


@njit(**EXACT)
def _interval(ends, u):
    """The outcome in whose interval u falls."""
    u *= ends[-1]
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if ends[middle] > u:
            high = middle
        else:
            low = middle + 1
    return low


@njit(**EXACT)
def sample(pi, A, B, u, states, symbols):
    """States and symbols from uniform numbers u [time, 2]; pi, A, B are cumulated along their rows."""
    for t in range(len(u)):
        states[t] = _interval(pi if t == 0 else A[states[t - 1]], u[t, 0])
        symbols[t] = _interval(B[states[t]], u[t, 1])
