"""What a unit knows, as traces: where else the units of a span switch on together; the places where one is extreme."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import xarray as xr

from engine import units, units_chance
from engine.errors import N_
from engine.trace import Var, label
from engine.units import Corpus, Rule, Span

SCHEMA = {
    "state": Var("time unit", r"s_t", "state of a unit after the letter"),
    "found": Var("unit", r"\sigma", "switches on over the span: 1 upwards, −1 downwards"),
    "rise": Var("unit", r"\Delta", "mean state over the span − state before it"),
    "matches": Var("least", r"n_m", "spans of other names where at least m of the units switch on together", "count"),
    "population": Var("criterion", r"M", "spans of this length in other names", "count"),
    "marked": Var("criterion", r"K", "those of them that share it", "count"),
    "drawn": Var("least criterion", r"n", "matches that are looked at", "count"),
    "shared": Var("least criterion", r"x", "matches that share it", "count"),
    "expected": Var("least criterion", r"nK/M", "matches that would share it by chance"),
    "lift": Var("least criterion", r"\frac{x}{nK/M}", "how many times as many as by chance"),
    "p": Var("least criterion", r"P(X\ge x)", "probability of at least as many by chance", "prob"),
    "most": Var("least criterion", r"\max X", "most in the random draws", "count"),
    "language_count": Var("least language", r"x_l", "matches in a language", "count"),
    "language_base": Var("language", r"K_l", "spans of this length in a language", "count"),
}
UNIT_SCHEMA = {
    "value": Var("context", r"s", "state of the unit after the letter"),
    "count": Var("language", r"x_l", "of these places in a language", "count"),
    "base": Var("language", r"K_l", "of all letters in a language", "count"),
    "expected": Var("language", r"nK_l/M", "places that would be in the language by chance"),
    "lift": Var("language", r"\frac{x_l}{nK_l/M}", "how many times as many as by chance"),
    "gram_count": Var("gram", r"x_g", "of these places with the n-gram", "count"),
    "gram_base": Var("gram", r"K_g", "of all letters with the n-gram", "count"),
    "gram_expected": Var("gram", r"nK_g/M", "places that would have the n-gram by chance"),
    "gram_lift": Var("gram", r"\frac{x_g}{nK_g/M}", "how many times as many as by chance"),
}
CRITERIA = (N_("same letters"), N_("same language"), N_("language alone"))
AXES = {
    "time": N_("letter"), "unit": N_("unit"), "language": N_("language"), "criterion": N_("what is shared"),
    "least": N_("units together"), "context": N_("place"), "gram": N_("n-gram"),
}  # fmt: skip
SHOWN = 200  # matches that are listed
MOST_UNITS = 12  # units that are looked for elsewhere: those that rise most
SEED = 0  # of the random draws


class Model(NamedTuple):
    """A network with its states after every letter of a corpus; `weights` is its file, `folder` the corpus' one."""

    net: torch.nn.Module
    corpus: Corpus
    data: np.ndarray
    kept: int
    weights: str
    folder: str


class Matches(NamedTuple):
    """`trace`; the best `SHOWN` of the `n` spans with at least `least` units, columns text, language, begin, units."""

    trace: xr.Dataset
    table: pd.DataFrame
    least: int
    n: int


def _attrs(model: Model, **rest: object) -> dict[str, object]:
    return {"module": "engine.units_explain", "model": model.net.name, "weights": model.weights,
            "folder": model.folder, "kept": model.kept, "languages": model.corpus.languages,
            "n_hidden": len(model.data), "places": len(model.corpus.letters), **rest}  # fmt: skip


def span_trace(model: Model, span: Span, rule: Rule, language: str) -> Matches:
    """The units that switch on over a span, and what the spans have in common where they do so elsewhere.

    `language` is the one that is compared. Raises ValueError for a span that is not in its text.
    """
    if not 0 <= span.begin < span.end <= len(span.text):
        raise ValueError(f"{span} is no span")
    state = units.read(model.net, [span.text], model.kept)[0]
    found = units.switched_on(state, span.begin, span.end, rule)
    rise = state[span.begin : span.end].mean(0) - (state[span.begin - 1] if span.begin else 0.0)
    chosen = np.flatnonzero(found)
    chosen = chosen[np.argsort(-(found * rise)[chosen], kind="stable")][:MOST_UNITS]
    signs = np.zeros_like(found)
    signs[chosen] = found[chosen]
    hits = units.together(model.data, model.corpus, signs, span.end - span.begin, rule)
    others = _others(model.corpus, span)
    counts = np.where(others, hits.sum(0), 0)
    inner, matches = _tallies(model.corpus, span, counts, others, len(hits), language)
    least = units_chance.enough(matches)
    inner |= {"state": state, "found": found, "rise": rise}
    attrs = _attrs(
        model, text=span.text, begin=span.begin, end=span.end, threshold=rule.threshold, before=int(rule.before),
        after=int(rule.after), language=language, chosen=tuple(chosen.tolist()),
    )  # fmt: skip
    trace = label(
        inner, SCHEMA, attrs, translate=("language", "criterion"), axes=AXES, time=list(span.text),
        criterion=CRITERIA, language=model.corpus.languages, least=[f"≥ {m}" for m in range(1, len(hits) + 1)],
    )  # fmt: skip
    return Matches(trace, _ranked(model, span, signs, counts, least), least, int(matches[least - 1]) if least else 0)


