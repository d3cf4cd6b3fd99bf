"""Sampling the next word: temperature, then top-k, then the nucleus, then one uniform number.

Sources: A. Fan, M. Lewis and Y. Dauphin, "Hierarchical neural story generation", 2018 (top-k); A. Holtzman, J. Buys,
L. Du, M. Forbes and Y. Choi, "The curious case of neural text degeneration", 2020 (the nucleus, top-p).
"""

from collections.abc import Iterator
from typing import NamedTuple, Unpack

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from engine.errors import InputError
from engine.search_rules import LOWEST, Decoder, Hypothesis, Rules, Wishes, hypothesis


class CutOff(NamedTuple):
    """One step's distribution in the order of its probabilities, from the model's to the one that is drawn from."""

    word: Integer[Tensor, "rank"]
    log_prob: Float[Tensor, "rank"]  # of the model
    log_z: Float[Tensor, ""]  # logarithm of the sum of p^(1/T) over the words that are allowed
    p_tempered: Float[Tensor, "rank"]
    top_k_mass: Float[Tensor, ""]
    cumulative: Float[Tensor, "rank"]  # of the top k, renormalised
    kept: Bool[Tensor, "rank"]
    kept_mass: Float[Tensor, ""]
    p_final: Float[Tensor, "rank"]


class Draw(NamedTuple):
    """One step of sampling; rank is the place of the word among the sorted ones."""

    cut: CutOff
    u: float
    rank: int
    word: int
    log_prob: float


def cut_off(
    log_probs: Float[Tensor, "word"],
    choices: Float[Tensor, "word"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
) -> CutOff:
    """The distribution to draw from: the smallest set of the top k that has at least the mass top_p of them.

    Words with choice -inf may not be drawn and come last; of equally likely words the lowest id comes first. Raises
    InputError for a temperature that is not above 0, a top_k below 1, and a top_p outside of 0…1 or 0.
    """
    if not temperature > 0:
        raise InputError("The temperature must be above 0.")
    if top_k is not None and top_k < 1:
        raise InputError("Top-k must be at least 1.")
    if not 0 < top_p <= 1:
        raise InputError("Top-p must be above 0 and at most 1.")
    choice, word = choices.double().sort(descending=True, stable=True)
    log_z = (choice / temperature).logsumexp(0)
    p_tempered = (choice / temperature - log_z).exp()
    inside = torch.where(torch.arange(len(word)) < (top_k or len(word)), p_tempered, 0.0)
    top_k_mass = inside.sum()
    cumulative = inside.cumsum(0) / top_k_mass
    kept = inside > 0
    if top_p < 1:
        kept[1:] &= cumulative[:-1] < top_p
    kept_mass = p_tempered[kept].sum()
    p_final = torch.where(kept, p_tempered, 0.0) / kept_mass
    return CutOff(
        word, log_probs.double()[word], log_z, p_tempered, top_k_mass, cumulative, kept, kept_mass, p_final
    )  # fmt: skip


def sample_steps(
    decoder: Decoder, sos: int, wishes: Wishes, temperature: float, top_k: int | None, top_p: float, seed: int
) -> Iterator[Draw]:
    """The draws, step by step. Each step has its own uniform number, also where the word is forced."""
    generator = torch.Generator().manual_seed(seed)
    state, words = decoder.start(), torch.tensor([sos])
    for step in range(wishes.limit):
        answer, state = decoder.advance(words, state)
        u = torch.rand((), generator=generator, dtype=torch.float64)
        choices = wishes.choices(answer, step)[0]
        if forced := step in wishes.forced:
            choices = answer[0].clamp(min=LOWEST)
        cut = cut_off(answer[0], choices, temperature, top_k, top_p)
        if forced:
            rank = (cut.word == wishes.forced[step]).nonzero().item()
        else:  # the inverse of the cumulative distribution, guarded against its rounding below 1
            rank = min((cut.p_final.cumsum(0) <= u).sum().item(), cut.kept.sum().item() - 1)
        words = cut.word[[rank]]
        yield Draw(cut, u.item(), rank, words.item(), cut.log_prob[rank].item())
        if words.item() == wishes.eos:
            return


@torch.inference_mode()
def sample(
    decoder: Decoder,
    sos: int,
    eos: int,
    limit: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    seed: int = 0,
    **rules: Unpack[Rules],
) -> Hypothesis:
    """One random word sequence: p^(1/T) renormalised, cut to the top k, then to the nucleus of mass top_p.

    The same seed gives the same words. `top_k=None` and `top_p=1` cut nothing. Errors: see `cut_off`.
    """
    draws = list(sample_steps(decoder, sos, Wishes(eos, limit, **rules), temperature, top_k, top_p, seed))
    return hypothesis([draw.word for draw in draws], [draw.log_prob for draw in draws], eos)
