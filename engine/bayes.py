"""Bayes by language model: P(language | name) ∝ P(name | language) P(language), an n-gram model of letters a language.

The model is the counts; probabilities are made of them when it is loaded (`engine.ngram_fit`).
"""

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.bayes_tables import LETTERS, Tables, grams, symbols
from engine.ngram import NGram, NGramParams
from engine.text import pad_left
from engine.vocabulary import BOS, EOS

METHODS = ("kneser-ney", "witten-bell", "back-off", "add-k")  # without mle: no letter may have the probability 0
DISCOUNT = 0.9  # D of Kneser and Ney, and of Katz; found on parts of the training names, as order and method were
ADDED = 0.1  # k of add-k


class NGramBayes(nn.Module):
    """Scores log P(name | language) + log P(language), a name with its end; capitals are letters of their own.

    `grams` [row, 1 + order] (language, n-gram in indices of LETTERS), `times` [row] and `prior` [language] are counted
    by `fit`, not trained.
    """

    name, n_hidden, thinned = "ngram", 0, ()

    def __init__(self, n_languages: int, order: int = 4, method: str = "kneser-ney"):
        super().__init__()
        self.n_languages = n_languages
        self.params = NGramParams(order, method, k=ADDED, discount=DISCOUNT)
        self.register_buffer("grams", torch.zeros(0, 1 + order, dtype=torch.uint8))
        self.register_buffer("times", torch.zeros(0, dtype=torch.int32))
        self.register_buffer("prior", torch.zeros(n_languages))
        self.tables = Tables(np.zeros((0, 1 + order)), np.zeros(0), n_languages, self.params)

    def fit(self, texts: list[str], labels: np.ndarray, flat: bool) -> None:
        """Count folded names; `flat`: every language alike."""
        rows, times = grams(texts, labels, self.params.order)
        self.grams, self.times = torch.from_numpy(rows), torch.from_numpy(times)
        counts = np.maximum(np.bincount(labels, minlength=self.n_languages), 1e-9)
        self.prior.copy_(torch.from_numpy(np.zeros(self.n_languages) if flat else np.log(counts / counts.sum())))
        self._read_counts()

    def _read_counts(self) -> None:
        """Make the tables; raises ValueError if the counts can be none."""
        rows, times = self.grams.numpy(), self.times.numpy()
        context, last = rows[:, 1:-1], rows[:, -1]
        fair = (times >= 1).all() and (rows[:, 0] < self.n_languages).all() and (rows[:, 1:] < LETTERS.n).all()
        if not fair or (last == BOS).any() or (context == EOS).any():
            raise ValueError("no counts of names")
        self.tables = Tables(rows, times, self.n_languages, self.params)

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *rest: object) -> None:
        """As of any module, but the file says how many n-grams there are."""
        rows, times = (state_dict.get(prefix + name) for name in ("grams", "times"))
        if rows is None or times is None or rows.shape != (len(times), 1 + self.params.order):
            raise ValueError("no counts of names")
        self.grams, self.times = torch.empty_like(self.grams).new_empty(rows.shape), self.times.new_empty(times.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self._read_counts()

    def model(self, language: int) -> NGram:
        """The n-gram model of one language."""
        return self.tables.model(language)

    def _rows(self) -> Float[Tensor, "row language"]:
        return self.tables.single if self.prior.dtype == torch.float else self.tables.scores

    def forward(self, letters: Integer[Tensor, "batch time"], masks: object = None) -> Float[Tensor, "batch language"]:
        """Scores of left-padded letters, before log-softmax."""
        rows, scores = self._rows(), self.prior.repeat(len(letters), 1)
        for index in self.tables.look_up(symbols(letters.numpy())):
            scores += nn.functional.embedding_bag(torch.from_numpy(index), rows, mode="sum")
        return scores

    def terms(self, text: str) -> Float[np.ndarray, "place language"]:
        """log p of each letter of a folded name, and of its end, in each language; float64."""
        index = self.tables.look_up(symbols(pad_left([text])))
        return sum(self.tables.scores[torch.from_numpy(each[0])] for each in index).numpy()

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters; counts have no slope."""
        return self(x.argmax(2))

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time 0"]:
        """Nothing: counts have no state."""
        return x[..., :0]

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the logarithm of the prior."""
        return self.prior
