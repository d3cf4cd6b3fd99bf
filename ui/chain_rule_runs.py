"""Chain rule: what it asks of the cached n-gram models."""

import xarray as xr

from engine.ngram import NGramParams
from ui import runs_ngrams
from ui.chain_rule_asked import Asked


def chain(ask: Asked, params: NGramParams) -> xr.Dataset:
    """The factors of the text."""
    return runs_ngrams.chain(ask.corpus.key, ask.corpus.unit, params, ask.text, **ask.corpus.given)


def model(ask: Asked, params: NGramParams):
    """The fitted model."""
    return runs_ngrams.model(ask.corpus.key, ask.corpus.unit, params, **ask.corpus.given)


def words(ask: Asked) -> tuple[str, ...]:
    """The vocabulary of the training text."""
    return model(ask, ask.params(1)).vocabulary.words
