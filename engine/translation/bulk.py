"""Texts translated in bulk: batches of like length, ended sentences dropped; and where attention looks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from engine.search import Hypothesis, beam_batch, greedy_batch
from engine.tokens import EOS, SOS, Tokens
from engine.translation import batches
from engine.translation.decoding import decoder
from engine.translation.kinds import Net

AT_ONCE, ROOM = 128, 6_000  # sentences of a batch, and places for their words
LIMIT = 200  # words written for one text


class Translation(NamedTuple):
    """source and tokens: what was read and written; log_prob: of the words and, where it came, `<eos>`; reason: "eos"
    or "limit"; weights [target, source] if they were asked for and there is attention.
    """

    source: list[str]
    tokens: list[str]
    log_prob: float
    reason: str
    weights: np.ndarray | None


NOTHING = Translation([], [], 0.0, "eos", None)


def like_lengths(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of all lengths but 0, in batches that padding does not blow up."""
    order = [place for place in np.argsort(lengths, kind="stable").tolist() if lengths[place]]
    while order:
        n = min(AT_ONCE, len(order))
        while n > 1 and n * lengths[order[n - 1]] > ROOM:
            n //= 2
        yield order[:n]
        order = order[n:]


def most(n_source: int) -> int:
    """How many words are written at most for a sentence of so many: twice as many and ten."""
    return min(LIMIT, 2 * n_source + 10)


def _search(
    net: Net, sentences: Sequence[np.ndarray], limit: int | None, beam: int, length_penalty: float
) -> list[Hypothesis]:
    """The best translation found of each sentence of a batch."""
    writer, n = decoder(net, batches.left(sentences)), len(sentences)
    limits = [limit or most(len(sentence)) for sentence in sentences]
    if beam == 1:
        return greedy_batch(writer, n, SOS, EOS, limits)
    return [found[0] for found in beam_batch(writer, n, beam, SOS, EOS, limits, length_penalty=length_penalty)]


def translate(
    net: Net, source: Tokens, target: Tokens, texts: Sequence[str], is_cut: bool = False, limit: int | None = None,
    weights: bool = False, beam: int = 1, length_penalty: float = 0.0,
) -> list[Translation]:  # fmt: skip
    """The best translation of each text that a beam finds; a text without a word gives an empty one.

    is_cut: tokens stand between blanks; limit: words written, None for what `most` gives each text; beam: 1 takes the
    likeliest word at each step; length_penalty: see engine.search.
    """
    cut = batches.cut(texts, source, is_cut)
    coded = [np.array(source.encode(words), np.int64) for words in cut]
    found, looks = [NOTHING] * len(texts), weights and net.params.attends
    for places in like_lengths([len(each) for each in coded]):
        rows = [coded[place] for place in places]
        best = _search(net, rows, limit, beam, length_penalty)
        seen = attention(net, rows, [each.words for each in best]) if looks else [None] * len(rows)
        for place, each, look in zip(places, best, seen, strict=True):
            words = target.decode(each.content)
            found[place] = Translation(cut[place], words, each.log_prob, each.reason, look)
    return found


@torch.inference_mode()
def attention(
    net: Net, sources: Sequence[np.ndarray], targets: Sequence[Sequence[int]], heads: bool = False
) -> list[np.ndarray]:
    """Attention weights [target, source] of a batch while the words of `targets` are written; of a Transformer those
    that `CachedDecoder.weights` names, or with `heads` of all, [layer, head, target, source].
    """
    coded = batches.Coded(list(sources), [np.array(each, np.int64) for each in targets])
    batch = batches.batch(coded, range(len(sources)))
    writer, width = decoder(net, batch.source), batch.source.shape[1]
    weights = (writer.heads if heads else writer.weights)(batch.words).numpy()
    return [weights[k, ..., : len(y), width - len(x) :] for k, (x, y) in enumerate(zip(sources, targets, strict=True))]
