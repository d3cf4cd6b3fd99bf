"""The chain rule's factors of one text under an n-gram model, with the counts behind each; several models at once."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from engine.errors import N_
from engine.ngram import Found, NGram
from engine.trace import Var, label
from engine.vocabulary import SPECIALS

MODULE = "engine.ngram_explain"
FOLLOWERS = 8  # of a context, the most frequent, that are kept by name
AXES = {"position": N_("token"), "order": N_("n-gram order"), "rank": N_("rank"), "model": N_("n")}
SCHEMA = {
    "count": Var("position order", r"c(h\,w)", "how often the n-gram was counted", "count"),
    "context_count": Var("position order", r"N(h)", "how often its context was counted", "count"),
    "kinds": Var("position order", r"T(h)", "how many different tokens followed the context", "count"),
    "alpha": Var("position order", r"\alpha_k(h,w)", "what the counts of this order say by themselves", "prob"),
    "backoff": Var("position order", r"\beta_k(h)", "weight that is passed on to the shorter context"),
    "weight": Var("position order", r"\prod_{j>k}\beta_j", "weight that reaches this order"),
    "contribution": Var("position order", r"\alpha_k\prod_{j>k}\beta_j", "what this order adds to the factor", "prob"),
    "p": Var("position", r"P(w_t\mid h_t)", "factor of the chain rule", "prob"),
    "log_p": Var("position", r"\log P(w_t\mid h_t)", "logarithm of the factor", "log"),
    "total": Var("position", r"\sum_{s\le t}\log P(w_s\mid h_s)", "logarithm of the product so far", "log"),
    "longest": Var("position", r"k^*", "longest n-gram that was counted", "index"),
    "followers": Var("position order rank", r"c(h\,v)", "what followed the context most often", "count"),
}
SEVERAL = {
    "p": Var("model position", r"P(w_t\mid h_t)", "factor of the chain rule", "prob"),
    "log_p": Var("model position", r"\log P(w_t\mid h_t)", "logarithm of the factor", "log"),
    "total": Var("model position", r"\sum_{s\le t}\log P(w_s\mid h_s)", "logarithm of the product so far", "log"),
    "longest": Var("model position", r"k^*", "longest n-gram that was counted", "index"),
}


def chain(model: NGram, text: str, source: str = "") -> xr.Dataset:
    """All factors of P(text), `</s>` the last; order 0 is the uniform distribution.

    source: the key of the corpus, for the proof of counts. Attributes: params, v (how many tokens can come next),
    discounts (D of each order), known (tokens as the model reads them), follower_words.
    """
    tokens = [*model.vocabulary.cut(text), SPECIALS[1]]
    found = model.find([text])
    values = _by_order(model, found)
    values |= _products(values)
    values["longest"] = (np.where(values["count"] > 0, np.arange(values["count"].shape[1]), 0)).max(1)
    values["followers"], words = _followers(model, found)
    read = model.vocabulary.decode([*model.vocabulary.encode(tokens[:-1]), 1])
    attrs = {
        "module": MODULE, "source": source, "unit": model.vocabulary.unit, "text": text, "known": read,
        "order": model.params.order, "method": model.params.method, "k": model.params.k, "floor": model.params.floor,
        "v": model.vocabulary.n_next, "discounts": [order.discount for order in model.orders], "follower_words": words,
    }  # fmt: skip
    orders = [str(k) for k in range(model.params.order + 1)]
    return label(values, SCHEMA, attrs, axes=AXES, position=tokens, order=orders)


def _by_order(model: NGram, found: Found) -> dict[str, np.ndarray]:
    """What each order has counted, says and passes on, float64 [position order]."""
    n = len(found.grams[0])
    columns = {name: [np.zeros(n)] for name in ("count", "context_count", "kinds", "backoff")}
    columns["alpha"] = [np.full(n, model.uniform)]
    for k, (contexts, grams) in enumerate(zip(*found, strict=True), 1):
        order, known = model.orders[k - 1], contexts >= 0
        columns["count"].append(np.where(grams >= 0, order.count[grams], 0.0))
        columns["context_count"].append(np.where(known, order.total[contexts], 0.0))
        columns["kinds"].append(np.where(known, order.kinds[contexts], 0.0))
        columns["alpha"].append(model.own(k, grams))
        columns["backoff"].append(model.passed(k, contexts, grams))
    return {name: np.stack(column, 1) for name, column in columns.items()}


def _products(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    passed = values["backoff"][:, ::-1].cumprod(1)[:, ::-1]
    weight = np.concatenate([passed[:, 1:], np.ones((len(passed), 1))], 1)
    contribution = weight * values["alpha"]
    p = contribution.sum(1)
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    return {"weight": weight, "contribution": contribution, "p": p, "log_p": log_p, "total": log_p.cumsum()}


def _followers(model: NGram, found: Found) -> tuple[np.ndarray, list]:
    """The counts of the most frequent followers of every context, and which these are."""
    n, n_orders = len(found.grams[0]), model.params.order
    counts = np.zeros((n, n_orders + 1, FOLLOWERS))
    words = [[[] for _ in range(n_orders + 1)] for _ in range(n)]
    for k, contexts in enumerate(found.contexts, 1):
        order, table = model.orders[k - 1], model.counts.tables[k - 1]
        kept = {}
        for place, row in enumerate(contexts.tolist()):
            if row < 0:
                continue
            if row not in kept:
                mine = np.arange(table.first[row], table.first[row + 1])
                best = mine[np.argsort(-order.count[mine], kind="stable")[:FOLLOWERS]]
                kept[row] = best[order.count[best] > 0]
            counts[place, k, : len(kept[row])] = order.count[kept[row]]
            words[place][k] = model.vocabulary.decode(table.word[kept[row]])
    return counts, words


def several(models: Sequence[NGram], text: str, source: str = "") -> xr.Dataset:
    """The factors of one text under models of one corpus, one row a model; attribute chains: the trace of each."""
    chains = [chain(model, text, source) for model in models]
    values = {name: np.stack([each[name].values for each in chains]) for name in SEVERAL}
    labels = [str(model.params.order) for model in models]
    attrs = {"module": MODULE, "chains": chains}
    return label(values, SEVERAL, attrs, axes=AXES, position=chains[0]["position_label"].values, model=labels)
