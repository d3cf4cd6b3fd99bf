"""Every inner value of the Transformer that reads a name: the stack's, and how the outputs become an answer."""

import copy
from collections.abc import Sequence

import torch
import xarray as xr
from torch import Tensor

from engine.classifier import one_hot
from engine.errors import N_
from engine.text import PAD, encode, pad_left
from engine.trace import Var
from engine.transformer_block import NOTHING_OFF, Off, Surroundings
from engine.transformer_code import Program, names
from engine.transformer_names import N_PLACES, NameTransformer
from engine.transformer_values import labelled, values
from engine.weights import Loaded

SCHEMA = {
    "mean": Var("unit", r"\frac1n\sum_t\bar X_t", "mean of a unit over all letters"),
    "largest": Var("unit", r"\max_t\bar X_t", "largest output of a unit at any letter"),
    "logits": Var("language", "o", "score"),
    "log_norm": Var("", r"\log\sum_j e^{o_j}", "logarithm of the sum of exponentials"),
    "log_probs": Var("language", r"\log p", "log-probability", "log"),
    "p": Var("language", "p", "probability", "prob"),
}
LANGUAGE = N_("language")

_FRONT = """rows = {rows}  # {text}
n = len(rows)
embedded = P["E.weight"][rows]
for k in range(1, {back}):
    embedded[k:] += P[f"E_back.{{k - 1}}.weight"][rows[:-k]]
place = torch.arange(n)
code = P["P_start.weight"][place.clamp(max={last})] + P["P_end.weight"][place.flip(0).clamp(max={last})]
X = embedded + code
mask = torch.ones(n, n, dtype=torch.bool)
"""


def program(net: NameTransformer, text: str, weights: str, off: Off) -> Program:
    """What the proofs need; `weights` is the safetensors file of `net`."""
    rows = tuple(encode(text).tolist())
    front = _FRONT.format(rows=list(rows), text=text, back=min(len(net.E_back) + 1, len(rows)), last=N_PLACES - 1)
    return Program(weights, net.stack.params, names("stack", False), front, off, read=rows)


def _answer(net: NameTransformer, output: Tensor) -> dict[str, Tensor]:
    """From the outputs to probabilities."""
    mean, largest = (each[0] for each in net.pooled(output[None], torch.zeros(1, len(output), dtype=torch.bool)))
    logits = net.out(torch.cat([mean, largest]))
    log_probs = logits - logits.logsumexp(0)
    return {
        "mean": mean, "largest": largest, "logits": logits, "log_norm": logits.logsumexp(0), "log_probs": log_probs,
        "p": log_probs.exp(),
    }  # fmt: skip


def inner(net: NameTransformer, text: str, off: Off) -> dict[str, Tensor]:
    """The values of the stack and those that SCHEMA names, for a network in float64."""
    x = one_hot(pad_left([text]))
    embedded, code = net.embed(x[..., :PAD]), net.code(x[..., PAD] == 1)
    found = {"embedded": embedded[0], "code": code[0]} | values(net.stack, embedded + code, Surroundings(), off)
    return found | _answer(net, found["output"])


@torch.inference_mode()
def trace(loaded: Loaded, text: str, off: Off = NOTHING_OFF) -> xr.Dataset:
    """Every inner value for one folded name, in float64; off: heads and parts that are taken out.

    Raises ValueError for an empty name or one with a character outside of the alphabet.
    """
    if not len(encode(text)):
        raise ValueError("a name needs at least one letter")
    net = copy.deepcopy(loaded.net).double()
    attrs = {"module": "engine.transformer_names_explain", "model": net.name, "text": text, "n_back": len(net.E_back)}
    languages: Sequence[str] = loaded.params.languages
    found = labelled(
        inner(net, text, off), net.stack, program(net, text, loaded.path, off), list(text), more=SCHEMA, attrs=attrs,
        language=languages,
    )  # fmt: skip
    found["language_label"].attrs["translate"] = True
    found["language"].attrs["word"] = LANGUAGE
    return found
