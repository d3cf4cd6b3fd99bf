"""A beam search as a tree: every extension that was looked at, and what became of it."""

from collections.abc import Sequence
from typing import NamedTuple, Unpack

import numpy as np
import torch
import xarray as xr

from engine.errors import N_
from engine.search_beam import BeamStep, beam_steps
from engine.search_rules import Decoder, Hypothesis, Rules, Wishes, hypothesis
from engine.search_rules import length_penalty as penalty
from engine.search_step_trace import greedy_trace, sample_trace
from engine.trace import Var, label

__all__ = ["beam_trace", "greedy_trace", "sample_trace"]

SCHEMA = {
    "parent": Var("node", r"\mathrm{pa}", "node that the word extends, −1 for the root", "index"),
    "depth": Var("node", r"|Y|", "number of words up to here", "count"),
    "log_prob": Var("node", r"\log P(y_t\mid y_{<t})", "log-probability of the word", "log"),
    "total": Var("node", r"\log P(Y)", "log-probability of all words up to here", "log"),
    "penalty": Var("node", r"\mathrm{lp}(Y)", "length penalty"),
    "score": Var("node", r"s(Y)", "log-probability over the length penalty", "log"),
    "kept": Var("node", r"[Y\in\mathrm{beam}]", "1 if it found a place in the beam", "prob"),
    "finished": Var("node", r"[y_t=\mathrm{eos}]", "1 if it was kept and ended the sentence", "prob"),
    "best": Var("node", r"[Y\subseteq\hat Y]", "1 on the way to the best hypothesis", "prob"),
    "leaf": Var("result", r"\hat Y_r", "node where a result ends, the best first", "index"),
}
AXES = {"node": N_("word"), "result": N_("result")}


class _Node(NamedTuple):
    parent: int
    word: int
    log_prob: float
    total: float
    score: float
    kept: bool


class _Tree:
    """The nodes of a search, in the order in which they were looked at; the root is node 0."""

    def __init__(self, sos: int, alpha: float, shown: int):
        self.alpha, self.shown = alpha, shown
        self.nodes, self.depth = [_Node(-1, sos, 0.0, 0.0, 0.0, True)], [0]
        self.places = {0: 0}  # place in the beam → node
        self.history = []  # the places after each step

    def grow(self, step: BeamStep) -> None:
        """Add the extensions of one step: the kept ones, and the `shown` likeliest of every hypothesis."""
        depth, live = len(self.history) + 1, step.score[0].isfinite().tolist()
        moves = list(zip(step.parent[0].tolist(), step.word[0].tolist(), live, strict=True))
        kept = {(place, word) for place, word, alive in moves if alive and word >= 0}
        node_of = {}
        for row, place in enumerate(step.opened[:, 1].tolist()):
            choices, words = step.choices[row].sort(descending=True, stable=True)
            ranked = words[choices > -torch.inf].tolist()[: max(self.shown, step.word.shape[1])]
            for rank, word in enumerate(ranked):
                if rank < self.shown or (place, word) in kept:
                    node_of[place, word] = len(self.nodes)
                    self._add(self.places[place], word, step.log_probs[row, word].item(), depth, (place, word) in kept)
        self.places = {
            new: self.places[place] if word < 0 else node_of[place, word]
            for new, (place, word, alive) in enumerate(moves)
            if alive
        }
        self.history.append(self.places)

    def _add(self, parent: int, word: int, log_prob: float, depth: int, kept: bool) -> None:
        total = self.nodes[parent].total + log_prob
        score = total / penalty(depth, self.alpha)
        self.nodes.append(_Node(parent, word, log_prob, total, score, kept))
        self.depth.append(depth)

    def path(self, node: int) -> list[int]:
        """The nodes from the root's child down to `node`."""
        path = []
        while node > 0:
            path.insert(0, node)
            node = self.nodes[node].parent
        return path

    def inner(self, leaves: list[int], eos: int) -> dict[str, np.ndarray]:
        """The values that SCHEMA names."""
        columns = dict(zip(_Node._fields, map(np.array, zip(*self.nodes, strict=True)), strict=True))
        word, best = columns.pop("word"), np.zeros(len(self.nodes))
        best[[0, *self.path(leaves[0])]] = 1
        return columns | {
            "kept": columns["kept"].astype(float), "best": best, "leaf": np.array(leaves),
            "finished": ((word == eos) & columns["kept"]).astype(float), "depth": np.array(self.depth),
            "penalty": np.array([penalty(depth, self.alpha) for depth in self.depth]),
        }  # fmt: skip


@torch.inference_mode()
def beam_trace(
    decoder: Decoder,
    words: Sequence[str],
    width: int,
    sos: int,
    eos: int,
    limit: int,
    n_best: int = 1,
    length_penalty: float = 0.0,
    shown: int = 5,
    **rules: Unpack[Rules],
) -> xr.Dataset:
    """The tree of `beam` with the same arguments; `words` is the vocabulary.

    Of every open hypothesis the extensions that are kept and its `shown` likeliest ones are nodes. Attributes: `ids`
    of the nodes' words, `results` (list of `Hypothesis`), and of the best one `reason, log_prob, score`.
    """
    tree, wishes = _Tree(sos, length_penalty, shown), Wishes(eos, limit, **rules)
    for step in beam_steps(decoder, 1, width, sos, wishes, n_best, length_penalty):
        tree.grow(step)
    found = zip(step.results.step[0].tolist(), step.results.place[0].tolist(), strict=True)
    leaves = [tree.history[t][place] for t, place in found if t >= 0]
    ids = [node.word for node in tree.nodes]
    results = [_result([tree.nodes[node] for node in tree.path(leaf)], eos, length_penalty) for leaf in leaves]
    attrs = {
        "module": "engine.search_explain", "search": "beam", "width": width, "alpha": length_penalty, "sos": sos,
        "eos": eos, "limit": limit, "shown": shown, "n_best": n_best, "forced": wishes.forced,
        "banned": wishes.banned, "ids": ids, "results": results, "reason": results[0].reason,
        "log_prob": results[0].log_prob, "score": results[0].score,
    }  # fmt: skip
    names = [" ".join(words[id_] for id_ in result.words) for result in results]
    return label(
        tree.inner(leaves, eos), SCHEMA, attrs, axes=AXES, node=[words[id_] for id_ in ids], result=names
    )  # fmt: skip


def _result(path: list[_Node], eos: int, alpha: float) -> Hypothesis:
    return hypothesis([node.word for node in path], [node.log_prob for node in path], eos, alpha)
