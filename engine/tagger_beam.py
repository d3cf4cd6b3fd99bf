"""Tags alone, fast: the best path of a second-order HMM, compiled, by a search that drops hopeless pairs of states.

A pair is (candidate j of the word before, candidate k of this one), at j·CANDIDATES + k. Two rows of pairs take turns:
what was found up to the word before, scaled to be at most 1, and up to this one.
"""

import numpy as np
from numba import njit

from engine.lexicon_kernels import CANDIDATES

BEAM = 1e-4  # of the best pair: what is less likely so far is not followed
PAIRS = CANDIDATES**2


@njit(cache=True)
def _step(before, last, here, states, emission, tables, delta, old, back, at):
    """Extend the paths that end in pairs (i, j), at `old` in delta, to pairs (j, k); returns where these are in delta.

    The best i of each goes to `back`, from `at` on. before, last, here: of three words in a row, (where candidates
    begin in `states`, how many).
    """
    (a0, n_i), (b0, n_j), (c0, n_k) = before, last, here
    best, new = 0.0, PAIRS - old
    for j in range(n_j):
        b, to = states[b0 + j], CANDIDATES * j
        for k in range(n_k):
            delta[new + to + k] = 0.0
        for i in range(n_i):
            share = delta[old + CANDIDATES * i + j]
            if share < BEAM:
                continue
            a = tables.class_of[states[a0 + i]]
            row = tables.row[a, b]
            for k in range(n_k):
                x = share * tables.p[row, states[c0 + k]]
                if x > delta[new + to + k]:
                    delta[new + to + k], back[at + to + k] = x, i
        for k in range(n_k):
            delta[new + to + k] *= emission[c0 + k]
            best = max(best, delta[new + to + k])
    scale = 1 / best
    for j in range(n_j):
        for k in range(n_k):
            delta[new + CANDIDATES * j + k] *= scale
    return new


@njit(cache=True)
def tags_only(ends, entries, first, state, emission, tag_of, tables):
    """The tags of the best path [word] of sentences that stop at `ends`; first, state, emission as in Entries, `tables`
    as in Successors.
    """
    edge, states, b = (len(state), 1), np.append(state, len(tag_of) - 1), np.append(emission, 1.0)
    tags, longest, begin = np.empty(len(entries), np.int64), 0, 0
    for end in ends:
        longest, begin = max(longest, end - begin), end
    back, delta, begin = np.zeros((longest + 1) * PAIRS, np.uint8), np.zeros(2 * PAIRS), 0
    for end in ends:
        before, last, row = edge, edge, 0
        delta[0] = 1.0
        for word in range(begin, end + 1):
            here = edge
            if word < end:
                here = (first[entries[word]], first[entries[word] + 1] - first[entries[word]])
            row = _step(before, last, here, states, b, tables, delta, row, back, (word - begin) * PAIRS)
            before, last = last, here
        j, k = 0, 0
        for other in range(before[1]):
            if delta[row + CANDIDATES * other] > delta[row + CANDIDATES * j]:
                j = other
        for word in range(end - 1, begin - 1, -1):
            tags[word] = tag_of[states[first[entries[word]] + j]]
            j, k = back[(word + 1 - begin) * PAIRS + CANDIDATES * j + k], j
        begin = end
    return tags
