"""The network as a decoder that a search drives."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.cell import State
from engine.seq2seq import DecoderStep, Encoded, Seq2Seq


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
