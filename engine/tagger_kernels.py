"""Forward, backward, best and second-best path of a second-order HMM over the few states that each word allows.

Positions p: two boundaries, the words, one boundary. `offset[p]:offset[p+1]` are the candidates of a position in the
flat arrays `state` and `emission`. A pair is (candidate j of p-1, candidate k of p), an arc (i of p-2, j, k).
Everything is scaled to sum (or to be at most) 1 at each position; the logs of the scales are summed.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def find(key, keys):
    """The slot of a key in an open hash table, or the free one (-1) where it would go."""
    mask = len(keys) - 1
    slot = (key * 2654435761 >> 16) & mask
    while keys[slot] != key and keys[slot] != -1:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def fill(wanted, n_slots):
    """A hash table of different keys: (keys by slot, -1 where free; for each slot which of `wanted` it holds)."""
    keys, which = np.full(n_slots, -1), np.zeros(n_slots, np.int64)
    for n, key in enumerate(wanted):
        slot = find(key, keys)
        keys[slot], which[slot] = key, n
    return keys, which


@njit(cache=True)
def lay_out(entries, first, state, emission, edge):
    """Candidates of all positions, flat: those of a row of the words' table, for -1 the boundary.

    Returns offset, state, emission.
    """
    P = len(entries) + 3
    offset = np.zeros(P + 1, np.int64)
    for p in range(P):
        inside = 2 <= p < P - 1 and entries[p - 2] >= 0
        n = first[entries[p - 2] + 1] - first[entries[p - 2]] if inside else 1
        offset[p + 1] = offset[p] + n
    flat, b = np.full(offset[-1], edge), np.ones(offset[-1])
    for p in range(2, P - 1):
        if entries[p - 2] >= 0:
            here = first[entries[p - 2]] - offset[p]
            for at in range(offset[p], offset[p + 1]):
                flat[at], b[at] = state[here + at], emission[here + at]
    return offset, flat, b


@njit(cache=True)
def transition(a, b, c, tables):
    """P(c | class a, b)."""
    weight, size = tables.backoff[a, b], len(tables.class_of)
    if weight < 1.0:  # it is 1 where nothing was seen to follow a and b
        slot = find((a * size + b) * size + c, tables.keys)
        if tables.keys[slot] >= 0:
            return tables.trigram[slot]
    return weight * tables.bigram[b, c]


@njit(cache=True)
def arcs(offset, state, emission, tables):
    """P(c | a, b) e(c) of all arcs, flat, and where each position's begin: arc (i·n_{p-1} + j)·n_p + k."""
    P = len(offset) - 1
    begin = np.zeros(P + 1, np.int64)
    for p in range(2, P):
        n_ij = (offset[p - 1] - offset[p - 2]) * (offset[p] - offset[p - 1])
        begin[p + 1] = begin[p] + n_ij * (offset[p + 1] - offset[p])
    values, at = np.empty(begin[-1]), 0
    for p in range(2, P):
        for i in range(offset[p - 2], offset[p - 1]):
            a = tables.class_of[state[i]]
            for j in range(offset[p - 1], offset[p]):
                b = state[j]
                for k in range(offset[p], offset[p + 1]):
                    values[at] = transition(a, b, state[k], tables) * emission[k]
                    at += 1
    return begin, values


@njit(cache=True)
def _sizes(offset, p):
    return offset[p - 1] - offset[p - 2], offset[p] - offset[p - 1], offset[p + 1] - offset[p]


@njit(cache=True)
def _pairs(offset):
    P = len(offset) - 1
    begin = np.zeros(P + 1, np.int64)
    for p in range(1, P):
        begin[p + 1] = begin[p] + (offset[p] - offset[p - 1]) * (offset[p + 1] - offset[p])
    return begin


