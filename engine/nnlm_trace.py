"""Every inner value of a neural language model as it reads a text, word by word; one place a word that is predicted."""

import copy
from collections.abc import Mapping, Sequence

import torch
import xarray as xr
from torch import Tensor

from engine.errors import N_
from engine.nnlm import Network, NnlmParams, RecurrentModel, WindowModel, masked
from engine.trace import Var, label
from engine.vocabulary import BOS, SPECIALS, Vocabulary

TOP = 10  # of the likeliest words
MODULE = "engine.nnlm_explain"
AXES = {"position": N_("token"), "rank": N_("rank"), "distance": N_("distance")}
WORDS = {
    "logits": Var("position word", "y_t", "score of each token"),
    "log_norm": Var("position", r"\log\sum_w e^{y_t[w]}", "logarithm of the sum of the exponentials"),
    "probs": Var("position word", r"P(w\mid\ldots)", "probability of each token", "prob"),
    "p": Var("position", r"P(w_t\mid\ldots)", "probability of the token that stands there", "prob"),
    "log_p": Var("position", r"\log P(w_t\mid\ldots)", "its logarithm", "log"),
    "total": Var("position", r"\sum_{s\le t}\log P(w_s\mid\ldots)", "logarithm of the product so far", "log"),
    "top_p": Var("position rank", r"P(w_r\mid\ldots)", "probability of the likeliest tokens", "prob"),
    "top_word": Var("position rank", "w_r", "likeliest tokens, by their numbers", "index"),
}
WINDOW = {
    "embedded": Var("position distance feature", "C(w_{t-d})", "embeddings in the window, by distance"),
    "hidden": Var("position unit", r"\tanh(d+Hx_t)", "hidden layer"),
}
EMBEDDED = {"embedded": Var("position feature", "C(w_{t-1})", "embedding of the token before")}
_H = Var("position unit", "h_t", "hidden state")
CELLS = {
    "lecture": {"h": _H},
    "elman": {"h": _H},
    "gru": {
        "r": Var("position unit", "r_t", "reset gate", "prob"),
        "z": Var("position unit", "z_t", "update gate", "prob"),
        "u": Var("position unit", "u_t", "what the reset gate lets through"),
        "n": Var("position unit", "n_t", "candidate"),
        "h": _H,
    },
    "lstm": {
        "z": Var("position unit", "z^t", "block input"),
        "i": Var("position unit", "i^t", "input gate", "prob"),
        "f": Var("position unit", "f^t", "forget gate", "prob"),
        "c": Var("position unit", "c^t", "cell state"),
        "o": Var("position unit", "o^t", "output gate", "prob"),
        "y": Var("position unit", "y^t", "output of the cell"),
    },
}
CELLS["lstm-peephole"] = CELLS["lstm"]


def schema(params: NnlmParams) -> dict[str, Var]:
    """The variables of a model's trace."""
    return (WINDOW if params.model == "window" else EMBEDDED | CELLS[params.cell]) | WORDS


@torch.inference_mode()
def trace(net: Network, vocabulary: Vocabulary, text: str, path: str, top: int = TOP) -> xr.Dataset:
    """What the network computes, in float64, before each token of a text and before its end.

    Place t predicts token t from those before it. Attributes: `read` (the numbers that are fed), `written` (the
    numbers of the tokens that stand there), `known` (the tokens as the network reads them), `top_words`, `params`.
    """
    tokens = vocabulary.cut(text)
    ids = vocabulary.encode(tokens).tolist()
    read, written, net = [BOS, *ids], [*ids, 1], copy.deepcopy(net).double()
    inner = window_values(net, read) if isinstance(net, WindowModel) else recurrent_values(net, read)
    inner |= chances(inner["logits"], written, min(top, vocabulary.n_next))
    attrs = {
        "module": MODULE, "weights": path, "params": net.params, "text": text, "unit": vocabulary.unit,
        "read": tuple(read), "written": tuple(written), "known": tuple(vocabulary.decode(written)),
        "before": tuple(vocabulary.decode(read)),
        "top_words": tuple(tuple(vocabulary.decode(row)) for row in inner["top_word"].tolist()),
    }  # fmt: skip
    labels = {"position": [*tokens, SPECIALS[1]], "word": vocabulary.words}
    if net.params.model == "window":
        labels["distance"] = [str(d) for d in range(1, net.params.window + 1)]
    return label(inner, schema(net.params), attrs, axes=AXES, **labels)


def window_values(net: WindowModel, read: Sequence[int]) -> dict[str, Tensor]:
    """What the window model computes."""
    step = net.step(net.windows(torch.tensor([read]))[0])
    return step._asdict()


def recurrent_values(net: RecurrentModel, read: Sequence[int]) -> dict[str, Tensor]:
    """What the recurrent model computes, one word after the other."""
    x, state, steps, logits = net.C(torch.tensor(read)), net.start(1), [], []
    for each in x[:, None]:
        before, cell = state, net.cell
        if hasattr(cell, "step"):
            step = cell.step(each, before)._asdict()
            state = (step["y"], step["c"]) if "y" in step else (step["h"],)
        else:
            state = cell.advance(cell.inputs(each), before)
            step = {"h": state[0]}
        steps.append(step)
        logits.append(masked(net.out(net.read(each, before, state)))[0])
    kept = CELLS[net.params.cell]
    return {"embedded": x, "logits": torch.stack(logits)} | {
        name: torch.cat([step[name] for step in steps]) for name in kept
    }


def chances(logits: Tensor, written: Sequence[int], top: int) -> Mapping[str, Tensor]:
    """Probabilities from the scores: of all words, of those that stand there, of the likeliest."""
    norm = logits.logsumexp(1)
    log_probs = logits - norm[:, None]
    log_p = log_probs.gather(1, torch.tensor(written)[:, None])[:, 0]
    best, words = log_probs.sort(dim=1, descending=True, stable=True)
    return {
        "log_norm": norm, "probs": log_probs.exp(), "p": log_p.exp(), "log_p": log_p, "total": log_p.cumsum(0),
        "top_p": best[:, :top].exp(), "top_word": words[:, :top],
    }  # fmt: skip
