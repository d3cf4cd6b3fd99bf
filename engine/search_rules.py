"""What every search over a decoder shares: the decoder's two functions, the user's wishes, and what is found."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol, TypedDict

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from engine.errors import InputError

State = tuple[Tensor, ...]  # each with one row a hypothesis
Limit = int | Sequence[int]  # of words: one for all sentences, or one a sentence
LOWEST = -(2.0**20)  # stands for log 0 in rankings: after all that is possible, before all that is banned


class Decoder(Protocol):
    """A model that gives the next word's log-probabilities; the search picks rows of its state."""

    def start(self) -> State:
        """The state before the first word: one row, or one row a sentence in the batched searches."""
        ...

    def advance(self, words: Integer[Tensor, "row"], state: State) -> tuple[Float[Tensor, "row word"], State]:
        """Log-probabilities of the next word after each row's last word, and the states that follow."""
        ...


class Hypothesis(NamedTuple):
    """A word sequence that a search has found.

    words: ids with the `<eos>` that ends it, if one does. log_probs: of each word under the model, whatever was forced
    or banned. log_prob: their sum. score: log_prob over the length penalty. reason: "eos", or "limit" for one that was
    cut.
    """

    words: tuple[int, ...]
    log_probs: tuple[float, ...]
    log_prob: float
    score: float
    reason: str

    @property
    def content(self) -> tuple[int, ...]:
        """The words without the `<eos>` at the end."""
        return self.words[:-1] if self.reason == "eos" else self.words


class Rules(TypedDict, total=False):
    """What a user may demand of any search.

    prefix: the first words. forced: a word at a step, counted from 0; at the same step it wins over the prefix.
    banned: words that the search never chooses itself. What is forced may be banned.
    """

    prefix: Sequence[int]
    forced: Mapping[int, int]
    banned: Collection[int]


class Wishes:
    """The rules of one search, step by step.

    Words that are forced after a forced `<eos>` or at the limit fall away. Before the last forced word the search does
    not choose `<eos>`, so that every hypothesis obeys. Raises InputError for a limit below 1.
    """

    def __init__(
        self,
        eos: int,
        limit: int,
        prefix: Sequence[int] = (),
        forced: Mapping[int, int] | None = None,
        banned: Collection[int] = (),
    ):
        _check(limit)
        demanded = {step: word for step, word in (dict(enumerate(prefix)) | dict(forced or {})).items() if step < limit}
        end = min((step for step, word in demanded.items() if word == eos), default=limit)
        self.eos, self.limit = eos, limit
        self.forced = {step: word for step, word in sorted(demanded.items()) if step <= end}
        self.banned = sorted(set(banned))
        self.last = max(self.forced, default=-1)

    def banned_at(self, step: int) -> list[int]:
        """The words that the search may not choose at a step; none where the word is forced."""
        if step in self.forced:
            return []
        return sorted({*self.banned, self.eos}) if step < self.last else self.banned

    def choices(self, log_probs: Float[Tensor, "row word"], step: int) -> Float[Tensor, "row word"]:
        """Log-probabilities for ranking: -inf may not be chosen, `LOWEST` stands for probability 0.

        Raises InputError if nothing is left, or if a word is outside of the vocabulary.
        """
        n_words = log_probs.shape[1]
        for word in (*self.forced.values(), *self.banned):
            if not 0 <= word < n_words:
                raise InputError("Word {word} is not in the vocabulary of {n} words.", word=word, n=n_words)
        if step in self.forced:
            only = torch.full_like(log_probs, -torch.inf)
            only[:, self.forced[step]] = log_probs[:, self.forced[step]].clamp(min=LOWEST)
            return only
        banned = self.banned_at(step)
        if len(banned) == n_words:
            raise InputError("Every word is banned: at least one must be allowed.")
        ranked = log_probs.clamp(min=LOWEST)
        if banned:
            ranked[:, banned] = -torch.inf
        return ranked


def _check(limit: int) -> None:
    if limit < 1:
        raise InputError("The limit must be at least one word.")


def limits(limit: Limit, n: int) -> list[int]:
    """The limits of n sentences; raises InputError for one below 1."""
    found = [limit] * n if isinstance(limit, int) else list(limit)
    _check(min(found, default=1))
    return found


def length_penalty(n_words: int, alpha: float) -> float:
    """((5 + |Y|) / 6)^α of Wu et al. 2016, where |Y| counts `<eos>`; 1 for α = 0."""
    return ((5 + n_words) / 6) ** alpha


def hypothesis(words: list[int], log_probs: list[float], eos: int, alpha: float = 0.0) -> Hypothesis:
    """The words with the sum, the score and the reason that follow from them."""
    log_prob = sum(log_probs)
    reason = "eos" if words[-1] == eos else "limit"
    score = log_prob / length_penalty(len(words), alpha)
    return Hypothesis(tuple(words), tuple(log_probs), log_prob, score, reason)


def top(values: Float[Tensor, "row item"], k: int) -> tuple[Float[Tensor, "row k"], Integer[Tensor, "row k"]]:
    """The k largest of each row in order, with their places; of equal finite ones the lowest place first."""
    k = min(k, values.shape[1])
    value, place = values.topk(min(k + 1, values.shape[1]))  # topk does not say which of equal ones it takes
    unsure = ((value[:, 1:] == value[:, :-1]) & value[:, 1:].isfinite()).any(1).nonzero()[:, 0]
    value, place = value[:, :k], place[:, :k]
    if len(unsure):
        ordered, places = values[unsure].sort(dim=1, descending=True, stable=True)
        value[unsure], place[unsure] = ordered[:, :k], places[:, :k]
    return value, place


def pick(state: State, rows: Integer[Tensor, "row"]) -> State:
    """The chosen rows of every part of a state."""
    return tuple(part[rows] for part in state)
