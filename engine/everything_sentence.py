"""One sentence through every model: what belongs to each of its tokens, summed up from the models' own traces.

A model may cut a token into pieces; `spans` says which pieces are whose, so that all models are drawn over the same
columns. What is summed up here is proved with the code of the trace it comes from.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import xarray as xr

from engine.errors import N_
from engine.explain import Explainer, Explanation, explain, summed, terms
from engine.trace import Var, label

MODULE = "engine.everything_sentence"
Spans = tuple[tuple[int, ...], ...]  # the places of each token's pieces
AXES = {
    "source": N_("word read"), "view": N_("view"), "query": N_("word that looks"), "key": N_("word looked at"),
    "token": N_("word"), "other": N_("other word"),
}  # fmt: skip
CHANGES = {
    "change": Var(
        "source", r"\lVert h_j-h_{j-1}\rVert^2", "how far the word moves the encoder's state, squared", "count"
    ),
}
LOOKS = {"looks": Var("view query key", r"\alpha", "how much each row looks at each column", "prob")}
WORDS = {
    "received": Var("token", r"\bar\alpha_j", "attention that each word receives, mean of all layers, heads and places",
                    "count"),
    "alike": Var("token other", r"\cos(x_i,x_j)", "how alike two words are in this sentence: 1 is the same direction"),
}  # fmt: skip


def spans(tokens: Sequence[str], count: Callable[[str], int], begin: int = 0) -> Spans:
    """The places of the pieces of each token in a text whose pieces follow each other from `begin` on; count: how many
    pieces a token is cut into.
    """
    found, at = [], begin
    for token in tokens:
        n = count(token)
        found.append(tuple(range(at, at + n)))
        at += n
    return tuple(found)


def gathered(values: np.ndarray, of: Spans, how: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """[… token] from values [… piece]; how: makes one value of a token's pieces along the last axis, nan of none."""
    columns = [how(values[..., list(pieces)]) if pieces else np.full(values.shape[:-1], np.nan) for pieces in of]
    return np.stack(columns, -1)


def places(of: Spans) -> list[int | None]:
    """The one piece that a token is, None where it is several or none."""
    return [pieces[0] if len(pieces) == 1 else None for pieces in of]


# ── recurrent: how far each word moves the state ────────────────────────────────────────────────────────────────


def changes(trace: xr.Dataset) -> xr.Dataset:
    """Of an encoder that reads one way, from its first word on: the squared length of each step of its state."""
    h = trace["h"].values
    steps = np.square(np.diff(h, axis=0, prepend=np.zeros((1, h.shape[1])))).sum(1)
    attrs = {"module": MODULE, "base": trace, "weights": trace.attrs["weights"]}
    found = label({"change": steps}, CHANGES, attrs, axes=AXES, source=trace["source_label"].values)
    return found.assign(h=trace["h"])


def _change(trace: xr.Dataset, source: int) -> Explanation:
    h, value = trace.attrs["base"]["h"].values, float(trace["change"][source])
    step = h[source] - (h[source - 1] if source else 0.0)
    rows = [(f"(h_j − h_{{j−1}})[{k}]", each, each) for k, each in enumerate(step.tolist())]
    before = f' - encoder[{source - 1}]["h"]' if source else ""
    code = explain(trace.attrs["base"], "h", source=source, unit=0).code
    symbol, table = rf"\lVert h_{{{source + 1}}}-h_{{{source}}}\rVert^2", terms(rows)
    code = _said(code, f'print((encoder[{source}]["h"]{before}).pow(2).sum().item())')
    return Explanation(summed(symbol, table, value), table, value, code)


def _said(code: str, line: str) -> str:
    """Code with another last line, the one that prints."""
    kept = code.rstrip("\n").split("\n")
    while not kept[-1].startswith("print("):
        kept.pop()
    return "\n".join([*kept[:-1], line, ""])


# ── Transformer: what looks at what, all heads together and each alone ───────────────────────────────────────────────


def looks(trace: xr.Dataset, name: str = "weights") -> xr.Dataset:
    """The weights of a Transformer's attention, `weights` or `weights_c` (then the words read are the keys): view 0 is
    the mean of all layers and heads, the others are the heads, layer by layer.
    """
    weights = trace[name].values
    n_layers, n_heads, n, m = weights.shape
    views = np.concatenate([weights.mean((0, 1))[None], weights.reshape(-1, n, m)])
    names = ["", *(f"{layer + 1}·{head + 1}" for layer in range(n_layers) for head in range(n_heads))]
    attrs = {"module": MODULE, "base": trace, "of": name, "weights": trace.attrs["weights"]}
    rows, columns = (f"{dim}_label" for dim in trace[name].dims[2:])
    read = trace.attrs.get("target", trace[rows].values) if name == "weights_c" else trace[rows].values
    found = label({"looks": views}, LOOKS, attrs, axes=AXES, view=names, query=list(read), key=trace[columns].values)
    return found.assign(output=trace["output"]) if name == "weights" else found


