"""The same text through several networks: answers, states, and what of the past mattered for each answer."""

from collections.abc import Callable, Sequence

import torch
import xarray as xr
from jaxtyping import Float, Integer
from torch import Tensor

from engine import influence
from engine.classifier import Classifier, one_hot
from engine.errors import N_
from engine.softmax_trace import AXES
from engine.text import pad_left
from engine.trace import Var, label
from engine.weights import Loaded

SCHEMA = {
    "probs": Var("network time language", r"p_t", "probability", "prob"),
    "h": Var("network time unit", r"h_t", "hidden state after the letter"),
    "log_prob": Var("network time", r"\log p_t[\ell]", "log-probability of the language asked for", "log"),
}
MEASURES = {
    "left_out": Var(
        "network time source", r"\log p_t[\ell]-\log p_t^{\setminus k}[\ell]", "what is lost without the letter"
    ),
    "gradient_input": Var("network time source", r"\nabla_{x_k}\log p_t[\ell]\cdot x_k", "gradient × input"),
    "integrated": Var(
        "network time source", r"x_k\cdot\int_0^1\nabla_{x_k}\log p_t[\ell](\alpha x)\,d\alpha", "integrated gradients"
    ),
    "gradient": Var(
        "network time source", r"\lVert\nabla_{x_k}\log p_t[\ell]\rVert", "length of the gradient at the letter"
    ),
    "state_gradient": Var(
        "network time source", r"\lVert\nabla_{h_k}\log p_t[\ell]\rVert",
        "length of the gradient at the state after the letter",
    ),
}  # fmt: skip
PATH = {
    "baseline": Var("network time", r"\log p_t[\ell](0)", "log-probability where all letters are zero", "log"),
    "gap": Var("network time", r"\epsilon_t", "what the steps along the path miss"),
}


def _gradient_input(net: Classifier, text: str, languages: Sequence[int]) -> Float[Tensor, "time source"]:
    x = one_hot(pad_left([text]))[0, :, :-1]
    return (influence.gradient(net, text, languages) * x).sum(2)


_COMPUTE: dict[str, Callable[..., Float[Tensor, "time source"]]] = {
    "left_out": influence.left_out,
    "gradient_input": _gradient_input,
    "integrated": influence.integrated,
    "gradient": lambda *args: influence.gradient(*args).norm(dim=2),
    "state_gradient": lambda *args: influence.state_gradient(*args).norm(dim=2),
}


def _one(
    net: Classifier, text: str, measures: Sequence[str], language: int | None
) -> tuple[dict[str, Tensor], Integer[Tensor, "time"]]:
    """The values of one network, and the languages asked for."""
    net, x = influence.double(net), one_hot(pad_left([text]))
    with torch.no_grad():
        log_probs = influence.readings(net, x)[0].log_softmax(1)
        out = {"probs": log_probs.exp(), "h": net.read_states(x)[0]}
    asked = log_probs.argmax(1) if language is None else torch.full((len(text),), language)
    out["log_prob"] = log_probs[range(len(text)), asked]
    out |= {name: _COMPUTE[name](net, text, asked.tolist()) for name in measures}
    if "integrated" in measures:
        out["baseline"] = influence.baseline(net, text, asked.tolist())
        out["gap"] = out["log_prob"] - out["baseline"] - out["integrated"].nansum(1)
    return out, asked


def _stack(rows: Sequence[Tensor]) -> Tensor:
    """One row a network; NaN where another has more units."""
    width = max(row.shape[-1] for row in rows)
    pad = torch.nn.functional.pad
    return torch.stack([pad(row, (0, width - row.shape[-1]), value=torch.nan) for row in rows])


def trace(
    networks: Sequence[Loaded], names: Sequence[str], text: str, measures: Sequence[str] = tuple(MEASURES),
    language: int | None = None,
) -> xr.Dataset:  # fmt: skip
    """A folded text through `networks`, called `names`, in float64; of the measures those that are named.

    What is asked for after each letter is the log-probability of `language` (an index), or of the language that the
    network itself thinks likeliest there. The attribute `asked` holds it, [network][time].
    Raises ValueError for an empty text, one with a character outside of the alphabet, or networks that do not answer
    with the same languages.
    """
    if not text:
        raise ValueError("a name needs at least one letter")
    languages = networks[0].params.languages
    if any(each.params.languages != languages for each in networks):
        raise ValueError("the networks answer with different languages")
    found = [_one(each.net, text, measures, language) for each in networks]
    schema = SCHEMA | {name: MEASURES[name] for name in measures} | (PATH if "integrated" in measures else {})
    inner = {name: _stack([values[name] for values, _ in found]) for name in schema}
    attrs = {
        "module": "engine.influence_explain", "text": text, "models": [each.params.model for each in networks],
        "weights": networks[0].path, "files": [each.path for each in networks],
        "asked": [asked.tolist() for _, asked in found],
    }  # fmt: skip
    words = {"network": names, "time": list(text), "language": languages}
    return label(
        inner, schema, attrs, translate=("language",), axes=AXES | {"network": N_("network")},
        **words, **({"source": list(text)} if measures else {}),
    )  # fmt: skip
