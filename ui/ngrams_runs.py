"""n-grams: what the page asks of the cached models, in its own words."""

import xarray as xr

from engine import ngram_explore
from engine.ngram import NGram, NGramParams
from ui import runs_ngrams
from ui.corpora import Asked
from ui.runs_ngrams import Many


def model(of: Asked, params: NGramParams) -> NGram:
    """The fitted model."""
    return runs_ngrams.model(of.key, of.unit, params, **of.given)


def follow(of: Asked, params: NGramParams, tokens: tuple[str, ...]) -> xr.Dataset:
    """What comes next, by order."""
    return ngram_explore.follow(model(of, params), tokens, source=of.key)


def tree(of: Asked, params: NGramParams, tokens: tuple[str, ...]) -> xr.Dataset:
    """What follows what."""
    return ngram_explore.tree(model(of, params), tokens, of.key)


def sparsity(of: Asked) -> xr.Dataset:
    """How sparse the counts get, and the perplexities."""
    return runs_ngrams.sparsity(of.key, of.unit, **of.given)


def written(of: Asked, method: str, seed: int, heat: float) -> dict[int, Many]:
    """Texts of the next seeds, for every n; names are many, so that copies can be counted."""
    return runs_ngrams.written(of.key, of.unit, method, seed, heat, **of.given)
