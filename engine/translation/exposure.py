"""Exposure bias measured: after k wrong words were fed to a decoder, how often is its next word the true one?

The name is that of M. Ranzato et al., "Sequence level training with recurrent neural networks", 2016.
"""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from engine.errors import N_
from engine.tokens import EOS, PAD, UNK
from engine.trace import Var, label
from engine.translation import batches
from engine.translation.data import Parallel
from engine.translation.decoding import decoder
from engine.translation.files import Translator

FROM = 2  # the step at which the wrong words begin: two true ones stand before them
SCHEMA = {
    "right": Var("wrong after", r"r_{kd}", "next words that are the true one", "count"),
    "n": Var("wrong after", r"n_{kd}", "next words that were looked at", "count"),
    "accuracy": Var("wrong after", r"r_{kd}/n_{kd}", "share of next words that are the true one", "prob"),
    "error": Var("wrong after", r"\sqrt{p(1-p)/n}", "standard error of the share", "signed"),
}


def _wrong(scores: Tensor, truth: Tensor) -> Tensor:
    """The likeliest word that is not the true one and does not end the sentence."""
    scores = scores.scatter(1, truth[:, None], -torch.inf)
    scores[:, [PAD, EOS, UNK]] = -torch.inf
    return scores.argmax(1)


@torch.inference_mode()
def _guesses(translator: Translator, batch: batches.Batch, k: int) -> Tensor:
    """The likeliest word at every step [batch, target]; k wrong words, the network's own, are fed from step FROM on."""
    writer, words, guesses = decoder(translator.net, batch.source), batch.words, []
    state, word = writer.start(), words[:, 0]
    for t in range(words.shape[1]):
        log_probs, state = writer.advance(word, state)
        guesses.append(log_probs.argmax(1))
        if t + 1 < words.shape[1]:
            word = _wrong(log_probs, batch.answers[:, t]) if FROM <= t < FROM + k else words[:, t + 1]
    return torch.stack(guesses, 1)


def measure(
    translator: Translator, pairs: Parallel, most: int = 4, after: int = 6
) -> xr.Dataset:  # fmt: skip
    """Over pairs, read as the translator's own tokens: how often the next one is the true one, `after` steps after
    0 … `most` wrong ones.

    The true words are fed again after the wrong ones, so that only what the decoder's state remembers of them, or
    what a Transformer still looks at, can do harm. Only pairs long enough for every number of wrong words count, the
    same for all. dims wrong, after.
    """
    least = FROM + most + after
    coded = batches.code(pairs, translator.source, translator.target)
    kept = [place for place, words in enumerate(coded.target) if len(words) > least]  # `<eos>` not counted
    right = np.zeros((most + 1, after), np.int64)
    for start in range(0, len(kept), 128):
        batch = batches.batch(coded, kept[start : start + 128])
        for k in range(most + 1):
            seen = slice(FROM + k, FROM + k + after)
            right[k] += (_guesses(translator, batch, k)[:, seen] == batch.answers[:, seen]).sum(0).numpy()
    n = np.full_like(right, len(kept))
    share = right / np.maximum(n, 1)
    values = {"right": right, "n": n, "accuracy": share, "error": np.sqrt(share * (1 - share) / np.maximum(n, 1))}
    return label(
        values, SCHEMA, {"n_pairs": len(kept), "least": least},
        axes={"wrong": N_("wrong words"), "after": N_("word after them")},
        wrong=[str(k) for k in range(most + 1)], after=[str(d + 1) for d in range(after)],
    )  # fmt: skip
