"""Every inner value of an LSTM name classifier on one name, as it was trained or with gates switched and clamped."""

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
import xarray as xr
from torch import Tensor

from engine import softmax_trace
from engine.classifier import ClassifierParams
from engine.lstm import OPEN, LSTMCell, LSTMStep, Switches
from engine.softmax_trace import AXES
from engine.stack import Stack
from engine.text import ALPHABET, N_LETTERS, encode
from engine.trace import Var, label

CLAMPED = ("i", "f", "o")  # gates that a clamp can fix
SCHEMA = {
    "x": softmax_trace.X._replace(symbol=r"\mathbf{x}^t"),
    "y_prev": Var("time unit", r"\mathbf{y}^{t-1}", "block output before the letter"),
    "c_prev": Var("time unit", r"\mathbf{c}^{t-1}", "cell before the letter"),
    "z_bar": Var("time unit", r"\bar{\mathbf{z}}^t", "sum that arrives at the block input"),
    "z": Var("time unit", r"\mathbf{z}^t", "block input"),
    "i_bar": Var("time unit", r"\bar{\mathbf{i}}^t", "sum that arrives at the input gate"),
    "i": Var("time unit", r"\mathbf{i}^t", "input gate"),
    "f_bar": Var("time unit", r"\bar{\mathbf{f}}^t", "sum that arrives at the forget gate"),
    "f": Var("time unit", r"\mathbf{f}^t", "forget gate"),
    "written": Var("time unit", r"\mathbf{z}^t\odot\mathbf{i}^t", "what is written into the cell"),
    "kept": Var("time unit", r"\mathbf{c}^{t-1}\odot\mathbf{f}^t", "what is kept of the cell"),
    "c": Var("time unit", r"\mathbf{c}^t", "cell"),
    "o_bar": Var("time unit", r"\bar{\mathbf{o}}^t", "sum that arrives at the output gate"),
    "o": Var("time unit", r"\mathbf{o}^t", "output gate"),
    "squashed": Var("time unit", r"h(\mathbf{c}^t)", "cell, squashed"),
    "y": Var("time unit", r"\mathbf{y}^t", "block output"),
    **softmax_trace.schema("s"),
}
PEEPHOLES = {
    "peep_i": Var("time unit", r"\mathbf{p}_i\odot\mathbf{c}^{t-1}", "peephole of the input gate"),
    "peep_f": Var("time unit", r"\mathbf{p}_f\odot\mathbf{c}^{t-1}", "peephole of the forget gate"),
    "peep_o": Var("time unit", r"\mathbf{p}_o\odot\mathbf{c}^t", "peephole of the output gate"),
}


class Clamp(NamedTuple):
    """A gate ("i", "f" or "o") fixed at a value, at one time (counted from 0) or at all (None)."""

    gate: str
    time: int | None
    value: float


def _check(net: Stack, text: str, clamp: Sequence[Clamp]) -> None:
    if not text:
        raise ValueError("a name needs at least one letter")
    plain = isinstance(net, Stack) and net.n_layers == 1 and not net.bidirectional and net.pool == "last"
    if not plain or not isinstance(net.layer1, LSTMCell):
        raise ValueError("only an LSTM of one layer and one direction, read at its last output, is traced")
    for gate, time, _ in clamp:
        if gate not in CLAMPED or not (time is None or 0 <= time < len(text)):
            raise ValueError(f"there is no gate {gate!r} at time {time} of {text!r}")


def _steps(net: Stack, x: Tensor, switches: Switches, clamp: Sequence[Clamp]) -> tuple[Tensor, Tensor, LSTMStep]:
    """Letter by letter: y and c before each letter, and the steps, each [time, unit]."""
    state, before, steps = net.layer1.start(1), [], []
    for time, letter in enumerate(x.split(1)):
        fixed = {gate: value for gate, at, value in clamp if at in (None, time)}
        before.append(state)
        steps.append(step := net.layer1.step(letter, state, switches, fixed))
        state = step.y, step.c
    y_prev, c_prev = map(torch.cat, zip(*before, strict=True))
    return y_prev, c_prev, LSTMStep(*map(torch.cat, zip(*steps, strict=True)))


def _peepholes(net: Stack, c_prev: Tensor, c: Tensor, switches: Switches) -> dict[str, Tensor]:
    """What the peepholes add to the gates' sums; nothing of a cell without them."""
    if net.layer1.p is None:
        return {}
    p_i, p_f, p_o = (switches.peepholes * net.layer1.p).chunk(3)
    return {"peep_i": p_i * c_prev, "peep_f": p_f * c_prev, "peep_o": p_o * c}


@torch.inference_mode()
def trace(
    net: Stack, text: str, params: ClassifierParams, weights: str, switches: Switches = OPEN,
    clamp: Sequence[Clamp] = (),
) -> xr.Dataset:  # fmt: skip
    """Every inner value for one folded name, in float64; `weights` is the safetensors file of `net`.

    Of two clamps of a gate at a time the later one holds. Raises ValueError for an empty name, one with a character
    outside of the alphabet, another network than an LSTM of one layer and one direction, or a clamp that is nowhere.
    """
    clamp = tuple(Clamp(*each) for each in clamp)
    _check(net, text, clamp)
    net = copy.deepcopy(net).double()
    x = torch.nn.functional.one_hot(torch.from_numpy(encode(text)), N_LETTERS).double()
    y_prev, c_prev, step = _steps(net, x, switches, clamp)
    inner = step._asdict() | softmax_trace.chain(net.h2o(step.y)) | {
        "x": x, "y_prev": y_prev, "c_prev": c_prev, "written": step.z * step.i, "kept": c_prev * step.f,
        "squashed": torch.tanh(step.c), **(peepholes := _peepholes(net, c_prev, step.c, switches)),
    }  # fmt: skip
    attrs = {
        "module": "engine.lstm_explain", "model": net.name, "weights": weights, "text": text, "switches": switches,
        "clamp": clamp,
    }  # fmt: skip
    words = {"time": list(text), "symbol": list(ALPHABET), "language": params.languages}
    return label(inner, SCHEMA | (PEEPHOLES if peepholes else {}), attrs, translate=("language",), axes=AXES, **words)
