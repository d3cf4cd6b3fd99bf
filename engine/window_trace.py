"""Every inner value of the time-lag network on one name: what each of the last k letters adds, and the answer."""

import copy

import torch
import xarray as xr
from torch import Tensor

from engine import softmax_trace
from engine.classifier import ClassifierParams
from engine.errors import N_
from engine.text import ALPHABET, N_LETTERS, PAD, encode
from engine.trace import Var, label
from engine.window import Window

SCHEMA = {
    "x": Var("time distance symbol", r"x_{t-d}", "one-hot letter at a distance; zeros before the name", "prob"),
    "part": Var("time distance unit", r"W_dx_{t-d}", "what the letter at a distance adds to a hidden unit"),
    "a": Var("time unit", r"a_t", "sum that arrives at a hidden unit"),
    "h": Var("time unit", r"h_t", "hidden state after the letter"),
    **softmax_trace.schema(),
}
AXES = softmax_trace.AXES | {"distance": N_("distance")}


def _inner(net: Window, text: str) -> dict[str, Tensor]:
    """The values that SCHEMA names."""
    letters = torch.nn.functional.pad(torch.from_numpy(encode(text)), (net.k - 1, 0), value=PAD)
    ends = letters.unfold(0, net.k, 1).flip(1)  # [time, distance]
    part = net.table()[torch.arange(net.k), ends]
    a = part.sum(1) + net.x2h.bias
    h = torch.tanh(a)
    x = torch.nn.functional.one_hot(ends, N_LETTERS + 1)[..., :N_LETTERS].double()
    return {"x": x, "part": part, "a": a, "h": h, **softmax_trace.chain(net.h2o(h))}


@torch.inference_mode()
def trace(net: Window, text: str, params: ClassifierParams, weights: str) -> xr.Dataset:
    """Every inner value for one folded name, in float64; `weights` is the safetensors file of `net`.

    Raises ValueError for an empty name or one with a character outside of the alphabet.
    """
    if not len(encode(text)):
        raise ValueError("a name needs at least one letter")
    attrs = {"module": "engine.window_explain", "model": net.name, "weights": weights, "text": text}
    words = {"time": list(text), "symbol": list(ALPHABET), "language": params.languages}
    inner = _inner(copy.deepcopy(net).double(), text)
    return label(inner, SCHEMA, attrs, translate=("language",), axes=AXES, **words)
