"""Which training names come next: draws that follow from the seed and the place in the run alone."""

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from engine.names import Names


def stream(seed: int, *place: int) -> torch.Generator:
    """A generator that depends only on the seed and the place in the run, so that nothing of it must be stored."""
    words = np.random.SeedSequence([seed, *place]).generate_state(2)
    return torch.Generator().manual_seed(int(words[0]) << 31 | int(words[1]) >> 1)


class Sampler:
    """Draws training names: by name (every name alike), or by language (first a language, then one of its names)."""

    def __init__(self, names: Names, sampling: str):
        self.sampling, self.n = sampling, len(names.texts)
        labels = torch.from_numpy(names.labels)
        self.order = labels.argsort(stable=True)
        _, self.counts = labels.unique(return_counts=True)
        self.start = self.counts.cumsum(0) - self.counts

    def draw(self, n: int, generator: torch.Generator) -> Integer[Tensor, "n"]:
        """Positions of n names, with repetition."""
        if self.sampling == "name":
            return torch.randint(self.n, (n,), generator=generator)
        language = torch.randint(len(self.counts), (n,), generator=generator)
        place = torch.rand(n, generator=generator, dtype=torch.float64) * self.counts[language]
        return self.order[self.start[language] + place.long()]
