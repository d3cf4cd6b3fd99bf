"""Bayes by language model, run without a browser: what is drawn is what the counts say, under both priors."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from charts.payload import unpack
from engine import bayes_trace, weights
from engine.classifier import log_prior

ROOT = Path(__file__).resolve().parents[2]


def open_bayes(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("bayes")  # AppTest.switch_page would drop the query
    app.run()
    assert not app.exception
    return app


def figure(app: AppTest, variable: str) -> tuple[dict, np.ndarray]:
    """Header and values of the figure of a variable."""
    found = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return next((header, arrays["values"]) for header, arrays in found if header.get("variable") == variable)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def read(text: str, prior: str):
    loaded = weights.load_shipped("names-ngram")
    natural = log_prior(loaded.params)
    prior = natural if prior == "natural" else np.full(len(natural), -np.log(len(natural)))
    return bayes_trace.trace(loaded.net, text, loaded.params.languages, prior, loaded.path)


@pytest.mark.parametrize(("prior", "against"), [("natural", "mean"), ("uniform", "runner_up")])
def test_figures_show_what_the_counts_say(prior, against):
    app, trace = open_bayes(name="Kowalski", prior=prior, against=against), read("Kowalski", prior)
    place = ["mean", "runner_up", "expected"].index(against)
    evidence = figure(app, "evidence")[1]
    whole = trace["evidence"].values[place]
    np.testing.assert_allclose(evidence, whole if evidence.shape == whole.shape else whole.T, atol=1e-5)
    np.testing.assert_allclose(figure(app, "total")[1].ravel(), trace["total"].values[place], atol=1e-5)
    best = str(trace["language_label"].values[0])
    assert best in said(app)
    assert best in app.markdown[1].value


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["Q", "O'Neill, Mc:Nab.", "x" * 60, "<b>$x$</b>"])
def test_any_name_can_be_read(lang, name):
    app = open_bayes(name=name, lang=lang)
    assert figure(app, "evidence")[0]["columns"]["size"] >= 3


def test_bad_links_are_told():
    app = open_bayes(name="Li", prior="nonsense", against="nobody", t="zz")
    assert len(app.warning) >= 2
    assert figure(app, "evidence")[1].shape


def test_names_on_which_models_part_are_those_of_the_held_out_part():
    from ui import runs, runs_bayes

    missed, found = runs_bayes.differing("gru", "natural", 5)
    held = runs.shipped_names()[1]
    pairs = set(zip(held.texts, [held.languages[label] for label in held.labels], strict=True))
    for table, right, wrong in ((missed, "other", "ngram"), (found, "ngram", "other")):
        assert len(table) == 5
        assert (table[right] == table["language"]).all()
        assert (table[wrong] != table["language"]).all()
        assert set(zip(table["name"], table["language"], strict=True)) <= pairs
