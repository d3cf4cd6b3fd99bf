"""What single units of a recurrent network react to: spans over which they switch on, and where else they do so.

Source of the definition: H. Strobelt, S. Gehrmann, H. Pfister and A. Rush, "LSTMVis: a tool for visual analysis of
hidden state dynamics in recurrent neural networks", 2018. Here a unit may also switch on downwards.
"""

import copy
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int, UInt8

from engine.cell import Cell
from engine.classifier import one_hot
from engine.names import Names
from engine.rnn import Plain
from engine.stack import Stack
from engine.text import encode, encode_many, pad_left

BATCH = 2000  # names that are read at once


class Corpus(NamedTuple):
    """All letters of all names in one row of positions: name by name, in the order of language and spelling.

    `labels` [name] index `languages`; `start` [name + 1] are the names' first positions and the number of all;
    `owner` [position] is the name that a letter belongs to.
    """

    texts: list[str]
    labels: np.ndarray
    languages: tuple[str, ...]
    start: np.ndarray
    owner: np.ndarray
    letters: UInt8[np.ndarray, "position"]


class Rule(NamedTuple):
    """When a unit switches on over a span: its state reaches `threshold` at every letter of the span, upwards or
    downwards, and not at the letter before it, nor (`after`) at the one behind it.
    """

    threshold: float = 0.5
    before: bool = True
    after: bool = False


class Span(NamedTuple):
    """The letters `begin` ≤ t < `end` of a text."""

    text: str
    begin: int
    end: int

    @property
    def letters(self) -> str:
        """The letters themselves."""
        return self.text[self.begin : self.end]


def corpus(names: Names) -> Corpus:
    """The different (name, language) pairs in one row of letters."""
    pairs = sorted(set(zip(names.labels.tolist(), names.texts, strict=True)))
    texts = [text for _, text in pairs]
    letters, lengths = encode_many(texts)
    start = np.concatenate([[0], lengths.cumsum()])
    labels = np.array([label for label, _ in pairs], np.int64)
    return Corpus(texts, labels, names.languages, start, np.repeat(np.arange(len(texts)), lengths), letters)


def cell(net: torch.nn.Module) -> Cell | None:
    """The cell of a network that reads in one layer and one direction; None of any other network."""
    if isinstance(net, Plain):
        return net
    gated = isinstance(net, Stack) and net.name not in ("lecture", "elman")
    return net.layer1 if gated and net.n_layers == 1 and not net.bidirectional else None


def _kept(found: Cell, x: torch.Tensor, kept: int) -> torch.Tensor:
    """The state number `kept` at every step: 0 the output, 1 an LSTM's cell."""
    if kept == 0:
        return found.scan(x)
    state, out = found.start(len(x)), []
    for inputs in (x @ torch.cat([found.W, found.padding()[:, None]], 1).T + found.b).unbind(1):
        state = found.advance(inputs, state)
        out.append(state[kept])
    return torch.stack(out, 1)


@torch.inference_mode()
def read(net: torch.nn.Module, texts: Sequence[str], kept: int = 0) -> Float[np.ndarray, "text time unit"]:
    """Every unit's state after each letter of some texts, in float64; shorter texts are padded on the left.

    `kept` 1 takes the cell c of an LSTM in place of its output y. Raises ValueError for a network without such states.
    """
    found = cell(net)
    if found is None or not 0 <= kept < found.n_states:
        raise ValueError(f"{getattr(net, 'name', net)} has no state number {kept} after each letter")
    return _kept(copy.deepcopy(found).double(), one_hot(pad_left(texts)), kept).numpy()


