"""What the proofs of jieba's network share: programs in plain numpy that read the package's files, and LaTeX."""

from collections.abc import Sequence

import xarray as xr

from engine.explain import Explanation, summed, terms, word

_READ = """import importlib.util
from pathlib import Path

import numpy as np

folder = Path(importlib.util.find_spec("jieba").submodule_search_locations[0], "lac_small")


def read(name, *shape):  # the numbers stand at the end of the file, row by row
    blob = (folder / "model_baseline" / name).read_bytes()[-4 * int(np.prod(shape)) :]
    return np.frombuffer(blob, "<f4").reshape(shape)

"""
_PARTS = {
    "w": """
rows = [line.split("\\t") for line in (folder / "word.dic").read_text("utf-8").split("\\n") if "\\t" in line]
place = {{character: int(number) for number, character in rows}}
w = [place.get(character, place["OOV"]) for character in {given!r}]
""",
    "x": """
w = {w}  # {given!r} by word.dic
x = read("word_emb", {n_characters}, 128)[w].astype(float)
""",
    "h": """

def gru(k, x, backward):
    a = x @ read(f"fc_{{k}}.w_0", x.shape[1], 384) + read(f"fc_{{k}}.b_0", 384) + read(f"gru_{{k}}.b_0", 384)
    W_ur, W_c = np.split(read(f"gru_{{k}}.w_0", 128 * 384), [128 * 256])  # one matrix after the other
    W_ur, W_c = W_ur.reshape(128, 256), W_c.reshape(128, 128)
    h, steps = np.zeros(128), []
    for a_t in a[::-1] if backward else a:
        u, r = np.split(1 / (1 + np.exp(-a_t[:256] - h @ W_ur)), 2)
        c = np.tanh(a_t[256:] + (r * h) @ W_c)
        h = (1 - u) * h + u * c
        steps.append((u, r, c, h))
    return np.stack(steps[::-1] if backward else steps, 1)  # [gate, time, unit]


u, r, c, h, below = [], [], [], [], x
for layer in (0, 1):
    both = np.stack([gru(2 * layer, below, False), gru(2 * layer + 1, below, True)], 1)
    for found, values in zip((u, r, c, h), both):
        found.append(values)  # [direction, time, unit]
    below = np.concatenate(list(h[layer]), 1)
""",
    "b": """b = below @ read("fc_4.w_0", 256, {n}) + read("fc_4.b_0", {n})
""",
    "A": """pi, omega, *A = read("crfw", {n} + 2, {n})
A = np.array(A)
""",
    "alpha": """

def log_sum(x, axis):
    top = x.max(axis)
    return top + np.log(np.exp(x - np.expand_dims(top, axis)).sum(axis))


log_alpha = [pi + b[0]]
for b_t in b[1:]:
    log_alpha.append(log_sum(log_alpha[-1][:, None] + A, 0) + b_t)
""",
    "beta": """log_beta = [omega]
for b_t in b[:0:-1]:
    log_beta.insert(0, log_sum(A + b_t + log_beta[0], 1))
""",
    "z": """log_z = [log_sum(row, 0) for row in log_alpha[:-1]] + [log_sum(log_alpha[-1] + omega, 0)]
""",
    "delta": """score = [pi + b[0]]
for b_t in b[1:]:
    score.append((score[-1][:, None] + A).max(0) + b_t)
""",
    "path": """path = [(score[-1] + omega).argmax()]
for row in score[-2::-1]:
    path.insert(0, (row + A[:, path[0]]).argmax())
""",
}
_UP_TO_B = ("x", "h", "b")
_NEEDS = {  # what a program computes, in order
    "w": ("w",), "x": ("x",), "h": ("x", "h"), "b": _UP_TO_B, "A": ("A",),
    "alpha": (*_UP_TO_B, "A", "alpha"), "beta": (*_UP_TO_B, "A", "alpha", "beta"), "z": (*_UP_TO_B, "A", "alpha", "z"),
    "gamma": (*_UP_TO_B, "A", "alpha", "beta", "z"), "delta": (*_UP_TO_B, "A", "alpha", "z", "delta"),
    "path": (*_UP_TO_B, "A", "alpha", "z", "delta", "path"),
}  # fmt: skip


def program(trace: xr.Dataset, what: str, last: str) -> str:
    """Plain numpy that reads the network's files, computes `what` on the trace's sentence, and ends with `last`."""
    body = "".join(_PARTS[part] for part in _NEEDS[what]).format(
        given=trace.attrs["given"], w=trace["w"].values.tolist(), n=trace.sizes["state"],
        n_characters=trace.attrs["n_characters"],
    )  # fmt: skip
    return _READ + body + last


def label(trace: xr.Dataset, dim: str, at: int) -> str:
    r"""A label in LaTeX: \text{n-B}."""
    return rf"\text{{{word(trace[f'{dim}_label'].values[at])}}}"


def tag(trace: xr.Dataset, at: int) -> str:
    """The name of a tag."""
    return str(trace["state_label"].values[at])


def total(
    symbol: str, rows: Sequence[tuple[str, float, float]], value: float, wrap: str = "{}", how: str = "sum",
    code: str = "",
) -> Explanation:  # fmt: skip
    """The explanation of a sum: the three largest products as numbers, the rest as one."""
    table = terms(list(rows))
    return Explanation(summed(symbol, table, value, wrap), table, value, code, how)
