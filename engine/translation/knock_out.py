"""A Transformer with heads or parts of layers taken out: what it writes then, and what it thinks of its old answer."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from engine.search import greedy
from engine.tokens import EOS, SOS, SPECIALS
from engine.transformer_block import NOTHING_OFF, Off
from engine.translation import batches
from engine.translation.bulk import most
from engine.translation.decoding import CachedDecoder
from engine.translation.files import Translator

Offs = tuple[Off, Off]  # of the encoder, of the decoder


class Outcome(NamedTuple):
    """words: what is written now, `<eos>` last if the sentence ends; reason: "eos" or "limit"; log_prob: of the words
    that were written before, as the network is now.
    """

    words: tuple[str, ...]
    reason: str
    log_prob: float


@torch.inference_mode()
def without(translator: Translator, source: Sequence[str], target: Sequence[str], off: Offs) -> Outcome:
    """The likeliest word at every step under `off`; target: the tokens written before, `<eos>` as it came.

    Raises ValueError without a word to read or written before.
    """
    if not len(source) or not len(target):
        raise ValueError("a sentence and what was written need at least one word each")
    read = batches.left([np.array(translator.source.encode(source), np.int64)])
    found = greedy(CachedDecoder(translator.net, read, off), SOS, EOS, most(len(source)))
    words = translator.target.decode(found.content) + [SPECIALS[EOS]] * (found.reason == "eos")
    written = torch.tensor(translator.target.encode(target))
    fed = torch.cat([torch.tensor([SOS]), written[:-1]])[None]
    logs = translator.net(read, fed, off=off)[0].log_softmax(-1)
    return Outcome(tuple(words), found.reason, float(logs[torch.arange(len(written)), written].double().sum()))


def parts(translator: Translator) -> list[tuple[str, int, str]]:
    """Every part that can be taken out: ("encoder" or "decoder", layer, part)."""
    layers = range(translator.params.n_layers)
    found = [("encoder", layer, part) for layer in layers for part in ("attention", "ffn", "residual")]
    return found + [("decoder", layer, part) for layer in layers for part in ("attention", "cross", "ffn", "residual")]


def offs(chosen: Sequence[tuple[str, int, str]]) -> Offs:
    """Parts as what is taken out of encoder and decoder."""
    sides = (tuple((part, layer) for side, layer, part in chosen if side == of) for of in ("encoder", "decoder"))
    return tuple(Off(parts=side) if side else NOTHING_OFF for side in sides)
