"""Every inner value of a GRU name classifier on one name."""

import copy

import torch
import xarray as xr

from engine import softmax_trace
from engine.classifier import ClassifierParams
from engine.gru import GRUCell, GRUStep
from engine.softmax_trace import AXES
from engine.stack import Stack
from engine.text import ALPHABET, N_LETTERS, encode
from engine.trace import Var, label

SCHEMA = {
    "x": softmax_trace.X,
    "h_prev": Var("time unit", r"h_{t-1}", "hidden state before the letter"),
    "r_bar": Var("time unit", r"\bar r_t", "sum that arrives at the reset gate"),
    "r": Var("time unit", r"r_t", "reset gate"),
    "z_bar": Var("time unit", r"\bar z_t", "sum that arrives at the update gate"),
    "z": Var("time unit", r"z_t", "update gate"),
    "u": Var("time unit", r"u_t=R_n h_{t-1}+b_u", "what the old state contributes to the candidate"),
    "n_bar": Var("time unit", r"\bar n_t", "sum that arrives at the candidate"),
    "n": Var("time unit", r"n_t", "candidate"),
    "written": Var("time unit", r"(1-z_t)\odot n_t", "what is written into the hidden state"),
    "kept": Var("time unit", r"z_t\odot h_{t-1}", "what is kept of the hidden state"),
    "h": Var("time unit", r"h_t", "hidden state after the letter"),
    **softmax_trace.schema(),
}


@torch.inference_mode()
def trace(net: Stack, text: str, params: ClassifierParams, weights: str) -> xr.Dataset:
    """Every inner value for one folded name, in float64; `weights` is the safetensors file of `net`.

    Raises ValueError for an empty name, one with a character outside of the alphabet, or another network than a GRU
    of one layer and one direction.
    """
    plain = isinstance(net, Stack) and net.n_layers == 1 and not net.bidirectional and net.pool == "last"
    if not plain or not isinstance(net.layer1, GRUCell):
        raise ValueError("only a GRU of one layer and one direction, read at its last state, is traced")
    if not text:
        raise ValueError("a name needs at least one letter")
    net = copy.deepcopy(net).double()
    x = torch.nn.functional.one_hot(torch.from_numpy(encode(text)), N_LETTERS).double()
    state, before, steps = net.layer1.start(1), [], []
    for letter in x.split(1):
        before.append(state[0])
        steps.append(net.layer1.step(letter, state))
        state = (steps[-1].h,)
    h_prev, step = torch.cat(before), GRUStep(*map(torch.cat, zip(*steps, strict=True)))
    inner = step._asdict() | softmax_trace.chain(net.h2o(step.h)) | {
        "x": x, "h_prev": h_prev, "written": (1 - step.z) * step.n, "kept": step.z * h_prev,
    }  # fmt: skip
    attrs = {"module": "engine.gru_explain", "model": net.name, "weights": weights, "text": text}
    words = {"time": list(text), "symbol": list(ALPHABET), "language": params.languages}
    return label(inner, SCHEMA, attrs, translate=("language",), axes=AXES, **words)
