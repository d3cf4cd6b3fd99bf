"""Parallel text that a small network learns in a second: the order of words changes, and with it the alignment."""

import random

from engine.translation.data import Parallel

NOUNS = {"Hund": "dog", "Katze": "cat", "Mann": "man", "Frau": "woman", "Kind": "child", "Haus": "house"}
VERBS = {"sieht": "sees", "mag": "likes", "kauft": "buys"}
SWAPPED = ((3, 0), (4, 1), (2, 2), (0, 3), (1, 4), (5, 5))  # the object stands first in German


def toy(n: int = 150, seed: int = 0, cut: bool = True) -> Parallel:
    """Distinct pairs with their true links."""
    draw, found = random.Random(seed), {}
    while len(found) < n:
        a, b, v = draw.choice(list(NOUNS)), draw.choice(list(NOUNS)), draw.choice(list(VERBS))
        target = f"the {NOUNS[a]} {VERBS[v]} the {NOUNS[b]} ."
        found[f"der {a} {v} den {b} ."] = target, tuple((j, j) for j in range(6))
        found[f"den {b} {v} der {a} ."] = target, SWAPPED
    rows = [(source, *rest) for source, rest in sorted(found.items())][:n]
    sources, targets, links = map(list, zip(*rows, strict=True))
    return Parallel(sources, targets, ("de", "en"), "toy", cut, links if cut else None)
