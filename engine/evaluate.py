"""How good a name classifier is: metrics under either prior, and what the page "How good is it?" shows, labelled."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float, Integer

from engine.classifier import Classifier, ClassifierParams, one_hot, prior_shift
from engine.errors import N_
from engine.names import Names, counts
from engine.scoring import log_probs
from engine.text import pad_left
from engine.trace import Var, label

N_BINS = 10
CHUNK = 512  # names of like length that go through the network together

SCHEMA = {
    "confusion": Var("language guess", r"n_{ij}", "held-out names of a language by the guessed language", "count"),
    "share": Var("language guess", r"n_{ij}/n_i", "share of a language's held-out names by guess", "prob"),
    "recall": Var("language", r"n_{ii}/n_i", "share of a language's held-out names that are found", "prob"),
    "recall_train": Var("language", r"n_{ii}/n_i", "share of a language's training names that are found", "prob"),
    "precision": Var("guess", r"n_{jj}/\sum_i n_{ij}", "share of the guesses of a language that are right", "prob"),
    "n_held_out": Var("language", r"n_i", "held-out names of a language", "count"),
    "n_train": Var("language", r"N_i", "training names of a language", "count"),
    "top_k": Var("k", r"P(y\in\mathrm{top}_k)", "held-out names with their language in the first k", "prob"),
    "top_k_train": Var("k", r"P(y\in\mathrm{top}_k)", "training names with their language in the first k", "prob"),
    "confidence": Var("bin", r"\bar p_b", "mean probability of the first guess", "prob"),
    "hit_rate": Var("bin", r"\bar a_b", "share of first guesses that are right", "prob"),
    "n_guesses": Var("bin", r"n_b", "held-out names whose first guess has this probability", "count"),
    "calibration_error": Var("", r"\sum_b\frac{n_b}{n}|\bar a_b-\bar p_b|", "expected calibration error", "prob"),
}
AXES = {"language": N_("language"), "guess": N_("guess")}


class Scored(NamedTuple):
    """Names and the log-probabilities of their languages under one prior, float32 [n, language]."""

    names: Names
    log_probs: np.ndarray


def apply_prior(log_probs: np.ndarray, params: ClassifierParams, prior: str) -> Float[np.ndarray, "n language"]:
    """The same log-probabilities under the prior natural | uniform (Bayes' rule, renormalised)."""
    shifted = log_probs + prior_shift(params, prior).astype(np.float32)
    top = shifted.max(1, keepdims=True, initial=-np.inf)
    return shifted - top - np.log(np.exp(shifted - top).sum(1, keepdims=True))


def scored(net: Classifier, params: ClassifierParams, names: Names, prior: str) -> Scored:
    """Score names under a prior."""
    return Scored(names, apply_prior(log_probs(net, names.texts), params, prior))


def ranks(log_probs: np.ndarray, labels: np.ndarray) -> Integer[np.ndarray, "n"]:
    """How many languages stand before the true one (0: the first guess is right; ties count as before)."""
    own = np.take_along_axis(log_probs, labels[:, None], 1)
    return (log_probs >= own).sum(1) - 1


def confusion(log_probs: np.ndarray, labels: np.ndarray) -> Integer[np.ndarray, "language guess"]:
    """Names counted by language and first guess."""
    n = log_probs.shape[1]
    return np.bincount(labels * n + log_probs.argmax(1), minlength=n * n).reshape(n, n)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)


