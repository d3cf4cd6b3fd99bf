"""What a layer does to the residual stream: how much each part adds and where to, which hidden units are on, the
feed-forward network as a convolution, and the gradient on its way back.

Sources: K. He et al., "Deep residual learning for image recognition", 2016 (the sum); A. Vaswani et al., 2017, section
3.3 (two convolutions with kernel size 1); Y. Dong, J.-B. Cordonnier and A. Loukas, "Attention is not all you need: pure
attention loses rank doubly exponentially with depth", 2021 (why all words become alike without the sum).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv1d, cosine_similarity, gelu, normalize, relu

from engine.errors import N_
from engine.softmax_explain import matrix
from engine.trace import Var, label
from engine.transformer import Transformer
from engine.transformer_block import ALONE, NOTHING_OFF, Off, StackParams, Surroundings
from engine.transformer_stack import Stack, causal, draw
from engine.transformer_trace import double
from engine.translation.files import Translator

AXES = {"layer": N_("layer"), "query": N_("place"), "part": N_("part of the layer"), "unit": N_("unit"),
        "way": N_("with or without the sum")}  # fmt: skip
PARTS = {"attention": ("X", "attended"), "cross": ("X_attended", "attended_c"), "ffn": (None, "ffn")}
WAYS = (N_("with the residual"), N_("without it"))

STREAM = {
    "before": Var("layer part query", r"\lVert X\rVert", "length of the stream before the part"),
    "added": Var("layer part query", r"\lVert f(X)\rVert", "length of what the part adds"),
    "after": Var("layer part query", r"\lVert X+f(X)\rVert", "length of their sum"),
    "turned": Var("layer part query", r"\cos(X,f(X))", "direction: cosine between the stream and what is added"),
    "kept": Var("layer part query", r"\cos(X,X+f(X))", "cosine between the stream before and after the sum"),
    "active": Var("layer query", r"\tfrac1{d_{ff}}\#\{\text{hidden}>0\}", "share of hidden units that are on", "prob"),
    "convolved": Var("layer query unit", r"W_2*\max(0,W_1*X+b_1)+b_2", "the feed-forward network as a 1×1 convolution"),
}
GRADIENT = {
    "gradient": Var("way layer", r"\lVert\partial L/\partial X_\ell\rVert", "length of the gradient at the stream that "
                    "enters the layer"),
    "alike": Var("way layer", r"\overline{\cos}(X_\ell[i],X_\ell[j])", "mean cosine between the rows of two words in "
                 "the stream that enters the layer"),
}  # fmt: skip


def _convolved(trace: xr.Dataset, layer: int) -> Tensor:
    """The feed-forward network by torch's convolution, over all places at once."""
    tensors, activation = trace.attrs["program"].tensors, {"relu": relu, "gelu": gelu}
    x = torch.tensor(trace["ffn_normed"].values[layer]).T[None]
    for role in ("W_1", "W_2"):
        at = tensors[role].format(layer)
        x = conv1d(x, matrix(trace, f"{at}.weight")[..., None], matrix(trace, f"{at}.bias"))
        x = activation[trace.attrs["stack"].activation](x) if role == "W_1" else x
    return x[0].T


def _sources(trace: xr.Dataset) -> list[tuple[str, str, str]]:
    """(part, variable before it, variable that it adds) of a layer."""
    last = "X_crossed" if "X_crossed" in trace else "X_attended"
    parts = [part for part in PARTS if part != "cross" or "attended_c" in trace]
    return [(part, PARTS[part][0] or last, PARTS[part][1]) for part in parts]


def stream(trace: xr.Dataset) -> xr.Dataset:
    """Lengths, directions and active units of a stack's trace, in its layers.

    The sum is that of a whole layer: parts that are taken out in the trace are measured as if they were there.
    """
    found: dict[str, list] = {name: [] for name in ("before", "added", "after", "turned", "kept")}
    for _, start, part in _sources(trace):
        X, f = (torch.tensor(trace[name].values) for name in (start, part))
        values = (X.norm(dim=-1), f.norm(dim=-1), (X + f).norm(dim=-1), cosine_similarity(X, f, -1),
                  cosine_similarity(X, X + f, -1))  # fmt: skip
        for name, value in zip(found, values, strict=True):
            found[name].append(value)
    inner = {name: torch.stack(values, 1) for name, values in found.items()}
    inner["active"] = (torch.tensor(trace["hidden"].values) > 0).double().mean(-1)
    inner["convolved"] = torch.stack([_convolved(trace, layer) for layer in range(trace.sizes["layer"])])
    parts = [part for part, *_ in _sources(trace)]
    attrs = {"module": "engine.residual_explain", "stack": trace.attrs["stack"], "weights": trace.attrs["weights"],
             "program": trace.attrs["program"], "sources": tuple(_sources(trace))}  # fmt: skip
    return label(
        inner, STREAM, attrs, ("part",), AXES, query=[str(word) for word in trace["query_label"].values], part=parts,
        layer=[str(layer + 1) for layer in range(trace.sizes["layer"])],
    )  # fmt: skip


