"""n-gram models against NLTK's on the same names: counting and scoring, characters a second; then ten million counted.

Run: python -m benchmarks.ngram [--order N] [--characters N] [--rounds N]. One thread, seconds of processor time, the
median of the rounds; in each, NLTK works right beside what it is compared with. Both count the same n-grams of all
orders and give the same probabilities (their largest difference is printed). NLTK scores a sample of the held-out
names, smaller where its method is slow; Kneser and Ney's, which goes through all its contexts for each token, a few.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from nltk.lm import KneserNeyInterpolated, Lidstone, WittenBellInterpolated
from nltk.lm.vocabulary import Vocabulary as NltkVocabulary

from engine import corpora
from engine.ngram import NGram, NGramParams, fit
from engine.ngram_counts import count
from engine.vocabulary import Vocabulary, vocabulary

TARGET, MOST_SECONDS = 20, 10.0  # times as fast; for ten million characters


class Case(NamedTuple):
    """A method, NLTK's model of it, and how many names NLTK scores a round."""

    params: dict
    make: Callable
    names: int


CASES = {
    "add-k": Case({"method": "add-k", "k": 0.1}, lambda order, words: Lidstone(0.1, order, vocabulary=words), 400),
    "witten-bell": Case(
        {"method": "witten-bell", "floor": False},
        lambda order, words: WittenBellInterpolated(order, vocabulary=words), 400,
    ),
    "kneser-ney": Case(
        {"method": "kneser-ney", "discount": 0.1, "floor": False},
        lambda order, words: KneserNeyInterpolated(order, vocabulary=words, discount=0.1), 2,
    ),
}  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def padded(text: str, order: int) -> list[str]:
    """A text with its marks."""
    return ["<s>"] * (order - 1) + list(text) + ["</s>"]


def grams(text: str, order: int) -> list[tuple[str, ...]]:
    """All grams of orders 1…order that end in a token that is predicted."""
    tokens = padded(text, order)
    return [tuple(tokens[end - k : end]) for end in range(order, len(tokens) + 1) for k in range(1, order + 1)]


def of_nltk(case: Case, texts: Sequence[str], order: int, symbols: Vocabulary):
    """NLTK's model, counted."""
    words = NltkVocabulary([word for word in symbols.words if word not in ("<s>", "<unk>")], unk_label="<unk>")
    model = case.make(order, words)
    model.fit([grams(text, order) for text in texts])
    return model


def their_scores(model, texts: Sequence[str], order: int) -> list[float]:
    """Probabilities of all tokens, one by one."""
    return [
        model.score(tokens[end], tokens[end - order + 1 : end])
        for tokens in (padded(text, order) for text in texts) for end in range(order - 1, len(tokens))
    ]  # fmt: skip


def size(texts: Sequence[str]) -> int:
    """Characters, the end of each text counted as one."""
    return sum(map(len, texts)) + len(texts)


def line(what: str, slow: float, fast: float, ratio: float, gap: str = "–") -> None:
    """A row of the table: tokens a second of both."""
    print(f"{what:22} {slow:10,.0f} {fast:12,.0f} {ratio:7.0f}x {TARGET:>6}x {gap:>12}")


def medians(rounds: int, slow: Callable[[], float], fast: Callable[[], float]) -> tuple[float, float, float]:
    """(theirs, ours, ratio) of tokens a second, the median of the rounds."""
    pairs = [(slow(), fast()) for _ in range(rounds)]
    return tuple(map(statistics.median, zip(*((a, b, b / a) for a, b in pairs), strict=True)))


def counting(train: list[str], order: int, rounds: int) -> float:
    """Count and fit; returns the ratio."""
    symbols, n = vocabulary(train), size(train)
    theirs = lambda: n / seconds(lambda: of_nltk(CASES["add-k"], train, order, symbols))  # noqa: E731
    ours = lambda: n / seconds(lambda: fit(count(train, vocabulary(train), order), NGramParams(order, "add-k")))  # noqa: E731
    found = medians(rounds, theirs, ours)
    line("counting", *found)
    return found[2]


def scoring(name: str, train: list[str], held: list[str], order: int, rounds: int) -> float:
    """Score held-out names by one method; returns the ratio."""
    case, symbols = CASES[name], vocabulary(train)
    model = fit(count(train, symbols, order), NGramParams(order, **case.params))
    peer, sample = of_nltk(case, train, order, symbols), held[: case.names]
    gap = np.abs(_ours(model, sample) - their_scores(peer, sample, order)).max()
    found = medians(
        rounds, lambda: size(sample) / seconds(lambda: their_scores(peer, sample, order)),
        lambda: size(held) / seconds(lambda: model.log_probs(held)),
    )  # fmt: skip
    line(f"scoring, {name}", *found, f"{gap:.1e}")
    return found[2]


def _ours(model: NGram, texts: list[str]) -> np.ndarray:
    return np.exp(model.log_probs(texts).log_p)


def many(train: list[str], n: int, order: int) -> float:
    """Seconds in which n characters are counted: the names again and again, in another order each time."""
    draw, texts = np.random.default_rng(0), []
    while size(texts) < n:
        texts += [train[i] + train[j] for i, j in draw.integers(len(train), size=(100_000, 2)).tolist()]
    taken = seconds(lambda: count(texts, vocabulary(texts), order))
    print(f"{size(texts):,} characters counted up to {order}-grams in {taken:.1f} s (target {MOST_SECONDS:.0f} s)")
    return taken


def main() -> int:
    """Print the table; exit status 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--order", type=int, default=4)
    parser.add_argument("--characters", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = corpora.corpus("names", "character")
    train = text.train
    known = set("".join(train))
    held = [name for name in text.held if set(name) <= known]
    print(f"{len(train):,} names to count, {len(held):,} to score, {options.order}-grams")
    print(f"{'':22} {'nltk':>10} {'ours':>12} {'ratio':>8} {'target':>7} {'largest gap':>12}")
    ratios = [counting(train, options.order, options.rounds)]
    ratios += [scoring(name, train, held, options.order, options.rounds) for name in CASES]
    taken = many(train, options.characters, options.order)
    return int(min(ratios) < TARGET or taken > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
