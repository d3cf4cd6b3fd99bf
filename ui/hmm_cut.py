"""A Chinese text cut three ways at once: by jieba's HMM as shipped, by jieba's full cut, by the normalised HMM."""

from typing import NamedTuple

import xarray as xr

from engine import hmm, segment
from engine.hmm import trace as hmm_trace


class Segmentation(NamedTuple):
    """The runs of Han characters, the words of the HMM as shipped and of jieba's full cut, log P and counts.

    tags: a letter for each Han character, of the shipped and of the normalised numbers.
    """

    blocks: list[str]
    hmm: list[str]
    jieba: list[str]
    tags: str
    normalised_tags: str
    scored: segment.Scored


def segmented(text: str) -> Segmentation:
    """All three cuts of a text."""
    both, blocks, reduced = segment.compare(text), segment.blocks(text), segment.model(text)
    paths = [hmm.viterbi(reduced, segment.observe(reduced, block)).states.tolist() for block in blocks]
    tags = "".join(segment.STATES[state] for path in paths for state in path)
    return Segmentation(blocks, both.hmm, both.jieba, segment.tags(text), tags, segment.score(text))


def trace(block: str) -> xr.Dataset:
    """Every table of the normalised HMM on a run of Han characters."""
    reduced = segment.model(block)
    return hmm_trace.trace(reduced, segment.observe(reduced, block), translate=False)
