"""Greedy search and sampling, step by step: what the model offered, what was cut off, and what was taken."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import torch
import xarray as xr

from engine.errors import N_
from engine.search_rules import LOWEST, Decoder, Rules, Wishes
from engine.search_sample import Draw, sample_steps
from engine.trace import Var, label

_TAKEN = {
    "taken": Var("step", r"\log P(\hat y_t\mid\hat y_{<t})", "log-probability of the word that was taken", "log"),
    "total": Var("step", r"\log P(\hat y_{\le t})", "log-probability of all words up to here", "log"),
    "p_eos": Var("step", r"P(\mathrm{eos}\mid\hat y_{<t})", "probability that the sentence ends", "prob"),
}
GREEDY_SCHEMA = {
    "log_prob": Var("step alternative", r"\log P(y\mid\hat y_{<t})", "log-probability of the word", "log"),
    "p": Var("step alternative", r"P(y\mid\hat y_{<t})", "probability of the word", "prob"),
    "chosen": Var("step", r"\hat r_t", "place of the word that was taken", "index"),
    **_TAKEN,
}
SAMPLE_SCHEMA = {
    "log_prob": Var("step rank", r"\log P(y\mid\hat y_{<t})", "log-probability of the word", "log"),
    "p": Var("step rank", r"P(y\mid\hat y_{<t})", "probability under the model", "prob"),
    "log_z": Var("step", r"\log Z_t", "logarithm of the sum of the tempered weights", "log"),
    "p_tempered": Var("step rank", r"\tilde p", "probability after the temperature", "prob"),
    "top_k_mass": Var("step", r"m_k", "mass of the top k", "prob"),
    "cumulative": Var("step rank", r"F_k", "share of the top k up to this rank", "prob"),
    "kept": Var("step rank", r"[y\in V_p]", "1 inside the cut-off", "prob"),
    "kept_mass": Var("step", r"m_p", "mass inside the cut-off", "prob"),
    "p_final": Var("step rank", r"q", "probability that is drawn from", "prob"),
    "u": Var("step", r"u_t", "uniform random number", "prob"),
    "chosen": Var("step", r"\hat r_t", "rank that was drawn, −1 for a forced word beyond the ranks shown", "index"),
    **_TAKEN,
}
AXES = {"step": N_("word"), "alternative": N_("alternative"), "rank": N_("rank")}


def _label(
    inner: dict, schema: dict, attrs: dict, words: Sequence[str], chosen: list[int], wishes: Wishes
) -> xr.Dataset:
    """Name the axes; both traces end with the same attributes and sums."""
    dim = schema["p"].dims.split()[1]
    steps = len(chosen)
    attrs |= {
        "module": "engine.search_step_explain", "eos": wishes.eos, "limit": wishes.limit, "forced": wishes.forced,
        "banned": [wishes.banned_at(step) for step in range(steps)], "chosen_ids": chosen,
        "words": [[words[word] for word in row] for row in attrs["ids"]],
        "reason": "eos" if chosen[-1] == wishes.eos else "limit",
    }  # fmt: skip
    inner |= {"total": np.cumsum(inner["taken"])}
    ranks = [str(rank + 1) for rank in range(inner["p"].shape[1])]
    return label(inner, schema, attrs, axes=AXES, step=[words[word] for word in chosen], **{dim: ranks})


@torch.inference_mode()
def greedy_trace(
    decoder: Decoder, words: Sequence[str], sos: int, eos: int, limit: int, shown: int = 5, **rules: Unpack[Rules]
) -> xr.Dataset:
    """The steps of `greedy` with the same arguments: the `shown` likeliest words of each, and `<eos>`'s probability.

    With a whole hypothesis as the prefix these are the steps of any search. A word that is taken though it is not
    among the likeliest stands in the last place. Attributes: `ids` and `words` of the alternatives [step][alternative].
    """
    wishes = Wishes(eos, limit, **rules)
    state, last, found = decoder.start(), torch.tensor([sos]), []
    for step in range(limit):
        answer, state = decoder.advance(last, state)
        last = wishes.choices(answer, step).argmax(1)
        order = answer[0].clamp(min=LOWEST).sort(descending=True, stable=True).indices[:shown].tolist()
        if last.item() not in order:
            order[-1] = last.item()
        found.append((order, answer[0].double(), last.item()))
        if last.item() == eos:
            break
    ids, chosen = [order for order, *_ in found], [word for *_, word in found]
    logs = np.array([answer[order].numpy() for order, answer, _ in found])
    inner = {
        "log_prob": logs, "p": np.exp(logs), "chosen": np.array([order.index(word) for order, _, word in found]),
        "taken": np.array([answer[word].item() for _, answer, word in found]),
        "p_eos": np.array([answer[eos].exp().item() for _, answer, _ in found]),
    }  # fmt: skip
    return _label(inner, GREEDY_SCHEMA, {"search": "greedy", "ids": ids}, words, chosen, wishes)


@torch.inference_mode()
def sample_trace(
    decoder: Decoder,
    words: Sequence[str],
    sos: int,
    eos: int,
    limit: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    seed: int = 0,
    shown: int = 50,
    **rules: Unpack[Rules],
) -> xr.Dataset:
    """The steps of `sample` with the same arguments: the sorted distribution, its cut-off and the draw.

    At least `shown` ranks, the top k, and as many as the draws reached. Where a word is forced nothing is banned, and
    the uniform number is not used. Attributes: `ids` and `words` [step][rank]; `others` and `others_kept` [step], the
    tempered mass of the words that are not shown, and of those of them that are kept.
    """
    wishes = Wishes(eos, limit, **rules)
    draws = list(sample_steps(decoder, sos, wishes, temperature, top_k, top_p, seed))
    drawn = max((draw.rank + 1 for t, draw in enumerate(draws) if t not in wishes.forced), default=1)
    size = min(max(shown, top_k or 1, drawn), len(draws[0].cut.word))
    attrs = {
        "search": "sample", "temperature": temperature, "top_k": top_k, "top_p": top_p, "seed": seed,
        "n_words": len(draws[0].cut.word), "ids": [draw.cut.word[:size].tolist() for draw in draws],
        "others": [draw.cut.p_tempered[size:].sum().item() for draw in draws],
        "others_kept": [(draw.cut.p_tempered * draw.cut.kept)[size:].sum().item() for draw in draws],
    }  # fmt: skip
    chosen = [draw.word for draw in draws]
    return _label(_drawn(draws, size, wishes.eos), SAMPLE_SCHEMA, attrs, words, chosen, wishes)


def _drawn(draws: list[Draw], size: int, eos: int) -> dict[str, np.ndarray]:
    """The values that SAMPLE_SCHEMA names, but for the sums."""
    inner = {}
    for name in ("log_prob", "p_tempered", "cumulative", "kept", "p_final", "log_z", "top_k_mass", "kept_mass"):
        parts = [getattr(draw.cut, name) for draw in draws]
        inner[name] = torch.stack([part[:size] if part.ndim else part for part in parts]).double().numpy()
    rank = np.array([draw.rank for draw in draws])
    ends = [draw.cut.log_prob[draw.cut.word == eos].item() for draw in draws]
    return inner | {
        "p": np.exp(inner["log_prob"]), "u": np.array([draw.u for draw in draws]),
        "chosen": np.where(rank < size, rank, -1), "taken": np.array([draw.log_prob for draw in draws]),
        "p_eos": np.exp(ends),
    }  # fmt: skip
