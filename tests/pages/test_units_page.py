"""What does a unit know?: what the page says and draws, compared with the engine and with counts of the data itself."""

import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import names as names_module
from engine import units, weights
from engine.units import Rule
from tests.pages import opened
from ui import runs_rnn, units_words

ROOT = Path(__file__).resolve().parents[2]


open_page = partial(opened.open_page, "units")


def text(app: AppTest) -> str:
    return "\n".join(element.value for element in app.main.markdown)


def heading(app: AppTest) -> str:
    return next(element.value for element in app.main.markdown if element.value.startswith("####")).replace("\\", "")


def figure(app: AppTest, variable: str) -> tuple[dict, np.ndarray]:
    """Header and values of the first matrix of a variable."""
    for element in app.get("bidi_component"):
        if element.proto.bytes:
            header, arrays = unpack(element.proto.bytes)
            if header.get("variable") == variable:
                return header, arrays["values"]
    raise AssertionError(variable)


@pytest.fixture(scope="module", autouse=True)
def corpus() -> Iterator[units.Corpus]:
    """Some of the names, for all tests here: the page reads them with every network."""
    every = names_module.read_names(ROOT / "data" / "names")
    kept = [at for at, text in enumerate(every.texts) if at % 10 == 0 or text == "Semenova"]
    small = units.corpus(names_module.subset(every, kept))
    caches = (runs_rnn.unit_states, runs_rnn.unit_span, runs_rnn.unit_contexts, runs_rnn.reference)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs_rnn, "unit_corpus", lambda: small)
        for cached in caches:
            cached.clear()
        yield small
    for cached in caches:
        cached.clear()


@pytest.mark.parametrize("model", ["elman", "lstm-peephole"])
def test_it_draws_the_units_that_switch_on(model):
    app = open_page(name="Semenova", model=model, span="6-8")
    states = units.read(weights.load_shipped(f"names-{model}").net, ["Semenova"])[0]
    found = units.switched_on(states, 5, 8, Rule(0.3))
    up, down = (found > 0).sum(), (found < 0).sum()
    assert f"{up + down} of {len(found)} units switch on over “ova” in Semenova: {up} upwards, {down} down" in heading(
        app
    )
    header, values = figure(app, "state")
    shown = header["rows"]["index"]
    assert 0 < len(shown) == min(12, up + down)
    assert all(found[unit] for unit in shown)
    np.testing.assert_allclose(values, states[:, shown].T, atol=1e-6)


def test_shares_and_chances_are_those_of_the_data(corpus):
    """The numbers of the sentence on letters, from the data and from exact counts."""
    app = open_page(name="Semenova", model="elman", span="6-8")
    said = text(app).replace("\\", "")
    x, n, expected = map(float, re.search(r"(\d+) of (\d+) \(\d+%\) have the same letters “ova”; by chance ([\d.]+):",
                                          said).groups())  # fmt: skip
    others = [name for name in corpus.texts if name != "Semenova"]
    spans = sum(max(0, len(name) - 2) for name in others)
    marked = sum(name[at : at + 3] == "ova" for name in others for at in range(len(name)))
    assert expected == pytest.approx(n * marked / spans, rel=0.05)
    assert x > 10 * expected
    assert "its language in the data" in said


@pytest.mark.parametrize(("pick", "name", "letters"), [("-ova", "Semenova", "ova"), ("van", "van Rooij", "van")])
def test_a_quick_pick_sets_name_and_span(pick, name, letters):
    app = open_page()
    assert "“sky” in Dostoevsky" in heading(app)
    app.button(key=f"units_pick_{pick}").click().run()
    assert not app.exception
    assert f"“{letters}” in {name}" in heading(app)
    assert app.text_input(key="name").value == name


def test_another_name_begins_with_its_last_letters():
    app = open_page(name="Semenova", span="1-2")
    assert "“Se”" in heading(app)
    app.text_input(key="name").set_value("Kowalski").run()
    assert "“ski” in Kowalski" in heading(app)
    app.select_slider(key="units_span_Kowalski_0").set_range(0, 1).run()
    assert "“Ko” in Kowalski" in heading(app)
    app.select_slider(key="units_span_Kowalski_0").set_range(2, 2).run()
    assert "“w” in Kowalski" in heading(app)
    app.button(key="units_pick_-ski").click().run()
    assert "“ski” in Kowalski" in heading(app)


