"""The text of the recurrent cells in plain torch, as the proofs show and run it: weights, start, step, read-out.

Names are those of the equations. `W`, `R` and `b` hold the rows of all sums one below the other; the LSTM's output
is `y` and its scores are `s` (`o` is its output gate); all other cells put out `h` and are scored by `o`.
"""

from textwrap import indent

_IMPORTS = """import string
{more}import torch
from safetensors.torch import load_file
"""
_ALPHABET = """alphabet = string.ascii_letters + " .,:;"
"""
LETTER = """x = torch.zeros(57, dtype=torch.float64)
x[alphabet.index(letter)] = 1
"""
STATES = {"lecture": ("h",), "elman": ("h",), "gru": ("h",), "lstm": ("y", "c"), "lstm-peephole": ("y", "c")}

_FROM_ROWS = """W, R, b = P["{at}W"], P["{at}R"], P["{at}b"]  # rows of {gates}
"""
_FROM_LINEAR = """b = P["{at}i2h.bias"]
W, R = P["{at}i2h.weight"][:, : -len(b)], P["{at}i2h.weight"][:, -len(b) :]
"""
_WEIGHTS = {
    "lecture": _FROM_LINEAR,
    "elman": _FROM_LINEAR,
    "gru": _FROM_ROWS + 'b_u = P["{at}b_u"]\n',
    "lstm": _FROM_ROWS,
    "lstm-peephole": _FROM_ROWS + 'p_i, p_f, p_o = P["{at}p"].chunk(3)\n',
}
_LSTM = """z_bar, i_bar, f_bar, o_bar = ({inputs} + {state}).chunk(4{dim})
z, i, f = torch.tanh(z_bar), torch.sigmoid(i_bar{p_i}), torch.sigmoid(f_bar{p_f})
c = z * i + c * f
o = torch.sigmoid(o_bar{p_o})
y = torch.tanh(c) * o
"""
_NO_PEEPHOLES = {"p_i": "", "p_f": "", "p_o": ""}
_PEEPHOLES = {name: f" + {name} * c" for name in _NO_PEEPHOLES}
_STEP = {
    "lecture": "a = {inputs} + {state}\nh = a\n",
    "elman": "a = {inputs} + {state}\nh = torch.tanh(a)\n",
    "gru": """r_x, z_x, n_x = ({inputs}).chunk(3{dim})
r_h, z_h, n_h = ({state}).chunk(3{dim})
r_bar, z_bar, u = r_x + r_h, z_x + z_h, n_h + b_u
r, z = torch.sigmoid(r_bar), torch.sigmoid(z_bar)
n_bar = n_x + r * u
n = torch.tanh(n_bar)
h = (1 - z) * n + z * h
""",
    "lstm": _LSTM,
    "lstm-peephole": _LSTM,
}


def load(path: str, imports: str = "") -> str:
    """The imports, with the lines `imports` among them, `P`, the tensors of a file by name, and the alphabet."""
    tensors = f"P = {{name: w.double() for name, w in load_file({path!r}).items()}}\n"
    return f"{_IMPORTS.format(more=imports)}\n{tensors}{_ALPHABET}"


def weights(kind: str, at: str | None = None) -> str:
    """The cell's weights out of `P`; `at` is what stands before their names (where names are classified, the layer)."""
    if at is None:
        at = "" if kind in ("lecture", "elman") else "layer1."
    return _WEIGHTS[kind].format(at=at, gates="r, z, n" if kind == "gru" else "z, i, f, o")


def head(kind: str, path: str, imports: str = "") -> str:
    """The lines before the first letter: those of `load`, and the weights."""
    return load(path, imports) + weights(kind)


def start(kind: str, n: str = "") -> str:
    """The state before the first letter; `n` is how many texts are read at once, one a row."""
    return f"{' = '.join(STATES[kind])} = torch.zeros({n}{', ' if n else ''}R.shape[1], dtype=torch.float64)\n"


def step(kind: str, inputs: str = "", rows: bool = False) -> str:
    """One step; `rows`: with one text a row. `inputs` is what stands for W x + b."""
    output = STATES[kind][0]
    return _STEP[kind].format(
        inputs=inputs or ("x @ W.T + b" if rows else "W @ x + b"), state=f"{output} @ R.T" if rows else f"R @ {output}",
        dim=", 1" if rows else "", **(_PEEPHOLES if kind == "lstm-peephole" else _NO_PEEPHOLES),
    )  # fmt: skip


def scores(kind: str) -> str:
    """What the scores are called."""
    return "s" if kind.startswith("lstm") else "o"


def read_out(kind: str) -> str:
    """The scores: the lecture's from the letter and the state before it, all others' from the output."""
    if kind == "lecture":
        return 'o = P["i2o.weight"] @ torch.cat([x, h]) + P["i2o.bias"]\n'
    return f'{scores(kind)} = P["h2o.weight"] @ {STATES[kind][0]} + P["h2o.bias"]\n'


def loop(kind: str, text: str, keep: str = "") -> str:
    """Reads the letters of `text` (an expression) one after the other; `keep` are lines before each step."""
    parts = [read_out(kind), step(kind)] if kind == "lecture" else [step(kind), read_out(kind)]
    return f"{start(kind)}for letter in {text}:\n" + indent(LETTER + keep + "".join(parts), "    ")