def metrics(log_probs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """n, accuracy, balanced_accuracy (mean recall of the languages that occur), top3, nll (mean -log p of the truth).

    Without names every figure but n is nan.
    """
    table, n = confusion(log_probs, labels), len(labels)
    if not n:
        return {"n": 0} | dict.fromkeys(("accuracy", "balanced_accuracy", "top3", "nll"), float("nan"))
    recall = _ratio(table.diagonal(), table.sum(1))
    return {
        "n": n,
        "accuracy": float(table.trace() / n),
        "balanced_accuracy": float(np.nanmean(recall)),
        "top3": float((ranks(log_probs, labels) < 3).mean()),
        "nll": float(-np.take_along_axis(log_probs, labels[:, None], 1).mean(dtype=float)),
    }


def top_k(log_probs: np.ndarray, labels: np.ndarray) -> Float[np.ndarray, "k"]:
    """Share of names whose language is among the first k guesses, k = 1 … number of languages."""
    hits = np.bincount(ranks(log_probs, labels), minlength=log_probs.shape[1])
    return _ratio(hits.cumsum(), np.asarray(len(labels)))


def calibration(log_probs: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """First guesses in ten bins of their probability: mean probability, share right, count, and the mean gap."""
    p, right = np.exp(log_probs.max(1)), log_probs.argmax(1) == labels
    bins = np.minimum((p * N_BINS).astype(int), N_BINS - 1)
    n, total, hits = (np.bincount(bins, w, N_BINS) for w in (None, p, right))
    gap = np.abs(hits - total).sum() / max(len(labels), 1)
    return {"confidence": _ratio(total, n), "hit_rate": _ratio(hits, n), "n_guesses": n, "calibration_error": gap}


def evaluation(held: Scored, train: Scored, first: Sequence[str] = ()) -> xr.Dataset:
    """Everything the page shows of one network, the languages `first` before the rest, which stand by similarity.

    attrs: `languages` in that order, and the metrics of both parts as `held_out` and `train`.
    """
    table, recall = confusion(held.log_probs, held.names.labels), confusion(train.log_probs, train.names.labels)
    known, similar = held.names.languages, similarity_order(table)
    given = [known.index(language) for language in first if language in known]
    order = np.asarray([*given, *(i for i in similar if i not in given)])
    inner = {
        "confusion": table, "share": _ratio(table, table.sum(1, keepdims=True)),
        "recall": _ratio(table.diagonal(), table.sum(1)), "recall_train": _ratio(recall.diagonal(), recall.sum(1)),
        "precision": _ratio(table.diagonal(), table.sum(0)),
        "n_held_out": counts(held.names), "n_train": counts(train.names),
        "top_k": top_k(held.log_probs, held.names.labels), "top_k_train": top_k(train.log_probs, train.names.labels),
        **calibration(held.log_probs, held.names.labels),
    }  # fmt: skip
    turned = {name: _in_order(value, SCHEMA[name].dims.split(), order) for name, value in inner.items()}
    languages = [held.names.languages[i] for i in order]
    attrs = {
        "languages": [known[i] for i in order], "held_out": metrics(held.log_probs, held.names.labels),
        "train": metrics(train.log_probs, train.names.labels),
    }  # fmt: skip
    return label(
        turned, SCHEMA, attrs, translate=("language", "guess"), axes=AXES, language=languages, guess=languages,
        k=[str(k + 1) for k in range(len(languages))],
        bin=[f"{b / N_BINS:.1f}–{(b + 1) / N_BINS:.1f}" for b in range(N_BINS)],
    )  # fmt: skip


def _in_order(value: np.ndarray, dims: list[str], order: np.ndarray) -> np.ndarray:
    for axis, dim in enumerate(dims):
        if dim in ("language", "guess"):
            value = np.take(value, order, axis)
    return value


def similarity_order(table: np.ndarray) -> list[int]:
    """Languages so that those taken for each other stand side by side: average-linkage clusters of the symmetric
    confusion shares, each new pair turned so that its most similar ends meet.
    """
    share = np.nan_to_num(_ratio(table, table.sum(1, keepdims=True)))
    near = share + share.T
    groups = [[i] for i in range(len(table))]
    while len(groups) > 1:
        pairs = [(near[np.ix_(a, b)].mean(), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups[:i])]
        _, i, j = max(pairs)
        a, b = groups.pop(i), groups.pop(j)
        turns = [(x, y) for x in (a, a[::-1]) for y in (b, b[::-1])]
        left, right = max(turns, key=lambda ends: near[ends[0][-1], ends[1][0]])
        groups.append(left + right)
    return groups[0] if groups else []


class CellName(NamedTuple):
    """One name of a confusion cell: its position, the name, the probability of the guess and of the truth."""

    index: int
    text: str
    p_guess: float
    p_truth: float


def cell_names(scores: Scored, language: str, guess: str) -> list[CellName]:
    """The names of `language` whose first guess is `guess`, the surest first."""
    truth, at = scores.names.languages.index(language), scores.names.languages.index(guess)
    found = np.flatnonzero((scores.names.labels == truth) & (scores.log_probs.argmax(1) == at))
    p = np.exp(scores.log_probs[found])
    order = np.argsort(-p[:, at], kind="stable")
    return [
        CellName(int(found[i]), scores.names.texts[found[i]], float(p[i, at]), float(p[i, truth]))
        for i in order.tolist()
    ]


@torch.inference_mode()
def final_states(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "n unit"]:
    """The top outputs after the last letter of each name, float32."""
    out = None
    order = np.argsort(np.fromiter(map(len, texts), np.int64, len(texts)), kind="stable")
    for start in range(0, len(texts), CHUNK):
        chunk = order[start : start + CHUNK]
        states = net.read_states(one_hot(pad_left([texts[i] for i in chunk])).float())[:, -1].numpy()
        out = np.empty((len(texts), states.shape[1]), np.float32) if out is None else out
        out[chunk] = states
    return out