def test_where_none_is_found_a_lower_threshold_is_offered():
    app = open_page(name="McCarthy", model="lstm", span="1-2", level="1.0")  # an output is smaller than 1
    assert heading(app).startswith("#### No unit switches on over “Mc” in McCarthy")
    app.button(key="units_lower").click().run()
    assert not app.exception
    assert re.search(r"[1-9]\d* of 64 units switch on over “Mc”", heading(app))


def test_an_lstm_shows_its_cell_too():
    shown = [figure(open_page(name="Semenova", model="lstm", state=state), "state")[1] for state in ("y", "c")]
    assert shown[0].shape != shown[1].shape or not np.allclose(*shown)


def test_one_unit_and_its_places(corpus):
    app = open_page(name="Semenova", model="elman", unit="7", end="smallest")
    header, values = figure(app, "value")
    net = weights.load_shipped("names-elman").net
    states = units.states(net, corpus.texts)
    np.testing.assert_allclose(np.sort(values.ravel()), np.sort(states[7])[: values.size], atol=1e-6)
    labels = header["rows"]["labels"]
    mine = [units.read(net, [label])[0, -1, 7] for label in labels]
    np.testing.assert_allclose(values.ravel(), mine, atol=1e-6)
    assert "where unit 7 is smallest" in text(app)


HOSTILE = [
    {"span": "9-3"}, {"span": "0-1", "unit": "999", "end": "up"}, {"span": "x" * 5000, "level": "nan"},
    {"span": "١-٢", "level": "9", "off_before": "maybe"}, {"state": "q", "model": "lstm"}, {"model": "combined"},
    {"name": "A", "state": "c"}, {"name": "<b>x</b>"}, {"name": "x" * 60}, {"name": "Ab.", "span": "3-3"},
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: str(query)[:40])
def test_hostile_links(query):
    app = open_page(**query)
    assert app.title[0].value == "What does a unit know?"
    if "span" in query and query.get("name") is None:
        assert "span=" in app.warning[0].value


def test_a_network_of_too_many_units_is_refused(monkeypatch):
    monkeypatch.setattr(runs_rnn, "MOST_UNITS", 63)
    app = open_page(name="Semenova", model="lstm")
    assert "at most 63 units" in app.info[0].value
    assert "this one has 64" in app.info[0].value
    assert not app.get("bidi_component")
    monkeypatch.setattr(runs_rnn, "MOST_UNITS", 64)
    assert not open_page(name="Semenova", model="lstm").info


def test_an_empty_name_asks_for_one():
    assert open_page(name="123").info


def test_another_span_answers_quickly():
    """The server's time for a new span, once the states are there: below 200 ms, and room for a slow machine."""
    app, took = open_page(name="Semenova", model="elman"), []
    for begin in range(4):
        start = time.process_time()  # other programs do not count
        app.select_slider(key="units_span_Semenova_0").set_range(begin, begin + 2).run()
        took.append(time.process_time() - start)
    assert not app.exception
    assert min(took) < 0.3


def test_a_number_far_below_chance_is_no_rounded_zero():
    names = ("shared", "drawn", "expected", "lift", "p")
    rows = {"none": (0, 57, 3.2, 0.0, 1.0), "hardly": (1, 900, 40.0, 0.025, 1.0), "half": (5, 57, 10.0, 0.5, 1.0)}
    said = {
        row: units_words.chance(
            xr.Dataset({k: (("least", "criterion"), [[v]]) for k, v in zip(names, values, strict=True)}), 0, 0, "fit"
        )
        for row, values in rows.items()
    }
    assert said["none"] == "0 of 57 fit, where chance gives 3.2."
    assert "less than a twentieth as many" in said["hardly"]
    assert "0.5 times as many" in said["half"]
