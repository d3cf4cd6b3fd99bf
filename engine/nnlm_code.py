"""The programs of a neural language model's proofs: plain torch that reads the weights file and repeats a reading."""

from textwrap import indent

import xarray as xr

from engine import cell_code

_HEAD = """import torch
from safetensors.torch import load_file

P = {{name: w.double() for name, w in load_file({weights!r}).items()}}
read = {read}  # {fed}
written = {written}  # {known}
"""
_WINDOW = """window, total = [0] * {k}, 0.0
for word, answer in zip(read, written):
    window = [word, *window[:-1]]  # the nearest first
    embedded = P["C.weight"][window]
    x = embedded.flatten()
    hidden = torch.tanh(P["H.weight"] @ x + P["H.bias"])
    logits = P["U.weight"] @ hidden + P["U.bias"]{direct}
"""
_DIRECT = ' + P["W.weight"] @ x'
_END = """    logits[0] = -torch.inf  # <s> is never predicted
    log_probs = logits.log_softmax(0)
    total = total + log_probs[answer]
"""


def _out(kind: str) -> str:
    read = "torch.cat([x, h])" if kind == "lecture" else cell_code.STATES[kind][0]
    return f'logits = P["out.weight"] @ {read} + P["out.bias"]\n'


def _loop(kind: str) -> str:
    """A recurrent model's reading; the lecture's cell is scored before its step."""
    step = cell_code.step(kind)
    body = _out(kind) + step if kind == "lecture" else step + _out(kind)
    lines = 'x = embedded = P["C.weight"][word]\n' + body
    return "for word, answer in zip(read, written):\n" + indent(lines, "    ")


def program(trace: xr.Dataset, position: int, last: str) -> str:
    """A program that reads up to the token that is predicted at `position`, and ends with `last`."""
    attrs, params, n = trace.attrs, trace.attrs["params"], position + 1
    head = _HEAD.format(
        weights=attrs["weights"], read=list(attrs["read"][:n]), fed=list(attrs["before"][:n]),
        written=list(attrs["written"][:n]), known=list(attrs["known"][:n]),
    )  # fmt: skip
    if params.model == "window":
        body = _WINDOW.format(k=params.window, direct=_DIRECT if params.direct else "")
    else:
        kind = params.cell
        body = cell_code.weights(kind, "cell.") + cell_code.start(kind) + "total = 0.0\n" + _loop(kind)
    return head + body + _END + f"print({last}.item())\n"