@njit(cache=True)
def posteriors(offset, begin, arc):
    """(P(state | all words) of every candidate, log P of the words)."""
    P, pair = len(offset) - 1, _pairs(offset)
    alpha, beta, scale = np.zeros(pair[-1]), np.zeros(pair[-1]), np.ones(P)
    gamma = np.zeros(offset[-1])
    alpha[0], beta[pair[P - 1] :] = 1.0, 1.0
    for p in range(2, P):
        n_i, n_j, n_k = _sizes(offset, p)
        at, total = begin[p], 0.0
        for ij in range(n_i * n_j):
            x, to = alpha[pair[p - 1] + ij], pair[p] + ij % n_j * n_k
            for k in range(n_k):
                alpha[to + k] += x * arc[at]
                total += x * arc[at]
                at += 1
        scale[p] = total
        for to in range(pair[p], pair[p + 1]):
            alpha[to] /= total
    for p in range(P - 1, 1, -1):
        n_i, n_j, n_k = _sizes(offset, p)
        at = begin[p]
        for ij in range(n_i * n_j):
            x, to = 0.0, pair[p] + ij % n_j * n_k
            for k in range(n_k):
                x += arc[at] * beta[to + k]
                at += 1
            beta[pair[p - 1] + ij] = x / scale[p]
        for jk in range(n_j * n_k):
            gamma[offset[p] + jk % n_k] += alpha[pair[p] + jk] * beta[pair[p] + jk]
    return gamma, np.log(scale).sum()


@njit(cache=True)
def best_path(offset, begin, arc, tag, avoid):
    """(candidates, log P) of the likeliest path; where `avoid` holds tags, of the likeliest that differs in one.

    tag: [candidate]; avoid: [position] tags of the path not wanted, or empty. Two layers: 0 has no other tag so far,
    1 has one. The log is -inf where every path has these tags.
    """
    P, pair = len(offset) - 1, _pairs(offset)
    layers = 2 if len(avoid) > 0 else 1
    delta, psi = np.zeros((pair[-1], layers)), np.zeros((pair[-1], layers), np.int64)
    delta[0, 0], log_p = 1.0, 0.0
    for p in range(2, P):
        n_i, n_j, n_k = _sizes(offset, p)
        at, top = begin[p], 0.0
        for ij in range(n_i * n_j):
            for k in range(n_k):
                to = pair[p] + ij % n_j * n_k + k
                other = layers == 2 and tag[offset[p] + k] != avoid[p]
                for layer in range(layers):
                    x, into = delta[pair[p - 1] + ij, layer] * arc[at], 1 if other else layer
                    if x > delta[to, into]:
                        delta[to, into], psi[to, into] = x, 2 * ij + layer
                        top = max(top, x)
                at += 1
        for to in range(pair[p], pair[p + 1]):
            for layer in range(layers):
                delta[to, layer] /= top
        log_p += np.log(top)
    layer = layers - 1
    path, end = np.zeros(P, np.int64), delta[pair[P - 1] :, layer]
    at = end.argmax()
    log_p += np.log(end[at]) if end[at] > 0 else -np.inf
    for p in range(P - 1, 1, -1):
        path[p], source = at % (offset[p + 1] - offset[p]), psi[pair[p] + at, layer]
        at, layer = source // 2, source % 2
    return path, log_p


@njit(cache=True)
def tag_sentences(ends, entries, first, state, emission, tag_of, n_tags, tables, with_second):
    """Best and second-best tags [word], posteriors [word, tag], logs [sentence, 3]: P(words), best, second-best path.

    ends: where each sentence ends in `entries`; first, state, emission: candidates of an entry; tag_of: [state].
    """
    edge = len(tag_of) - 1
    best, second = np.zeros(len(entries), np.int64), np.zeros(len(entries), np.int64)
    gamma, logs = np.zeros((len(entries), n_tags)), np.zeros((len(ends), 3))
    begin = 0
    for n, end in enumerate(ends):
        offset, states, b = lay_out(entries[begin:end], first, state, emission, edge)
        tags = tag_of[states]
        starts, arc = arcs(offset, states, b, tables)
        path, logs[n, 1] = best_path(offset, starts, arc, tags, np.empty(0, np.int64))
        shown = tags[offset[:-1] + path]
        best[begin:end] = shown[2:-1]
        if with_second:
            path, logs[n, 2] = best_path(offset, starts, arc, tags, shown)
            second[begin:end] = tags[offset[:-1] + path][2:-1]
        posterior, logs[n, 0] = posteriors(offset, starts, arc)
        for word in range(begin, end):
            p = word - begin + 2
            for at in range(offset[p], offset[p + 1]):
                gamma[word, tags[at]] += posterior[at]
        begin = end
    return best, second, gamma, logs
