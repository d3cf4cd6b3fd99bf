"""A hand-written synchronous grammar: German sentences, their English or French, and the true word alignment."""

from engine.grammar.lexicon import lemmas
from engine.grammar.pairs import find, pair, pairs
from engine.grammar.shown import examples, growing, related
from engine.grammar.tree import Pair
from engine.grammar.words import vocabulary

__all__ = ["Pair", "examples", "find", "growing", "lemmas", "pair", "pairs", "related", "vocabulary"]
