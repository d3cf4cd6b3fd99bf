"""Pairs of sentences with their true alignment.

A link says that two words say the same thing. A word of the translation without a counterpart is linked to the German
word that calls for it (do to the verb, a new article to the noun): each
has a link. German commas may have none.
"""

from collections.abc import Sequence
from random import Random
from types import ModuleType

from engine.grammar import english, french, german, recognise
from engine.grammar.sample import draw
from engine.grammar.tree import Pair, Sentence, Unsayable

TARGETS: dict[str, ModuleType] = {"en": english, "fr": french}


def pair(tree: Sentence, target: str = "en") -> Pair:
    """A tree as a pair; a link where two words say the same thing of the tree."""
    source = german.sentence(tree)
    said = TARGETS[target].sentence(tree)
    place = {key: i for i, (_, key) in enumerate(source) if key >= 0}
    links = sorted({(place[key], j) for j, (_, keys) in enumerate(said) for key in keys if key in place})
    return Pair(tuple([word for word, _ in source]), tuple([word for word, _ in said]), tuple(links))


def pairs(n: int, seed: int = 0, target: str = "en") -> list[Pair]:
    """`n` pairs with different sources, the same for the same seed."""
    random, found = Random(seed), {}
    while len(found) < n:
        try:
            drawn = pair(draw(random), target)
        except Unsayable:
            continue
        found.setdefault(drawn.source, drawn)
    return list(found.values())


def find(words: Sequence[str], target: str = "en") -> Pair | None:
    """The pair of a German sentence, cut as spaCy cuts it; None if the grammar does not know it."""
    tree = recognise.tree(tuple(words))
    try:
        return pair(tree, target) if tree else None
    except Unsayable:
        return None
