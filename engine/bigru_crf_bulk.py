"""The network on many texts: cut into sentences, batched by length, decoded together."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine import segment
from engine.bigru_crf import GRU, N_UNITS, Network, Word, fold, is_trained, place, scan, words
from engine.crf import viterbi

LONGEST = 300  # characters that are read in one go; a longer sentence is cut there
BATCH = 4000  # characters in work at a time
CLOSING = "”’」』）)】》\"'"
_SENTENCES = re.compile(rf"[^。！？!?\n]*(?:\n|[。！？!?]+[{CLOSING}]*|$)")


def sentences(text: str) -> list[str]:
    """The sentences of a text with their marks and white space; their concatenation is the text.

    A sentence ends after 。！？!? and closing marks, at a line end, and after LONGEST characters.
    """
    found = (match[0] for match in _SENTENCES.finditer(text) if match[0])
    return [one[at : at + LONGEST] for one in found for at in range(0, len(one), LONGEST)]


def parts(sentence: str) -> tuple[str, str, str]:
    """(white space before, what the network reads, white space after)."""
    inner = sentence.strip()
    begin = sentence.find(inner) if inner else len(sentence)
    return sentence[:begin], inner, sentence[begin + len(inner) :]


@torch.inference_mode()
def emissions(
    network: Network, ids: Integer[Tensor, "time batch"], active: Sequence[int]
) -> Float[Tensor, "time batch state"]:
    """Scores of the tags; sequences are sorted by falling length, `active` of them at each time."""
    x = network.embedding[ids]
    for pair in network.layers:
        x = torch.cat([_states(gru, x, active) for gru in pair], 2)
    return x @ network.W_o + network.b_o


def _states(gru: GRU, x: Tensor, active: Sequence[int]) -> Float[Tensor, "time batch unit"]:
    h = x.new_zeros(*x.shape[:2], N_UNITS)
    for t, each in enumerate(scan(gru, x, active)):
        h[t, : active[t]] = each.h
    return h


@torch.inference_mode()
def decode(network: Network, texts: Sequence[str]) -> list[list[str]]:
    """The best tags of sentences of at least one character, a tag a character, in the order given."""
    order = sorted(range(len(texts)), key=lambda k: -len(texts[k]))
    found: list[list[str]] = [[]] * len(texts)
    for batch in _batches(order, [len(text) for text in texts]):
        lengths = np.array([len(texts[k]) for k in batch])
        ids = np.zeros((lengths[0], len(batch)), np.int64)
        for column, k in enumerate(batch):
            ids[: len(texts[k]), column] = [place(network, character) for character in texts[k]]
        active = (lengths > np.arange(lengths[0])[:, None]).sum(1).tolist()
        paths = viterbi(network.crf, emissions(network, torch.from_numpy(ids), active), active).T.tolist()
        for k, path in zip(batch, paths, strict=True):
            found[k] = [network.tags[tag] for tag in path[: len(texts[k])]]
    return found


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places in `order`, so many at a time that a batch has BATCH characters with its padding."""
    at = 0
    while at < len(order):
        n = max(1, BATCH // lengths[order[at]])
        yield list(order[at : at + n])
        at += n


def read(network: Network, texts: Sequence[str], folded: bool = True) -> list[list[Word]]:
    """Words and tags of texts, sentence by sentence; the concatenation of a text's words is the text."""
    cut = [[parts(sentence) for sentence in sentences(text)] for text in texts]
    inner = [middle for text in cut for _, middle, _ in text if middle]
    tags = iter(decode(network, [fold(network, one) if folded else one for one in inner]))
    return [
        [word for before, middle, after in text for word in _around(before, middle, after, tags)] for text in cut
    ]  # fmt: skip


def _around(before: str, middle: str, after: str, tags: Iterator[list[str]]) -> Iterator[Word]:
    if before:
        yield Word(before, "")
    if middle:
        yield from words(middle, next(tags))
    if after:
        yield Word(after, "")


def cut_otherwise(found: Sequence[Word], other: Sequence[str]) -> int:
    """How many words with a Chinese character are no words of another segmentation of the same text."""
    spans = set(pairwise([0, *accumulate(map(len, other))]))
    own = pairwise([0, *accumulate(len(word.text) for word in found)])
    return sum(span not in spans and has_han(word.text) for word, span in zip(found, own, strict=True))


def has_han(text: str) -> bool:
    """Whether a Chinese character is in it that the HMM reads."""
    return any(segment.FIRST <= character <= segment.LAST for character in text)


def scored(network: Network, texts: Sequence[str], folded: bool = True) -> pd.DataFrame:
    """Columns tagged (word/tag …), segmented, hmm (the HMM's words), otherwise (words that are none of these, only
    those with a Chinese character), words, unseen (characters that training never saw), a row a text.
    """
    rows = []
    for text, found in zip(texts, read(network, texts, folded), strict=True):
        other, given = segment.segment(text), fold(network, text) if folded else text
        shown = [word for word in found if not word.text.isspace()]
        rows.append((
            " ".join(f"{word.text}/{word.tag}" for word in shown), " ".join(word.text for word in shown),
            " ".join(word for word in other if not word.isspace()), cut_otherwise(found, other), len(shown),
            sum(not is_trained(network, character) for character in given),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=["tagged", "segmented", "hmm", "otherwise", "words", "unseen"])
