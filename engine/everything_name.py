"""One name through every classifier: what each answers after every letter, and how far the answers agree.

The disagreement is the Jensen–Shannon divergence of all answers (J. Lin, "Divergence measures based on the Shannon
entropy", 1991): 0 bits where all models give the same probabilities.
"""

from collections.abc import Sequence

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine import influence
from engine.classifier import Classifier, one_hot
from engine.errors import N_
from engine.text import encode, pad_left
from engine.trace import Var, label
from engine.weights import Loaded

SCHEMA = {
    "log_probs": Var("model time language", r"\log p^m_t", "log-probability", "log"),
    "probs": Var("model time language", r"p^m_t", "probability", "prob"),
    "best": Var("model time", r"\hat\ell^m_t=\arg\max_\ell p^m_t[\ell]", "likeliest language", "index"),
    "top": Var("model time", r"\max_\ell p^m_t[\ell]", "probability of the likeliest language", "prob"),
    "entropy": Var("model time", r"H(p^m_t)", "how unsure a model is, in bits", "count"),
    "votes": Var("time language", r"n_t[\ell]", "models that answer this language", "count"),
    "mean": Var("time language", r"\bar p_t", "mean probability over the models", "prob"),
    "majority": Var("time", r"\arg\max_\ell n_t[\ell]", "what most models answer, among equals the likelier", "index"),
    "agreement": Var("time", r"\max_\ell n_t[\ell]/M", "share of the models that answer what most answer", "prob"),
    "disagreement": Var(
        "time", r"H(\bar p_t)-\frac1M\sum_mH(p^m_t)", "how far the answers are apart, in bits", "count"
    ),
}  # fmt: skip
AXES = {"model": N_("model"), "time": N_("letter"), "language": N_("language")}
TOGETHER = 20  # beginnings of a name that are read at once: of more, most would be padding
LN_2 = 0.6931471805599453


def ready(loaded: Loaded) -> Loaded:
    """The same classifier in float64."""
    return loaded._replace(net=influence.double(loaded.net))


@torch.inference_mode()
def scores(net: Classifier, text: str) -> Float[Tensor, "time language"]:
    """What a classifier in float64 scores if the text ended after each letter; a plain recurrent one reads it once."""
    if influence.recurrent(net) is not None:
        return influence.readings(net, one_hot(pad_left([text])))[0]
    beginnings = [text[: end + 1] for end in range(len(text))]
    parts = [beginnings[at : at + TOGETHER] for at in range(0, len(text), TOGETHER)]
    return torch.cat([net.read(one_hot(pad_left(part))) for part in parts])


def bits(p: Float[Tensor, "... language"]) -> Float[Tensor, "..."]:
    """The entropy of distributions in bits."""
    return torch.special.entr(p).sum(-1) / LN_2


def _agreed(p: Float[Tensor, "model time language"]) -> dict[str, Tensor]:
    """What follows from the probabilities."""
    best, mean, entropy = p.argmax(2), p.mean(0), bits(p)
    votes = torch.nn.functional.one_hot(best, p.shape[2]).sum(0)
    return {
        "best": best, "top": p.amax(2), "entropy": entropy, "votes": votes, "mean": mean,
        "majority": (votes + mean / 2).argmax(1), "agreement": votes.amax(1).double() / len(p),
        "disagreement": bits(mean) - entropy.mean(0),
    }  # fmt: skip


def trace(models: Sequence[Loaded], names: Sequence[str], text: str) -> xr.Dataset:
    """A folded text through `models` (of `ready`), called `names`, in float64.

    Raises ValueError for an empty text, one with a character outside of the alphabet, or models that do not answer
    with the same languages.
    """
    if not len(encode(text)):
        raise ValueError("a name needs at least one letter")
    languages = models[0].params.languages
    if any(each.params.languages != languages for each in models):
        raise ValueError("the models answer with different languages")
    log_probs = torch.stack([torch.as_tensor(scores(each.net, text)).double().log_softmax(1) for each in models])
    inner = {"log_probs": log_probs, "probs": log_probs.exp(), **_agreed(log_probs.exp())}
    attrs = {
        "module": "engine.everything_name_explain", "text": text, "models": [each.params.model for each in models],
        "files": [each.path for each in models], "weights": models[0].path,
    }  # fmt: skip
    words = {"model": names, "time": list(text), "language": languages}
    return label(inner, SCHEMA, attrs, translate=("language",), axes=AXES, **words)
