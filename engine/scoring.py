"""Log-probabilities of many names at once, on one thread, equal to reading each letter by letter.

From general to special:
* `batched`: names of like length go through the network together.
* `by_tree`: one layer of any cell, in one direction or in both: a prefix tree of the names, and one of their ends.
* `by_prefix`: the networks without gates; names sorted, so that those with the same first letters share the states of
  these letters (a prefix tree walked level by level); a matrix product runs over the inner nodes only. Elman's tanh
  goes through the logistic function: tanh(a) = 2σ(2a) - 1, so that with s = (h + 1) / 2 kept instead of h and weights
  changed to match, one vectorised σ replaces a tanh six times its cost.
* `by_table`: the lecture's cell is linear, so a score is a sum over letters of a table [distance from the end][letter].
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.cell import Cell
from engine.classifier import Classifier
from engine.combined import Combined
from engine.rnn import ElmanRNN, LectureRNN
from engine.stack import Stack
from engine.text import N_LETTERS, PAD, encode_many, pad_left

CHUNK = 8192  # names in work at a time: their states stay in the cache
TABLE_CHUNK = 16384
GATED_CHUNK = 2048
BATCH = 512
FIRST = N_LETTERS + 1  # rows of a look-up
KEY_LETTERS = 10  # letters that a 64-bit sort key holds, 6 bits each


class Level(NamedTuple):
    """One depth of a prefix tree: a node's parent (one level up) and letter; which text (row) ends in which node."""

    parent: Integer[np.ndarray, "node"]
    letter: Integer[np.ndarray, "node"]
    row: Integer[np.ndarray, "end"]
    node: Integer[np.ndarray, "end"]


class Walk(NamedTuple):
    """A cell made ready for the tree: s' = squash(rows[letter] + s W), and the scores of the end nodes.

    `rows` are the rows of the look-up with space below for the products s W of a level: letter and product of a node
    are then two rows of one matrix, summed in one pass.
    """

    start: float
    rows: Float[Tensor, "row unit"]
    W: Float[Tensor, "unit unit"]
    squash: Callable[[Tensor], Tensor]
    scores: Callable[[Tensor, Tensor, Tensor], Tensor]  # of end nodes: (parent states, letters, states)


