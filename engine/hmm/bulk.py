"""Many sequences at once: the same answers as `engine.hmm` gives one by one."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.hmm import kernels
from engine.hmm.model import HMM, Path


def log_likelihoods(model: HMM, sequences: Sequence[Integer[Tensor, "time"]]) -> Float[Tensor, "sequence"]:
    """log P(O) of every sequence, -inf for an impossible one."""
    return torch.from_numpy(kernels.scores(model, sequences)) if len(sequences) else torch.zeros(0).double()


def viterbi(model: HMM, sequences: Sequence[Integer[Tensor, "time"]]) -> list[Path]:
    """The likeliest path of every sequence."""
    if not len(sequences):
        return []
    states, log_joint = kernels.paths(model, sequences)
    states = torch.from_numpy(states)
    parts = states.split(list(map(Tensor.numel, sequences))) if len(sequences) > 1 else [states]
    return list(map(Path, parts, log_joint.tolist()))
