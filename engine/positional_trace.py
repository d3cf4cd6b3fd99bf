"""Position codes as labelled results: codes, what two places have in common, rotations, words in another order.

Sources: A. Vaswani et al., "Attention is all you need", 2017, section 3.5; J. Su et al., "RoFormer", 2021; that an
encoder without positions is blind to order: J. Lee et al., "Set Transformer", 2019.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Integer
from torch import Tensor
from torch.nn.functional import cosine_similarity

from engine import positional
from engine.errors import N_, InputError
from engine.trace import Var, label
from engine.transformer import initial
from engine.translation.files import Translator

MOST_PLACES, MOST_UNITS, MOST_STEPS = 128, 128, 64
LARGEST_BASE = 1e6
AXES = {
    "position": N_("place"), "other": N_("other place"), "unit": N_("unit"), "other_unit": N_("other unit"),
    "pair": N_("pair of units"), "offset": N_("places apart"), "feature": N_("feature"), "word": N_("word"),
    "positions": N_("positions"),
}  # fmt: skip

_PAIRS = {
    "lowest": Var("offset", r"\min_{q-p=k}", "smallest value among places equally far apart"),
    "average": Var("offset", r"\overline{\phantom{x}}_{q-p=k}", "mean over places equally far apart"),
    "highest": Var("offset", r"\max_{q-p=k}", "largest value among places equally far apart"),
}
_ROUND = {
    "frequency": Var("pair", r"\omega_i=b^{-2i/d}", "radians a place by which a pair goes round"),
    "angle": Var("position pair", r"p\,\omega_i", "angle of a pair at a place"),
}
_CODE = {
    "code": Var("position unit", r"\mathrm{PE}", "position code"),
    "dot": Var("position other", r"\mathrm{PE}(p)\cdot\mathrm{PE}(q)", "dot product of the codes of two places"),
}
LEARNED = _CODE | _PAIRS
SINUSOIDAL = _ROUND | LEARNED
ROTATION = {
    "rotation": Var("unit other_unit", "R(k)", "rotation by k places"),
    "rotated": Var("position unit", r"R(k)\,\mathrm{PE}(p)", "code of a place, rotated"),
    "ahead": Var("position unit", r"\mathrm{PE}(p+k)", "code of the place k further"),
    "miss": Var("position unit", r"R(k)\,\mathrm{PE}(p)-\mathrm{PE}(p+k)", "difference between the two"),
}
ROTARY = _ROUND | {
    "turned_q": Var("position feature", r"R(p)\,q", "query, turned for each place"),
    "turned_k": Var("position feature", r"R(p)\,k", "key, turned for each place"),
    "score": Var("position other", r"R(p)q\cdot R(p')k/\sqrt{d_k}", "score of the query here for the key there"),
} | _PAIRS  # fmt: skip
SHUFFLED = {
    "output": Var("positions word unit", "z", "what the encoder makes of a word"),
    "moved": Var("positions word unit", r"z^\pi", "the same from the other order, put back"),
    "change": Var("positions word unit", r"z^\pi-z", "their difference"),
    "largest": Var("positions word", r"\max_u\vert z^\pi[u]-z[u]\vert", "largest difference in a unit"),
    "cosine": Var("positions word", r"\cos(z,z^\pi)", "cosine between a word’s two outputs"),
}


def _apart(pairs: Float[Tensor, "position other"]) -> dict[str, Tensor]:
    """Least, mean and largest value on each diagonal, the lower left corner first."""
    n = len(pairs)
    lines = [pairs.diagonal(k) for k in range(1 - n, n)]
    return {
        "lowest": torch.stack([line.min() for line in lines]), "average": torch.stack([line.mean() for line in lines]),
        "highest": torch.stack([line.max() for line in lines]),
    }  # fmt: skip


def spread(trace: xr.Dataset) -> float:
    """By how much pairs of places that are equally far apart differ at most."""
    return float((trace["highest"].values - trace["lowest"].values).max())


def _offsets(n: int) -> list[str]:
    return [f"{k:+d}".replace("-", "−") if k else "0" for k in range(1 - n, n)]


def _check(n: int, d: int, base: float, k: int = 0) -> None:
    fair = {
        "n": 1 <= n <= MOST_PLACES, "d": 2 <= d <= MOST_UNITS and d % 2 == 0, "base": 1 < base <= LARGEST_BASE,
        "k": -MOST_STEPS <= k <= MOST_STEPS,
    }  # fmt: skip
    for name, is_fair in fair.items():
        if not is_fair:
            raise InputError("The value of “{name}” is out of range.", name=name)


def _labelled(inner: Mapping, schema: Mapping[str, Var], attrs: Mapping, **labels: Sequence[str]) -> xr.Dataset:
    attrs = {"module": "engine.positional_explain", **attrs}
    return label(inner, schema, attrs, ("positions",), AXES, **labels)


def _round(n: int, d: int, base: float) -> dict[str, Tensor]:
    omega = positional.frequencies(d, base)
    return {"frequency": omega, "angle": torch.arange(n, dtype=torch.float64)[:, None] * omega}


def sinusoidal(n: int, d: int, base: float = positional.BASE) -> xr.Dataset:
    """The sinusoidal codes of n places, and what each two have in common. Raises InputError."""
    _check(n, d, base)
    code = positional.sinusoidal(n, d, base)
    dot = code @ code.T
    attrs = {"kind": "sinusoidal", "n": n, "d": d, "base": base}
    inner = _round(n, d, base) | {"code": code, "dot": dot} | _apart(dot)
    return _labelled(inner, SINUSOIDAL, attrs, offset=_offsets(n))


def rotation(n: int, d: int, base: float, k: int) -> xr.Dataset:
    """The matrix that takes each code to that of the place k further, and the check of it. Raises InputError."""
    _check(n, d, base, k)
    code, R = positional.sinusoidal(n, d, base), positional.rotation(k, d, base)
    angle = (torch.arange(n, dtype=torch.float64) + k)[:, None] * positional.frequencies(d, base)
    rotated, ahead = code @ R.T, torch.stack([angle.sin(), angle.cos()], -1).flatten(1)
    inner = {"rotation": R, "rotated": rotated, "ahead": ahead, "miss": rotated - ahead}
    return _labelled(inner, ROTATION, {"kind": "rotation", "n": n, "d": d, "base": base, "k": k})


def learned(translator: Translator, n: int) -> xr.Dataset:
    """The first n rows of the learned codes of a translator's source side (fewer if it has fewer).

    The attribute `unread` is the first place whose row training never changed, nor any after it; None: not known.
    """
    code = translator.net.P_source.weight[:n].detach().double()
    dot = code @ code.T
    attrs = {
        "kind": "learned", "n": len(code), "weights": translator.path, "table": "P_source.weight",
        "unread": unread(translator),
    }  # fmt: skip
    return _labelled({"code": code, "dot": dot} | _apart(dot), LEARNED, attrs, offset=_offsets(len(code)))


def unread(translator: Translator) -> int | None:
    """The first place from which on all learned rows are as they were drawn by the seed on the translator's card."""
    seed = translator.card.get("seed")
    if not isinstance(seed, int):
        return None
    before, after = initial(translator.params, seed).P_source.weight, translator.net.P_source.weight
    changed = (before != after).any(1).nonzero().flatten().tolist()
    return None if len(before) - 1 in changed else max(changed, default=-1) + 1