def states(net: torch.nn.Module, texts: Sequence[str], kept: int = 0) -> Float32[np.ndarray, "unit position"]:
    """The same of many texts, without padding, a unit's states in one run, rounded to float32."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    start, order, out = np.concatenate([[0], lengths.cumsum()]), np.argsort(lengths, kind="stable"), None
    for at in range(0, len(order), BATCH):
        batch = order[at : at + BATCH]
        values = read(net, [texts[i] for i in batch], kept)
        out = np.empty((values.shape[2], start[-1]), np.float32) if out is None else out
        real = np.arange(values.shape[1]) >= (values.shape[1] - lengths[batch])[:, None]
        out[:, np.concatenate([np.arange(start[i], start[i + 1]) for i in batch])] = values[real].T
    return out


def switched_on(values: Float[np.ndarray, "time unit"], begin: int, end: int, rule: Rule) -> Int[np.ndarray, "unit"]:
    """1 for a unit that switches on upwards over the span, -1 downwards, 0 for none; before the first letter a state
    is 0, after the last one there is none.
    """
    values, threshold = values.astype(np.float32), np.float32(rule.threshold)
    out = np.zeros(values.shape[1], np.int64)
    for sign in (1, -1):
        on = sign * values >= threshold
        found = on[begin:end].all(0)
        if rule.before and begin:
            found &= ~on[begin - 1]
        if rule.after and end < len(on):
            found &= ~on[end]
        out[found] = sign
    return out


def suggested(
    values: Float[np.ndarray, "time unit"], begin: int, end: int, rule: Rule, levels: Sequence[float], least: int = 3
) -> float | None:
    """The highest of the thresholds below the rule's at which `least` units are found, else the one with most."""
    lower = sorted((level for level in levels if level < rule.threshold), reverse=True)
    counts = [np.count_nonzero(switched_on(values, begin, end, rule._replace(threshold=level))) for level in lower]
    most = min(least, max(counts, default=0))
    return next((level for level, n in zip(lower, counts, strict=True) if n >= most > 0), None)


def fits(found: Corpus, length: int) -> Bool[np.ndarray, "position"]:
    """The positions at which a span of that length begins that ends in the same name."""
    return np.arange(length, length + len(found.owner)) <= found.start[found.owner + 1]


def spelled(found: Corpus, letters: str) -> Bool[np.ndarray, "position"]:
    """The positions at which these letters stand in one name."""
    same = fits(found, len(letters))
    for offset, letter in enumerate(encode(letters)):
        same[: len(same) - offset] &= found.letters[offset:] == letter
    return same


def together(
    data: Float32[np.ndarray, "unit position"],
    found: Corpus,
    signs: Int[np.ndarray, "unit"],
    length: int,
    rule: Rule,
) -> Bool[np.ndarray, "chosen position"]:
    """Which of the units with a sign switch on in that direction over the span that begins at each position."""
    threshold, n = np.float32(rule.threshold), data.shape[1]
    out = np.zeros((np.count_nonzero(signs), n), bool)
    ends = found.start[1:] - length  # the last place of a span in each name
    ends = ends[ends >= found.start[:-1]]
    for row, unit in enumerate(np.flatnonzero(signs)):
        on = data[unit] >= threshold if signs[unit] > 0 else data[unit] <= -threshold
        run = out[row, : n - length + 1]
        run[:] = on[: n - length + 1]
        for offset in range(1, length):
            run &= on[offset : n - length + 1 + offset]
        if rule.before:
            before = np.concatenate([[False], on[: n - length]])
            before[found.start[:-1][found.start[:-1] < len(before)]] = False
            run &= ~before
        if rule.after:
            after = np.concatenate([on[length:], [False]])
            after[ends] = False
            run &= ~after
    return out & fits(found, length)


def ties(n: int) -> Int[np.ndarray, "position"]:
    """The order in which positions with equal states stand: drawn once, so that no language profits."""
    return np.random.default_rng(0).permutation(n)


def top(values: Float32[np.ndarray, "position"], n: int, sign: int) -> Int[np.ndarray, "n"]:
    """The positions with the largest (sign 1) or smallest (-1) values, the most extreme first."""
    score = -sign * values
    near = np.flatnonzero(score <= np.partition(score, n - 1)[n - 1])
    return near[np.lexsort([ties(len(values))[near], score[near]])][:n]
