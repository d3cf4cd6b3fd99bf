"""A character trigram model of each language's names: fitted by counting in milliseconds, and a good teacher.

p(c | a b, language) = (n(abc) + d p(c | b, language)) / (n(ab) + d), and so on down: Dirichlet smoothing of the trigram
by the bigram and the unigram (MacKay and Peto, "A hierarchical Dirichlet language model", 1995). Upper and lower case
are one letter.
"""

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

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


class Trigram(nn.Module):
    """The trigram model of each language as a name classifier: scores log p(name | language), tempered, + log prior.

    `table` [language, trigram] and `prior` [language] are counted by `fit`, not trained.
    """

    name, n_hidden, thinned = "trigram", 0, ()

    def __init__(self, n_languages: int):
        super().__init__()
        self.n_languages = n_languages
        self.register_buffer("table", torch.zeros(n_languages, N_SYMBOLS**3, dtype=torch.half))
        self.register_buffer("prior", torch.zeros(n_languages))

    def fit(self, texts: list[str], labels: np.ndarray, flat: bool) -> None:
        """Count folded names; `flat`: every language alike."""
        codes, real = trigrams(texts)
        self.table.copy_(torch.from_numpy(fit(codes, real, labels, self.n_languages)))
        counts = np.bincount(labels, minlength=self.n_languages) + 0.1
        self.prior.copy_(torch.from_numpy(np.zeros(self.n_languages) if flat else np.log(counts / counts.sum())))

    def forward(self, letters: Integer[Tensor, "batch time"], masks: object = None) -> Float[Tensor, "batch language"]:
        """Scores of left-padded letters, before log-softmax."""
        symbols = nn.functional.pad(torch.from_numpy(_SYMBOLS)[letters.long()], (2, 1), value=EDGE)
        a, b, c = symbols[:, :-2], symbols[:, 1:-1], symbols[:, 2:]
        terms = self.table.T.to(self.prior.dtype)[(a * N_SYMBOLS + b) * N_SYMBOLS + c]
        real = ((b != EDGE) | (c != EDGE)).to(terms.dtype)
        return TEMPER * (terms * real[..., None]).sum(1) + self.prior

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters; where a slope is asked for, of any mixture of letters."""
        return self._mixed(x) if x.requires_grad else self(x.argmax(2))

    def _mixed(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """The same as a polynomial of the letters: Σ_abc x_a x_b x_c log p(c | a b)."""
        kinds = nn.functional.one_hot(torch.from_numpy(_SYMBOLS), N_SYMBOLS).to(x.dtype)
        edge = nn.functional.one_hot(torch.tensor(EDGE), N_SYMBOLS).to(x.dtype).expand(len(x), 1, -1)
        symbols = torch.cat([edge, edge, x @ kinds, edge], 1)
        a, b, c = symbols[:, :-2], symbols[:, 1:-1], symbols[:, 2:]
        table = self.table.to(x.dtype).reshape(-1, *[N_SYMBOLS] * 3)
        terms = torch.einsum("bta,btp,btc,napc->btn", a, b, c, table)
        real = 1 - b[..., EDGE] * c[..., EDGE]
        return TEMPER * (terms * real[..., None]).sum(1) + self.prior

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time 0"]:
        """Nothing: counts have no state."""
        return x[..., :0]

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter."""
        return self.prior
