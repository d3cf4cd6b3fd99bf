"""Why a name is taken for a language, letter by letter: log p of each letter in each language, against the others.

log P(language | name) = log P(language) + Σ_t log p(letter t | letters before, language) − log P(name): every letter
adds its share, and so does the prior, which stands at place 0.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from engine.bayes import NGramBayes
from engine.errors import N_
from engine.ngram import NGram
from engine.ngram_trace import chain
from engine.trace import Var, label

MODULE = "engine.bayes_explain"
PRIOR, END = N_("prior"), "</s>"
AGAINST = (N_("mean of the languages"), N_("runner-up"), N_("what was expected"))
AXES = {"place": N_("letter"), "language": N_("language"), "against": N_("compared with")}
SCHEMA = {
    "log_p": Var(
        "place language", r"\log P(c_t\mid c_{<t},\ell)", "log-probability of a letter in each language", "log"
    ),
    "reference": Var("against place", r"r_t", "what a letter is compared with", "log"),
    "evidence": Var("against place language", r"\log P(c_t\mid c_{<t},\ell)-r_t", "what a letter says for a language"),
    "total": Var("against language", r"\sum_t(\log P(c_t\mid c_{<t},\ell)-r_t)", "sum over prior and letters"),
    "posterior": Var("place language", r"P(\ell\mid c_{\le t})", "answer after a letter", "prob"),
}


def _log_softmax(scores: Float[np.ndarray, "place language"]) -> Float[np.ndarray, "place language"]:
    top = scores.max(1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))


def references(log_p: Float[np.ndarray, "place language"]) -> tuple[Float[np.ndarray, "against place"], int]:
    """(What each place is compared with, under AGAINST; the runner-up).

    The mean of the languages' log-probabilities; that of the second best language at the end; log P(c_t | c_<t) of all
    languages together, each as likely as the letters before made it: then the sums are log P(language | name).
    """
    sums = np.concatenate([np.zeros((1, log_p.shape[1])), log_p.cumsum(0)])
    best = sums[-1].argsort(kind="stable")[::-1]
    runner_up = int(best[min(1, len(best) - 1)])
    whole = np.logaddexp.reduce(sums, 1)
    whole[0] = 0.0  # before the prior there is nothing to share
    return np.stack([log_p.mean(1), log_p[:, runner_up], np.diff(whole)]), runner_up


def trace(
    net: NGramBayes, text: str, languages: tuple[str, ...], log_prior: np.ndarray, weights: str
) -> xr.Dataset:  # fmt: skip
    """The shares of one folded name, the likeliest language first; place 0 is the prior, the last one the name's end.

    weights: the file of `net`, for the proofs. Raises ValueError for another smoothing than Kneser and Ney's.
    """
    if net.params.method != "kneser-ney":
        raise ValueError(f"no proof for {net.params.method}")
    log_p = np.concatenate([log_prior[None], net.terms(text)])
    order = log_p.sum(0).argsort(kind="stable")[::-1]
    log_p = log_p[:, order]
    reference, runner_up = references(log_p)
    evidence = log_p[None] - reference[..., None]
    inner = {
        "log_p": log_p, "reference": reference, "evidence": evidence, "total": evidence.sum(1),
        "posterior": np.exp(_log_softmax(log_p.cumsum(0))),
    }  # fmt: skip
    attrs = {
        "module": MODULE, "weights": weights, "text": text, "index": order.tolist(), "order": net.params.order,
        "discount": net.params.discount, "runner_up": runner_up, "log_prior": log_p[0].tolist(),
    }  # fmt: skip
    return label(
        inner, SCHEMA, attrs, translate=("language", "against"), axes=AXES, place=[PRIOR, *text, END],
        language=[languages[k] for k in order], against=AGAINST,
    )  # fmt: skip


def behind(model: NGram, text: str, language: str) -> xr.Dataset:
    """The counts and weights by order behind each letter's probability in one language (`engine.ngram_trace`)."""
    return chain(model, text, f"names:{language}")
