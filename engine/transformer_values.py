"""Every inner value of a stack that reads one sequence, labelled: the common part of every Transformer's trace."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine import transformer_code
from engine.attention import Looked
from engine.trace import Var, label
from engine.transformer_block import NOTHING_OFF, BlockLook, Off, Surroundings
from engine.transformer_schema import AXES, schema
from engine.transformer_stack import Stack

TOP = 5  # of the likeliest words


def _attention(looked: Looked, end: str) -> dict[str, Tensor]:
    inner = {name: value for name, value in looked._asdict().items() if value is not None}
    inner["attended"] = inner.pop("out")
    inner["products"] = looked.Q @ looked.K.transpose(-2, -1)
    return {f"{name}{end}": value[0] for name, value in inner.items()}


def _layer(found: BlockLook, X: Tensor) -> dict[str, Tensor]:
    """A layer's values by name, the batch axis dropped."""
    parts = {"looked": "", "looked_c": "_c"}
    plain = {name: value[0] for name, value in found._asdict().items() if name not in parts and value is not None}
    inner = {"X": X[0]} | plain
    for name, end in parts.items():
        if getattr(found, name) is not None:
            inner |= _attention(getattr(found, name), end)
    return inner


def values(
    stack: Stack, X: Float[Tensor, "1 query unit"], around: Surroundings, off: Off = NOTHING_OFF
) -> dict[str, Tensor]:
    """All variables of the layers [layer …] and `mask`, `output`, in the precision of X."""
    found, output = stack.look(X, around, off)
    entered = [X, *(each.X_out for each in found[:-1])]
    layers = [_layer(each, x) for each, x in zip(found, entered, strict=True)]
    n = X.shape[1]
    mask = torch.ones(n, n, dtype=torch.bool) if around.mask is None else around.mask[0, 0].expand(n, n)
    stacked = {name: torch.stack([layer[name] for layer in layers]) for name in layers[0]}
    return stacked | {"mask": mask, "output": output[0]}


def chances(logits: Float[Tensor, "query word"], written: Sequence[int], eos: int, top: int = TOP) -> dict[str, Tensor]:
    """From the scores of words to probabilities; written: the word that comes at each place."""
    log_norm = logits.logsumexp(1)
    p = (logits - log_norm[:, None]).exp()
    best, places = p.topk(min(top, p.shape[1]), 1)
    return {
        "logits": logits, "log_norm": log_norm, "p": p, "p_eos": p[:, eos], "top_p": best, "top_word": places,
        "p_word": logits[torch.arange(len(logits)), torch.tensor(written)] - log_norm,
    }  # fmt: skip


@lru_cache(maxsize=8)
def labels(vocabulary: tuple[str, ...]) -> np.ndarray:
    """A vocabulary as labels of an axis, made once."""
    return np.asarray(vocabulary, dtype=str)


def labelled(
    inner: Mapping[str, Tensor], stack: Stack, program: transformer_code.Program, query: Sequence[str],
    source: Sequence[str] | None = None, more: Mapping[str, Var] | None = None, attrs: Mapping | None = None,
    **others: Sequence[str],
) -> xr.Dataset:  # fmt: skip
    """The values of a stack as a Dataset that can be explained.

    query: the words at the places; source: those of the memory; more: variables of the model beside the stack's own;
    attrs: the model's own, `module` among them where it explains more than a stack has; others: labels by dim.
    """
    names = schema(stack.params, "code" in inner, "Q_plain" in inner, "logits" in inner and "word" in others)
    names |= more or {}
    sizes = {"query": list(query), "key": list(query)} | ({"source": list(source)} if source is not None else {})
    for dim, size in (("layer", stack.params.n_layers), ("head", stack.params.n_heads)):
        sizes[dim] = [str(k + 1) for k in range(size)]
    if "top_p" in inner:
        sizes["rank"] = [str(k + 1) for k in range(inner["top_p"].shape[1])]
    own = {
        "module": "engine.transformer_explain",
        "stack": stack.params,
        "weights": program.weights,
        "program": program,
    }
    return label(inner, names, own | dict(attrs or {}), axes=AXES, **sizes, **others)
