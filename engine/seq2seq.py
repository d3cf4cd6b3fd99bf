"""Encoder and decoder: a sentence read into states, and words written from them, with or without attention.

Sources: I. Sutskever, O. Vinyals and Q. Le, "Sequence to sequence learning with neural networks", 2014 (one vector,
source reversed); D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to align and
translate", 2015 (additive attention); M.-T. Luong, H. Pham and C. Manning, "Effective approaches to attention-based
neural machine translation", 2015 (dot product). The two directions of an encoder have half of the units each, so that
its last states are the decoder's first ones, and a state's dot product with any of its outputs, as they are.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn

from engine.cell import Cell, State, reversal
from engine.dropout import Thin, keep
from engine.errors import InputError
from engine.gru import GRUCell
from engine.lstm import LSTMCell
from engine.tokens import PAD

CELLS: dict[str, type[Cell]] = {cell.name: cell for cell in (GRUCell, LSTMCell)}
ATTENTIONS = ("none", "additive", "dot")


@dataclass(frozen=True)
class Seq2SeqParams:
    """Kind and sizes; the defaults are those of the shipped networks."""

    attention: str = "none"  # none | additive (Bahdanau) | dot (Luong)
    cell: str = "lstm"
    n_source: int = 0  # words of the source vocabulary, the four special ones included
    n_target: int = 0
    n_embedding: int = 64
    n_hidden: int = 128
    bidirectional: bool = False
    reversed: bool = True  # whether an encoder of one direction reads the last word first
    tied: bool = False  # whether the words' scores are dot products with their embeddings
    shared: bool = False  # whether both languages have the same vocabulary and embeddings
    kind: ClassVar[str] = "recurrent"

    @property
    def attends(self) -> bool:
        """Whether words look at words; if not, one vector is all that passes from encoder to decoder."""
        return self.attention != "none"

    editable = attends  # whether other weights can take attention's place
    has_vector = property(lambda self: not self.attends)

    def __post_init__(self):
        """Raise InputError on a combination that is none."""
        fair = {
            "attention": self.attention in ATTENTIONS, "cell": self.cell in CELLS,
            "n_embedding": 1 <= self.n_embedding <= 1024, "n_hidden": 1 <= self.n_hidden <= 1024,
            "bidirectional": not self.bidirectional or self.n_hidden % 2 == 0,
            "reversed": not (self.bidirectional and self.reversed), "tied": not self.tied or self.attention != "none",
            "shared": not self.shared or self.n_source == self.n_target,
        }  # fmt: skip
        for name, is_fair in fair.items():
            if not is_fair:
                raise InputError("The value of “{name}” is out of range.", name=name)


class Encoded(NamedTuple):
    """A batch of sentences read.

    h [batch, source, unit]: the output at each word; keys: what a decoder's state is compared with (W_h h where
    attention is additive, else h); state: each [batch, unit], what the decoder starts with; mask [batch, source]: the
    words, padding is False.
    """

    h: Tensor
    keys: Tensor
    state: State
    mask: Tensor


class DecoderStep(NamedTuple):
    """Inner values of one word written, each [batch, …].

    scores, weights [source] and context [unit] are None without attention; state: after the step; readout: what the
    logits [word] are read from.
    """

    embedded: Tensor
    scores: Tensor | None
    weights: Tensor | None
    context: Tensor | None
    state: State
    readout: Tensor
    logits: Tensor


class Seq2Seq(nn.Module):
    """E_source and E_target hold a row a word; `encoder` reads forwards (or, reversed, backwards), `encoder_back` the
    other way; `decoder` writes.
    """

    def __init__(self, params: Seq2SeqParams):
        super().__init__()
        self.params = params
        n, e, cell = params.n_hidden, params.n_embedding, CELLS[params.cell]
        self.E_source = nn.Embedding(params.n_source, e)
        self.E_target = nn.Embedding(params.n_target, e)
        share = n // 2 if params.bidirectional else n
        self.encoder = cell(e, share)
        if params.bidirectional:
            self.encoder_back = cell(e, share)
        additive = params.attention == "additive"
        self.decoder = cell(e + n if additive else e, n)
        if additive:
            self.W_s, self.W_h, self.v = nn.Linear(n, n), nn.Linear(n, n, bias=False), nn.Linear(n, 1, bias=False)
        if params.attention != "none":
            self.W_r = nn.Linear(2 * n + e if additive else 2 * n, e)
        self.out = nn.Linear(n if params.attention == "none" else e, params.n_target)
        if params.shared:
            self.E_source.weight = self.E_target.weight
        if params.tied:
            self.out.weight = self.E_target.weight

    def encode(self, source: Integer[Tensor, "batch source"], thin: Thin = keep) -> Encoded:
        """Read sentences that are padded on the left."""
        padding = (source == PAD)[..., None]
        x = torch.cat([thin(self.E_source(source)).masked_fill(padding, 0.0), padding.to(self.out.weight.dtype)], 2)
        there = reversal(source, PAD)[..., None]
        sides = [self._read(self.encoder, x, there if self.params.reversed else None)]
        if self.params.bidirectional:
            sides.append(self._read(self.encoder_back, x, there))
        h = torch.cat([y for y, _ in sides], 2)
        state = tuple(torch.cat(parts, 1) for parts in zip(*(state for _, state in sides), strict=True))
        h = thin(h)
        return Encoded(h, self.W_h(h) if self.params.attention == "additive" else h, state, source != PAD)

    @staticmethod
    def _read(cell: Cell, x: Tensor, there: Tensor | None) -> tuple[Tensor, State]:
        """A cell's outputs, each at the place of its word, and its last state."""
        if there is None:
            return cell.run(x)
        y, state = cell.run(x.gather(1, there.expand_as(x)))
        return y.gather(1, there.expand_as(y)), state

    def scores(self, s: Float[Tensor, "batch unit"], encoded: Encoded) -> Float[Tensor, "batch source"]:
        """How well a state fits each source word, padding included: v·tanh(W_s s + W_h h_j), or s·h_j."""
        if self.params.attention == "additive":
            return self.v(torch.tanh(encoded.keys + self.W_s(s)[:, None]))[..., 0]
        return torch.einsum("bn,bjn->bj", s, encoded.keys)

    def attend(
        self, scores: Float[Tensor, "batch source"], encoded: Encoded, weights: Tensor | None = None
    ) -> tuple[Float[Tensor, "batch source"], Float[Tensor, "batch unit"]]:
        """softmax of the scores over the words, and the sum of the h_j with these weights, or with given ones."""
        if weights is None:
            weights = scores.masked_fill(~encoded.mask, -torch.inf).softmax(-1)
        return weights, torch.einsum("bj,bjn->bn", weights, encoded.h)

    def step(
        self, embedded: Float[Tensor, "batch feature"], state: State, encoded: Encoded, weights: Tensor | None = None
    ) -> DecoderStep:
        """One word: from the embedding of the word before and the state before; `weights` take attention's place.

        Additive attention asks with s_{t-1} and the cell reads [E y; c]; the dot product asks with s_t.
        """
        scores = context = None
        if self.params.attention == "additive":
            scores = self.scores(state[0], encoded)
            weights, context = self.attend(scores, encoded, weights)
            state = self.decoder.advance(self.decoder.inputs(torch.cat([embedded, context], 1)), state)
        else:
            state = self.decoder.advance(self.decoder.inputs(embedded), state)
        if self.params.attention == "dot":
            scores = self.scores(state[0], encoded)
            weights, context = self.attend(scores, encoded, weights)
        readout = self.readout(state[0], context, embedded)
        return DecoderStep(embedded, scores, weights, context, state, readout, self.out(readout))

    def readout(self, s: Tensor, context: Tensor | None, embedded: Tensor) -> Tensor:
        """What the words are scored from: s alone, tanh(W_r [s; c; E y]) or, with the dot product, tanh(W_r [s; c])."""
        if self.params.attention == "none":
            return s
        parts = (s, context, embedded) if self.params.attention == "additive" else (s, context)
        return torch.tanh(self.W_r(torch.cat(parts, -1)))

    def forward(
        self, source: Integer[Tensor, "batch source"], target: Integer[Tensor, "batch target"],
        thin: Thin = keep, forced: Bool[Tensor, "target"] | None = None,
    ) -> Float[Tensor, "batch target word"]:  # fmt: skip
        """Scores of the word after each of `target` (which begins with `<sos>`), as teacher forcing has them.

        forced: at which steps the true word is fed; at the others it is the decoder's own likeliest (False at step 0
        has no effect).
        """
        encoded = self.encode(source, thin)
        embedded = thin(self.E_target(target))
        if forced is not None and not forced[1:].all():
            return self._free(embedded, encoded, forced, thin)
        if self.params.attention == "additive":
            s, context = self._additive(embedded, encoded)
        else:
            s, _ = self.decoder.run(nn.functional.pad(embedded, (0, 1)), encoded.state)
            context = self._all_contexts(s, encoded) if self.params.attention == "dot" else None
        return self.out(thin(self.readout(s, context, embedded)))

    def _additive(self, embedded: Tensor, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """States and contexts [batch, target, unit]; what does not depend on the state is computed at once."""
        W_y, W_c = self.decoder.W.split([self.params.n_embedding, self.params.n_hidden], 1)
        state, states, contexts = encoded.state, [], []
        for inputs in (embedded @ W_y.T + self.decoder.b).unbind(1):
            _, context = self.attend(self.scores(state[0], encoded), encoded)
            state = self.decoder.advance(torch.addmm(inputs, context, W_c.T), state)
            states.append(state[0])
            contexts.append(context)
        return torch.stack(states, 1), torch.stack(contexts, 1)

    @staticmethod
    def _all_contexts(s: Tensor, encoded: Encoded) -> Tensor:
        scores = torch.einsum("btn,bjn->btj", s, encoded.keys).masked_fill(~encoded.mask[:, None], -torch.inf)
        return torch.einsum("btj,bjn->btn", scores.softmax(-1), encoded.h)

    def _free(self, embedded: Tensor, encoded: Encoded, forced: Tensor, thin: Thin) -> Tensor:
        state, logits, word = encoded.state, [], embedded[:, 0]
        for t in range(embedded.shape[1]):
            if t:
                word = embedded[:, t] if forced[t] else thin(self.E_target(logits[-1].argmax(-1)))
            step = self.step(word, state, encoded)
            state = step.state
            logits.append(step.logits)
        return torch.stack(logits, 1)


def initial(params: Seq2SeqParams, seed: int) -> Seq2Seq:
    """An untrained network, drawn by seed: matrices orthogonal where they act on states, else uniform within
    ±√(3/inputs); embeddings normal; biases 0, an LSTM's forget gates 1.
    """
    generator, net = torch.Generator().manual_seed(seed), Seq2Seq(params)
    for name, p in net.named_parameters():
        if name.startswith("E_"):
            nn.init.normal_(p, std=params.n_embedding**-0.5 if params.tied else 0.3, generator=generator)
        elif p.dim() == 1:
            nn.init.zeros_(p)
        elif name.endswith(".R"):
            for block in p.data.split(p.shape[1]):
                nn.init.orthogonal_(block, generator=generator)
        else:
            nn.init.uniform_(p, -((3 / p.shape[1]) ** 0.5), (3 / p.shape[1]) ** 0.5, generator=generator)
    for cell in (part for part in net.children() if isinstance(part, LSTMCell)):
        cell.b.data[2 * cell.n_hidden : 3 * cell.n_hidden] = 1.0
    return net
