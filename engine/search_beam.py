"""Beam search (Graves 2012, Sutskever et al. 2014) with a length penalty, for one sentence or many at once.

The beam has `width` places. At each step all extensions of the open hypotheses and the hypotheses that have ended
compete by score = log P / penalty, and the best `width` hold the places. One that has ended stays where it is for as
long as it is among the best; pushed out, it remains a result. So a beam of width 1 is the greedy search, and one with
room for every sequence finds the best of all.

When it stops: log P only falls and the penalty only grows with the length, so no descendant of an open hypothesis can
score more than log P / penalty(limit). Once that is no more than the last of the `n_best` best results for every open
hypothesis, going on cannot change them. Hypotheses that are open at the limit are results too, cut.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Unpack

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from engine.errors import InputError
from engine.search_rules import (
    Decoder,
    Hypothesis,
    Limit,
    Rules,
    Wishes,
    hypothesis,
    length_penalty,
    limits,
    pick,
    top,
)


class BeamStep(NamedTuple):
    """One step of the sentences that are still searched; a place that is empty has score -inf.

    A place's parent is its place before the step, its word -1 if it had ended before.
    """

    sentences: Integer[Tensor, "sentence"]
    opened: Integer[Tensor, "row two"]  # sentence and place of every row of log_probs, of the step before
    log_probs: Float[Tensor, "row word"]
    choices: Float[Tensor, "row word"]
    parent: Integer[Tensor, "sentence place"]
    word: Integer[Tensor, "sentence place"]
    log_prob: Float[Tensor, "sentence place"]  # of the word
    total: Float[Tensor, "sentence place"]
    score: Float[Tensor, "sentence place"]
    ended: Bool[Tensor, "sentence place"]
    results: "Results"


class Results(NamedTuple):
    """The best results of all sentences so far: their score, and the step and place where each was found."""

    score: Float[Tensor, "sentence result"]
    step: Integer[Tensor, "sentence result"]
    place: Integer[Tensor, "sentence result"]

    def add(self, sentences: Tensor, score: Float[Tensor, "sentence place"], step: int) -> None:
        """Let the places with a finite score compete, the older first among equal ones."""
        place = torch.arange(score.shape[1]).expand(score.shape)
        best, order = top(torch.cat([self.score[sentences], score], 1), self.score.shape[1])
        self.score[sentences] = best
        for kept, new in ((self.step, torch.full_like(place, step)), (self.place, place)):
            kept[sentences] = torch.cat([kept[sentences], new], 1).gather(1, order).masked_fill(best.isinf(), -1)


def _extend(
    step: BeamStep | None, open_: Bool[Tensor, "sentence place"], choices: Tensor, n_words: int, alpha: float, eos: int
) -> tuple[Tensor, ...]:
    """The best `width` of the hypotheses that have ended and of all extensions: the new places."""
    n, width = open_.shape
    value, word = top(choices, width)
    k = value.shape[1]
    reached = torch.full((n, width, k), -torch.inf, dtype=torch.float64)
    words = torch.full((n, width, k), -1)
    before = step.total if step else torch.zeros(n, width, dtype=torch.float64)
    reached[open_], words[open_] = before[open_][:, None] + value.double(), word
    reached = reached.view(n, -1)
    holding = step.score.masked_fill(~step.ended, -torch.inf) if step else torch.full_like(before, -torch.inf)
    score, place = top(torch.cat([holding, reached / length_penalty(n_words, alpha)], 1), width)
    held = place < width
    parent = torch.where(held, place, (place - width) // k)
    word = torch.cat([torch.full_like(held, -1, dtype=torch.int64), words.view(n, -1)], 1).gather(1, place)
    total = torch.cat([before, reached], 1).gather(1, place)
    return parent, word, total, score, held | (word == eos)


def beam_steps(
    decoder: Decoder, n: int, width: int, sos: int, wishes: Wishes, n_best: int, alpha: float,
    own: Sequence[int] | None = None,
) -> Iterator[BeamStep]:  # fmt: skip
    """The search, step by step; every step holds the results up to then, of all n sentences.

    own: the limit of each sentence, if they differ.
    """
    if not 1 <= n_best <= width:
        raise InputError("A beam of width {width} gives 1 to {width} results.", width=width)
    if alpha < 0:
        raise InputError("The length penalty must not be negative.")
    step, state, words, sentences = None, decoder.start(), torch.full((n,), sos), torch.arange(n)
    results = Results(torch.full((n, n_best), -torch.inf, dtype=torch.float64), *torch.full((2, n, n_best), -1))
    open_ = (torch.arange(width) == 0).expand(n, width)  # one hypothesis a sentence: nothing yet
    most = torch.tensor([wishes.limit] * n if own is None else own)[:, None]
    furthest = torch.tensor([[length_penalty(each, alpha)] for each in most[:, 0].tolist()], dtype=torch.float64)
    for t in range(wishes.limit):
        log_probs, state = decoder.advance(words, state)
        choices = wishes.choices(log_probs, t)
        parent, word, total, score, ended = _extend(step, open_, choices, t + 1, alpha, wishes.eos)
        row = torch.zeros(open_.shape, dtype=torch.int64)
        row[open_] = torch.arange(len(words))
        row = row.gather(1, parent)
        log_prob = log_probs[row, word].double()
        over = most[sentences] == t + 1
        results.add(sentences, score.masked_fill((word < 0) | ~(ended | over), -torch.inf), t)
        opened = torch.stack([sentences[open_.nonzero()[:, 0]], open_.nonzero()[:, 1]], 1)
        step = BeamStep(
            sentences, opened, log_probs, choices, parent, word, log_prob, total, score, ended, results
        )  # fmt: skip
        yield step
        open_ = ~ended & score.isfinite() & ~over
        bound = (total / furthest[sentences]).masked_fill(~open_, -torch.inf).amax(1)
        going = (bound > results.score[sentences, -1]).nonzero()[:, 0]
        if not len(going):
            return
        sentences, open_, row, word = sentences[going], open_[going], row[going], word[going]
        step = step._replace(total=total[going], score=score[going], ended=ended[going])
        words, state = word[open_], pick(state, row[open_])


class _History:
    """Parents, words and log-probabilities of every place of every step."""

    def __init__(self, n: int, width: int):
        self.shape, self.steps = (n, width), []

    def keep(self, step: BeamStep) -> None:
        places = torch.zeros(2, *self.shape, dtype=torch.int64)
        log_prob = torch.zeros(self.shape, dtype=torch.float64)
        places[:, step.sentences] = torch.stack([step.parent, step.word])
        log_prob[step.sentences] = step.log_prob
        self.steps.append((*places, log_prob))

    def hypotheses(self, results: Results, eos: int, alpha: float) -> list[list[Hypothesis]]:
        """Follow the parents back from every result, all at once."""
        rows, place = torch.arange(self.shape[0])[:, None], results.place.clamp(min=0)
        words, logs = [], []
        for t, (parent, word, log_prob) in reversed(list(enumerate(self.steps))):
            inside = results.step >= t
            words.append(word[rows, place].masked_fill(~inside, -1))
            logs.append(log_prob[rows, place])
            place = torch.where(inside, parent[rows, place], place)
        words, logs = torch.stack(words[::-1], 2).tolist(), torch.stack(logs[::-1], 2).tolist()
        ends = results.step.tolist()
        return [
            [
                hypothesis(words[i][r][: end + 1], logs[i][r][: end + 1], eos, alpha)
                for r, end in enumerate(ends[i])
                if end >= 0
            ]
            for i in range(self.shape[0])
        ]


@torch.inference_mode()
def beam_batch(
    decoder: Decoder,
    n: int,
    width: int,
    sos: int,
    eos: int,
    limit: Limit,
    n_best: int = 1,
    length_penalty: float = 0.0,
    **rules: Unpack[Rules],
) -> list[list[Hypothesis]]:
    """`beam` for n sentences at once, each a row of `decoder.start()`; a sentence that is decided leaves the batch.

    limit: for all, or of each sentence; what is forced must lie below the least.
    """
    if not n:
        return []
    history, most = _History(n, width), limits(limit, n)
    for step in beam_steps(decoder, n, width, sos, Wishes(eos, max(most), **rules), n_best, length_penalty, most):
        history.keep(step)
    return history.hypotheses(step.results, eos, length_penalty)


def beam(
    decoder: Decoder,
    width: int,
    sos: int,
    eos: int,
    limit: int,
    n_best: int = 1,
    length_penalty: float = 0.0,
    **rules: Unpack[Rules],
) -> list[Hypothesis]:
    """The best hypotheses that a beam of `width` places finds, the best first; fewer than `n_best` if no more exist.

    length_penalty is α: the score is log P / ((5 + |Y|) / 6)^α (Wu et al. 2016), log P itself for 0. Raises InputError
    if n_best is not in 1…width, or for a negative α.
    """
    return beam_batch(decoder, 1, width, sos, eos, limit, n_best, length_penalty, **rules)[0]
