"""Two recursions over the four states of word segmentation, compiled; sums in the order that jieba has them."""

import numpy as np
from numba import njit

B, M, E, S = range(4)
# the two states that a state can follow; of equal candidates the second wins
BEFORE = np.array([[E, S], [B, M], [B, M], [E, S]])


@njit(cache=True)
def best_path(codes, start, transition, emission):
    """The likeliest states of a block, the last one E or S. codes: [time]; logs. Returns int64 [time]."""
    T = len(codes)
    delta, psi = np.empty((T, 4)), np.zeros((T, 4), np.int64)
    for j in range(4):
        delta[0, j] = start[j] + emission[codes[0], j]
    for t in range(1, T):
        for j in range(4):
            first, second = BEFORE[j]
            b = emission[codes[t], j]
            x = delta[t - 1, first] + transition[first, j] + b
            y = delta[t - 1, second] + transition[second, j] + b
            delta[t, j] = max(x, y)
            psi[t, j] = second if y >= x else first
    path = np.empty(T, np.int64)
    path[-1] = S if delta[-1, S] >= delta[-1, E] else E
    for t in range(T - 1, 0, -1):
        path[t - 1] = psi[t, path[t]]
    return path


@njit(cache=True)
def log_forward(codes, start, transition, emission, known):
    """log P(O) by the forward algorithm, scaled at each step; b = 1 for a character that is not known."""
    alpha, before, log_p = np.empty(4), np.empty(4), 0.0
    a = np.exp(transition)
    for t in range(len(codes)):
        total = 0.0
        for j in range(4):
            arriving = 0.0
            for i in range(4):
                arriving += before[i] * a[i, j]
            if t == 0:
                arriving = np.exp(start[j])
            alpha[j] = arriving * np.exp(emission[codes[t], j]) if known[codes[t]] else arriving
            total += alpha[j]
        if total == 0.0:
            return -np.inf
        for j in range(4):
            before[j] = alpha[j] / total
        log_p += np.log(total)
    return log_p
