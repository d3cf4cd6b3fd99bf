"""How many letters back a model of names can see: k-th order models by counting, and networks that read k letters.

A k-th order model answers from the last k letters alone; this one counts how often each ending has each language and
smooths it by the ending a letter shorter (MacKay and Peto, "A hierarchical Dirichlet language model", 1995).
"""

import copy
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Integer

from engine import evaluate, trigram
from engine.classifier import Classifier, one_hot
from engine.names import Names, counts
from engine.text import pad_left

ORDERS = tuple(range(1, 9))
EDGE = "^"  # before the first letter
SMOOTHING = 1.0  # d: how many names the shorter ending is worth


class Endings(NamedTuple):
    """Names a language (`root`) and, for each length 1 … k, the names a language of every ending seen."""

    root: Integer[np.ndarray, "language"]
    times: tuple[dict[str, Integer[np.ndarray, "language"]], ...]


class Shortened(NamedTuple):
    """What a network makes of names of which it reads only the last k letters, k in ORDERS, and of whole names.

    same [order, name]: whether its answer is that to the whole name; right [order, name] and whole [name]: whether
    the answer is the name's language.
    """

    same: Bool[np.ndarray, "order name"]
    right: Bool[np.ndarray, "order name"]
    whole: Bool[np.ndarray, "name"]


def ending(text: str, k: int) -> str:
    """The last k letters; what lies before the first letter is EDGE."""
    return (EDGE * max(0, k - len(text)) + text)[-k:]


def fit(names: Names, longest: int = ORDERS[-1]) -> Endings:
    """Count the endings of 1 … `longest` letters."""
    n, times = len(names.languages), []
    for k in range(1, longest + 1):
        seen, place = np.unique([ending(text, k) for text in names.texts], return_inverse=True)
        table = np.zeros((len(seen), n), np.int64)
        np.add.at(table, (place, names.labels), 1)
        times.append(dict(zip(seen.tolist(), table, strict=True)))
    return Endings(counts(names), tuple(times))


def beliefs(model: Endings, text: str) -> Float[np.ndarray, "order language"]:
    """P(language | last k letters) for k = 0 … the longest ending counted: row 0 is the prior.

    p_k = (n_k + d p_{k-1}) / (Σ n_k + d), where n_k are the names of each language with this ending.
    """
    rows = [model.root / model.root.sum()]
    none = np.zeros_like(model.root)
    for k, table in enumerate(model.times, 1):
        seen = table.get(ending(text, k), none)
        rows.append((seen + SMOOTHING * rows[-1]) / (seen.sum() + SMOOTHING))
    return np.stack(rows)


def counted(model: Endings, names: Names) -> Float[np.ndarray, "order"]:
    """Share of names that the k-th order model gets right, k = 0 … the longest ending."""
    right = [beliefs(model, text).argmax(1) == label for text, label in zip(names.texts, names.labels, strict=True)]
    return np.mean(right, 0)


def whole_name(train: Names, names: Names) -> float:
    """Share of names that the second-order letter model of each language (engine.trigram) gets right.

    It conditions every letter of the name on the two before it, and reads the whole name by multiplying.
    """
    table = trigram.fit(*trigram.trigrams(train.texts), train.labels, len(train.languages))
    scores = trigram.scores(table, *trigram.trigrams(names.texts)) + np.log(counts(train) + 0.1)
    return float((scores.argmax(1) == names.labels).mean())


def shortened(net: Classifier, names: Names) -> Shortened:
    """Take everything before the last k letters away from every name, k in ORDERS; labels index the net's languages."""
    whole = evaluate.log_probs(net, names.texts).argmax(1)
    answers = np.stack([_answers(net, [text[-k:] for text in names.texts]) for k in ORDERS])
    return Shortened(answers == whole, answers == names.labels, whole == names.labels)


@torch.inference_mode()
def probabilities(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "text language"]:
    """The answers to folded texts, each read alone and in float64: to equal inputs of a network they are equal."""
    net = copy.deepcopy(net).double()
    return torch.cat([net.read(one_hot(pad_left([text]))).softmax(1) for text in texts]).numpy()


def _answers(net: Classifier, texts: list[str]) -> Integer[np.ndarray, "name"]:
    """The likeliest language of each text; texts that repeat are read once."""
    seen, place = np.unique(texts, return_inverse=True)
    return evaluate.log_probs(net, seen.tolist()).argmax(1)[place]


def same_ending(names: Sequence[str], text: str, k: int) -> list[str]:
    """Other names with the same last k letters and something else before them, by alphabet."""
    if len(text) <= k:
        return []
    return sorted({name for name in names if name != text and len(name) > k and name.endswith(text[-k:])})


def same_beginning(names: Sequence[str], text: str) -> str:
    """The name that shares most letters with the beginning of the text, then parts from it; "" if none shares any."""
    best, most = "", 0
    for name in sorted(set(names)):
        n = common_prefix(name, text)
        if most < n < min(len(name), len(text)):
            best, most = name, n
    return best


def common_prefix(a: str, b: str) -> int:
    """How many letters two texts have in common from the first on."""
    return next((at for at, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))
