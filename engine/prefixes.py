"""What a state has read: two names side by side, every letter exchanged, and a text read with and without resets.

All of it for one-directional recurrent networks of one layer, `engine.classifier.CELLS`.
"""

import copy
import re
import string
from typing import NamedTuple

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from engine.classifier import Classifier, ClassifierParams, one_hot
from engine.errors import N_
from engine.text import pad_left
from engine.trace import Var, label

MARKS = " .,:;"  # the characters of the alphabet that are no letters: where a text is cut
READINGS = (N_("reset at the boundary"), N_("carried on"), N_("sliding window"))
CHUNK = 400  # changed texts that are read at once
AXES = {
    "time": N_("letter"), "changed": N_("changed letter"), "unit": N_("unit"), "language": N_("language"),
    "reading": N_("reading"), "piece": N_("name"),
}  # fmt: skip

PAIR = {
    "first": Var("time unit", r"h_t", "state after the letters of the first name"),
    "second": Var("time unit", r"h'_t", "state after the letters of the second name"),
    "difference": Var("time unit", r"h_t-h'_t", "difference of the two states"),
    "distance": Var("time", r"\frac1n\sum_u|h_t-h'_t|", "mean difference of a unit"),
    "first_probs": Var("time language", r"p_t", "answer to the first name", "prob"),
    "second_probs": Var("time language", r"p'_t", "answer to the second name", "prob"),
    "apart": Var("time", r"\frac12\sum_l|p_t-p'_t|", "probability that moves from one answer to the other", "prob"),
}
CHANGES = {
    "reach": Var("changed time", r"\bar d_{k,t}", "how far the state moves if letter k is another one"),
    "turned": Var("changed time", r"q_{k,t}", "share of other letters k that turn the answer", "prob"),
}
PIECES = {
    "answer": Var("piece reading language", r"p", "answer to a name", "prob"),
    "gap": Var("reading time", r"\frac1n\sum_u|h_t-h^{\mathrm{reset}}_t|", "distance from the state after a reset"),
}


class Read(NamedTuple):
    """States [batch, time, unit] and scores [batch, time, language] after every letter, float64."""

    states: Tensor
    scores: Tensor


@torch.inference_mode()
def read(net: Classifier, texts: list[str]) -> Read:
    """A one-directional network of one layer on folded texts, padded on the left; equal beginnings give equal bits.

    The scores are taken one letter at a time: one product for a whole text may round by its length.
    """
    net, x = copy.deepcopy(net).double(), one_hot(pad_left(texts))
    states = net.read_states(x)
    read_out = net.i2o if net.name == "lecture" else net.h2o
    features = net.readable(x[..., :-1], states) if net.name == "lecture" else states
    return Read(states, torch.stack([read_out(each) for each in features.unbind(1)], 1))


def _attrs(net: Classifier, weights: str, **more: object) -> dict:
    return {"module": "engine.prefixes_explain", "model": net.name, "weights": weights, **more}


def pair(net: Classifier, first: str, second: str, params: ClassifierParams, weights: str) -> xr.Dataset:
    """Two folded names, letter by letter as far as the shorter one goes; `weights` is the safetensors file of `net`."""
    T = min(len(first), len(second))
    one, other = (read(net, [text]) for text in (first, second))
    h, h_other = one.states[0, :T], other.states[0, :T]
    p, p_other = one.scores[0, :T].softmax(1), other.scores[0, :T].softmax(1)
    inner = {
        "first": h, "second": h_other, "difference": h - h_other, "distance": (h - h_other).abs().mean(1),
        "first_probs": p, "second_probs": p_other, "apart": (p - p_other).abs().sum(1) / 2,
    }  # fmt: skip
    letters = [a if a == b else f"{a}/{b}" for a, b in zip(first[:T], second[:T], strict=True)]
    return label(
        inner, PAIR, _attrs(net, weights, first=first, second=second), translate=("language",), axes=AXES,
        time=letters, language=params.languages,
    )  # fmt: skip


