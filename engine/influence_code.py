"""The programs of the proofs of `engine.influence_trace`: every kind of network read in plain torch from its file."""

from engine.softmax_explain import HEAD

_PLAIN = """
    h, o = torch.zeros({n}).double(), W["{out}.bias"]
    for t, x_t in enumerate(x):
        both = torch.cat([x_t, h])
        {first}
        h = h + d[0] if t == k else h
    return {scores}, h"""
_LSTM = """
    h = c = torch.zeros({n}).double()
    for t, x_t in enumerate(x):
        z, i, f, o = (W["layer1.W"] @ x_t + W["layer1.R"] @ h + W["layer1.b"]).chunk(4){before}
        c = torch.tanh(z) * torch.sigmoid(i) + c * torch.sigmoid(f){after}
        h = torch.sigmoid(o) * torch.tanh(c)
        h, c = (h + d[0], c + d[1]) if t == k else (h, c)
    return W["h2o.weight"] @ h + W["h2o.bias"], h"""
_READ = {
    "lecture": _PLAIN.format(
        n="{n}", out="i2o", scores="o",
        first='o, h = (W[f"{name}.weight"] @ both + W[f"{name}.bias"] for name in ("i2o", "i2h"))',
    ).replace("{name}", "{{name}}"),
    "elman": _PLAIN.format(
        n="{n}", out="h2o", first='h = torch.tanh(W["i2h.weight"] @ both + W["i2h.bias"])',
        scores='W["h2o.weight"] @ h + W["h2o.bias"]',
    ),
    "gru": """
    h = torch.zeros({n}).double()
    for t, x_t in enumerate(x):
        r, z, n = (W["layer1.W"] @ x_t + W["layer1.b"]).chunk(3)
        r_h, z_h, n_h = (W["layer1.R"] @ h).chunk(3)
        r, z = torch.sigmoid(r + r_h), torch.sigmoid(z + z_h)
        h = (1 - z) * torch.tanh(n + r * (n_h + W["layer1.b_u"])) + z * h
        h = h + d[0] if t == k else h
    return W["h2o.weight"] @ h + W["h2o.bias"], h""",
    "lstm": _LSTM.format(n="{n}", before="", after=""),
    "lstm-peephole": _LSTM.format(
        n="{n}", before="\n        p_i, p_f, p_o = W[\"layer1.p\"].chunk(3)\n        i, f = i + p_i * c, f + p_f * c",
        after="\n        o = o + p_o * c",
    ),
    "window": """
    size = W["x2h.weight"].shape[1] // 57
    last = torch.cat([torch.zeros(size, 57).double(), x])[-size:].flip(0)
    h = torch.tanh(W["x2h.weight"] @ last.flatten() + W["x2h.bias"])
    return W["h2o.weight"] @ h + W["h2o.bias"], h""",
}  # fmt: skip
_RUN = """
W = {{name: w.double() for name, w in load_file({weights!r}).items()}}
x = torch.eye(57).double()[[(string.ascii_letters + " .,:;").index(letter) for letter in {text!r}]]


def read(x, k=-1, d=None):
    # scores and state after the letters x; d is added to the state after letter k{read}


{value}"""
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


def program(model: str, weights: str, text: str, n: int, value: str) -> str:
    """A whole program that reads `text` with a network of `n` units and ends with the lines `value`."""
    head = HEAD.replace("import torch", "import numpy as np\nimport torch", 1) if "np." in value else HEAD
    return head + _RUN.format(weights=weights, text=text, read=_READ[model].format(n=n), value=value)
