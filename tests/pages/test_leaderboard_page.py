"""Leaderboard without a browser: findings, rows and names as the shipped weights give them, links good and bad."""

import numpy as np
import pytest

from engine import evaluate, leaderboard, scoring, weights
from engine.names import read_names, split
from tests.pages.opened import open_page


def said(app) -> str:
    """All text, without the marks that switch Markdown off."""
    return "\n".join(element.value for element in (*app.main.markdown, *app.main.caption)).replace("\\", "")


def live(name: str, prior: str) -> tuple[np.ndarray, np.ndarray]:
    """Log-probabilities of the held-out names by the weights themselves, and the labels."""
    loaded, held = weights.load_shipped(f"names-{name}"), split(read_names(leaderboard.DATA))[1]
    assert loaded.params.languages == held.languages
    return evaluate.apply_prior(scoring.log_probs(loaded.net, held.texts), loaded.params, prior), held.labels


@pytest.mark.parametrize("prior", ["natural", "uniform"])
def test_the_table_has_every_model_with_its_live_figures_the_best_first(prior):
    app = open_page("leaderboard", prior=prior)
    table = app.dataframe[0].value
    assert set(table["model"][:-1]) == {name.removeprefix("names-") for name in weights.shipped()}
    assert table["accuracy"][:-1].is_monotonic_decreasing
    for name in ("lecture", "elman"):
        figures = evaluate.metrics(*live(name, prior))
        row = table[table["model"] == name].iloc[0]
        for measure in ("accuracy", "balanced_accuracy", "top3", "nll"):
            assert row[measure] == pytest.approx(figures[measure], abs=1e-3)
    best = table.iloc[0]
    assert f"{best['model']} leads: accuracy {best['accuracy']:.1%}" in said(app)
    assert leaderboard.read().about["date"] in said(app)


@pytest.mark.parametrize("measure", ["balanced_accuracy", "top3", "nll"])
@pytest.mark.parametrize("cost", ["n_numbers", "seconds", "speed"])
def test_every_measure_and_cost_has_its_pictures(measure, cost):
    app = open_page("leaderboard", by=measure, cost=cost)
    table = app.dataframe[0].value[:-1]
    assert table[measure].is_monotonic_increasing if measure == "nll" else table[measure].is_monotonic_decreasing
    assert len(app.get("vega_lite_chart")) == 3
    assert not app.warning


def test_names_on_which_two_models_part_are_those_of_the_weights():
    app = open_page("leaderboard", a="elman", b="lecture")
    rows = app.dataframe[1].value
    (one, labels), (two, _) = live("elman", "natural"), live("lecture", "natural")
    held = split(read_names(leaderboard.DATA))[1]
    apart = np.flatnonzero(one.argmax(1) != two.argmax(1))
    assert len(rows) == len(apart)
    sure = rows[["p_a", "p_b"]].max(axis=1)
    assert sure.is_monotonic_decreasing
    surest = apart[np.argmax(np.maximum(one[apart].max(1), two[apart].max(1)))]
    first = rows.iloc[0]
    assert first["name"] == held.texts[surest]
    assert first["truth"] == held.languages[labels[surest]]
    assert first["a"] == held.languages[one[surest].argmax()]
    assert first["p_a"] == pytest.approx(100 * np.exp(one[surest].max()), abs=0.05)
    only_a = ((one.argmax(1) == labels) & (two.argmax(1) != labels)).sum()
    assert f"only elman is right on {only_a}," in said(app)


def test_the_names_are_filtered_by_who_is_right_and_by_language():
    app = open_page("leaderboard", a="elman", b="lecture", right="b", true=["Russian", "Greek"])
    rows = app.dataframe[1].value
    assert 0 < len(rows) < 60
    assert set(rows["truth"]) == {"Russian", "Greek"}
    assert (rows["b"] == rows["truth"]).all()


@pytest.mark.parametrize(
    "query", [{"by": "beauty"}, {"a": "../x"}, {"b": "x" * 5000}, {"cost": "<b>"}, {"right": "c"}, {"true": "Klingon"}]
)
def test_a_bad_link_gives_the_default_and_a_message(query):
    app = open_page("leaderboard", **query)
    assert len(app.warning) == 1
    assert len(app.dataframe) == 2


def test_a_model_is_not_compared_with_itself():
    app = open_page("leaderboard", a="gru", b="gru")
    assert [each.value for each in app.info] == ["Choose two different models."]


def test_chinese():
    app = open_page("leaderboard", lang="zh")
    assert len(app.dataframe) == 2
