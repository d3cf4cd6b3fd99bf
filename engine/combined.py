"""Several name classifiers that answer together: a weighted mean of their log-probabilities.

Source: G. Hinton, "Training products of experts by minimizing contrastive divergence", 2002 (the geometric mean).
"""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn


class Combined(nn.Module):
    """o = Σ_m w_m log softmax(o_m) with weights w that sum to 1; the members are trained in turn, each on its own."""

    name = "combined"

    def __init__(self, members: Sequence[nn.Module], weights: Sequence[float]):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.weights = tuple(weight / sum(weights) for weight in weights)
        self.n_languages = members[0].n_languages
        self.n_hidden = sum(member.n_hidden for member in members)

    def mean(self, scores: Iterable[Tensor]) -> Tensor:
        """The weighted mean of the members' log-probabilities, from their scores [..., language]."""
        return sum(w * each.log_softmax(-1) for w, each in zip(self.weights, scores, strict=True))

    def forward(self, letters: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        return self.mean(member(letters) for member in self.members)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters."""
        return self.mean(member.read(x) for member in self.members)

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The states of all members, side by side."""
        return torch.cat([member.read_states(x) for member in self.members], 2)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter."""
        return self.mean(member.nothing_read() for member in self.members)
