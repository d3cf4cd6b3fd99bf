"""A name through everything, run without a browser: what is drawn and said is what the models answer."""

import re
from functools import cache, partial

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import weights
from engine.classifier import prefix_logits
from tests.pages import opened
from ui.runs_everything import MODELS, models

open_page = partial(opened.open_page, "everything_name")


@cache
def probs(model: str, text: str) -> np.ndarray:
    net = weights.load_shipped(f"names-{model}").net
    return torch.as_tensor(prefix_logits(net, text)).softmax(1).numpy()


def drawn(app: AppTest) -> tuple[dict, dict[str, np.ndarray]]:
    """Header and arrays of the figure."""
    figures = [unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes]
    return next(figure for figure in figures if "few" in figure[0])


def said(app: AppTest) -> str:
    """The finding, without the backslashes of Markdown."""
    return next(each.value for each in app.main.markdown if each.value.startswith("####")).replace("\\", "")


def test_every_shipped_model_is_there_in_the_lectures_order():
    header, arrays = drawn(open_page(name="Novak"))
    assert header["models"] == list(models())
    assert {f"names-{model}" for model in header["models"]} == set(weights.shipped())
    assert header["models"] == sorted(header["models"], key=MODELS.index)
    for k, model in enumerate(header["models"]):
        np.testing.assert_allclose(arrays["probs"][k], probs(model, "Novak"), atol=1e-5)


@pytest.mark.parametrize("name", ["Abramovich Kowalska", "Dostoevsky", "Lee"])
def test_the_finding_counts_the_answers(name):
    app = open_page(name=name)
    header, _ = drawn(app)
    ends = {model: probs(model, name)[-1].argmax() for model in header["models"]}
    mean = sum(probs(model, name)[-1] for model in ends)
    answers = list(ends.values())
    most = max(set(answers), key=lambda end: (answers.count(end), mean[end]))
    k, n, text = answers.count(most), len(ends), said(app)
    assert (f"all {n} models answer" if k == n else f"{k} of {n} models answer") in text
    assert header["languages"][most] in text
    for model, end in ends.items():
        if end != most:
            assert re.search(rf"{re.escape(model)}[^\n]*: {header['languages'][end]}", text)
    assert f"{k} of {n}." in header["said"][-1]


def test_a_colour_for_what_is_answered_at_the_end():
    app = open_page(name="Abramovich Kowalska")
    header, arrays = drawn(app)
    ends = arrays["best"][:, -1].astype(int).tolist()
    assert f"answer {header['languages'][header['few'][0]]}." in said(app)
    assert set(ends) <= set(header["few"]) or len(set(ends)) > len(header["few"])


@pytest.mark.parametrize(
    ("name", "says"), [("Abe", "as Japanese"), ("abe", "as Japanese"), ("Qwxyz", "The data do not have this name")]
)
def test_what_the_data_say_of_the_name(name, says):
    assert says in said(open_page(name=name))


def test_each_model_opens_its_own_page_on_the_name():
    header, _ = drawn(open_page(name="Novak"))
    assert [each["params"]["name"] for each in header["opens"]] == ["Novak"] * len(header["models"])
    for each in {each["page"]: each for each in header["opens"]}.values():  # the last of each page
        app = opened.open_page(each["page"], **each["params"])
        assert app.text_input(key="name").value == "Novak"
        assert not app.warning


@pytest.mark.parametrize(
    ("variable", "position"),
    [("probs", {"model": 2, "time": 3, "language": 17}), ("votes", {"time": 2, "language": 14}),
     ("disagreement", {"time": 4})],
)  # fmt: skip
def test_a_picked_answer_is_explained(variable, position):
    app = open_page(name="Novak")
    app.session_state["everything_name__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    assert app.main.latex
    assert "load_file" in app.main.code[0].value


@pytest.mark.parametrize("name", ["O", "a a", "::::", "Wolfeschlegelsteinhausenbergerdorffgggggggggggggggggggghhhhh"])
def test_odd_names(name):
    assert drawn(open_page(name=name))[0]["letters"] == list(name)


def test_bad_links_and_no_letters_are_survived():
    assert open_page(name="Anna", t="99x").warning
    assert open_page(name="李小龙").info


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang):
    app = open_page(name="Abramovich Kowalska", lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title)] + drawn(app)[0]["said"]
    assert not [text for text in texts if re.search(r"\{[a-z]+\}", re.sub(r"\$.*?\$", "", text, flags=re.S))]
