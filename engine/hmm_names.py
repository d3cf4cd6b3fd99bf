"""A hidden Markov model of each language's letters as a name classifier, by Bayes: P(name | language) P(language).

P(name | language) is the forward algorithm's; the end of a name is the last symbol, so that all names share one sum.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.hmm.learn import baum_welch, random_start
from engine.hmm.model import HMM
from engine.text import ALPHABET, N_LETTERS, PAD, encode

END = "</s>"
V = (*ALPHABET, END)
SMOOTHING = 0.1  # added to every expected count
ITERATIONS = 60
ENOUGH = 1.0  # the learning ends when log P of a language's names gains less


def sequences(texts: Iterable[str]) -> list[Integer[Tensor, "time"]]:
    """Folded names as positions in V, the end of each its last symbol."""
    return [torch.from_numpy(np.append(encode(text), N_LETTERS)) for text in texts]


def learn(texts: Sequence[str], n_states: int, seed: int) -> HMM:
    """Baum–Welch from a random start; without names the start itself."""
    model = random_start([f"{k + 1}" for k in range(n_states)], V, seed)
    if texts:
        for now in baum_welch(
            model, sequences(texts), smoothing=SMOOTHING, tolerance=ENOUGH, iterations=ITERATIONS
        ):  # fmt: skip
            model = now.model
    return model


class HMMBayes(nn.Module):
    """Scores log P(name | language) + log P(language), a name with its end.

    `pi` [language, state], `A` [language, state, next state], `B` [language, state, 58] (column 57: the end of a name)
    and `prior` [language] are learned by `fit`.
    """

    name, thinned = "hmm", ()

    def __init__(self, n_hidden: int, n_languages: int):
        super().__init__()
        self.n_hidden, self.n_languages = n_hidden, n_languages
        for name, shape in (("pi", ()), ("A", (n_hidden,)), ("B", (len(V),))):
            rows = (n_hidden, *shape) if shape else (n_hidden,)
            self.register_buffer(name, torch.full((n_languages, *rows), 1 / rows[-1]))
        self.register_buffer("prior", torch.zeros(n_languages))

    def fit(self, texts: list[str], labels: np.ndarray, flat: bool, seed: int = 0) -> None:
        """Learn from folded names; `flat`: every language alike."""
        for language in range(self.n_languages):
            found = learn([texts[i] for i in np.flatnonzero(labels == language)], self.n_hidden, seed + language)
            for name in ("pi", "A", "B"):
                getattr(self, name)[language] = getattr(found, name)
        counts = np.maximum(np.bincount(labels, minlength=self.n_languages), 1e-9)
        self.prior.copy_(torch.from_numpy(np.zeros(self.n_languages) if flat else np.log(counts / counts.sum())))

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *rest: object) -> None:
        """As of any module; raises ValueError where a row is no distribution."""
        super()._load_from_state_dict(state_dict, prefix, *rest)
        if not all((t >= 0).all() and ((t.sum(-1) - 1).abs() < 1e-3).all() for t in (self.pi, self.A, self.B)):
            raise ValueError("no probabilities")

    def _read(
        self, emitted: Iterable[Float[Tensor, "language batch state"]], padding: Float[Tensor, "batch time"]
    ) -> tuple[Tensor, list[Tensor]]:
        """(Scores, filtered states [language, batch, state] after each letter), by the forward algorithm.

        α_t(j) = Σ_i α_{t−1}(i) a_ij b_j(O_t), scaled to sum 1 at every step; the logs of the sums make log P.
        """
        n = len(padding)
        ahead, log_p, states = self.pi[:, None].expand(-1, n, -1), self.prior[:, None].expand(-1, n), []
        for b, skip in zip(emitted, padding.unbind(1), strict=True):
            alpha = ahead * b
            total = alpha.sum(-1)
            log_p = log_p + (1 - skip) * total.log()
            alpha = alpha / total[..., None]
            gone = skip[:, None]
            ahead = gone * ahead + (1 - gone) * torch.bmm(alpha, self.A)
            states.append(gone * ahead + (1 - gone) * alpha)
        ends = (ahead * self.B[:, None, :, N_LETTERS]).sum(-1).log()
        return (log_p + ends * (1 - padding.amin(1))).T, states

    def forward(self, letters: Integer[Tensor, "batch time"], masks: object = None) -> Float[Tensor, "batch language"]:
        """Scores of left-padded letters, before log-softmax."""
        columns, index = self.B.mT.contiguous(), letters.long()
        return self._read((columns[:, at] for at in index.unbind(1)), (index == PAD).to(columns.dtype))[0]

    def _mixed(self, x: Float[Tensor, "batch time 58"]) -> tuple[Tensor, list[Tensor]]:
        padding = x[..., PAD]
        letters = torch.cat([x[..., :PAD], torch.zeros_like(padding)[..., None]], -1)
        emitted = torch.einsum("btv,lsv->tlbs", letters, self.B) + padding.T[:, None, :, None]
        return self._read(emitted, padding)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters, or of any mixture of letters."""
        return self._mixed(x)[0]

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """P(state | the letters so far) of every language's model, side by side."""
        return torch.stack(self._mixed(x)[1], 2).permute(1, 2, 0, 3).flatten(2)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: the logarithm of the prior."""
        return self.prior
