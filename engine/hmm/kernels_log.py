"""Compiled recursions on logarithms: slower, and no share of probability is ever too small for them. Arrays as in
`engine.hmm.kernels_scaled`; the tables hold logarithms.
"""

import math

import numpy as np
from numba import njit

from engine.hmm.kernels_paths import EXACT


@njit(**EXACT)
def _logsumexp(x, a):
    """log Σ_i exp(x_i + a_i)."""
    m = -np.inf
    for i in range(len(x)):
        m = max(m, x[i] + a[i])
    if m == -np.inf:
        return m
    total = 0.0
    for i in range(len(x)):
        total += math.exp(x[i] + a[i] - m)
    return m + math.log(total)


@njit(**EXACT)
def forward(log_pi, log_A_T, log_b, O, log_alpha):
    """log α [time, state] of one sequence."""
    for t in range(len(O)):
        for j in range(len(log_pi)):
            arriving = _logsumexp(log_alpha[t - 1], log_A_T[j]) if t else log_pi[j]
            log_alpha[t, j] = arriving + log_b[O[t], j]


@njit(**EXACT)
def backward(log_A, log_b, O, log_beta):
    """log β [time, state] of one sequence."""
    log_beta[-1] = 0.0
    for t in range(len(O) - 2, -1, -1):
        leaving = log_b[O[t + 1]] + log_beta[t + 1]
        for i in range(len(log_A)):
            log_beta[t, i] = _logsumexp(log_A[i], leaving)


@njit(**EXACT)
def scores(log_pi, log_A_T, log_b, O, offsets, log_p, todo):
    """log P of every sequence n where todo[n] into log_p."""
    x, y, none = np.empty(len(log_pi)), np.empty(len(log_pi)), np.zeros(len(log_pi))
    for n in range(len(log_p)):
        if not todo[n]:
            continue
        for t in range(offsets[n], offsets[n + 1]):
            for j in range(len(x)):
                y[j] = (_logsumexp(x, log_A_T[j]) if t > offsets[n] else log_pi[j]) + log_b[O[t], j]
            x, y = y, x
        log_p[n] = _logsumexp(x, none)


@njit(**EXACT)
def _count(log_A, log_b, O, log_alpha, log_beta, log_p, rows, first, transitions, emissions):
    """The expected counts of one sequence."""
    N = len(log_A)
    for t in range(len(O)):
        for i in range(N):
            gamma = math.exp(log_alpha[t, i] + log_beta[t, i] - log_p)
            emissions[rows[t], i] += gamma
            if t == 0:
                first[i] += gamma
            if t == len(O) - 1 or gamma == 0.0:
                continue
            for j in range(N):
                arriving = log_b[O[t + 1], j] + log_beta[t + 1, j]
                transitions[i, j] += math.exp(log_alpha[t, i] + log_A[i, j] + arriving - log_p)


@njit(**EXACT)
def expected(log_pi, log_A, log_A_T, log_b, O, offsets, rows, log_p, todo, first, transitions, emissions):
    """As `kernels_scaled.expected`, for the sequences n where todo[n]."""
    for n in range(len(log_p)):
        if not todo[n]:
            continue
        begin, end = offsets[n], offsets[n + 1]
        log_alpha, log_beta = np.empty((end - begin, len(log_pi))), np.empty((end - begin, len(log_pi)))
        forward(log_pi, log_A_T, log_b, O[begin:end], log_alpha)
        log_p[n] = _logsumexp(log_alpha[-1], np.zeros(len(log_pi)))
        if log_p[n] > -np.inf:
            backward(log_A, log_b, O[begin:end], log_beta)
            _count(log_A, log_b, O[begin:end], log_alpha, log_beta, log_p[n], rows[begin:end],
                   first, transitions, emissions)  # fmt: skip
