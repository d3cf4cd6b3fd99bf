"""Many sentences at once: the vectors that a decoder starts from, and what given translations cost, word by word."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float

from engine.seq2seq import SOS
from engine.translation import batches
from engine.translation.files import Translator

AT_ONCE = 128  # sentences
NUMBERS = 2**24  # scores that a batch may have


def _groups(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Places, like lengths together."""
    order = np.argsort(lengths, kind="stable").tolist()
    return (order[start : start + size] for start in range(0, len(order), size))


def _coded(translator: Translator, sentences: Sequence[Sequence[str]]) -> list[np.ndarray]:
    if not all(map(len, sentences)):
        raise ValueError("a sentence without a word")
    return [np.array(translator.source.encode(words), np.int64) for words in sentences]


@torch.inference_mode()
def context_vectors(translator: Translator, sentences: Sequence[Sequence[str]]) -> Float[np.ndarray, "sentence unit"]:
    """The first state of the decoder after each sentence, given as tokens; float32.

    Raises ValueError for a sentence without a token.
    """
    coded = _coded(translator, sentences)
    out = np.empty((len(coded), translator.params.n_hidden), np.float32)
    for places in _groups(list(map(len, coded)), AT_ONCE):
        out[places] = translator.net.encode(batches.left([coded[place] for place in places])).state[0].numpy()
    return out


@torch.inference_mode()
def teacher_forced_log_probs(
    translator: Translator, sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]
) -> list[Float[np.ndarray, "target"]]:
    """Of each pair, the log-probability of each written token, all tokens before it fed; float32.

    Targets stand without `<sos>`, with or without `<eos>` last. Raises ValueError for a sentence without a token.
    """
    coded, written = _coded(translator, sources), [translator.target.encode(words) for words in targets]
    if not all(written):
        raise ValueError("nothing is written")
    longest = max(map(len, written), default=1)
    size = max(1, min(AT_ONCE, NUMBERS // (longest * translator.params.n_target)))
    out: list[np.ndarray] = [np.empty(0, np.float32)] * len(coded)
    for places in _groups([len(words) for words in written], size):
        width = max(len(written[place]) for place in places)
        answers = torch.tensor([written[place] + [0] * (width - len(written[place])) for place in places])
        fed = torch.cat([torch.full((len(places), 1), SOS), answers[:, :-1]], 1)
        scores = translator.net(batches.left([coded[place] for place in places]), fed)
        found = (scores.gather(2, answers[..., None])[..., 0] - scores.logsumexp(2)).numpy()
        for row, place in zip(found, places, strict=True):
            out[place] = row[: len(written[place])]
    return out
