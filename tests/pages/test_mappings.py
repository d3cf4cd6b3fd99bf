"""In short, without a browser: what is drawn and said, against the weights file, the data, and the engine's models."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.torch import load_file
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import names, weights
from engine.text import ALPHABET, encode
from tests.pages import opened

ROOT = Path(__file__).resolve().parents[2]


open_page = partial(opened.open_page, "mappings")


def drawn(app: AppTest) -> dict[str, tuple[dict, np.ndarray]]:
    """Header and values of every matrix, by its variable."""
    headers = (unpack(element.proto.bytes) for element in app.get("bidi_component") if element.proto.bytes)
    return {header["variable"]: (header, arrays["values"]) for header, arrays in headers if "variable" in header}


def charts(app: AppTest) -> list:
    """The rows behind every Vega chart, in the order of the page."""
    blobs = (element.proto.data.data for element in app.get("vega_lite_chart"))
    return [pa.ipc.open_stream(blob).read_all().to_pandas() for blob in blobs]


def said(app: AppTest) -> str:
    return "\n".join(element.value.replace("\\", "") for element in app.main.markdown)


def elman(text: str) -> torch.Tensor:
    """The last hidden state, from the weights file alone."""
    W = {name: each.double() for name, each in load_file(ROOT / "assets/models/names-elman.safetensors").items()}
    h = torch.zeros(W["h2o.weight"].shape[1], dtype=torch.float64)
    for letter in text:
        x = torch.zeros(57, dtype=torch.float64)
        x[ALPHABET.index(letter)] = 1
        h = torch.tanh(W["i2h.weight"] @ torch.cat([x, h]) + W["i2h.bias"])
    return h


def test_states_are_equal_on_the_common_beginning_and_the_networks_own_after_it():
    app = open_page(name="Muller", map_other="Mulder", map_net="elman")
    header, values = drawn(app)["difference"]  # [unit, time]
    assert header["columns"]["labels"] == ["M", "u", "l", "l/d", "e", "r"]
    assert (values[:, :3] == 0).all()
    np.testing.assert_allclose(values[:, 3], elman("Mull") - elman("Muld"), atol=1e-6)
    assert "begin with the same 3 letters, Mul: up to there the states of elman differ by exactly 0." in said(app)


def test_an_empty_second_box_is_filled_from_the_data():
    app = open_page(name="Dostoevsky", map_net="elman")
    known = {text for part in names.split(names.read_names(ROOT / "data/names")) for text in part.texts}
    other = app.text_input(key="map_other").placeholder
    assert other in known
    assert other.startswith("Dost")
    assert f"Dostoevsky and {other}" in said(app)


@pytest.mark.parametrize("name", ["X", "Q", "Z"])
def test_a_single_letter_is_compared_with_another_name(name):
    app = open_page(name=name, map_net="elman")
    other = app.text_input(key="map_other").placeholder
    assert other.startswith(name)
    assert other != name
    assert "difference" not in drawn(app)  # one equal letter: nothing to draw
    assert "One letter → one language" in said(app)


@pytest.mark.parametrize("query", [{"name": ";"}, {"name": "Anna", "map_other": "Anna"}], ids=str)
def test_no_name_is_compared_with_itself(query):
    app = open_page(map_net="elman", **query)
    assert "second name" in app.info[0].value
    assert "difference" not in drawn(app)
    assert "One name begins with the other" not in said(app)
    assert "reach" in drawn(app)


def test_a_changed_letter_reaches_no_earlier_state():
    _, values = drawn(open_page(name="Rossi", map_net="elman"))["reach"]
    assert (np.tril(values, -1) == 0).all()
    assert (values[np.triu_indices(5)] > 0).all()
    gaps = [(elman(other + "oss") - elman("Ross")).abs().mean() for other in "ABCDEFGHIJKLMNOPQSTUVWXYZ"]
    assert values[0, 3] == pytest.approx(float(torch.stack(gaps).mean()), abs=1e-6)


def test_twins_are_one_to_the_model_of_order_k_and_to_the_window():
    text = said(open_page(name="Yamamoto", map_k="4", map_net="elman"))
    sentence = re.search(
        r"Yamamoto and (\w+) end in the same 4 letters, moto.*differ by exactly (\S+)\. The answers of elman", text
    )
    assert sentence[1].endswith("moto")
    assert float(sentence[2]) == 0
    app = open_page(name="Yamamoto", map_k="5", map_net="elman")
    table = next(element.value for element in app.main.markdown if "counts, k = 5" in element.value)
    rows = [row.split("|")[1:-1] for row in table.splitlines()[3:]]
    assert rows
    for row in rows:
        assert float(row[3]) == 0
        if len(row) > 4:
            assert float(row[4]) == 0


def test_the_share_of_answers_that_change_is_that_of_the_held_out_names():
    app = open_page(map_net="elman")
    net, params, *_ = weights.load_shipped("names-elman")
    held = names.align(names.split(names.read_names(ROOT / "data/names"))[1], params.languages)
    texts = [torch.from_numpy(encode(text))[None] for text in held.texts]
    changed = [int(net(text).argmax()) != int(net(text[:, -3:]).argmax()) for text in texts]
    data = next(data for data in charts(app) if "elman" in set(data.get("run", ())))
    shown = data[(data["run"] == "elman") & (data["x"] == 3)]["y"].item()
    assert shown == pytest.approx(np.mean(changed), abs=2 / len(texts))  # an answer may hang on a rounding
    assert re.search(rf"changes its answer for {shown:.0%} of {len(held.texts):,} held-out names", said(app))


def test_the_text_is_cut_at_its_marks_and_read_in_three_ways():
    app = open_page(map_text="Li, Rossi", map_window="3", map_net="elman")
    W = {name: each.double() for name, each in load_file(ROOT / "assets/models/names-elman.safetensors").items()}
    header, values = drawn(app)["answer"]
    assert len(header["columns"]["labels"]) == 3
    for column, text in enumerate(("Rossi", "Li, Rossi", "ssi")):
        expected = torch.softmax(W["h2o.weight"] @ elman(text) + W["h2o.bias"], 0)
        np.testing.assert_allclose(values[:, column], expected, atol=1e-6)
    assert "2 names." in said(app)


def test_the_four_kinds_are_drawn_with_their_tokens():
    app = open_page(name="Anna", map_english="They can fish.", map_chinese="今天很好", map_seed="3")
    pictures = [data for data in charts(app) if "mark" in data and (data["mark"] == "box").any()]
    one, generated, tags, words = pictures
    sizes = [[int((data["part"] == part).sum()) for part in ("in", "state", "out")] for data in pictures]
    assert sizes[:3] == [[4, 4, 1], [1, 6, 6], [4, 4, 4]]
    assert one[one["part"] == "in"]["text"].tolist() == list("Anna")
    assert generated["text"][0] == "seed 3"
    assert tags[tags["part"] == "in"]["text"].tolist() == ["They", "can", "fish", "."]
    assert "".join(words[words["part"] == "in"]["text"]) == "".join(words[words["part"] == "out"]["text"]) == "今天很好"
    assert sizes[3][2] < 4
    assert len(app.get("page_link")) >= 4


@pytest.mark.parametrize(
    "query",
    [
        {"map_net": "nope"}, {"map_k": "abc"}, {"map_k": "99"}, {"map_seed": "-1"}, {"map_window": "0"},
        {"map_text": " , ; "}, {"map_text": "李雷"}, {"map_text": "x" * 500}, {"map_other": "<b>$x$</b>"},
        {"name": "A"}, {"name": "a" * 60, "map_other": "a" * 60}, {"name": "Anna", "map_other": "Anna"},
        {"name": ".", "map_other": ";"}, {"map_english": ""}, {"map_english": "\x00"}, {"map_chinese": "abc 😀"},
        {"map_chinese": ""}, {"name": "李"}, {"map_chinese": "龘" * 60}, {"map_net": "lecture", "name": "Zz;:, ."},
    ],
    ids=str,
)  # fmt: skip
def test_hostile_links(query):
    app = open_page(**query)
    assert app.title


@pytest.mark.parametrize("net", ["gru", "lstm", "lstm-peephole", "lecture"])
def test_every_network_of_one_direction_can_be_chosen(net):
    app = open_page(name="Satoshi", map_other="Sato", map_net=net)
    assert "One name begins with the other: on Sato" in said(app)
    assert (drawn(app)["difference"][1] == 0).all()


@pytest.mark.parametrize("variable", ["difference", "reach", "turned", "answer"])
def test_a_picked_cell_is_explained(variable):
    app = open_page(name="Anna", map_net="gru")
    header, values = drawn(app)[variable]
    dims = [header[axis]["dim"] for axis in ("rows", "columns")] + list(header["fixed"])
    position = dict.fromkeys(dims, 0) | header["fixed"]
    app.session_state[f"map_{variable}__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    value = float(app.main.latex[0].value.rsplit("=", 1)[1].rstrip("$ \n"))
    assert value == pytest.approx(float(values[0, 0]), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_raw_message_template_is_shown(lang):
    app = open_page(lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z_]+(:[^}]*)?\}", re.sub(r"\$.*?\$", "", text))]
