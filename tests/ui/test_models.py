"""A session's own networks: names that links can hold in every language, places and what a bad link ends in."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from engine import bayes_training, shipping, weights
from engine.classifier import ClassifierParams
from engine.training import initial
from ui import models, runs

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = weights.load_shipped("names-elman").params.languages


def blob(seed: int = 0, kind: str = "elman") -> bytes:
    params = ClassifierParams(kind, 4, LANGUAGES, (1,) * len(LANGUAGES))
    return weights.dumps(initial(params, seed), params, {})


def opened(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash(page)
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def own() -> str:
    """A network that some session brought to this server."""
    return models.add(blob())


def test_a_name_says_the_kind_and_the_hash(own):
    assert own == f"mine-elman-{weights.sha256(blob())[:8]}"
    assert models.add(blob()) == own
    assert models.add(blob(kind="lecture")).startswith("mine-lecture-")


def test_another_file_never_takes_a_name_that_is_given(own):
    path = runs.own_folder() / f"{own}.safetensors"
    other = blob(1)
    path.write_bytes(other)  # as if the first eight digits were the same
    longer = models.add(blob())
    assert longer == f"mine-elman-{weights.sha256(blob())[:16]}"
    assert path.read_bytes() == other


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("page", "key"), [("quality", "model"), ("score", "score_model")])
def test_a_link_to_an_own_network_reopens_in_both_languages(page, key, lang, own):
    app = opened(page, lang=lang, **{key: own})
    picker = app.segmented_control(key=key)
    assert picker.value == own
    assert own in picker.options
    app.session_state["lang"] = "en"
    app.run()
    assert app.segmented_control(key=key).value == own
    assert app.query_params[key] in (own, [own])


@pytest.mark.parametrize(
    "bad", ["mine-elman-00000000", "mine-3f592d7ddff4cf7a", "mine-../../x", "mine-", "mine-x-" * 9]
)
def test_a_network_that_is_not_there_is_told(bad):
    app = opened("score", score_model=bad)
    assert "no longer on the server" in app.main.warning[0].value
    assert app.segmented_control(key="score_model").value == models.BEST


def test_a_network_is_offered_where_the_page_can_show_it(own):
    gru = models.add(blob(kind="gru"))
    assert (models.kind(own), models.kind(gru), models.kind("lstm")) == ("elman", "gru", "lstm")
    assert models.names(models.PLAIN)[:2] == [*models.PLAIN]
    assert gru not in models.names(models.PLAIN)
    assert {*models.SHIPPED, gru} <= {*models.names()}
    assert [models.opens(name) for name in (own, gru, "lstm-peephole", "combined")] == [
        "step",
        "cells",
        "lstm",
        "cells",
    ]


def test_places_are_kept(own):
    assert models.pair("lecture") == models.pair("elman") == ("lecture", "elman")
    assert models.pair(own) == (own, "elman")


def shipped_cards() -> dict[str, dict]:
    return {name: weights.load_shipped(name).card for name in weights.shipped()}


def test_the_shipped_networks_are_those_that_the_command_makes():
    counted = {f"names-{name}" for name in bayes_training.SHIPPED}
    assert set(shipped_cards()) == {*shipping.SHIPPED, *counted} == {f"names-{name}" for name in models.SHIPPED}
    for name, params in shipping.SHIPPED.items():
        card, params = shipped_cards()[name], params.settled()
        for key in ("model", "recipe", "steps", "seed", "lr", "batch", "sampling", "held_out", "split_seed"):
            assert card[key] == getattr(params, key), (name, key)


def test_names_are_scored_with_the_network_that_is_right_most_often():
    right = {name: card["natural"]["accuracy"] for name, card in shipped_cards().items()}
    assert max(right, key=right.get) == f"names-{models.BEST}"
