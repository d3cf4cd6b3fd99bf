"""LSTM gates, run without a browser: what is drawn is what the network computes, as trained and changed."""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from charts.payload import unpack
from engine import gru_trace, weights
from engine.lstm import Switches
from engine.lstm_trace import trace

NAME = "Kowalski"
ROOT = Path(__file__).resolve().parents[2]
DRAWN = ("z", "i", "f", "c", "o", "y")


def open_gates(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("lstm")  # AppTest.switch_page would drop the query
    app.run()
    assert not app.exception
    return app


def figures(app: AppTest) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every component that shows numbers, in the order of the page."""
    found = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return [figure for figure in found if figure[1]]


def maps(app: AppTest, variable: str) -> list[np.ndarray]:
    """The heat maps (unit, time) of a variable, rows put back into the order of the units."""
    out = []
    for header, arrays in figures(app):
        if header.get("variable") == variable and header.get("columns"):
            rows = header["rows"]["index"] or range(header["rows"]["size"])
            out.append(arrays["values"][np.argsort(list(rows))])
    return out


def read(model: str, text: str, *changed):
    loaded = weights.load_shipped(f"names-{model}")
    return trace(loaded.net, text, loaded.params, loaded.path, *changed)


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


@pytest.mark.parametrize("model", ["lstm-peephole", "lstm"])
def test_six_maps_and_the_block_show_what_the_network_computes(model):
    app, data = open_gates(name=NAME, cell=model), read(model, NAME)
    assert app.segmented_control(key="cell").value == model
    for name in DRAWN:
        np.testing.assert_allclose(maps(app, name)[0], data[name].values.T, atol=1e-6, err_msg=name)
    block = next(arrays for _, arrays in figures(app) if "f_bar" in arrays)
    for name in ("f_bar", "c_prev", "y"):
        np.testing.assert_allclose(block[name], data[name].values, atol=1e-5)


def test_the_gru_shows_its_gates_and_its_block_and_nothing_of_the_lstm():
    app = open_gates(name=NAME, cell="gru", forget="off", clamp="i", order="index")
    loaded = weights.load_shipped("names-gru")
    data = gru_trace.trace(loaded.net, NAME, loaded.params, loaded.path)
    for name in ("r", "z", "n", "h"):
        np.testing.assert_allclose(maps(app, name)[0], data[name].values.T, atol=1e-6, err_msg=name)
    drawn = [header["domain"] for header, _ in figures(app) if header.get("variable") in ("r", "z", "n", "h")]
    assert drawn == [[-1, 1]] * 4
    block = next(arrays for _, arrays in figures(app) if "n_bar" in arrays)
    np.testing.assert_allclose(block["ru"], (data["r"] * data["u"]).values, atol=1e-6)
    answers = [arrays["values"] for header, arrays in figures(app) if header.get("variable") == "probs"]
    np.testing.assert_allclose(answers, [data["probs"].values], atol=1e-6)
    kept = data["z"].values[1:].mean(1)
    assert f"letter {kept.argmin() + 2} ({NAME[kept.argmin() + 1]})" in said(app).replace("\\", "")
    assert "for the LSTM" in " ".join(each.value for each in app.caption)
    assert {each.key for each in app.segmented_control} - {"lang"} == {"cell", "lstm_order_en"}
    assert not [each for each in app.selectbox if each.key.startswith("lstm_")]


@pytest.mark.parametrize(
    ("slot", "variable"),
    [("gru_z", "z"), *(("gru_block", name) for name in ("h_prev", "r_bar", "u", "n_bar", "kept", "written", "h"))],
)
def test_what_can_be_picked_of_a_gru_is_explained(slot, variable):
    app = open_gates(name="Anna", cell="gru")
    app.session_state[f"{slot}__picked"] = {"variable": variable, "position": {"time": 2, "unit": 3}}
    assert not app.run().exception
    assert "names-gru" in app.main.code[0].value


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ({}, (Switches(peepholes=0.0),)),  # nothing changed: the peepholes' effect is the example
        ({"forget": "off"}, (Switches(forget=None),)),
        ({"peepholes": "scaled", "peepholes_x": "1.75", "output": "off"}, (Switches(1.75, 1.0, None),)),
        ({"clamp": "f", "to": "1", "at": "3"}, (Switches(), (("f", 2, 1.0),))),
        ({"clamp": "o", "to": "0", "at": "all", "forget": "scaled"}, (Switches(forget=0.5), (("o", None, 0.0),))),
    ],
)
def test_the_link_says_what_is_changed(query, changed):
    app = open_gates(name=NAME, show="c", **query)
    before, after = read("lstm-peephole", NAME), read("lstm-peephole", NAME, *changed)
    difference = maps(app, "c")[1]
    np.testing.assert_allclose(difference, (after["c"] - before["c"]).values.T, atol=1e-6)
    bars = [arrays["values"] for header, arrays in figures(app) if header.get("variable") == "probs"]
    np.testing.assert_allclose(bars[-2], before["probs"], atol=1e-6)
    np.testing.assert_allclose(bars[-1], after["probs"], atol=1e-6)
    assert not app.warning


def test_a_switch_changes_the_words_and_the_bars():
    app = open_gates(name=NAME)
    assert "Peepholes off: the answer" in said(app).replace("\\", "")
    app.segmented_control(key="lstm_forget_en").set_value("off").run()
    assert "Forget gate off" in said(app)
    app.segmented_control(key="lstm_order_en").set_value("index").run()
    header = next(header for header, _ in figures(app) if header.get("variable") == "f")
    assert header["rows"]["index"] is None
    assert not app.exception


def test_the_network_without_peepholes_has_no_such_switch():
    app = open_gates(name="Li", cell="lstm")
    assert not [each for each in app.segmented_control if each.key == "lstm_peepholes_en"]
    assert "Forget gate off" in said(app)


@pytest.mark.parametrize(
    "query",
    [
        {"peepholes": "maybe"}, {"forget": "scaled", "forget_x": "9"}, {"clamp": "z"}, {"show": "nope"},
        {"clamp": "f", "at": "99"}, {"clamp": "f", "to": "7"}, {"unit": "x"}, {"order": "random"}, {"t": "-3"},
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_value_in_the_link_is_said_and_not_used(query):
    app = open_gates(name="Li", **query)
    assert app.warning
    assert maps(app, "y")


@pytest.mark.parametrize("query", [{"unit": "999"}, {"t": "50"}, {"cell": "nope"}, {"cell": "elman"}], ids=str)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_out_of_range_is_cut_and_said_once(query, lang):
    app, (param, value) = open_gates(name="Li", lang=lang, **query), next(iter(query.items()))
    assert maps(app, "y")
    assert [f"{param}={value}" in warning.value.replace("\\", "") for warning in app.warning] == [True]


def test_the_last_unit_and_letter_are_no_matter_of_words():
    assert not open_gates(name="Li", unit="63", t="1", cell="gru").warning


def test_a_long_name_is_cut():
    assert maps(open_gates(name="a" * 200), "y")


@pytest.mark.parametrize("name", ["", "李小龙"])
def test_a_name_without_letters_is_asked_for(name):
    app = open_gates(name=name)
    assert app.info
    assert not figures(app)


def test_a_shorter_name_drops_a_clamp_that_is_no_longer_there():
    app = open_gates(name=NAME, clamp="f", at="8")
    app.text_input(key="name").set_value("Li").run()
    assert not app.exception
    assert maps(app, "y")


@pytest.mark.parametrize(
    ("slot", "variable"),
    [("lstm_f", "f"), ("lstm_block", "f_bar"), ("lstm_difference", "y"), ("lstm_after_probs", "probs")],
)
def test_a_picked_cell_is_explained(slot, variable):
    app = open_gates(name="Anna", peepholes="scaled", peepholes_x="2")
    dim = "language" if variable == "probs" else "unit"
    app.session_state[f"{slot}__picked"] = {"variable": variable, "position": {"time": 2, dim: 3}}
    assert not app.run().exception
    assert re.search(r"=-?[\d.e-]+$", app.main.latex[0].value.rstrip("$ \n"))
    assert "load_file" in app.main.code[0].value


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang):
    app = open_gates(lang=lang, clamp="f", at="2")
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$+.*?\$+", "", text, flags=re.DOTALL))]