def _looks(trace: xr.Dataset, view: int, query: int, key: int) -> Explanation:
    base, name, value = trace.attrs["base"], trace.attrs["of"], float(trace["looks"][view, query, key])
    weights, dims = base[name].values, base[name].dims
    layer, head = divmod((view or weights[..., 0, 0].size) - 1, weights.shape[1])  # the last has all others before it
    found = explain(base, name, **dict(zip(dims, (layer, head, query, key), strict=True)))
    if view:
        return found
    rows = [
        (f"{layer + 1}·{head + 1}", 1 / weights[..., 0, 0].size, float(weights[layer, head, query, key]))
        for layer, head in np.ndindex(weights.shape[:2])
    ]
    line = f'print(torch.stack([v["{name}"] for v in found]).mean((0, 1))[{query}, {key}].item())'
    table = terms(rows)
    symbol = rf"\bar\alpha_{{{query + 1},{key + 1}}}"
    return Explanation(summed(symbol, table, value), table, value, _said(found.code, line))


# ── a pretrained encoder: what its words receive, and how alike they are ─────────────────────────────────────────────


def words(trace: xr.Dataset, tokens: Sequence[str], of: Spans) -> xr.Dataset:
    """Of a pretrained encoder's trace: attention that each token receives (that of its pieces added up), and how alike
    the means of their outputs are. Raises ValueError where a token has no piece.
    """
    if not all(of) or len(of) != len(tokens):
        raise ValueError("a token without a piece")
    received = gathered(trace["weights"].values.mean((0, 1, 2)), of, lambda part: part.sum(-1))
    vectors = gathered(trace["output"].values.T, of, lambda part: part.mean(-1)).T
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    attrs = {"module": MODULE, "base": trace, "spans": of, "vectors": vectors, "weights": trace.attrs["weights"]}
    values = {"received": received, "alike": vectors @ vectors.T}
    return label(values, WORDS, attrs, axes=AXES, token=list(tokens), other=list(tokens))


def _received(trace: xr.Dataset, token: int) -> Explanation:
    base, pieces, value = trace.attrs["base"], list(trace.attrs["spans"][token]), float(trace["received"][token])
    found = explain(base, "weights", layer=base.sizes["layer"] - 1, head=0, query=0, key=0)
    from_each = base["weights"].values.mean((0, 1))[:, pieces].sum(-1)
    labels = base["query_label"].values
    rows = [(str(name), 1 / len(labels), each) for name, each in zip(labels, from_each.tolist(), strict=True)]
    line = f'print(torch.stack([v["weights"] for v in found]).mean((0, 1, 2))[{pieces}].sum().item())'
    table = terms(rows)
    equation = summed(rf"\bar\alpha_{{{token + 1}}}", table, value)
    return Explanation(equation, table, value, _said(found.code, line))


def _alike(trace: xr.Dataset, token: int, other: int) -> Explanation:
    base, of, value = trace.attrs["base"], trace.attrs["spans"], float(trace["alike"][token, other])
    a, b = (trace.attrs["vectors"][at].tolist() for at in (token, other))
    table = terms([(f"x_a·x_b[{k}]", x, y) for k, (x, y) in enumerate(zip(a, b, strict=True))])
    mean = "output[{}].mean(0)"
    lines = (
        f"a, b = {mean.format(list(of[token]))}, {mean.format(list(of[other]))}\n"
        "print((a @ b / (a.norm() * b.norm())).item())"
    )
    code = _said(explain(base, "output", query=0, unit=0).code, lines)
    return Explanation(summed(rf"\cos(x_{{{token + 1}}},x_{{{other + 1}}})", table, value), table, value, code)


def _of_base(name: str, trace: xr.Dataset, **position: int) -> Explanation:
    return explain(trace.attrs["base"], name, **position)


EXPLAIN: dict[str, Explainer] = {"change": _change, "looks": _looks, "received": _received, "alike": _alike}
EXPLAIN |= {name: partial(_of_base, name) for name in ("h", "output")}
