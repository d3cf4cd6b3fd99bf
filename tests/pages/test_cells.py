"""Cells side by side, run without a browser: what is drawn is what the networks answer, and bad links are survived."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import weights
from engine.classifier import one_hot, prefix_logits
from engine.influence import double
from engine.similarity import similarity_order
from engine.text import pad_left
from tests.pages import opened

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = ("lecture", "elman", "gru", "lstm", "lstm-peephole", "window")
MEASURES = ("left_out", "gradient_input", "integrated", "gradient", "state_gradient")


open_page = partial(opened.open_page, "cells")


def figures(app: AppTest) -> list[tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every matrix on the page."""
    drawn = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return [figure for figure in drawn if "variable" in figure[0]]


def log_probs(model: str, text: str) -> np.ndarray:
    net = weights.load_shipped(f"names-{model}").net
    return torch.as_tensor(prefix_logits(net, text)).log_softmax(1).numpy()


def test_the_first_screen_draws_what_the_networks_compute():
    shown = figures(open_page(name="Novak"))
    influence, answers = shown[0], shown[1]
    assert influence[0]["rows"]["labels"] == list(NETWORKS)
    assert [answers[0]["rows"]["dim"], answers[0]["columns"]["dim"]] == ["network", "language"]
    assert len(shown) == 2 + 2 * len(NETWORKS)
    kept = answers[0]["columns"]["index"]
    for k, model in enumerate(NETWORKS):
        found = np.exp(log_probs(model, "Novak"))
        np.testing.assert_allclose(answers[1]["values"][:, k], found[:, kept], atol=1e-5)
        assert found[-1].argmax() in kept
        without = log_probs(model, "Noak")[-1]
        best = found[-1].argmax()
        assert influence[1]["values"][4, k, 2] == pytest.approx(np.log(found[-1, best]) - without[best], abs=1e-5)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_drawn_and_explained(measure):
    app = open_page(name="Novak", measure=measure)
    header, arrays = figures(app)[0]
    assert header["variable"] == measure
    assert np.isnan(arrays["values"][0, :, 1:]).all()  # letters ahead
    picked = {"variable": measure, "position": {"network": 3, "time": 4, "source": 1}}
    app.session_state["cells_influence__picked"] = picked
    assert not app.run().exception
    value = float(arrays["values"][4, 3, 1])
    equation = app.main.latex[0].value
    assert float(equation.rsplit("=", 1)[1].rstrip("$ \n")) == pytest.approx(value, rel=1e-3, abs=1e-6)
    assert "load_file" in app.main.code[0].value


def test_another_answer_is_asked_for():
    _, own = figures(open_page(name="Novak"))[0]
    app = open_page(name="Novak", on="Czech")
    _, czech = figures(app)[0]
    index = weights.load_shipped("names-gru").params.languages.index("Czech")
    expected = log_probs("gru", "Novak")[-1, index] - log_probs("gru", "ovak")[-1, index]
    assert czech["values"][4, 2, 0] == pytest.approx(expected, abs=1e-5)
    assert own["values"].shape == czech["values"].shape


@pytest.mark.parametrize("query", [{"measure": "nope"}, {"on": "Klingon"}, {"t": "99x"}, {"measure": "", "on": ""}])
def test_a_bad_link_is_survived(query):
    app = open_page(name="Anna", **query)
    assert app.warning
    assert figures(app)[0][0]["variable"] == "left_out"


@pytest.mark.parametrize("name", ["O", "a a", "::::", "Wolfeschlegelsteinhausenbergerdorffgggggggggggggggggggghhhhh"])
def test_odd_names(name):
    assert len(figures(open_page(name=name, measure="gradient_input"))) == 14


def test_of_a_long_name_the_first_letters_are_read():
    app = open_page(name="Wolfeschlegelsteinhausen bergerdorff")
    assert "Of the first 30 letters." in [caption.value for caption in app.main.caption]
    assert figures(app)[0][1]["values"].shape[0] == 30
    assert figures(open_page(name="Wolfeschlegelsteinhausenberger"))[0][1]["values"].shape[0] == 30


def test_units_stand_by_similarity():
    app = open_page(name="Novak")
    states = [figure for figure in figures(app) if figure[0]["variable"] == "h"]
    one_hots = one_hot(pad_left(["Novak"]))
    for (header, arrays), model in zip(states, NETWORKS, strict=True):
        h = double(weights.load_shipped(f"names-{model}").net).read_states(one_hots)[0].detach().numpy()
        order = similarity_order(h)
        assert header["rows"]["index"] == order
        np.testing.assert_allclose(arrays["values"], h[:, order].T, atol=1e-5)


@pytest.mark.parametrize("name", ["", "   ", "李小龙"])
def test_a_name_without_letters_is_asked_for_again(name):
    app = open_page(name=name)
    assert app.info
    assert not figures(app)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang):
    app = open_page(name="Abramovich Kowalska", measure="integrated", lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$.*?\$", "", text))]


def test_the_finding_names_who_parts_where():
    app = open_page(name="Abramovich Kowalska")
    found = {model: log_probs(model, "Abramovich Kowalska") for model in NETWORKS}
    answers = {model: rows.argmax(1) for model, rows in found.items()}
    ends, likely = [answer[-1] for answer in answers.values()], sum(np.exp(rows[-1]) for rows in found.values())
    most = max(set(ends), key=lambda end: (ends.count(end), likely[end]))
    finding = app.main.markdown[1].value
    for model, answer in answers.items():
        says = re.search(rf"{re.escape(model)} says".replace(r"\-", r"\\?-"), finding)
        assert bool(says) == (answer[-1] != most)