def _others(corpus: Corpus, span: Span) -> np.ndarray:
    """The places where a span of this length begins in a name spelled otherwise."""
    others = units.fits(corpus, span.end - span.begin)
    for same in (i for i, text in enumerate(corpus.texts) if text == span.text):
        others[corpus.start[same] : corpus.start[same + 1]] = False
    return others


def _tallies(
    corpus: Corpus, span: Span, counts: np.ndarray, others: np.ndarray, n_units: int, language: str
) -> tuple[dict, np.ndarray]:
    """The variables that count spans, and how many have at least 1, 2, … units."""
    spelled = units.spelled(corpus, span.letters) & others
    labels = corpus.labels[corpus.owner]
    speaks = (labels == corpus.languages.index(language)) & others if language in corpus.languages else others & False
    pools = [(others, spelled), (others, speaks), (others & ~spelled, speaks & ~spelled)]
    population, marked = (np.array([pool[k].sum() for pool in pools]) for k in (0, 1))
    hit = np.flatnonzero(counts)
    few, labels_of = counts[hit], labels[hit]
    drawn, shared = (np.array([units_chance.at_least(few[p[k][hit]], n_units) for p in pools]).T for k in (0, 1))
    cells = [
        [units_chance.chance(*map(int, (population[c], marked[c], drawn[m, c], shared[m, c])), (SEED, m, c))
         for c in range(len(CRITERIA))]
        for m in range(n_units)
    ]  # fmt: skip
    by = {name: np.array([[getattr(cell, name) for cell in row] for row in cells]).reshape(n_units, len(CRITERIA))
          for name in ("expected", "lift", "p", "most")}  # fmt: skip
    per = [units_chance.at_least(few[labels_of == k], n_units) for k in range(len(corpus.languages))]
    base = np.bincount(labels[others], minlength=len(corpus.languages))
    inner = {"matches": drawn[:, 0], "population": population, "marked": marked, "drawn": drawn, "shared": shared,
             "language_count": np.array(per).T, "language_base": base} | by  # fmt: skip
    return inner, drawn[:, 0]


def _ranked(model: Model, span: Span, signs: np.ndarray, counts: np.ndarray, least: int) -> pd.DataFrame:
    """The matches, those with most units first, then those whose units are furthest on; of equal ones by lot."""
    at = np.flatnonzero(counts >= max(least, 1))
    length, chosen = span.end - span.begin, np.flatnonzero(signs)
    strength = np.zeros(len(at))
    for unit in chosen:
        strength += signs[unit] * sum(model.data[unit, at + offset] for offset in range(length))
    at = at[np.lexsort([units.ties(len(counts))[at], -strength, -counts[at]])][:SHOWN]
    corpus, owner = model.corpus, model.corpus.owner[at]
    return pd.DataFrame({
        "text": [corpus.texts[i] for i in owner],
        "language": [corpus.languages[corpus.labels[i]] for i in owner],
        "begin": at - corpus.start[owner],
        "units": counts[at],
    })  # fmt: skip


class Contexts(NamedTuple):
    """`trace`, and the places it is about, the most extreme first: columns text, language, end (of what was read)."""

    trace: xr.Dataset
    table: pd.DataFrame


def unit_trace(model: Model, unit: int, sign: int, n: int) -> Contexts:
    """The n places of the corpus where a unit's state is largest (sign 1) or smallest (-1): languages and n-grams."""
    corpus = model.corpus
    chosen = units.top(model.data[unit], n, sign)
    owner, total = corpus.owner[chosen], len(corpus.letters)
    ends = chosen - corpus.start[owner] + 1
    texts = [corpus.texts[i][:end] for i, end in zip(owner, ends, strict=True)]
    count, base = (np.bincount(corpus.labels[each], minlength=len(corpus.languages)) for each in (owner, corpus.owner))
    typical = units_chance.typical(corpus, chosen)
    gram_count, gram_base = (np.array([getattr(gram, name) for gram in typical], int) for name in ("count", "base"))
    expected, gram_expected = n * base / total, n * gram_base / total
    inner = {
        "value": units.read(model.net, texts, model.kept)[:, -1, unit], "count": count, "base": base,
        "expected": expected, "lift": count / expected, "gram_count": gram_count, "gram_base": gram_base,
        "gram_expected": gram_expected, "gram_lift": gram_count / gram_expected,
    }  # fmt: skip
    trace = label(
        inner, UNIT_SCHEMA, _attrs(model, unit=unit, sign=sign, n=n), translate=("language",), axes=AXES,
        context=texts, language=corpus.languages, gram=[gram.letters for gram in typical],
    )  # fmt: skip
    languages = [corpus.languages[corpus.labels[i]] for i in owner]
    table = pd.DataFrame({"text": [corpus.texts[i] for i in owner], "language": languages, "end": ends})
    return Contexts(trace, table)
