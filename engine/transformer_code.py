"""The programs of a Transformer's proofs: plain torch that reads the weights file and repeats what was computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.transformer_block import NOTHING_OFF, Off, StackParams

ROLES = {  # what a layer's tensors are called in our own files
    "W_Q": "attention.W_Q", "W_K": "attention.W_K", "W_V": "attention.W_V", "W_O": "attention.W_O",
    "norm_attention": "norm_attention", "W_Q_c": "cross.W_Q", "W_K_c": "cross.W_K", "W_V_c": "cross.W_V",
    "W_O_c": "cross.W_O", "norm_cross": "norm_cross", "W_1": "W_1", "W_2": "W_2", "norm_ffn": "norm_ffn",
}  # fmt: skip


def names(stack: str, crossed: bool) -> dict[str, str]:
    """The tensors of one of our stacks by role, with {} for the layer; `norm` is that at the end of the stack."""
    roles = {role: at for role, at in ROLES.items() if crossed or not (role.endswith("_c") or role == "norm_cross")}
    return {role: f"{stack}.blocks.{{}}.{at}" for role, at in roles.items()} | {"norm": f"{stack}.norm"}


@dataclass(frozen=True)
class Program:
    """What the proofs of a trace need to know.

    weights: path of the file; front: lines that end with X [query unit] and mask [query key], and with memory
    [source unit] where the stack is crossed; before: a stack that ran in `front`, as another Program, or None.
    tensors: role → name in the file, {} for the layer; out: matrix and bias that score words. read: rows of `table`,
    times `scale`, that make up `embedded`; positions: a kind of engine.positional, code_table: of learned ones.
    """

    weights: str
    stack: StackParams
    tensors: Mapping[str, str]
    front: str
    off: Off = NOTHING_OFF
    before: "Program | None" = None
    positions: str = "none"
    causal: bool = False
    out: tuple[str, str] = ("out.weight", "out.bias")
    table: str = ""
    read: tuple[int, ...] = ()
    scale: float = 1.0
    code_table: str = ""
    written: tuple[int, ...] = ()
    eos: int = -1
    functions: str = field(default="")  # that `front` calls


_LOAD = """import torch
from safetensors.torch import load_file

P = {{name: w.double() for name, w in load_file({weights!r}).items() if w.is_floating_point()}}
N_HEADS, EPS = {n_heads}, {eps}


def linear(at, x):
    return x @ P[at + ".weight"].T + P[at + ".bias"]


def norm(at, x):
    x = x - x.mean(-1, keepdim=True)
    return x / (x.pow(2).mean(-1, keepdim=True) + EPS).sqrt() * P[at + ".weight"] + P[at + ".bias"]


def heads(x):
    return x.unflatten(-1, (N_HEADS, -1)).transpose(0, 1)
"""
_TURN = """

def turn(x):  # each pair of features by an angle that grows with the place
    place, pair = torch.arange(x.shape[1]).double(), torch.arange(0, x.shape[2], 2).double()
    angle = place[:, None] / 10000 ** (pair / x.shape[2])
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], -1).flatten(2)
"""
_ATTENTION = """

def attention(at, end, x, memory, mask, heads_off):
    Q, K, V = (heads(linear(at[name + end], y)) for name, y in (("W_Q", x), ("W_K", memory), ("W_V", memory)))
    plain = {{}}
{turn}    products = Q @ K.transpose(1, 2)
    scores = products / Q.shape[2] ** 0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
    Z = weights @ V
    Z[list(heads_off)] = 0
    concat = Z.transpose(0, 1).flatten(1)
    found = plain | {{"Q": Q, "K": K, "V": V, "products": products, "scores": scores, "weights": weights, "Z": Z}}
    found |= {{"concat": concat, "attended": linear(at["W_O" + end], concat)}}
    return {{name + end: value for name, value in found.items()}}
"""
_TURNED = """    if not end:
        plain, Q, K = {"Q_plain": Q, "K_plain": K}, turn(Q), turn(K)
"""
_LAYERS = """

