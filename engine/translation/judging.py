"""How good a translator is on held-out pairs: loss, BLEU, exact translations, alignment error rate."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from engine import alignment, bleu, bleu_words
from engine.tokens import PAD, Tokens
from engine.translation import batches, bulk
from engine.translation.data import Parallel
from engine.translation.kinds import Net

LENGTHS = (1, 6, 9, 12, 15)  # words of a source sentence: where each class begins


class Figures(NamedTuple):
    """loss: nats a token, the true words fed; bleu: 0…100; exact: share of translations that are the reference;
    error: alignment error rate, None where truth or attention is missing.
    """

    loss: float
    bleu: float
    exact: float
    error: float | None


def judge(
    net: Net, source: Tokens, target: Tokens, held: Parallel, beam: int = 1, length_penalty: float = 0.0
) -> Figures:
    """All figures of a network on pairs."""
    found = bulk.translate(net, source, target, held.source, held.cut, beam=beam, length_penalty=length_penalty)
    score, exact = judged([each.tokens for each in found], held, target)
    knows = held.links and net.params.attends and source.kind == target.kind == "words"
    error = align(net, source, target, held) if knows else None
    return Figures(loss(net, source, target, held), score, exact, error)


def _words(said: Sequence[Sequence[str]], held: Parallel, target: Tokens) -> tuple[list[list[str]], list[list[str]]]:
    """(What was said, the references) as words that BLEU counts.

    Words of the grammar are compared as they are, texts of people as BLEU's own rule cuts them, in small letters if
    the network knows no capitals.
    """
    rule = "none" if held.cut else "13a"
    if held.cut and target.kind == "words":
        candidates = list(map(list, said))
    else:
        candidates = bleu_words.cut([target.join(each) for each in said], rule, target.lower)
    return candidates, bleu_words.cut(held.target, rule, target.lower)


def judged(said: Sequence[Sequence[str]], held: Parallel, target: Tokens) -> tuple[float, float]:
    """(BLEU 0…100, share of translations that are the reference, word by word) of tokens said for held-out pairs."""
    candidates, references = _words(said, held, target)
    exact = sum(a == b for a, b in zip(candidates, references, strict=True)) / len(references)
    return 100 * bleu.corpus(candidates, [references]), exact


def by_length(said: Sequence[Sequence[str]], held: Parallel, source: Tokens, target: Tokens) -> list[dict]:
    """`from`, `to` (None: no end), `n`, `bleu` and `exact` of the pairs whose source has so many tokens."""
    lengths = [len(each) for each in batches.cut(held.source, source, held.cut)]
    rows = []
    for low, high in zip(LENGTHS, (*LENGTHS[1:], None), strict=True):
        places = [place for place, n in enumerate(lengths) if n >= low and (high is None or n < high)]
        if places:
            part = held._replace(target=[held.target[place] for place in places])
            score, exact = judged([said[place] for place in places], part, target)
            rows.append({"from": low, "to": high and high - 1, "n": len(places), "bleu": score, "exact": exact})
    return rows


@torch.inference_mode()
def loss(net: Net, source: Tokens, target: Tokens, held: Parallel) -> float:
    """Mean loss a token of pairs (nats), the true words fed."""
    coded, total, n = batches.code(held, source, target), 0.0, 0
    lengths = [len(y) * bool(len(x)) for x, y in zip(*coded, strict=True)]
    for places in bulk.like_lengths(lengths):
        batch = batches.batch(coded, places)
        logits = net(batch.source, batch.words)
        total += cross_entropy(logits.flatten(0, 1), batch.answers.flatten(), ignore_index=PAD, reduction="sum").item()
        n += int((batch.answers != PAD).sum())
    return total / max(n, 1)


def align(net: Net, source: Tokens, target: Tokens, pairs: Parallel) -> float:
    """Alignment error rate of the likeliest source word of each target word, the true words fed; `<eos>` left out."""
    coded, found = batches.code(pairs, source, target), {}
    for places in bulk.like_lengths([len(each) for each in coded.source]):
        weights = bulk.attention(net, *([side[place] for place in places] for side in coded))
        found |= {place: alignment.links(each[:-1]) for place, each in zip(places, weights, strict=True)}
    return alignment.total(alignment.agreement(each, pairs.links[place]) for place, each in found.items()).aer


def align_heads(net: Net, source: Tokens, target: Tokens, pairs: Parallel) -> list[list[float]]:
    """The same of each head of a Transformer's cross-attention, [layer][head]."""
    coded, counts = batches.code(pairs, source, target), {}
    for places in bulk.like_lengths([len(each) for each in coded.source]):
        seen = bulk.attention(net, *([side[place] for place in places] for side in coded), heads=True)
        for place, weights in zip(places, seen, strict=True):
            for head in np.ndindex(weights.shape[:2]):
                found = alignment.agreement(alignment.links(weights[head][:-1]), pairs.links[place])
                counts.setdefault(head, []).append(found)
    params = net.params
    return [[alignment.total(counts[layer, k]).aer for k in range(params.n_heads)] for layer in range(params.n_layers)]