def _levels(letters: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Iterator[Level]:
    """The prefix tree of texts of which equal beginnings stand together; text i is letters[starts[i]:][:lengths[i]]."""
    rows, node = np.arange(len(starts)), np.zeros(len(starts), np.int64)
    for depth in range(int(lengths.max(initial=0))):
        alive = lengths[rows] > depth
        rows, node = rows[alive], node[alive]
        letter = letters[starts[rows] + depth]
        new = np.ones(len(rows), bool)
        new[1:] = (node[1:] != node[:-1]) | (letter[1:] != letter[:-1])
        parent, letter, node = node[new], letter[new].astype(np.int64), np.cumsum(new) - 1
        done = lengths[rows] == depth + 1
        yield Level(parent, letter, rows[done], node[done])


def _runs(values: np.ndarray) -> tuple[Tensor, np.ndarray]:
    """Values in ascending order without repeats, and where each one went."""
    new = np.ones(len(values), bool)
    new[1:] = values[1:] != values[:-1]
    return torch.from_numpy(values[new]), np.cumsum(new) - 1


def _walk(net: Classifier, chunk: int) -> Walk:
    look_up, W = net.table(net.i2h)
    space = look_up.new_empty(chunk, net.n_hidden)
    if net.name == "lecture":
        look_out, W_out = net.table(net.i2o)
        return Walk(
            0.0, torch.cat([look_up, space]), W.contiguous(), lambda a: a,
            lambda before, letter, _: torch.addmm(look_out.index_select(0, letter), before, W_out),
        )  # fmt: skip
    W_out, bias = 2 * net.h2o.weight.T, net.h2o.bias - net.h2o.weight.sum(1)
    return Walk(
        0.5, torch.cat([2 * (look_up - W.sum(0)), space]), (4 * W).contiguous(), torch.sigmoid_,
        lambda _before, _letter, after: torch.addmm(bias, after, W_out),
    )  # fmt: skip


def _tree_scores(walk: Walk, levels: Iterator[Level], scores: Float[Tensor, "row language"]) -> None:
    """Fill `scores` level by level."""
    state = torch.full((1, len(walk.W)), walk.start)
    for level in levels:
        inner, child_of = _runs(level.parent)
        before = state
        torch.mm(before.index_select(0, inner), walk.W, out=walk.rows[FIRST : FIRST + len(inner)])
        pairs = torch.from_numpy(np.stack([level.letter, child_of + FIRST], 1))
        state = walk.squash(torch.nn.functional.embedding_bag(pairs, walk.rows, mode="sum"))
        if len(level.row):
            ends, back = _runs(level.node)
            parents, letter = (torch.from_numpy(part).index_select(0, ends) for part in (level.parent, level.letter))
            answer = walk.scores(before.index_select(0, parents), letter, state.index_select(0, ends))
            scores.index_copy_(0, torch.from_numpy(level.row), answer.index_select(0, torch.from_numpy(back)))


def _read_tree(cell: Cell, pool: str, levels: Iterator[Level], features: Float[Tensor, "row unit"]) -> None:
    """Fill `features` with what the scores are read from: the output at a text's end, or each unit's largest one."""
    look_up, state = cell.look_up(), cell.start(1)
    best = torch.full_like(state[0], -torch.inf)
    for level in levels:
        parent, letter = torch.from_numpy(level.parent), torch.from_numpy(level.letter)
        inner, child_of = _runs(level.parent)  # letters after the same beginning share the product with R
        recurrent = cell.recurrent((state[0].index_select(0, inner),)).index_select(0, torch.from_numpy(child_of))
        before = tuple(part.index_select(0, parent) for part in state)
        state = cell.advance(look_up.index_select(0, letter), before, recurrent)
        best = torch.maximum(best.index_select(0, parent), state[0]) if pool == "max" else state[0]
        features.index_copy_(0, torch.from_numpy(level.row), best.index_select(0, torch.from_numpy(level.node)))


def _turned(letters: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Every text read backwards."""
    ends = np.cumsum(lengths)
    return letters[np.repeat(2 * ends - lengths - 1, lengths) - np.arange(len(letters))]


@torch.inference_mode()
def by_tree(net: Stack, texts: Sequence[str]) -> Float[np.ndarray, "n language"]:
    """Log-probabilities by one layer of cells: states are shared between names that begin (or end) alike."""
    letters, lengths = encode_many(texts)
    starts, scores = np.cumsum(lengths) - lengths, net.nothing_read().repeat(len(texts), 1)
    for side, W_out in zip(net.directions, net.h2o.weight.split(net.n_hidden, 1), strict=True):
        letters = _turned(letters, lengths) if side else letters
        order = np.argsort(_sort_key(letters, starts, lengths))
        for at in range(0, len(texts), GATED_CHUNK):
            index = order[at : at + GATED_CHUNK]
            levels, features = _levels(letters, starts[index], lengths[index]), torch.zeros(len(index), net.n_hidden)
            _read_tree(getattr(net, f"layer1{side}"), net.pool, levels, features)
            scores.index_add_(0, torch.from_numpy(index), features @ W_out.T)
    return torch.log_softmax(scores, 1).numpy()


@torch.inference_mode()
def batched(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "n language"]:
    """Log-probabilities by any classifier, names of like length together."""
    out = np.empty((len(texts), net.n_languages), np.float32)
    order = np.argsort(np.fromiter(map(len, texts), np.int64, len(texts)), kind="stable")
    for start in range(0, len(texts), BATCH):
        chunk = order[start : start + BATCH]
        letters = torch.from_numpy(pad_left([texts[i] for i in chunk])).int()
        if not letters.shape[1]:  # nothing to read but padding
            letters = letters.new_full((len(chunk), 1), PAD)
        out[chunk] = torch.log_softmax(net(letters), 1).numpy()
    return out


def _sort_key(letters: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The first ten letters as one number; a text that ends early sorts first."""
    key = np.zeros(len(starts), np.uint64)
    for depth in range(min(KEY_LETTERS, int(lengths.max(initial=0)))):
        key <<= np.uint64(6)
        inside = lengths > depth
        key += np.where(inside, letters[np.where(inside, starts + depth, 0)] + 1, 0).astype(np.uint64)
    return key


@torch.inference_mode()
def by_prefix(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "n language"]:
    """Log-probabilities by either cell, states shared between names with the same beginning."""
    letters, lengths = encode_many(texts)
    starts = np.cumsum(lengths) - lengths
    order = np.argsort(_sort_key(letters, starts, lengths))
    walk, out = _walk(net, min(CHUNK, len(texts))), torch.zeros(len(texts), net.n_languages)
    for at in range(0, len(texts), CHUNK):
        index = order[at : at + CHUNK]
        scores = net.nothing_read().repeat(len(index), 1)
        _tree_scores(walk, _levels(letters, starts[index], lengths[index]), scores)
        out.index_copy_(0, torch.from_numpy(index), torch.log_softmax(scores, 1))
    return out.numpy()


@torch.inference_mode()
def collapse(net: Classifier, longest: int) -> Float[Tensor, "distance letter language"]:
    """What a letter at a distance from the end adds to each score of the lecture's cell: exact, biases shared out.

    table[0][c] = W_ox c + b_o and table[d][c] = W_oh W_hh^(d-1) (W_hx c + b_h), computed in float64.
    """
    look_up, W = (part.double() for part in net.table(net.i2h))
    look_out, W_out = (part.double() for part in net.table(net.i2o))
    rows, path = [look_out], W_out
    for _ in range(longest - 1):
        rows.append(look_up @ path)
        path = W @ path
    return torch.stack(rows[:longest]).float()


@torch.inference_mode()
def by_table(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "n language"]:
    """Log-probabilities by the lecture's cell: one table row a letter, summed."""
    letters, lengths = encode_many(texts)
    table = collapse(net, int(lengths.max(initial=1))).flatten(0, 1)
    out, ends = torch.empty(len(texts), net.n_languages), np.cumsum(lengths)
    for at in range(0, len(texts), TABLE_CHUNK):
        part = slice(at, at + TABLE_CHUNK)
        first = ends[at] - lengths[at]
        scores = _sum_rows(table, letters[first : ends[part][-1]], ends[part] - first, lengths[part])
        scores[torch.from_numpy(lengths[part] == 0)] = net.nothing_read()
        torch.log_softmax(scores, 1, out=out[part])
    return out.numpy()


def _sum_rows(table: Tensor, letters: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> Tensor:
    offset = ((ends - 1) * (N_LETTERS + 1)).astype(np.int32)
    index = np.repeat(offset, lengths)
    index -= np.arange(0, len(letters) * (N_LETTERS + 1), N_LETTERS + 1, dtype=np.int32)
    index += letters
    starts = torch.from_numpy((ends - lengths).astype(np.int32))
    return torch.nn.functional.embedding_bag(torch.from_numpy(index), table, starts, mode="sum")


def log_probs(net: Classifier, texts: Sequence[str]) -> Float[np.ndarray, "n language"]:
    """Log-probability of every language for folded texts, float32, in their order.

    A text without a letter gets the answer before any letter. Folding (`engine.text.fold`) comes first: a character
    beyond ASCII raises UnicodeEncodeError.
    """
    if isinstance(net, Combined):
        parts = [torch.from_numpy(log_probs(member, texts)) for member in net.members]
        return torch.log_softmax(net.mean(parts), 1).numpy()
    if isinstance(net, LectureRNN):
        return by_table(net, texts)
    if isinstance(net, ElmanRNN):
        return by_prefix(net, texts)
    is_tree = isinstance(net, Stack) and net.n_layers == 1 and net.name != "lecture"
    return (by_tree if is_tree else batched)(net, texts)


def top(log_probs: Float[np.ndarray, "n language"], k: int) -> tuple[np.ndarray, np.ndarray]:
    """(indices, probabilities) of the `k` likeliest languages (all, if fewer), likeliest first, each [n, k]."""
    values, index = torch.topk(torch.from_numpy(log_probs), min(k, log_probs.shape[1]), 1)
    return index.numpy(), values.exp().numpy()
