"""Random hidden Markov models and sequences for the tests."""

import torch

from engine.hmm import HMM, generate


def rows(*sizes, generator, zeros=0.0):
    """Random distributions along the last axis; `zeros`: the share of entries that are 0, never a whole row."""
    p = torch.rand(*sizes, generator=generator, dtype=torch.float64)
    p = p * (torch.rand(*sizes, generator=generator) >= zeros)
    p[..., 0] += (p.sum(-1) == 0).double()
    return p / p.sum(-1, keepdim=True)


def random_model(N, M, seed=0, zeros=0.0):
    generator = torch.Generator().manual_seed(seed)
    return HMM(
        tuple(f"s{i}" for i in range(N)), tuple(f"v{k}" for k in range(M)), rows(N, generator=generator),
        rows(N, N, generator=generator, zeros=zeros), rows(N, M, generator=generator, zeros=zeros / 2),
    )  # fmt: skip


def sequence(model, T, seed=0):
    return tuple(generate(model, T, seed).observations.tolist())
