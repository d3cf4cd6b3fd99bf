"""Several name classifiers that answer together: the mean of their log-probabilities.

Source: G. Hinton, "Training products of experts by minimizing contrastive divergence", 2002 (the geometric mean).
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn


class Combined(nn.Module):
    """o = mean over the members of log softmax(o_member); the members are trained in turn, each on its own."""

    name = "combined"

    def __init__(self, members: Sequence[nn.Module]):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.n_languages = members[0].n_languages
        self.n_hidden = sum(member.n_hidden for member in members)

    def forward(self, letters: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        return torch.stack([member(letters).log_softmax(1) for member in self.members]).mean(0)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """`forward` of one-hot letters."""
        return torch.stack([member.read(x).log_softmax(1) for member in self.members]).mean(0)

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The states of all members, side by side."""
        return torch.cat([member.read_states(x) for member in self.members], 2)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter."""
        return torch.stack([member.nothing_read().log_softmax(0) for member in self.members]).mean(0)
