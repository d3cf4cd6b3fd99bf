"""A character trigram model of each language's names: fitted by counting in milliseconds, and a good teacher.

p(c | a b, language) = (n(abc) + d p(c | b, language)) / (n(ab) + d), and so on down: Dirichlet smoothing of the trigram
by the bigram and the unigram (MacKay and Peto, "A hierarchical Dirichlet language model", 1995). Upper and lower case
are one letter.
"""

import numpy as np
from jaxtyping import Float, Integer

from engine.text import ALPHABET, pad_left

EDGE = 31  # before the first and after the last letter
N_SYMBOLS = 32
SMOOTHING = 16.0  # d: how many observations the shorter context is worth
TEMPER = 0.7  # neighbouring letters are not independent: sums of logs are taken this much less seriously

_SYMBOLS = np.array(
    [ord(c.lower()) - ord("a") if c.isalpha() else 26 + i - 52 for i, c in enumerate(ALPHABET)] + [EDGE]
)


def trigrams(texts: list[str]) -> tuple[Integer[np.ndarray, "n place"], np.ndarray]:
    """The trigrams of folded texts as numbers below 32³, and which of them are real (not in the padding)."""
    symbols = np.pad(_SYMBOLS[pad_left(texts)], ((0, 0), (2, 1)), constant_values=EDGE)
    a, b, c = symbols[:, :-2], symbols[:, 1:-1], symbols[:, 2:]
    return (a * N_SYMBOLS + b) * N_SYMBOLS + c, (b != EDGE) | (c != EDGE)


def fit(codes: np.ndarray, real: np.ndarray, labels: np.ndarray, n: int) -> Float[np.ndarray, "language trigram"]:
    """log p(c | a b, language) of every trigram, float32."""
    size = N_SYMBOLS**3
    flat = np.bincount((labels[:, None] * size + codes)[real], minlength=n * size)
    abc = flat.reshape(n, N_SYMBOLS, N_SYMBOLS, N_SYMBOLS).astype(np.float32)
    bc = abc.sum(1)
    c = bc.sum(1)
    p = (c.sum(0) + 1) / (c.sum() + N_SYMBOLS)
    for counts in (c, bc, abc):
        p = (counts + SMOOTHING * p) / (counts.sum(-1, keepdims=True) + SMOOTHING)
        p = p[:, None]
    return np.log(p).reshape(n, size)


def scores(table: np.ndarray, codes: np.ndarray, real: np.ndarray) -> Float[np.ndarray, "n language"]:
    """log p(name | language), tempered."""
    return TEMPER * np.stack([np.where(real, row[codes], 0).sum(1) for row in table], 1)


def held_out_beliefs(
    texts: list[str], labels: np.ndarray, n: int, flat: bool = False, folds: int = 5
) -> Float[np.ndarray, "n language"]:
    """What trigram models that have not seen a name believe about its language: float32 probabilities.

    Each fold of the names is judged by a model fitted to the others, with the prior of their counts, or a flat one.
    """
    codes, real = trigrams(texts)
    fold = np.random.default_rng(0).permutation(len(texts)) % folds
    beliefs = np.zeros((len(texts), n), np.float32)
    for k in range(folds):
        rest, mine = fold != k, fold == k
        prior = np.ones(n) if flat else np.bincount(labels[rest], minlength=n) + 0.1
        table = fit(codes[rest], real[rest], labels[rest], n)
        beliefs[mine] = scores(table, codes[mine], real[mine]) + np.log(prior)
    beliefs -= beliefs.max(1, keepdims=True)
    return np.exp(beliefs) / np.exp(beliefs).sum(1, keepdims=True)
