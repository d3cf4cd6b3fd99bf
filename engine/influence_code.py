"""The programs of the proofs of `engine.influence_trace`: every kind of network read in plain torch from its file."""

from textwrap import indent

from engine import cell_code

_RUN = """{head}x = torch.eye(57).double()[[alphabet.index(letter) for letter in {text!r}]]


def read(letters, k=-1, d=None):
    # scores and state after the letters; d is added to the state after letter k
{body}

{value}"""
_WINDOW = """size = P["x2h.weight"].shape[1] // 57
last = torch.cat([torch.zeros(size, 57).double(), letters])[-size:].flip(0)
h = torch.tanh(P["x2h.weight"] @ last.flatten() + P["x2h.bias"])
return P["h2o.weight"] @ h + P["h2o.bias"], h
"""
LOG_P = "read({x})[0].log_softmax(0)[{language}]"
SLOPE = """x.requires_grad_()
(slope,) = torch.autograd.grad({log_p}, x)
print({out}.item())"""
STATE = """d = torch.zeros({n_states}, {n}).double().requires_grad_()
(slope,) = torch.autograd.grad({log_p} + 0 * d.sum(), d)
print(slope.norm().item())"""
PATH = """alpha, weight = map(torch.from_numpy, np.polynomial.legendre.leggauss({steps}))
share = torch.zeros(len(x)).double()
for at, w in zip((alpha + 1) / 2, weight / 2):
    part = (at * x).requires_grad_()
    (slope,) = torch.autograd.grad({log_p}, part)
    share += w * (slope * x).sum(1)
print({out}.item())"""


def _read(model: str) -> str:
    """The body of `read`."""
    if model == "window":
        return _WINDOW
    states, out, first = cell_code.STATES[model], cell_code.read_out(model), model == "lecture"
    moved = ", ".join(f"{state} + d[{at}]" for at, state in enumerate(states))
    body = (out if first else "") + cell_code.step(model) + f"if t == k:\n    {', '.join(states)} = {moved}\n"
    return (
        ('o = P["i2o.bias"]\n' if first else "") + cell_code.start(model)
        + "for t, x in enumerate(letters):\n" + indent(body, "    ")
        + ("" if first else out) + f"return {cell_code.scores(model)}, {states[0]}\n"
    )  # fmt: skip


def program(model: str, weights: str, text: str, value: str) -> str:
    """A whole program that reads `text` with a network and ends with the lines `value`."""
    imports = "import numpy as np\n" if "np." in value else ""
    head = cell_code.load(weights, imports) if model == "window" else cell_code.head(model, weights, imports)
    return _RUN.format(head=head, text=text, body=indent(_read(model), "    "), value=value)
