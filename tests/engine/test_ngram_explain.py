"""Every cell of a text's factors is proved by code of its own, counts of shipped texts from the files."""

from pathlib import Path

import pytest

from engine import corpora
from engine.ngram import METHODS, NGramParams, fit
from engine.ngram_counts import count
from engine.ngram_trace import chain, several
from engine.vocabulary import vocabulary
from tests.engine.proofs import check_code, check_terms, explained

ROOT = Path(__file__).resolve().parents[2]
CASES = [
    ("names", "character", "Rossini"),
    ("names:Italian", "character", "Kowal"),
    ("pydoc", "word", "The list is a zyx."),
]


@pytest.fixture(scope="module")
def traces():
    found = []
    for key, unit, text in CASES:
        corpus = corpora.corpus(key, unit)
        counts = count(corpus.train, vocabulary(corpus.train, unit), 3)
        found += [chain(fit(counts, NGramParams(3, method)), text, key) for method in METHODS]
    own = corpora.lines("to be or not to be\nthat is the question\nwhether tis nobler")
    counts = count(own, vocabulary(own, "word"), 3)
    return [
        *found,
        *(chain(fit(counts, NGramParams(3, method, floor=False)), "to be the king", "own") for method in METHODS),
    ]


def test_code_and_terms(traces):
    cases = explained(traces, draws=1)
    check_terms(cases, rel=1e-9, abs=1e-12)
    check_code(cases, ROOT, rel=1e-9, abs=1e-12)


def test_the_factors_are_those_of_the_model_and_multiply_to_the_total(traces):
    for trace in traces:
        assert trace["contribution"].values.sum(1) == pytest.approx(trace["p"].values, abs=1e-15)
        assert trace["total"].values[-1] == pytest.approx(trace["log_p"].values.sum())


def test_several_models_give_the_same_factors_as_each_alone():
    texts = corpora.corpus("names:Greek", "character").train
    counts = count(texts, vocabulary(texts), 5)
    models = [fit(counts, NGramParams(n)) for n in range(1, 6)]
    both = several(models, "Papadakis", "names:Greek")
    check_code(explained([both]), ROOT, rel=1e-9, abs=1e-12)
    for row, model in enumerate(models):
        alone = chain(model, "Papadakis")
        for name in ("p", "total", "longest"):
            assert both[name].values[row] == pytest.approx(alone[name].values)
