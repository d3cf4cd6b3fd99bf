"""The time-lag network of the lecture: a feed-forward network on the last k letters, "k-order regression".

Source: the lecture's figure "Generalized network design with time lags"; for letters, Y. Bengio et al., "A neural
probabilistic language model", 2003.
"""

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from engine.rnn import Masks
from engine.text import N_LETTERS, PAD


class Window(nn.Module):
    """h = tanh(Σ_d W_d x_{T-d} + b) over the distances d = 0 … k-1 from the end, o = W_oh h + b_o; before the name: 0.

    `x2h` holds W_0 … W_{k-1} side by side.
    """

    name = "window"

    def __init__(self, k: int = 5, n_hidden: int = 128, n_languages: int = 18):
        super().__init__()
        self.k, self.n_hidden, self.n_languages = k, n_hidden, n_languages
        self.x2h = nn.Linear(k * N_LETTERS, n_hidden)
        self.h2o = nn.Linear(n_hidden, n_languages)

    @property
    def thinned(self) -> tuple[int, ...]:
        """Size of the mask of dropout: the hidden units."""
        return (self.n_hidden,)

    def table(self) -> Float[Tensor, "distance letter unit"]:
        """W_d x of every letter at every distance; zeros for padding."""
        rows = self.x2h.weight.T.reshape(self.k, N_LETTERS, self.n_hidden)
        return nn.functional.pad(rows, (0, 0, 0, 1))

    def hidden(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch unit"]:
        """The hidden units after the last place."""
        ends = nn.functional.pad(x[..., :-1], (0, 0, self.k, 0))[:, -self.k :].flip(1)
        return torch.tanh(self.x2h(ends.flatten(1)))

    def states(self, letters: Integer[Tensor, "batch time"]) -> Float[Tensor, "batch unit"]:
        """The hidden units at the end of left-padded letters."""
        width = letters.shape[1]
        ends = nn.functional.pad(letters, (max(0, self.k - width), 0), value=PAD)[:, -self.k :].flip(1).long()
        rows = ends + torch.arange(self.k) * (N_LETTERS + 1)
        return torch.tanh(nn.functional.embedding_bag(rows, self.table().flatten(0, 1), mode="sum") + self.x2h.bias)

    def read(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch language"]:
        """Scores of one-hot letters, the last column 1 on padding (on the left)."""
        return self.h2o(self.hidden(x))

    def forward(
        self, letters: Integer[Tensor, "batch time"], masks: Masks | None = None
    ) -> Float[Tensor, "batch language"]:
        """Scores after the last letter, before log-softmax."""
        h = self.states(letters)
        return self.h2o(h * masks[0] if masks else h)

    def read_states(self, x: Float[Tensor, "batch time 58"]) -> Float[Tensor, "batch time unit"]:
        """The hidden units after every letter."""
        return torch.stack([self.hidden(x[:, : t + 1]) for t in range(x.shape[1])], 1)

    def nothing_read(self) -> Float[Tensor, "language"]:
        """The scores before the first letter."""
        return self.h2o(torch.tanh(self.x2h.bias))
