"""Attention taken out of the network's hands at some steps: what is written then, and how likely it is."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch

from engine.search import greedy
from engine.seq2seq import Encoded
from engine.tokens import EOS, SOS, SPECIALS
from engine.translation import batches
from engine.translation.bulk import LIMIT
from engine.translation.decoding import CachedDecoder, Decoder, decoder
from engine.translation.files import Translator

AT_ONCE = 4_000  # rows times words read, in one step of `alone`

Words = Sequence[str]
Edits = Mapping[int, Sequence[float]]  # step, from 0 → a weight for each word read


class Rewritten(NamedTuple):
    """words: the tokens written, `<eos>` last if the sentence ends; kept: how many of them stood before the first
    edit and were taken over; log_prob: of all words under the edits; reason: "eos" or "limit".
    """

    words: tuple[str, ...]
    kept: int
    log_prob: float
    reason: str


class Alone(NamedTuple):
    """What the network would write at each step if it looked at one word alone, each [target, source].

    word: the likeliest word, by its place in the vocabulary; p: its probability; own: that of the word written.
    """

    word: np.ndarray
    p: np.ndarray
    own: np.ndarray


def _decoder(translator: Translator, source: Words, edits: Edits) -> Decoder | CachedDecoder:
    if edits and not translator.params.editable:
        raise ValueError("there is no attention to edit")
    for step, weights in edits.items():
        if len(weights) != len(source) or not np.isfinite(weights).all():
            raise ValueError(f"step {step}: {len(weights)} weights for {len(source)} words, or not finite")
    read = batches.left([np.array(translator.source.encode(source), np.int64)])
    if not translator.params.editable:
        return decoder(translator.net, read)
    return Decoder(translator.net, read, {step: torch.tensor(weights) for step, weights in edits.items()})


def rewrite(translator: Translator, source: Words, written: Words, edits: Edits, limit: int | None = None) -> Rewritten:
    """Write again from the first edit on: the words before it stay, at the edited steps attention is as given, and the
    rest is the likeliest word at every step.

    written: the tokens of the first run, `<eos>` included; limit: words at most, None for twice those read and ten.
    Raises ValueError without words to read, or for edits that do not fit.
    """
    if not len(source):
        raise ValueError("a sentence needs at least one word")
    kept = min([*edits, len(written)])
    prefix = translator.target.encode(written[:kept])
    most = max(limit or min(LIMIT, 2 * len(source) + 10), kept + (kept < len(written)))
    found = greedy(_decoder(translator, source, edits), SOS, EOS, most, prefix=prefix)
    words = translator.target.decode(found.content) + [SPECIALS[EOS]] * (found.reason == "eos")
    return Rewritten((*written[:kept], *words[kept:]), kept, found.log_prob, found.reason)


@torch.inference_mode()
def log_prob(translator: Translator, source: Words, target: Words, edits: Edits | None = None) -> float:
    """log P of the tokens of `target` (`<eos>` as written) with attention as given at the edited steps."""
    writer, total, fed = _decoder(translator, source, edits or {}), 0.0, SOS
    state = writer.start()
    for word in translator.target.encode(target):
        answer, state = writer.advance(torch.tensor([fed]), state)
        total, fed = total + answer[0, word].double().item(), word
    return total


@torch.inference_mode()
def alone(translator: Translator, source: Words, target: Words) -> Alone:
    """At each step of `target`, attention on every single word read in turn; the steps before stay as they were.

    Raises ValueError for a network whose attention cannot be edited.
    """
    if not translator.params.editable:
        raise ValueError("there is no attention to edit")
    net, writer, n = translator.net, _decoder(translator, source, {}), len(source)
    written, state, states = translator.target.encode(target), writer.start(), []
    fed = [SOS, *written[:-1]]
    for word in fed:
        states.append(state[4:])
        _, state = writer.look(torch.tensor([word]), state)
    _, h, keys, mask, *_ = state
    found, at_once = [], max(1, AT_ONCE // n**2)
    for start in range(0, len(fed), at_once):
        steps = slice(start, start + at_once)
        own = tuple(torch.cat(parts).repeat_interleave(n, 0) for parts in zip(*states[steps], strict=True))
        rows = len(own[0])
        read = Encoded(h.expand(rows, -1, -1), keys.expand(rows, -1, -1), own, mask.expand(rows, -1))
        embedded = net.E_target(torch.tensor(fed[steps])).repeat_interleave(n, 0)
        found.append(net.step(embedded, own, read, torch.eye(n).repeat(rows // n, 1)).logits.log_softmax(1))
    answer = torch.cat(found).view(len(fed), n, -1)
    best, place = answer.max(2)
    said = answer.gather(2, torch.tensor(written)[:, None, None].expand(-1, n, 1))[..., 0]
    return Alone(place.numpy(), best.exp().numpy(), said.exp().numpy())