def gap(trace: xr.Dataset, found: xr.Dataset) -> float:
    """The largest difference between the feed-forward network and the convolution."""
    return float(np.abs(trace["ffn"].values - found["convolved"].values).max())


def _off(n: int, residual: bool) -> Off:
    return NOTHING_OFF if residual else Off(parts=tuple(("residual", layer) for layer in range(n)))


def alike(X: Float[Tensor, "query unit"]) -> float:
    """The mean cosine between two different rows; 1 for a single one."""
    rows, n = normalize(X, dim=-1), len(X)
    return float(((rows @ rows.T).sum() - n) / (n * (n - 1))) if n > 1 else 1.0


def _way(
    stack: Stack, X: Tensor, around: Surroundings, residual: bool, loss: Callable[[Tensor], Tensor]
) -> tuple[list[float], list[float]]:
    """The gradient's length and how alike the rows are, layer by layer."""
    X = X.detach().requires_grad_()
    looks, output = stack.look(X, around, _off(len(stack.blocks), residual))
    streams = [X, *(look.X_out for look in looks[:-1])]
    lengths = [float(g.norm()) for g in torch.autograd.grad(loss(output), streams)]
    return lengths, [alike(X[0].detach()) for X in streams]


def trained(translator: Translator, source: Sequence[str], target: Sequence[str], decoder: xr.Dataset) -> xr.Dataset:
    """The gradient of L = −log P(target | source) at the stream in the decoder's layers.

    decoder: the trace of the same words, nothing taken out. Without the residual every layer hands on only what its
    parts make; nothing is trained anew.
    """
    net: Transformer = double(translator.net)
    read, written = translator.source.encode(source), translator.target.encode(target)
    fed = torch.tensor([decoder.attrs["fed_words"]])
    memory = net.encode(torch.tensor([read])).h.detach()
    positions = torch.arange(fed.shape[1])[None]
    X = net.embed(fed, positions, "target")
    around = Surroundings(causal(fed.shape[1]), net.turn(positions), memory)

    def loss(output: Tensor) -> Tensor:
        return -net.out(output)[0].log_softmax(-1)[torch.arange(len(written)), torch.tensor(written)].sum()

    rows = [_way(net.decoder, X, around, residual, loss) for residual in (True, False)]
    attrs = {"module": "engine.residual_explain", "program": decoder.attrs["program"], "kind": "trained"}
    return _labelled(rows, attrs)


def drawn(params: StackParams, n_words: int = 8, seed: int = 0) -> xr.Dataset:
    """The same at the stream of an untrained stack, drawn by seed, that reads random places.

    L tells the last place from the others: the first number of its output less the mean over all places.
    """
    generator, stack = torch.Generator().manual_seed(seed), Stack(params).float()
    X = torch.randn(1, n_words, params.d_model, generator=generator, dtype=torch.float32)
    draw(stack, generator)
    rows = [
        _way(stack.double(), X.double(), ALONE, residual, lambda output: output[0, -1, 0] - output[0, :, 0].mean())
        for residual in (True, False)
    ]
    attrs = {"module": "engine.residual_explain", "kind": "drawn", "stack": params, "seed": seed, "n_words": n_words}
    return _labelled(rows, attrs)


def _labelled(rows: list[tuple[list[float], list[float]]], attrs: dict) -> xr.Dataset:
    inner = {name: np.array([row[k] for row in rows]) for k, name in enumerate(GRADIENT)}
    layers = [str(layer + 1) for layer in range(inner["gradient"].shape[1])]
    return label(inner, GRADIENT, attrs, ("way",), AXES, way=WAYS, layer=layers)
