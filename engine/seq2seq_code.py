"""The programs of a translation's proofs: plain torch that reads the weights file and repeats what was computed."""

from textwrap import indent

import xarray as xr

_READ = """import torch
from safetensors.torch import load_file

P = {{name: w.double() for name, w in load_file({weights!r}).items()}}


"""
_LINEAR = """def linear(at, x):
    return P[at + ".weight"] @ x + P[at + ".bias"]


"""
_CELLS = {
    "gru": """def cell(at, x, before):  # W, R and b hold the rows of r, z, n
    r_x, z_x, n_x = (P[at + ".W"] @ x + P[at + ".b"]).chunk(3)
    r_h, z_h, n_h = (P[at + ".R"] @ before["h"]).chunk(3)
    r, z, u = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h), n_h + P[at + ".b_u"]
    n = torch.tanh(n_x + r * u)
    return {"r": r, "z": z, "u": u, "n": n, "h": (1 - z) * n + z * before["h"]}
""",
    "lstm": """def cell(at, x, before):  # W, R and b hold the rows of z, i, f, o
    z, i, f, o = (P[at + ".W"] @ x + P[at + ".R"] @ before["h"] + P[at + ".b"]).chunk(4)
    z, i, f, o = torch.tanh(z), torch.sigmoid(i), torch.sigmoid(f), torch.sigmoid(o)
    c = z * i + before["c"] * f
    return {"z": z, "i": i, "f": f, "c": c, "o": o, "h": torch.tanh(c) * o}
""",
}
_ENCODE = """

def read(at, order):
    step, steps = dict.fromkeys("hc", torch.zeros(P[at + ".R"].shape[1], dtype=torch.float64)), {{}}
    for j in order:
        step = steps[j] = cell(at, x[j], step)
    return [steps[j] for j in range(len(x))], step


x = P[{E!r}][{read}]  # {source}
"""
_ONE_WAY = """order = list(range(len(x))){backwards}
encoder, start = read("encoder", order)
"""
_BOTH_WAYS = """order = list(range(len(x)))
(there, end), (back, end_back) = read("encoder", order), read("encoder_back", order[::-1])
encoder = [{name: torch.cat([a[name], b[name]]) for name in a} for a, b in zip(there, back)]
start = {name: torch.cat([end[name], end_back[name]]) for name in end}
"""
_ATTEND = """    exponentials = (scores - scores.max()).exp()
    norm = exponentials.sum()
    weights = exponentials / norm
{edit}    weighed = weights[:, None] * h
    context = weighed.sum(0)
"""
_EDIT = """    if t in edits:
        weights = torch.tensor(edits[t], dtype=torch.float64)
"""
_STEPS = {
    "none": """    step = cell("decoder", embedded, step)
    readout = step["h"]
""",
    "additive": """    query = linear("W_s", step["h"])
    energy = torch.tanh(keys + query)
    scores = energy @ P["v.weight"][0]
{attend}    step = cell("decoder", torch.cat([embedded, context]), step)
    readout = torch.tanh(linear("W_r", torch.cat([step["h"], context, embedded])))
""",
    "dot": """    step = cell("decoder", embedded, step)
    scores = h @ step["h"]
{attend}    readout = torch.tanh(linear("W_r", torch.cat([step["h"], context])))
""",
}
_KEYS = 'keys = h @ P["W_h.weight"].T\n'
_STACK = 'h = torch.stack([step["h"] for step in encoder])\n'


def tensor(trace: xr.Dataset, name: str) -> str:
    """The name in the weights file of a tensor that may be another one too."""
    params = trace.attrs["params"]
    again = {"out.weight": params.tied, "E_source.weight": params.shared}.get(name, False)
    return "E_target.weight" if again else name


def encoder(trace: xr.Dataset, last: str, functions: str = "") -> str:
    """A program that reads the sentence and ends with `last`; `functions` are what it needs beside the cell."""
    params, attrs = trace.attrs["params"], trace.attrs
    order = _BOTH_WAYS if params.bidirectional else _ONE_WAY.format(backwards="[::-1]" if params.reversed else "")
    return (
        _READ.format(weights=attrs["weights"]) + functions + _CELLS[params.cell]
        + _ENCODE.format(
            E=tensor(trace, "E_source.weight"), read=list(attrs["read"]), source=trace["source_label"].values.tolist()
        ) + order + last
    )  # fmt: skip


def keyed(trace: xr.Dataset, last: str) -> str:
    """A program that reads the sentence, computes what additive attention compares with, and ends with `last`."""
    return encoder(trace, _STACK + _KEYS + last)


def decoder(trace: xr.Dataset, step: int, last: str) -> str:
    """A program that reads the sentence, writes the words up to a step, and ends with `last`."""
    params, attrs = trace.attrs["params"], trace.attrs
    edits = {t: list(edit) for t, edit in attrs["edits"].items() if t <= step}
    attend = _ATTEND.format(edit=_EDIT if edits else "")
    lines = "" if params.attention == "none" else _STACK
    lines += _KEYS if params.attention == "additive" else ""
    lines += f"edits = {edits!r}  # weights that were given\n" if edits else ""
    lines += f"step = start\nfor t, word in enumerate({list(attrs['fed_words'][: step + 1])}):"
    lines += f"  # {list(attrs['fed'][: step + 1])}\n"
    body = indent('embedded = P["E_target.weight"][word]\n', "    ") + _STEPS[params.attention].format(attend=attend)
    return encoder(trace, lines + body + last, "" if params.attention == "none" else _LINEAR)


def words(trace: xr.Dataset, step: int, last: str) -> str:
    """The same with the scores of the words, `logits`."""
    out = f'logits = P["{tensor(trace, "out.weight")}"] @ readout + P["out.bias"]\n'
    return decoder(trace, step, out + last)
