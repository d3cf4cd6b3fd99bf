"""Home, Step through and How good is it?: run without a browser, compared with the trace and an own computation."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine.text import ALPHABET
from tests.pages.opened import open_page

ROOT = Path(__file__).resolve().parents[2]


def figures(app: AppTest) -> dict[str, tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every component on the page, by its variable or its kind."""
    found = {}
    for element in app.get("bidi_component"):
        if element.proto.bytes:
            header, arrays = unpack(element.proto.bytes)
            found[header.get("variable") or element.proto.component_name] = (header, arrays)
    return found


def by_hand(model: str, name: str) -> torch.Tensor:
    """The network's probabilities after every letter, from the weights file alone."""
    W = load_file(ROOT / f"assets/models/names-{model}.safetensors")
    h, rows = torch.zeros(W["i2h.weight"].shape[0]), []
    for letter in name:
        x = torch.zeros(57)
        x[ALPHABET.index(letter)] = 1
        both = torch.cat([x, h])
        a = W["i2h.weight"] @ both + W["i2h.bias"]
        if model == "lecture":
            logits, h = W["i2o.weight"] @ both + W["i2o.bias"], a
        else:
            h = torch.tanh(a)
            logits = W["h2o.weight"] @ h + W["h2o.bias"]
        rows.append(torch.softmax(logits, 0))
    return torch.stack(rows)


@pytest.mark.parametrize("name", ["Satoshi", "O"])
def test_home_draws_what_the_network_computes(name):
    drawn = [unpack(element.proto.bytes) for element in open_page("home", name=name).get("bidi_component")]
    heat, bars = (figure for figure in drawn if "variable" in figure[0])
    assert [heat[0]["variable"], bars[0]["variable"]] == ["probs", "probs"]
    np.testing.assert_allclose(heat[1]["values"].T, by_hand("elman", name), atol=1e-5)
    np.testing.assert_allclose(bars[1]["values"], by_hand("elman", name), atol=1e-5)


@pytest.mark.parametrize("model", ["lecture", "elman"])
def test_step_draws_what_the_network_computes(model):
    shown = figures(open_page("step", name="Muller", model=model))
    values = shown["probs"][1]["values"]  # [time, language], the slider's dim first
    np.testing.assert_allclose(values, by_hand(model, "Muller"), atol=1e-5)
    parts = shown["contribution"][1]["values"]  # the lecture's: [time, language, source], empty for unread letters
    assert np.isnan(parts[0, :, 1:-1]).all()
    scores = np.log(by_hand("lecture", "Muller").numpy())
    gap = np.nansum(parts, 2) - scores  # a score and its log-probability differ by one number a letter
    np.testing.assert_allclose(gap, gap[:, :1] + np.zeros_like(gap), atol=1e-3)
    assert ("change" in shown) == (model == "elman")
    if model == "elman":
        changes = shown["change"][1]["values"].T[1:] - np.diff(np.log(by_hand("elman", "Muller").numpy()), axis=0)
        np.testing.assert_allclose(changes, changes[:, :1] + np.zeros_like(changes), atol=1e-3)


def test_the_fold_is_shown_and_what_it_drops():
    app = open_page("step", name="Ślusàrskił")
    assert [code.value for code in app.main.code][:2] == ["Slusarski", "ł"]


@pytest.mark.parametrize("page", ["home", "step"])
@pytest.mark.parametrize("name", ["", "   ", "李小龙", "🙂"])
def test_a_name_without_letters_is_asked_for_again(page, name):
    app = open_page(page, name=name)
    assert app.info
    assert not figures(app).keys() & {"probs"}


@pytest.mark.parametrize("t", ["-1", "x", "1e9", "٣", "9" * 400, "", "3.5"])
def test_a_bad_position_in_the_link_is_said(t):
    app = open_page("home", name="Anna", t=t)
    assert app.warning or t in ("٣",)
    assert "probs" in figures(app)


@pytest.mark.parametrize("query", [{"model": "nope"}, {"model": "mine-elman-01234567"}, {"model": "mine-../../x"}])
def test_an_unknown_network_falls_back(query):
    app = open_page("step", **query)
    assert app.segmented_control(key="model").value == "elman"


def test_a_picked_cell_is_explained():
    app = open_page("step", name="Anna")
    app.session_state["step_lecture__picked"] = {"variable": "log_probs", "position": {"language": 3, "time": 2}}
    assert not app.run().exception
    value = by_hand("lecture", "Anna")[2, 3].log().item()
    equation = app.main.latex[0].value
    assert float(equation.rsplit("=", 1)[1].rstrip("$ \n")) == pytest.approx(value, rel=1e-3)
    assert "load_file" in app.main.code[0].value


@pytest.mark.parametrize(
    "picked", [None, {}, {"variable": "x"}, {"variable": "h", "position": {"time": 99, "unit": 0}}]
)
def test_a_cell_that_is_not_there_is_passed_over(picked):
    app = open_page("home", name="Anna")
    app.session_state["home_probs__picked"] = picked
    assert not app.run().exception


@pytest.mark.parametrize("prior", ["natural", "uniform", "nonsense"])
def test_quality_rows_add_up_to_one(prior):
    app = open_page("quality", prior=prior)
    share = figures(app)["share"][1]["values"]
    np.testing.assert_allclose(share.sum(1), 1, atol=1e-5)
    app.session_state["quality_lecture__picked"] = {"variable": "share", "position": {"language": 0, "guess": 0}}
    assert not app.run().exception


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", ["home", "step", "quality"])
def test_no_raw_message_template_is_shown(page, lang):
    app = open_page(page, lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [
        text for text in texts if re.search(r"\{(n|name|language|answer|total)\}(?!\$)", re.sub(r"\$.*?\$", "", text))
    ]
