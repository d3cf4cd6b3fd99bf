"""A network as a decoder that a search drives: a recurrent one, or a Transformer that keeps what it has computed."""

from collections.abc import Iterable, Mapping
from itertools import chain

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.attention import Keys
from engine.cell import State
from engine.seq2seq import DecoderStep, Encoded, Seq2Seq
from engine.transformer import Transformer
from engine.transformer_block import NOTHING_OFF, Off, Surroundings
from engine.transformer_stack import causal
from engine.translation.kinds import RECURRENT, Net


class Decoder:
    """Writes translations of sentences [n, source] (padded on the left), a row a sentence to begin with.

    edits: attention weights [source] that take the network's place at a step, for interventions.
    """

    def __init__(
        self, net: Seq2Seq, source: Integer[Tensor, "n source"],
        edits: Mapping[int, Float[Tensor, "source"]] | None = None,
    ):  # fmt: skip
        self.net, self.source, self.edits = net, source, dict(edits or {})

    def start(self) -> State:
        """What was read, the decoder's first state, and the place of the first word."""
        h, keys, state, mask = self.net.encode(self.source)
        return (torch.zeros(len(h), dtype=torch.long), h, keys, mask, *state)

    def look(self, words: Integer[Tensor, "row"], state: State) -> tuple[DecoderStep, State]:
        """A step with its inner values."""
        place, h, keys, mask, *s = state
        edit = self.edits.get(int(place[0])) if len(place) else None
        weights = None if edit is None else edit.to(h.dtype).expand(len(h), -1)
        step = self.net.step(self.net.E_target(words), tuple(s), Encoded(h, keys, tuple(s), mask), weights)
        return step, (place + 1, h, keys, mask, *step.state)

    def advance(self, words: Integer[Tensor, "row"], state: State) -> tuple[Float[Tensor, "row word"], State]:
        """Log-probabilities of the next word after `words`."""
        step, state = self.look(words, state)
        return step.logits.log_softmax(-1), state

    def weights(self, words: Integer[Tensor, "n target"]) -> Float[Tensor, "n target source"]:
        """Attention's weights while `words` (`<sos>` first) are fed."""
        state, rows = self.start(), []
        for word in words.unbind(1):
            step, state = self.look(word, state)
            rows.append(step.weights)
        return torch.stack(rows, 1)


class CachedDecoder:
    """The same of a Transformer. Its state holds the keys and values of all words read and written, so that a step
    computes those of one word alone.

    off: heads and parts of encoder and decoder that are taken out.
    """

    def __init__(
        self, net: Transformer, source: Integer[Tensor, "n source"], off: tuple[Off, Off] = (NOTHING_OFF, NOTHING_OFF)
    ):
        self.net, self.source, self.off = net, source, off

    def start(self) -> State:
        """The place of the first word, the mask of the source; keys and values of each layer: of the words read, and
        of those written, none so far.
        """
        h, mask = self.net.encode(self.source, off=self.off[0])
        read = self.net.decoder.memory(h)
        place = torch.zeros(len(h), dtype=torch.long)
        return (place, mask, *chain(*read), *(part[:, :, :0] for part in chain(*read)))

    def advance(self, words: Integer[Tensor, "row"], state: State) -> tuple[Float[Tensor, "row word"], State]:
        """Log-probabilities of the next word after `words`."""
        place, mask, *keys = state
        half = len(keys) // 2
        logits, written = self.net.step(words, place, _paired(keys[half:]), _paired(keys[:half]), mask, self.off[1])
        return logits.log_softmax(-1), (place + 1, mask, *keys[:half], *chain(*written))

    def heads(self, words: Integer[Tensor, "n target"]) -> Float[Tensor, "n layer head target source"]:
        """The weights of cross-attention while `words` (`<sos>` first) are fed, all words at once."""
        net, places = self.net, torch.arange(words.shape[1]).expand_as(words)
        h, mask = net.encode(self.source, off=self.off[0])
        around = Surroundings(causal(words.shape[1]), net.turn(places), h, mask[:, None, None])
        layers, _ = net.decoder.look(net.embed(words, places, "target"), around, self.off[1])
        return torch.stack([layer.looked_c.weights for layer in layers], 1)

    def weights(self, words: Integer[Tensor, "n target"]) -> Float[Tensor, "n target source"]:
        """Where the decoder looks: the mean over the heads of the last layer."""
        return self.heads(words)[:, -1].mean(1)


def _paired(parts: Iterable[Tensor]) -> list[Keys]:
    """Keys and values of each layer, which follow each other in `parts`."""
    parts = iter(parts)
    return [Keys(*both) for both in zip(parts, parts, strict=True)]


def decoder(net: Net, source: Integer[Tensor, "n source"]) -> Decoder | CachedDecoder:
    """What drives this network for sentences [n, source], padded on the left."""
    return (Decoder if net.params.kind == RECURRENT else CachedDecoder)(net, source)