def rotary(encoder: xr.Dataset, n: int, layer: int, head: int, query: int, key: int) -> xr.Dataset:
    """One word's query and another's key of an encoder's trace, as if they stood at any of n places."""
    q, k = (
        torch.tensor(encoder[name].values[layer, head, at]) for name, at in (("Q_plain", query), ("K_plain", key))
    )  # fmt: skip
    places = torch.arange(n)
    turned = {name: positional.turn(x.expand(n, -1), places) for name, x in (("turned_q", q), ("turned_k", k))}
    score = turned["turned_q"] @ turned["turned_k"].T / len(q) ** 0.5
    attrs = {
        "kind": "rotary", "n": n, "d": len(q), "base": positional.BASE, "weights": encoder.attrs["weights"],
        "program": encoder.attrs["program"], "at": (layer, head, query, key),
    }  # fmt: skip
    inner = _round(n, len(q), positional.BASE) | turned | {"score": score} | _apart(score)
    return _labelled(inner, ROTARY, attrs, offset=_offsets(n))


def reordered(n: int, seed: int | None) -> tuple[int, ...]:
    """Places of n words in another order, drawn by seed, None: back to front. One word has one order."""
    same = tuple(range(n))
    random = np.random.default_rng(seed)
    drawn = same[::-1] if seed is None else same
    while n > 1 and drawn == same:
        drawn = tuple(random.permutation(n).tolist())
    return drawn


def shuffled(
    traces: Mapping[str, tuple[xr.Dataset, xr.Dataset]], order: Sequence[int] | Integer[np.ndarray, "word"]
) -> xr.Dataset:
    """Encoders by kind of positions: what they make of a sentence, and of it with word order[j] at place j.

    traces: kind → the encoder's traces of the sentence and of its words in the other order.
    """
    back = np.argsort(order)
    output = torch.stack([torch.tensor(plain["output"].values) for plain, _ in traces.values()])
    moved = torch.stack([torch.tensor(other["output"].values[back]) for _, other in traces.values()])
    change = moved - output
    inner = {
        "output": output, "moved": moved, "change": change, "largest": change.abs().amax(-1),
        "cosine": cosine_similarity(output, moved, -1),
    }  # fmt: skip
    programs = tuple(tuple(trace.attrs["program"] for trace in both) for both in traces.values())
    attrs = {"kind": "shuffled", "programs": programs, "back": tuple(back.tolist())}
    words = [str(word) for word in next(iter(traces.values()))[0]["query_label"].values]
    return _labelled(inner, SHUFFLED, attrs, word=words, positions=list(traces))
