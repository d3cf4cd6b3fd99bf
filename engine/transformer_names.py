"""The Transformer as a name classifier: every letter looks at all others, and the scores are read from all outputs.

Source: A. Vaswani et al., "Attention is all you need", 2017, its encoder. Three things are ours, for names are short
and few: a place tells its letter and the two before it (their embeddings are added), it counts from both ends, and the
scores are read from the mean and the largest output of each unit.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor, nn

from engine.rnn import Masks
from engine.text import N_LETTERS, PAD
from engine.transformer_block import NOTHING_OFF, Off, StackParams, Surroundings, keep
from engine.transformer_stack import Stack, draw

N_HEADS = 4
WIDER = 2  # hidden units of the feed-forward network by unit of the stream
N_PLACES = 32  # with a code of their own, from either end; places beyond share the last one
BEFORE = 2  # letters before its own that a place tells
STD, BACK_STD, CODE_STD = 1.0, 0.5, 0.3  # of the embeddings at the beginning, and of the position codes


class NameTransformer(nn.Module):
    """X = E x_t + Σ_k E_k x_{t-k} + P_start(t) + P_end(t), layers, o = W [mean; largest] + b over all letters.

    `E_back` holds E_1, E_2: what the letters before add. Places are counted from 0, from the first letter and from the
    last.
    """

    name = "transformer"

    def __init__(self, n_hidden: int = 64, n_languages: int = 18, n_layers: int = 2):
        super().__init__()
        self.n_hidden, self.n_languages, self.n_layers = n_hidden, n_languages, n_layers
        self.E = nn.Embedding(N_LETTERS, n_hidden)
        self.E_back = nn.ModuleList(nn.Embedding(N_LETTERS, n_hidden) for _ in range(BEFORE))
        self.P_start, self.P_end = (nn.Embedding(N_PLACES, n_hidden) for _ in range(2))
        self.stack = Stack(StackParams(n_hidden, N_HEADS, n_layers, WIDER * n_hidden, activation="gelu"))
        self.out = nn.Linear(2 * n_hidden, n_languages)

    def draw(self, generator: torch.Generator) -> None:
        """Draw the numbers of an untrained network."""
        draw(self, generator)
        tables = {STD: (self.E,), BACK_STD: self.E_back, CODE_STD: (self.P_start, self.P_end)}
        for std, each in tables.items():
            for table in each:
                nn.init.normal_(table.weight, std=std, generator=generator)

    @property
    def thinned(self) -> tuple[int, ...]:
        """Sizes of the masks of dropout: what enters the layers, what each of their parts adds, and what is read."""
        return (self.n_hidden,) * (1 + 2 * self.n_layers) + (2 * self.n_hidden,)

    def embed(self, letters: Float[Tensor, "batch time 57"]) -> Float[Tensor, "batch time unit"]:
        """What each place tells of its letter and of the letters before; padding is a letter of zeros."""
        told = letters @ self.E.weight
        for k, table in enumerate(self.E_back, 1):
            told = told + nn.functional.pad(letters[:, :-k] @ table.weight, (0, 0, min(k, letters.shape[1]), 0))
        return told

    def code(self, padding: Bool[Tensor, "batch time"]) -> Float[Tensor, "batch time unit"]:
        """The codes of the places, counted from the first letter and from the last."""
        n = padding.shape[1]
        start = (torch.arange(n) - padding.sum(1, keepdim=True)).clamp(0, N_PLACES - 1)
        end = torch.arange(n - 1, -1, -1).clamp(max=N_PLACES - 1)
        return self.P_start(start) + self.P_end(end)

    def outputs(
        self, x: Float[Tensor, "batch time 58"], masks: Masks | None = None, off: Off = NOTHING_OFF
    ) -> tuple[Float[Tensor, "batch time unit"], Bool[Tensor, "batch time"]]:
        """The stack's outputs, and which places are padding."""
        padding = x[..., PAD] == 1
        X = self.embed(x[..., :PAD]) + self.code(padding)
        thin = keep
        if masks:
            each: Iterator[Tensor] = iter(masks)
            thin = lambda part: part * next(each)[:, None]  # noqa: E731
        seen = ~padding | padding.all(1, keepdim=True)  # who has no letter looks at padding, and none of it is used
        around = Surroundings(seen[:, None, None] if padding.any() else None)
        return self.stack(thin(X), around, thin, off), padding

    def pooled(
        self, outputs: Float[Tensor, "batch time unit"], padding: Bool[Tensor, "batch time"]
    ) -> tuple[Float[Tensor, "batch unit"], Float[Tensor, "batch unit"]]:
        """The mean of each unit over the letters, and its largest output; zeros of a name without a letter."""
        hidden = padding[..., None]
        mean = outputs.masked_fill(hidden, 0).sum(1) / (~padding).sum(1, keepdim=True).clamp(min=1)
        largest = outputs.masked_fill(hidden, -torch.inf).amax(1)
        return mean, largest.masked_fill(padding.all(1, keepdim=True), 0)

    def read(
        self, x: Float[Tensor, "batch time 58"], masks: Masks | None = None, off: Off = NOTHING_OFF
    ) -> Float[Tensor, "batch language"]:
        """Scores of one-hot letters, the last column 1 on padding (on the left); off: what is taken out."""
        summary = torch.cat(self.pooled(*self.outputs(x, masks, off)), 1)
        return self.out(summary * masks[-1] if masks else summary)

    def forward(
        self, letters: Integer[Tensor, "batch time"], masks: Masks | None = None
    ) -> Float[Tensor, "batch language"]:
        """Scores of left-padded letters, before log-softmax."""
        return self.read(nn.functional.embedding(letters, torch.eye(PAD + 1, dtype=self.out.weight.dtype)), masks)

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The outputs at every letter of the whole name, which has been read to its end."""
        return self.outputs(x)[0]

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: those of a summary of zeros."""
        return self.out.bias
