"""The tagger against NLTK's TnT on the same sentences: words a second, and how often each is right.

Run: python -m benchmarks.tagger [--rounds N]. One thread, seconds of processor time, the best round of each. Both are
trained on the training part of ../shared/data/ud and tag its dev part in turn, tags only; neither remembers anything of
a round. Training and compiling do not count. The target is printed, not enforced.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence

from nltk.tag.tnt import TnT

from engine import tagger_file
from engine.shipping import TREEBANK
from engine.tagger_counts import Token

TARGET = 10  # times as fast


def seconds(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def of_tnt(train: Sequence[Sequence[Token]]) -> TnT:
    """TnT as Brants describes it, NLTK's defaults otherwise."""
    tnt = TnT()
    tnt.train([[(word, upos) for word, upos, _ in sentence] for sentence in train])
    return tnt


def accuracy(tags: Sequence[Sequence[str]], gold: Sequence[Sequence[Token]]) -> float:
    """Share of words with the right tag."""
    pairs = [(tag, token[1]) for mine, theirs in zip(tags, gold, strict=True)
             for tag, token in zip(mine, theirs, strict=True)]  # fmt: skip
    return sum(tag == upos for tag, upos in pairs) / len(pairs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if not TREEBANK.is_dir():
        print("skipped: there is no ../shared/data/ud")
        return
    train, dev = (tagger_file.read_file(TREEBANK / f"ewt-{part}.tsv.gz") for part in ("train", "dev"))
    words = [[token[0] for token in sentence] for sentence in dev]
    tnt, tagger = of_tnt(train), tagger_file.train(train)
    tagger.tags_only(words)
    slow, fast, n, tagged = math.inf, math.inf, sum(map(len, words)), []
    for _ in range(options.rounds):
        tagged.clear()
        slow = min(slow, seconds(lambda: tagged.extend(map(tnt.tag, words))))
        fast = min(fast, seconds(lambda: tagger.tags_only(words)))
    theirs, found = accuracy([[tag for _, tag in sentence] for sentence in tagged], dev), tagger.evaluate(dev)
    print(f"{n:,} words, {found.n_unknown:,} of them unknown")
    print(f"{'':5} {'words/s':>9} {'accuracy':>9} {'of unknown':>11}")
    print(f"{'TnT':5} {n / slow:9,.0f} {theirs:9.4f}")
    print(f"{'ours':5} {n / fast:9,.0f} {found.accuracy:9.4f} {found.accuracy_unknown:11.4f}")
    print(f"ratio {slow / fast:.1f}x (target {TARGET}x)")


if __name__ == "__main__":
    main()