def others(letter: str) -> str:
    """The letters of the same kind: capitals for a capital, marks for a mark."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, MARKS)
    return next(kind for kind in kinds if letter in kind).replace(letter, "")


def changes(net: Classifier, text: str, params: ClassifierParams, weights: str) -> xr.Dataset:
    """Every letter of a folded name exchanged for every other one of its kind, and what each later step makes of it."""
    rows = [(k, text[:k] + other + text[k + 1 :]) for k, letter in enumerate(text) for other in others(letter)]
    moved, turns = [], []
    for start in range(0, len(rows), CHUNK):
        swapped = [row for _, row in rows[start : start + CHUNK]]
        same, changed = read(net, [text] * len(swapped)), read(net, swapped)  # of one shape: equal bits where equal
        moved.append((changed.states - same.states).abs().mean(2))
        turns.append((changed.scores.argmax(2) != same.scores.argmax(2)).double())
    place = torch.tensor([k for k, _ in rows])
    inner = {
        name: torch.stack([values[place == k].mean(0) for k in range(len(text))])
        for name, values in (("reach", torch.cat(moved)), ("turned", torch.cat(turns)))
    }
    return label(
        inner, CHANGES, _attrs(net, weights, text=text), axes=AXES, time=list(text), changed=list(text)
    )  # fmt: skip


class Piece(NamedTuple):
    """A run of letters between two marks, `text[start:end]`."""

    start: int
    end: int


def cut(text: str) -> list[Piece]:
    """The names of a folded text: what stands between the marks."""
    return [Piece(*found.span()) for found in re.finditer(f"[^{MARKS}]+", text)]


def readings(text: str, piece: Piece, end: int, k: int) -> tuple[str, str, str]:
    """What is read of a text up to `end` inside a piece: from its boundary, from the beginning, the last k letters."""
    return text[piece.start : end], text[:end], text[max(0, end - k) : end]


def _ends(net: Classifier, texts: list[str]) -> Float[Tensor, "text language"]:
    """The answer at the end of each text."""
    return read(net, texts).scores[:, -1].softmax(1)


def _gaps(net: Classifier, text: str, last: Piece, k: int) -> Float[Tensor, "reading time"]:
    """Mean difference of a unit from the state after a reset, along the last piece, under READINGS."""
    ends = range(last.start + 1, last.end + 1)
    reset = read(net, [text[last.start : last.end]]).states[0]
    carried = read(net, [text[: last.end]]).states[0, last.start :]
    windows = [readings(text, last, end, k)[2] for end in ends]
    window = read(net, windows).states[:, -1]
    alone = torch.tensor([seen == text[last.start : end] for seen, end in zip(windows, ends, strict=True)])
    window = torch.where(alone[:, None], reset, window)  # the same letters: padding is no difference
    return torch.stack([(each - reset).abs().mean(1) for each in (reset, carried, window)])


def boundaries(net: Classifier, text: str, k: int, params: ClassifierParams, weights: str) -> xr.Dataset:
    """The names of a folded text under READINGS, and the states along the last one. Raises ValueError without a name.

    The window has k letters and looks back over the marks.
    """
    pieces = cut(text)
    if not pieces:
        raise ValueError("a text needs at least one letter")
    alone, _, window = zip(*(readings(text, piece, piece.end, k) for piece in pieces), strict=True)
    carried = read(net, [text]).scores[0, [piece.end - 1 for piece in pieces]].softmax(1)
    inner = {
        "answer": torch.stack([_ends(net, list(alone)), carried, _ends(net, list(window))], 1),
        "gap": _gaps(net, text, pieces[-1], k),
    }
    return label(
        inner, PIECES, _attrs(net, weights, text=text, k=k), translate=("language", "reading"), axes=AXES,
        piece=[text[piece.start : piece.end] for piece in pieces], reading=READINGS,
        time=list(text[pieces[-1].start : pieces[-1].end]), language=params.languages,
    )  # fmt: skip
