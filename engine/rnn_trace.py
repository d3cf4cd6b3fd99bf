"""Every inner value of a recurrent name classifier on one name."""

import copy

import torch
import xarray as xr
from jaxtyping import Float, Integer
from torch import Tensor

from engine import softmax_trace
from engine.classifier import Classifier, ClassifierParams
from engine.rnn import LectureRNN, Step
from engine.softmax_trace import AXES
from engine.text import ALPHABET, N_LETTERS, encode
from engine.trace import Var, label

SCHEMA = {
    "x": softmax_trace.X,
    "h_prev": Var("time unit", r"h_{t-1}", "hidden state before the letter"),
    "a": Var("time unit", r"a_t", "sum that arrives at a hidden unit"),
    "h": Var("time unit", r"h_t", "hidden state after the letter"),
    **softmax_trace.schema(),
    "change": Var("time language", r"o_t-o_{t-1}", "change of a score by the letter"),
}
LINEAR = {"contribution": Var("time language source", r"c_{t,k}", "what one letter adds to a score")}


def _steps(net: Classifier, x: Float[Tensor, "time 57"]) -> tuple[Tensor, Step]:
    """Letter by letter: (h_prev [time, unit], the steps stacked)."""
    h = x.new_zeros(1, net.n_hidden)
    before, steps = [], []
    for letter in x.split(1):
        before.append(h)
        steps.append(net.step(letter, h))
        h = steps[-1].h
    return torch.cat(before), Step(*map(torch.cat, zip(*steps, strict=True)))


def contributions(net: LectureRNN, letters: Integer[Tensor, "time"]) -> Float[Tensor, "time language source"]:
    """What each letter k adds to each score at t in the lecture's linear cell; the last source is all biases.

    c_{t,t} = W_ox x_t and c_{t,k} = W_oh W_hh^{t-1-k} W_hx x_k; the score o_t is their exact sum.
    """
    (W_ox, W_oh), (W_hx, W_hh) = (layer.weight.split([N_LETTERS, net.n_hidden], 1) for layer in (net.i2o, net.i2h))
    T = len(letters)
    paths = [W_oh]  # W_oh W_hh^d for distance d
    for _ in range(T - 1):
        paths.append(paths[-1] @ W_hh)
    path = torch.stack(paths)
    from_x = path @ W_hx[:, letters]  # [distance, language, letter]
    from_b = torch.cat([W_ox.new_zeros(1, net.n_languages), (path @ net.i2h.bias).cumsum(0)])
    out = W_ox.new_zeros(T, net.n_languages, T + 1)
    t, k = torch.tril_indices(T, T, -1)
    out[t, :, k] = from_x[t - 1 - k, :, k]
    out[range(T), :, range(T)] = W_ox[:, letters].T
    out[:, :, T] = net.i2o.bias + from_b[:T]
    return out


def _inner(net: Classifier, letters: Integer[Tensor, "time"]) -> dict[str, Tensor]:
    """The values that SCHEMA names."""
    x = torch.nn.functional.one_hot(letters, N_LETTERS).double()
    h_prev, (a, h, logits) = _steps(net, x)
    before = net.nothing_read()[None]  # o_0: the score at h = 0 with no letter
    inner = {"x": x, "h_prev": h_prev, "a": a, "h": h, **softmax_trace.chain(logits)}
    inner["change"] = logits.diff(dim=0, prepend=before)
    return inner | ({"contribution": contributions(net, letters)} if isinstance(net, LectureRNN) else {})


@torch.inference_mode()
def trace(net: Classifier, text: str, params: ClassifierParams, weights: str) -> xr.Dataset:
    """Every inner value for one folded name, in float64; `weights` is the safetensors file of `net`.

    Raises ValueError for an empty name or one with a character outside of the alphabet.
    """
    letters = torch.from_numpy(encode(text))
    if not len(letters):
        raise ValueError("a name needs at least one letter")
    attrs = {"module": "engine.rnn_explain", "model": net.name, "weights": weights, "text": text}
    is_linear = isinstance(net, LectureRNN)
    words = {"time": list(text), "symbol": list(ALPHABET), "language": params.languages}
    return label(
        _inner(copy.deepcopy(net).double(), letters), SCHEMA | (LINEAR if is_linear else {}), attrs,
        translate=("language",), axes=AXES, **words, **({"source": [*text, "b"]} if is_linear else {}),
    )  # fmt: skip
