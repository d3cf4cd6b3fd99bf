"""The states of words, compiled: counts, the suffix model and the form in small letters, many words at a time."""

import numpy as np
from numba import njit

from engine.suffix import BITS, LONGEST

TRUST = 4.0  # weight of the shorter suffix, for each state that the longer one was seen with
OF_SUFFIX, OF_LOWER = 1.0, 1.5  # occurrences that the suffix, and the form in small letters, count for
CANDIDATES, LEAST = 8, 0.01  # states a word may have, and the least probability of one beside the likeliest


@njit(cache=True)
def _first_at_least(keys, low, high, wanted):
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, fastmath={"reassoc", "nsz", "contract"})  # sums in any order: eight columns at a time
def by_suffix(key, letters, suffixes, p, ranges, ready):
    """Put P(state | shape and the last n letters) into p[n + 1], over the columns of the suffix tables, and the rare
    words that end so into ranges[n + 1]; the first `ready` are there already. Returns the last n + 1.
    """
    for n in range(ready, letters + 1):
        shift = BITS * (LONGEST - n)
        start = key >> shift << shift
        low = _first_at_least(suffixes.keys, ranges[n, 0], ranges[n, 1], start)
        high = _first_at_least(suffixes.keys, low, ranges[n, 1], start + (np.int64(1) << shift))
        if low == high:
            return n
        ranges[n + 1, 0], ranges[n + 1, 1] = low, high
        total, different = 0.0, 0
        for c in range(len(suffixes.root)):
            x = suffixes.sums[high, c] - suffixes.sums[low, c]
            x = x if x > 1e-6 else 0.0  # a difference of sums leaves rounding behind
            p[n + 1, c] = x
            total += x
            different += x > 0.0
        trust = TRUST * different
        scale = 1 / (total + trust)
        for c in range(len(suffixes.root)):
            p[n + 1, c] = (p[n + 1, c] + trust * p[n, c]) * scale
    return letters + 1


@njit(cache=True)
def _room(suffixes):
    """What `by_suffix` puts its results into: p and ranges, where row 0 is of all rare words."""
    p, ranges = np.empty((LONGEST + 2, len(suffixes.root))), np.zeros((LONGEST + 2, 2), np.int64)
    p[0], ranges[0, 1] = suffixes.root, len(suffixes.keys)
    return p, ranges


@njit(cache=True)
def _weigh(of_suffix, place, lower, words, suffixes, p):
    """Put P(state | word) × n into `p`; returns n, the occurrences that count."""
    total = OF_SUFFIX
    p[:] = 0.0
    for c in range(len(of_suffix)):
        p[suffixes.columns[c]] = OF_SUFFIX * of_suffix[c]
    if place >= 0:
        total += words.total[place]
        for at in range(words.start[place], words.start[place + 1]):
            p[words.state[at]] += words.times[at]
    if lower >= 0:
        total += OF_LOWER
        for at in range(words.start[lower], words.start[lower + 1]):
            p[words.state[at]] += OF_LOWER * words.times[at] / words.total[lower]
    return total


@njit(cache=True)
def state_probabilities(key, letters, place, lower, words, suffixes):
    """P(state | word). place, lower: rows of the word and of its form in small letters in `words`, or -1."""
    (levels, ranges), p = _room(suffixes), np.empty(len(words.of_state))
    of_suffix = levels[by_suffix(key, letters, suffixes, levels, ranges, 0)]
    total = _weigh(of_suffix, place, lower, words, suffixes, p)
    return p / total


@njit(cache=True, fastmath={"nnan", "nsz"})
def _top(p):
    top = 0.0
    for k in range(len(p)):
        top = max(top, p[k])
    return top


@njit(cache=True)
def _likeliest(p, found):
    """Put the likeliest states into `found`, in their order; returns how many."""
    least, n, worst = LEAST * _top(p), 0, 0
    for k in range(len(p)):
        if p[k] < least:
            continue
        if n < CANDIDATES:
            found[n] = k
            n += 1
        elif p[k] > p[found[worst]]:
            for at in range(worst, n - 1):
                found[at] = found[at + 1]
            found[n - 1] = k
        else:
            continue
        worst = 0
        for at in range(1, n):
            worst = at if p[found[at]] <= p[found[worst]] else worst
    return n


@njit(cache=True)
def entries(keys, letters, places, lowers, order, words, suffixes):
    """Candidates of words, flat: (where each word's begin, states in order, P(word | state)).

    order: of the words by their keys, so that what a word's ending has in common with the last one's is not done again.
    """
    n_found, n = np.zeros(len(keys), np.int64), words.of_state.sum()
    found, b = np.empty((len(keys), CANDIDATES), np.int64), np.empty((len(keys), CANDIDATES))
    (levels, ranges), p, last, ready = _room(suffixes), np.empty(len(words.of_state)), np.int64(0), 0
    for word in order:
        key, place = keys[word], places[word]
        while ready > 0 and (ready > letters[word] + 1 or (key ^ last) >> BITS * (LONGEST + 1 - ready) != 0):
            ready -= 1
        last, ready = key, by_suffix(key, letters[word], suffixes, levels, ranges, ready)
        if place < 0 and lowers[word] < 0:  # the suffix alone
            total, times = 1.0, 1.0
            n_found[word] = _likeliest(levels[ready], found[word])
            for at in range(n_found[word]):
                b[word, at] = levels[ready, found[word, at]]
                found[word, at] = suffixes.columns[found[word, at]]
        else:
            total = _weigh(levels[ready], place, lowers[word], words, suffixes, p)
            times = words.total[place] if place >= 0 else 1.0
            n_found[word] = _likeliest(p, found[word])
            for at in range(n_found[word]):
                b[word, at] = p[found[word, at]]
        for at in range(n_found[word]):
            b[word, at] = b[word, at] / total * (times / n) / (words.of_state[found[word, at]] / n)
    return _pack(n_found, found, b)


@njit(cache=True)
def _pack(n_found, found, b):
    first = np.zeros(len(n_found) + 1, np.int64)
    for word in range(len(n_found)):
        first[word + 1] = first[word] + n_found[word]
    states, emission = np.empty(first[-1], np.int64), np.empty(first[-1])
    for word in range(len(n_found)):
        for at in range(n_found[word]):
            states[first[word] + at], emission[first[word] + at] = found[word, at], b[word, at]
    return first, states, emission
