"""n-grams: what the page asks of the cached models, and the few answers that it keeps, none with a text in it."""

from functools import lru_cache
from typing import NamedTuple

import xarray as xr

from engine import ngram_explore
from engine.ngram import NGram, NGramParams, fit
from ui import runs_ngrams
from ui.corpora import SHELF, Asked
from ui.ngrams_asked import ORDERS

SAMPLE = 60_000  # characters of each part that perplexities are measured on
LONG = 24  # tokens of a sentence that is written; names end by themselves
N_NAMES, N_TEXTS = 60, 20  # that are written for each n
COPIED = 4  # tokens of the n-grams that tell what is copied


class Written(NamedTuple):
    """A text that a model wrote; known: "" | "train" | "held", the part of the data that has the very same one."""

    text: str
    known: str


class Many(NamedTuple):
    """What was written with one n; seen: the share of its COPIED-grams that stand in the training part."""

    texts: list[Written]
    seen: float


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
    return _sparsity(of.key, of.unit, of.own)


@lru_cache(maxsize=48)
def _sparsity(key: str, unit: str, own: str) -> xr.Dataset:
    of = _of(key, unit, own)
    parts = runs_ngrams.corpus(key, unit, **of.given)
    both = (ngram_explore.sample(part, SAMPLE) for part in (parts.train, parts.held))
    return ngram_explore.sparsity(runs_ngrams.counts(key, unit, **of.given), *both)


def written(of: Asked, method: str, seed: int, heat: float) -> dict[int, Many]:
    """Texts of the next seeds, for every n; names are many, so that copies can be counted."""
    return _written(of.key, of.unit, of.own, method, seed, heat)


@lru_cache(maxsize=48)
def _written(key: str, unit: str, own: str, method: str, seed: int, heat: float) -> dict[int, Many]:
    of = _of(key, unit, own)
    parts, counts = runs_ngrams.corpus(key, unit, **of.given), runs_ngrams.counts(key, unit, **of.given)
    many, limit = (N_NAMES, 40) if of.is_names else (N_TEXTS, LONG if unit == "word" else 4 * LONG)
    drawn, seen = {}, {}
    for n in ORDERS:
        write = ngram_explore.writer(fit(counts, NGramParams(n, method)), heat, limit)
        tokens = [write(many * seed + k) for k in range(many)]
        drawn[n] = list(map(counts.vocabulary.join, tokens))
        seen[n] = ngram_explore.share_seen(counts, tokens, COPIED)
    wanted = {text for texts in drawn.values() for text in texts}
    train, held = wanted.intersection(parts.train), wanted.intersection(parts.held)
    known = {text: "train" if text in train else "held" if text in held else "" for text in wanted}
    return {n: Many([Written(text, known[text]) for text in drawn[n]], seen[n]) for n in ORDERS}


def _of(key: str, unit: str, own: str) -> Asked:
    kept = SHELF.get(own) if own else None
    return Asked(key, unit, "", own, kept.read.text if kept else None)
