"""A trained neural language model, asked as an n-gram model is: what comes next, how likely texts are; and writing."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from engine import nnlm_trace
from engine.errors import InputError
from engine.ngram import Judged, Scored
from engine.nnlm import Network, NnlmParams
from engine.nnlm_data import NOTHING, parts
from engine.vocabulary import BOS, EOS, UNK, Vocabulary

LIMIT = 200  # tokens of a text that is written


@dataclass(frozen=True, eq=False)
class NeuralModel:
    """A network and its vocabulary; `path` as `explain` names it, `card` what is known of its training."""

    net: Network
    vocabulary: Vocabulary
    card: dict
    path: str

    @property
    def params(self) -> NnlmParams:
        """Kind and sizes."""
        return self.net.params

    @cached_property
    def _exact(self) -> Network:
        return copy.deepcopy(self.net).double()

    def score(self, text: str) -> xr.Dataset:
        """Every inner value as it reads a text."""
        return nnlm_trace.trace(self.net, self.vocabulary, text, self.path)

    @torch.inference_mode()
    def next(self, tokens: Sequence[str]) -> Float[np.ndarray, "word"]:
        """p of each word of the vocabulary after the first tokens of a text; 0 for `<s>`; sums to 1."""
        read = torch.tensor([[BOS, *self.vocabulary.encode(tokens).tolist()]])
        return self._exact(read)[0, -1].softmax(-1).numpy()

    @torch.inference_mode()
    def log_probs(self, texts: Sequence[str]) -> Scored:
        """log p (natural) of every token of texts, `</s>` the last of each."""
        coded = self.vocabulary.code(texts)
        log_p = np.zeros(len(coded.ids))
        for rows, batch in parts(coded):
            loss = cross_entropy(self.net(batch.words).flatten(0, 1), batch.answers.flatten(), ignore_index=NOTHING,
                                 reduction="none").view_as(batch.answers)  # fmt: skip
            for row, line in zip(rows.tolist(), loss.numpy(), strict=True):
                start, end = coded.starts[row : row + 2]
                log_p[start:end] = -line[: end - start]
        return Scored(log_p, coded.starts)

    def perplexity(self, texts: Sequence[str]) -> Judged:
        """How well texts are foretold: bits a token, `</s>` counted as one."""
        log_p = self.log_probs(texts).log_p
        bits = float(-log_p.mean() / math.log(2)) if len(log_p) else math.nan
        return Judged(bits, 2**bits if bits < 1000 else math.inf, len(log_p))

    @torch.inference_mode()
    def write(
        self, n: int, seed: int = 0, temperature: float = 1.0, top_k: int | None = None, top_p: float = 1.0,
        begin: str = "", limit: int = LIMIT,
    ) -> list[str]:  # fmt: skip
        """Texts drawn word by word, all at once; they begin with `begin`, and never hold `<unk>`.

        Raises InputError for a temperature, top_k or top_p out of range.
        """
        _check(temperature, top_k, top_p)
        first, draws = self.vocabulary.encode(self.vocabulary.cut(begin)).tolist(), torch.Generator().manual_seed(seed)
        found, words, state = [list(first) for _ in range(n)], torch.full((n,), BOS), self.net.start(n)
        for word in first:
            _, state = self.net.advance(words, state)
            words = torch.full_like(words, word)
        ended = torch.zeros(n, dtype=torch.bool)
        for _ in range(limit - len(first)):
            log_probs, state = self.net.advance(words, state)
            p = _final(log_probs, temperature, top_k, top_p)
            words = torch.multinomial(p, 1, generator=draws)[:, 0]
            ended |= words == EOS
            for row in (~ended).nonzero()[:, 0].tolist():
                found[row].append(int(words[row]))
            if ended.all():
                break
        return [self.vocabulary.join(self.vocabulary.decode(row)) for row in found]


def _check(temperature: float, top_k: int | None, top_p: float) -> None:
    if not temperature > 0:
        raise InputError("The temperature must be above 0.")
    if top_k is not None and top_k < 1:
        raise InputError("Top-k must be at least 1.")
    if not 0 < top_p <= 1:
        raise InputError("Top-p must be above 0 and at most 1.")


def _final(log_probs: Tensor, temperature: float, top_k: int | None, top_p: float) -> Float[Tensor, "row word"]:
    """The distributions to draw from: tempered, then the top k, then the nucleus."""
    log_probs = log_probs.double().index_fill(1, torch.tensor([UNK]), -torch.inf) / temperature
    p, order = log_probs.softmax(1).sort(dim=1, descending=True, stable=True)
    if top_k:
        p[:, top_k:] = 0
    p = p / p.sum(1, keepdim=True)
    p[p.cumsum(1) - p >= top_p] = 0
    return torch.zeros_like(p).scatter_(1, order, p)