def layers(names, n, X, mask, memory=None, heads_off=(), parts_off=()):
    found = []
    for layer in range(n):
        at = {{role: name.format(layer) for role, name in names.items()}}
        off = {{kind: [head for of, l, head in heads_off if (of, l) == (kind, layer)] for kind in ("self", "cross")}}
        parts = ("attention", "cross", "ffn", "residual")
        gain = {{part: 0.0 if (part, layer) in parts_off else 1.0 for part in parts}}
        v = {{"X": X, "normed": {read_attention}}}
        v |= attention(at, "", v["normed"], v["normed"], mask, off["self"])
        v["sum"] = gain["residual"] * X + gain["attention"] * v["attended"]
        X = v["X_attended"] = {after_attention}
        if memory is not None:
            v["normed_c"] = {read_cross}
            v |= attention(at, "_c", v["normed_c"], memory, torch.tensor(True), off["cross"])
            v["sum_c"] = gain["residual"] * X + gain["cross"] * v["attended_c"]
            X = v["X_crossed"] = {after_cross}
        v["ffn_normed"] = {read_ffn}
        v["hidden_in"] = linear(at["W_1"], v["ffn_normed"])
        v["hidden"] = torch.nn.functional.{activation}(v["hidden_in"])
        v["ffn"] = linear(at["W_2"], v["hidden"])
        v["sum_ffn"] = gain["residual"] * X + gain["ffn"] * v["ffn"]
        X = v["X_out"] = {after_ffn}
        found.append(v)
    return found, X


"""
SINUSOIDAL = """def sinusoidal(n, d):
    angle = torch.arange(n).double()[:, None] / 10000 ** (torch.arange(0, d, 2).double() / d)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)


"""


def _shape(stack: StackParams) -> dict[str, str]:
    """Where a layer normalises."""
    of = {"attention": ("X", "sum"), "cross": ("X", "sum_c"), "ffn": ("X", "sum_ffn")}
    before = stack.norm == "before"
    read = {f"read_{part}": f'norm(at["norm_{part}"], X)' if before else "X" for part in of}
    after = {
        f"after_{part}": f'v["{total}"]' if before else f'norm(at["norm_{part}"], v["{total}"])'
        for part, (_, total) in of.items()
    }
    return read | after


def _functions(program: Program) -> str:
    stack, rotary = program.stack, program.positions == "rotary"
    text = _LOAD.format(weights=program.weights, n_heads=stack.n_heads, eps=stack.eps)
    text += (_TURN if rotary else "") + _ATTENTION.format(turn=_TURNED if rotary else "")
    text += _LAYERS.format(activation=stack.activation, **_shape(stack))
    return text + (SINUSOIDAL if program.positions == "sinusoidal" else "") + program.functions


def run(program: Program, n: int, names: str = "NAMES") -> str:
    """The line that computes n layers."""
    off = program.off
    more = f", heads_off={list(off.heads)}" if off.heads else ""
    more += f", parts_off={list(off.parts)}" if off.parts else ""
    memory = ", memory" if program.stack.crossed else ""
    return f"found, X = layers({names}, {n}, X, mask{memory}{more})\n"


def _fronts(program: Program) -> str:
    """The lines before the stack's own run; a stack that comes before ends as `memory`."""
    text = ""
    if program.before:
        text += _fronts(program.before) + run(program.before, program.before.stack.n_layers)
        end = program.before.tensors["norm"]
        text += f"memory = norm({end!r}, X)\n" if program.stack.norm == "before" else "memory = X\n"
    return f"{text}NAMES = {dict(program.tensors)}\n{program.front}"


def front(program: Program, last: str) -> str:
    """A program that computes what enters the first layer, and ends with `last`."""
    return _functions(program) + _fronts(program) + last


def layer(program: Program, at: int, expression: str) -> str:
    """A program that computes the layers up to one and prints an expression of `v`, its values by name."""
    return front(program, f"{run(program, at + 1)}v = found[{at}]\nprint({expression}.item())\n")


def output(program: Program, last: str) -> str:
    """A program that computes the whole stack, its `output`, and ends with `last`."""
    end = f"output = norm({program.tensors['norm']!r}, X)\n" if program.stack.norm == "before" else "output = X\n"
    return front(program, run(program, program.stack.n_layers) + end + last)


def words(program: Program, query: int, last: str) -> str:
    """The same with the scores of the words at one place, `logits`."""
    weight, bias = program.out
    return output(program, f"logits = P[{weight!r}] @ output[{query}] + P[{bias!r}]\n{last}")


def embed(program: Program, words: list[str], n_units: int) -> str:
    """The lines of `embedded` and, with the position code, X: rows of `program.table`."""
    lines = f"words = {list(program.read)}  # {words}\nembedded = P[{program.table!r}][words]"
    lines += f" * {program.scale!r}\n" if program.scale != 1 else "\n"
    code = {
        "sinusoidal": f"sinusoidal(len(words), {n_units})",
        "learned": f"P[{program.code_table!r}][torch.arange(len(words)).clamp(max=len(P[{program.code_table!r}]) - 1)]",
    }.get(program.positions)
    lines += f"code = {code}\nX = embedded + code\n" if code else "X = embedded\n"
    mask = "torch.ones(len(words), len(words), dtype=torch.bool)"
    return lines + f"mask = {mask}.tril()\n" * program.causal + f"mask = {mask}\n" * (not program.causal)
