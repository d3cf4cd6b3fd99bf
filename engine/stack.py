"""One or more layers of any cell, read in one direction or in both, and scores from the states: a name classifier.

Sources: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks", 1997; dropout between layers and before
the scores as in W. Zaremba, I. Sutskever and O. Vinyals, "Recurrent neural network regularization", 2014.
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.cell import Cell, reversal
from engine.rnn import Masks
from engine.text import N_LETTERS, PAD


class Stack(nn.Module):
    """Cells `layer1`, `layer2`, … and, reading from the end, `layer1_back`, …; scores `h2o` of the top outputs.

    `pool`: the scores are read from the output after the last letter read ("last") or from each unit's largest
    output ("max").
    """

    def __init__(
        self, cell: type[Cell], n_hidden: int, n_languages: int,
        n_layers: int = 1, bidirectional: bool = False, pool: str = "last",
    ):  # fmt: skip
        super().__init__()
        self.name, self.n_hidden, self.n_languages = cell.name, n_hidden, n_languages
        self.n_layers, self.bidirectional, self.pool = n_layers, bidirectional, pool
        self.widths, width = [], N_LETTERS
        for layer in range(1, n_layers + 1):
            for direction in self.directions:
                self.add_module(f"layer{layer}{direction}", made := cell(width, n_hidden))
            width = len(self.directions) * made.n_readable
            self.widths.append(width)
        self.h2o = nn.Linear(width, n_languages)

    @property
    def directions(self) -> tuple[str, ...]:
        """Endings of the layers' names: forward, and backward where there is one."""
        return ("", "_back") if self.bidirectional else ("",)

    @property
    def thinned(self) -> tuple[int, ...]:
        """Sizes of the masks of dropout: what each layer hands on."""
        return tuple(self.widths)

    def outputs(
        self, x: Float[Tensor, "batch time 58"], masks: Masks | None = None
    ) -> list[list[Float[Tensor, "batch time feature"]]]:
        """What can be read of each layer, in each direction: at place t, what that direction has read up to there.

        The backward direction's places are turned back, so that place t has read the letters t … T.
        """
        padding, out = x[..., -1:], []
        there = reversal(padding[..., 0], 1)[..., None] if self.bidirectional else None
        for layer in range(1, self.n_layers + 1):
            features = [self._one(f"layer{layer}{side}", x, there if side else None) for side in self.directions]
            if masks:
                share = masks[layer - 1].chunk(len(features), 1)
                features = [each * mask[:, None] for each, mask in zip(features, share, strict=True)]
            out.append(features)
            x = torch.cat([*features, padding], 2)
        return out

    def _one(self, name: str, x: Tensor, there: Tensor | None) -> Tensor:
        cell = getattr(self, name)
        if there is None:
            return cell.readable(x[..., :-1], cell.scan(x))
        x = x.gather(1, there.expand_as(x))
        back = cell.readable(x[..., :-1], cell.scan(x))
        return back.gather(1, there.expand(-1, -1, back.shape[2]))

    def summary(self, x: Float[Tensor, "batch time 58"], masks: Masks | None = None) -> Float[Tensor, "batch feature"]:
        """What the scores are read from."""
        top, padding = self.outputs(x, masks)[-1], x[..., -1:] == 1
        if self.pool == "max":
            largest = torch.cat(top, 2).masked_fill(padding, -torch.inf).amax(1)
            return largest.masked_fill(padding.all(1), 0.0)  # nothing read: the state of zeros
        first = padding.sum(1, keepdim=True).clamp(max=x.shape[1] - 1)  # where the backward direction ends
        ends = [top[0][:, -1], *(back.gather(1, first.expand(-1, 1, back.shape[2]))[:, 0] for back in top[1:])]
        return torch.cat(ends, 1)

    def read(self, x: Float[Tensor, "batch time 58"], masks: Masks | None = None) -> Float[Tensor, "batch language"]:
        """Scores of one-hot letters, the last column 1 on padding (on the left)."""
        return self.h2o(self.summary(x, masks))

    def forward(
        self, letters: Integer[Tensor, "batch time"], masks: Masks | None = None
    ) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        return self.read(nn.functional.embedding(letters, self._letters(letters)), masks)

    def _letters(self, letters: Tensor) -> Float[Tensor, "letter 58"]:
        return torch.eye(PAD + 1, dtype=self.h2o.weight.dtype)

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The outputs of the top layer at every place, both directions side by side."""
        return torch.cat(self.outputs(x)[-1], 2)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter: those of a state of zeros."""
        return self.h2o.bias
