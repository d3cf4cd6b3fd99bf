"""A tagger of parts of speech: a hidden Markov model of second order, its probabilities from counts alone."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain, pairwise, repeat
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from engine import hmm
from engine.errors import InputError
from engine.hmm import HMM
from engine.tagger_beam import tags_only
from engine.tagger_counts import Counts, Token
from engine.tagger_kernels import tag_sentences
from engine.tagger_tables import BIGRAM, NEVER, Entries, Lexicon, Successors, interpolate, successors, transitions

LONGEST = 2000  # words; what is longer is tagged in pieces
REST = "…"  # the symbol of a trellis for all words that are not in the sentence


class Word(NamedTuple):
    """A word and its tag; `confidence` and `next_confidence` are posteriors, of the tag and of the best other one
    ("", 0 where there is none).

    For an unknown word: the longest suffix that rare words of its shape have, how often these had each tag (most
    frequent first), and the form in small letters that was counted in, "" if none was.
    """

    word: str
    tag: str
    confidence: float
    next_tag: str
    next_confidence: float
    known: bool
    suffix: str
    shape: str
    suffix_times: dict[str, int]
    lower: str


class Tagged(NamedTuple):
    """The tags of the best path of states, the best path with other tags, and their logarithms.

    `lost` is by how much log-probability `second` is behind the best; `second` is () and `lost` inf where no other
    tags are possible. `log_probability` is log P(words), over all paths.
    """

    words: tuple[Word, ...]
    second: tuple[str, ...]
    lost: float
    log_joint: float
    log_probability: float


class Batch(NamedTuple):
    """Many sentences: word i of all, one after the other, has `tag[i]` (place in Tagger.tags); a sentence stops at
    `ends`. `logs` are of P(words), the best path and the second path. What was not asked for is 0.
    """

    ends: Integer[np.ndarray, "sentence"]
    tag: Integer[np.ndarray, "word"]
    second: Integer[np.ndarray, "word"]
    posterior: Float[np.ndarray, "word tag"]
    known: Bool[np.ndarray, "word"]
    logs: Float[np.ndarray, "sentence 3"]


class Trellis(NamedTuple):
    """A first-order HMM over the likeliest tags of a sentence, what it observes, its path, and the words where this
    path has other tags than the tagger, which knows more.
    """

    model: HMM
    observations: Integer[Tensor, "time"]
    path: tuple[str, ...]
    differs: tuple[int, ...]


class Evaluation(NamedTuple):
    """Words, those not seen in training, and the shares of them that got the right tag (nan of none)."""

    n: int
    n_unknown: int
    accuracy: float
    accuracy_unknown: float


class _Places(dict):
    """Rows of words; -1 for an unknown one."""

    def __missing__(self, word: str) -> int:
        return -1


class Tagger:
    """Tags words. `tags` are the UPOS tags in order, `card` is what is known of the training."""

    def __init__(self, counts: Counts, card: dict | None = None):
        self.counts, self.card = counts, card or {}
        self.tags = tuple(sorted({upos for upos, _, _ in counts.states}))
        place = {tag: at for at, tag in enumerate(self.tags)}
        self.tag_of = np.array([*(place[upos] for upos, _, _ in counts.states), len(place)])
        self.lexicon, self.transitions = Lexicon(counts), transitions(counts)
        # frequent words first, and copied, so that they lie together in memory: looking them up is faster by a fifth
        names = [counts.words[at] for at in np.argsort(-self.lexicon.words.total, kind="stable")]
        names = [word[:1] + word[1:] for word in names]
        capitalised = [word for word in names if self.lexicon.lower(word, True)]
        self._entries = self.lexicon.entries([*zip(names, repeat(False)), *zip(capitalised, repeat(True))])
        self._place = _Places((word, at) for at, word in enumerate(names))
        self._first_place = {word: at for at, word in enumerate(capitalised, len(names))}

    def _look_up(self, words: Sequence[str], begins: Sequence[int]) -> tuple[np.ndarray, np.ndarray, Entries]:
        """(row of each word, whether it is known, the rows): those made at the start, then the unknown words' own."""
        rows = np.fromiter(map(self._place.__getitem__, words), np.int64, len(words))
        known = rows >= 0
        for at in begins:
            if words[at] in self._first_place:
                rows[at] = self._first_place[words[at]]
        unknown: dict[str, int] = {}
        n_ready = len(self._entries.first) - 1
        for at in np.flatnonzero(~known).tolist():
            rows[at] = n_ready + unknown.setdefault(words[at], len(unknown))
        if not unknown:
            return rows, known, self._entries
        ready, new = self._entries, self.lexicon.entries([(word, False) for word in unknown])
        first = np.concatenate([ready.first, new.first[1:] + ready.first[-1]])
        return rows, known, Entries(first, *(
            np.concatenate(pair) for pair in zip(ready[1:], new[1:], strict=True)
        ))  # fmt: skip

    def _rows(self, sentences: Sequence[Sequence[str]]) -> tuple:
        lengths = [len(sentence) for sentence in sentences]
        ends, cuts, owner = _cut(lengths)
        begins = [end - n for end, n in zip(ends.tolist(), lengths, strict=True) if n]
        return ends, cuts, owner, *self._look_up(list(chain.from_iterable(sentences)), begins)

    def tag_many(self, sentences: Sequence[Sequence[str]], with_second: bool = False) -> Batch:
        """Tag sentences in bulk, on one thread, with all that is known about the tags."""
        ends, cuts, owner, rows, known, entries = self._rows(sentences)
        tag, second, posterior, logs = tag_sentences(
            cuts, rows, *entries, self.tag_of, len(self.tags) + 1, self.transitions, with_second
        )
        whole = np.zeros((len(sentences), 3))
        np.add.at(whole, owner, logs)
        return Batch(ends, tag, second, posterior[:, :-1], known, whole)

    def tags_only(self, sentences: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
        """(tags of all words, one after the other, which words are known), by a search that drops hopeless paths: as
        `tag_many` but for a word in ten thousand, and several times as fast. A huge tagger has no table for it.
        """
        if self._successors is None:
            found = self.tag_many(sentences)
            return found.tag, found.known
        _, cuts, _, rows, known, entries = self._rows(sentences)
        return tags_only(cuts, rows, *entries, self.tag_of, self._successors), known

    @cached_property
    def _successors(self) -> Successors | None:
        return successors(self.transitions)

    def tag(self, words: Sequence[str]) -> Tagged:
        """One sentence with all that is known about its tags. Raises InputError for one of 0 or of too many words."""
        if not 0 < len(words) <= LONGEST:
            raise InputError("A sentence has 1 to {limit} words; this one has {n}.", limit=LONGEST, n=len(words))
        batch = self.tag_many([words], with_second=True)
        log_p, best, second = batch.logs[0].tolist()
        other = tuple(self.tags[at] for at in batch.second) if second > -np.inf else ()
        return Tagged(tuple(map(self._word, words, range(len(words)), batch.tag, batch.posterior)), other,
                      best - second, best, log_p)  # fmt: skip

    def _word(self, word: str, at: int, tag: int, posterior: Float[np.ndarray, "tag"]) -> Word:
        others = np.where(np.arange(len(self.tags)) == tag, -1.0, posterior)
        known, suffix, shape, times = word in self.lexicon.place, "", "", {}
        if not known:
            suffix, shape, of_state = self.lexicon.suffixes.longest(word, len(self.counts.states))
            times = self._by_tag(of_state)
        after = int(others.argmax())
        following = (self.tags[after], float(others[after])) if others[after] > 0 else ("", 0.0)
        return Word(word, self.tags[tag], float(posterior[tag]), *following, known, suffix, shape, times,
                    self.lexicon.lower(word, at == 0))  # fmt: skip

    def _sum(self, of_state: Float[np.ndarray, "state"]) -> Float[np.ndarray, "tag"]:
        return np.bincount(self.tag_of[:-1], of_state, len(self.tags))

    def _by_tag(self, of_state: Float[np.ndarray, "state"]) -> dict[str, int]:
        times = self._sum(of_state)
        return {self.tags[at]: round(times[at]) for at in np.argsort(-times, kind="stable") if times[at] > 0.5}

    @cached_property
    def first_order(self) -> tuple[Float[np.ndarray, "tag"], Float[np.ndarray, "tag next_tag"]]:
        """pi and A of the HMM over tags from the same counts, with no end of the sentence."""
        _, b, c, n = self.counts.trigrams.T
        size = len(self.tags) + 1
        times = np.bincount(self.tag_of[b] * size + self.tag_of[c], n, size * size).reshape(size, size)[:, :-1]
        alone = times.sum(0) + NEVER
        rows = interpolate(times, alone / alone.sum(), BIGRAM)
        return rows[-1], rows[:-1]

    def emission(self, word: str, first: bool = False) -> Float[np.ndarray, "tag"]:
        """P(word | tag) by Bayes: P(tag | word) P(word) / P(tag)."""
        of_tag = self._sum(self.lexicon.words.of_state)
        p = self._sum(self.lexicon.probabilities(word, first)) * self.lexicon.frequency(word)
        return p / (of_tag / of_tag.sum())

    def as_hmm(self, words: Sequence[str], most: int = 8) -> Trellis:
        """What a trellis of the sentence shows: the HMM over open classes, the tags it got and, up to `most`, others.

        Symbols are the sentence's words, unknown ones too, and `…` for all others; rows are rescaled to sum to 1.
        """
        tagged = self.tag_many([words])
        always = np.isin(self.tags, ("ADJ", "NOUN", "PROPN", "VERB")) | np.isin(range(len(self.tags)), tagged.tag)
        merit = tagged.posterior.max(0) + 2 * always  # 0 for a tag that the tagger tries at no word
        kept = np.sort(np.argsort(-merit, kind="stable")[: min(max(most, always.sum()), (merit > 0).sum())])
        pi, A = self.first_order
        pi, A = pi[kept], A[np.ix_(kept, kept)]
        V = list(dict.fromkeys(words))
        B = np.stack([self.emission(word, word == words[0])[kept] for word in V], 1)
        B = np.column_stack([B, np.maximum(1 - B.sum(1), 0)])
        V.append(next(name for name in (REST * n for n in range(1, len(words) + 2)) if name not in V))
        model = HMM(tuple(self.tags[at] for at in kept), tuple(V), pi / pi.sum(), A / A.sum(1, keepdims=True),
                    B / B.sum(1, keepdims=True))  # fmt: skip
        observations = hmm.observe(model, words)
        path = tuple(model.S[state] for state in hmm.viterbi(model, observations).states.tolist())
        differs = tuple(n for n, at in enumerate(tagged.tag) if path[n] != self.tags[at])
        return Trellis(model, observations, path, differs)

    def evaluate(self, sentences: Sequence[Sequence[Token]]) -> Evaluation:
        """How many words of tagged sentences get their tag; a tag that the tagger does not have is never right."""
        tags, known = self.tags_only([[token[0] for token in sentence] for sentence in sentences])
        place = {tag: at for at, tag in enumerate(self.tags)}
        gold = np.array([place.get(upos, -1) for sentence in sentences for _, upos, _ in sentence], np.int64)
        right, n_unknown = tags == gold, int((~known).sum())
        share = right[~known].mean().item() if n_unknown else float("nan")
        return Evaluation(len(gold), n_unknown, right.mean().item() if len(gold) else float("nan"), share)


def _cut(lengths: Sequence[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends of sentences; ends of the pieces of at most LONGEST words that they are tagged in; whose piece each is."""
    ends = np.cumsum(np.array(lengths, np.int64))
    if max(lengths, default=0) <= LONGEST:
        return ends, ends, np.arange(len(ends))
    pieces = [
        (min(at + LONGEST, end), owner)
        for owner, (begin, end) in enumerate(pairwise([0, *ends.tolist()]))
        for at in range(begin, max(end, begin + 1), LONGEST)
    ]
    return ends, np.array([end for end, _ in pieces], np.int64), np.array([owner for _, owner in pieces], np.int64)
