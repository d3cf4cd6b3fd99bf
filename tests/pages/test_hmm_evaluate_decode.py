"""Evaluate and Decode, run without a browser: against the engine's readable algorithms and enumeration."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import hmm
from engine.hmm import json_files
from tests.pages.opened import open_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("hmm_evaluate", "hmm_decode")


def figures(app: AppTest) -> dict[str, tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every component, the trellis by its name, matrices by their variables."""
    found = {}
    for element in app.get("bidi_component"):
        if element.proto.bytes:
            header, arrays = unpack(element.proto.bytes)
            found["trellis" if "nodes" in arrays else header.get("variable")] = (header, arrays)
    return found


def texts(app: AppTest) -> str:
    shown = (*app.main.markdown, *app.main.caption, *app.main.warning)
    return "\n".join(element.value for element in shown).replace("\\", "").replace("\u00a0", " ")


def example(name: str):
    preset = json_files.preset(name)
    return preset.model, hmm.observe(preset.model, preset.example)


@pytest.mark.parametrize("way", ["forward", "backward"])
def test_the_trellis_holds_alpha_or_beta(way):
    model, O = example("weather")
    header, arrays = figures(open_page("hmm_evaluate", direction=way))["trellis"]
    table = hmm.forward(model, O) if way == "forward" else hmm.backward(model, O)
    np.testing.assert_allclose(arrays["nodes"], table.exp(), rtol=1e-5)
    assert (header["order"], header["rule"]) == (way, "sum")
    flow = arrays["arcs"].sum(1 if way == "forward" else 2)
    part = arrays["nodes"][1:] if way == "forward" else arrays["nodes"][:-1]
    np.testing.assert_allclose(flow, part, rtol=1e-5)


def test_the_three_ways_are_shown_and_equal_enumeration():
    model, O = example("clouds")
    said = texts(open_page("hmm_evaluate", hmm="clouds"))
    log, _ = hmm.brute_force(model, O)
    assert f"P(O) = {math.exp(log):.4g}: forward, backward and all 729 paths agree." in said
    logs = [-float(number) for number in re.findall(r"\| −(\d+\.\d{10,})", said)]
    assert logs == pytest.approx([log] * 3, abs=1e-12)


def test_too_many_paths_are_not_counted():
    said = texts(open_page("hmm_evaluate", hmm="casino"))
    assert "too many paths" in said
    assert "P(O) = 3.357e−18: forward and backward agree." in said


def test_columns_of_alpha_do_not_sum_to_one_but_scaled_ones_do():
    model, O = example("weather")
    shown = figures(open_page("hmm_evaluate"))
    sums = hmm.forward(model, O).logsumexp(1)
    header, arrays = shown["column_sum"]
    np.testing.assert_allclose(arrays["values"], sums if header["kind"] == "log" else sums.exp(), rtol=1e-5)
    np.testing.assert_allclose(shown["alpha_hat"][1]["values"].sum(0), 1, atol=1e-6)
    assert np.log(shown["c"][1]["values"]).sum() == pytest.approx(hmm.log_likelihood(model, O), rel=1e-5)


@pytest.mark.parametrize("name", ["weather", "trellis", "jieba"])
def test_the_decoders_are_the_engines(name):
    model, O = example(name)
    header, arrays = figures(open_page("hmm_decode", hmm=name))["trellis"]
    for k, decode in enumerate((hmm.greedy_decode, hmm.posterior_decode, hmm.viterbi)):
        path = decode(model, O)
        assert arrays["paths"][k].tolist() == path.states.tolist()
        assert f"{math.exp(path.log_joint):.3g}".replace("-", "−") in header["paths"][k]
    assert len(arrays["paths"]) == 4
    assert arrays["best"].tolist() == arrays["paths"][2].tolist()


def test_logarithms_on_demand_and_where_they_must_be():
    shown = figures(open_page("hmm_decode", scale="log"))["trellis"][0]
    assert (shown["variable"], shown["arcs"]["variable"]) == ("log_delta", "log_candidate")
    long = " ".join("123456" * 66)
    for page, variable in zip(PAGES, ("log_alpha", "log_delta"), strict=True):
        app = open_page(page, hmm="casino", o=long)
        header, arrays = figures(app)["trellis"]
        assert header["variable"] == variable
        assert np.isfinite(arrays["nodes"]).all()
        assert header["summary"] == {"states": 2, "times": 396, "shown": 396}
        assert "too small for float64" in texts(app)
        assert "Stepping cell by cell goes up to" in texts(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", [{"o": "walk"}, {"hmm": "letters", "o": "a"}, {"hmm": "jieba", "o": "我"}])
def test_one_observation_is_enough(page, query):
    assert figures(open_page(page, **query))["trellis"][1]["nodes"].shape[0] == 1


IMPOSSIBLE_MODEL = '{"S":["a","b"],"V":["x","y"],"pi":[1,0],"A":[[0,1],[0,1]],"B":[[1,0],[0,1]]}'


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_impossible_sequence_is_said(page, lang):
    from ui import hmm_link

    code = hmm_link.encode(json_files.dumps(json_files.loads(IMPOSSIBLE_MODEL)))
    app = open_page(page, hmm="mine", m=code, o="xyxy", lang=lang)
    assert "P(O) = 0" in app.warning[0].value
    assert "t = 3" in app.warning[0].value
    assert "nan" not in texts(app).lower()
    assert not np.isnan(figures(app)["trellis"][1]["nodes"]).any()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", [{"k": "-1"}, {"k": "x"}, {"k": "99999"}, {"o": "<script>"}, {"direction": "up"},
                                   {"scale": "x"}, {"hmm": "nope"}, {"length": "7"}, {"long_seed": "x"}])  # fmt: skip
def test_a_bad_link_opens_the_page(page, query):
    assert "trellis" in figures(open_page(page, **query))


def test_picked_cells_are_explained():
    app = open_page("hmm_decode")
    app.session_state["decode_trellis__picked"] = {
        "variable": "candidate", "position": {"step": 1, "state": 0, "next_state": 1},
    }  # fmt: skip
    assert not app.run().exception
    assert any("import torch" in code.value for code in app.main.code)


@pytest.mark.parametrize(("page", "figure"), [("hmm_evaluate", "evaluate_forward"), ("hmm_decode", "decode_trellis")])
def test_a_picked_observation_can_be_changed(page, figure):
    app = open_page(page)
    app.session_state[f"{figure}__picked"] = {"variable": "O", "position": {"time": 2}}
    app.run()
    assert not app.main.code  # no proof of what was observed
    pills = next(group for group in app.main.get("button_group") if group.key.startswith("hmm_change_2"))
    pills.set_value([0]).run() if isinstance(pills.value, list) else pills.set_value(0).run()
    assert not app.exception
    assert app.text_input(key="o").value == "walk shop walk walk shop"


@pytest.mark.parametrize("name", ["weather", "casino", "jieba"])
def test_the_button_finds_a_sequence_where_decoders_disagree(name):
    app = open_page("hmm_decode", hmm=name)
    app.button(key="hmm_find").click().run()
    assert not app.exception
    paths = figures(app)["trellis"][1]["paths"]
    assert len({tuple(path) for path in paths[:3].tolist()}) == 3
    assert "three decoders, three paths" in texts(app)
    for _ in range(3):
        before = figures(app)["trellis"][0]["time"]["labels"]
        app.button(key="hmm_find").click().run()
        assert figures(app)["trellis"][0]["time"]["labels"] != before


def test_a_search_in_vain_is_said():
    from ui import hmm_link

    text = '{"S":["a","b"],"V":["x","y"],"pi":[0.5,0.5],"A":[[0.5,0.5],[0.5,0.5]],"B":[[1,0],[0,1]]}'
    app = open_page("hmm_decode", hmm="mine", m=hmm_link.encode(json_files.dumps(json_files.loads(text))))
    app.button(key="hmm_find").click().run()
    assert "In 5,000 sequences drawn from this model all three decoders agreed." in texts(app)


def test_equally_good_paths_are_not_called_the_models_own():
    app = open_page("hmm_decode")
    slider = next(each for each in app.main.slider if (each.key or "").startswith("hmm_value"))
    slider.set_value(0.45).run()
    said = texts(app)
    assert "and another path are equally good." in said
    assert "the model's own" not in said


def test_one_path_is_not_called_all_paths():
    from ui import hmm_link

    text = '{"S":["a"],"V":["x","y"],"pi":[1],"A":[[1]],"B":[[0.5,0.5]]}'
    app = open_page("hmm_evaluate", hmm="mine", m=hmm_link.encode(json_files.dumps(json_files.loads(text))))
    assert "forward, backward and the only path agree." in texts(app)


@pytest.mark.parametrize(
    ("text", "signed"),
    [("-473.9", "−473.9"), ("1.2e-07", "1.2e−07"), ("t-2", "t-2"), ("log10 P is -3", "log10 P is −3")],
)
def test_minus_signs(text, signed):
    from ui import hmm_words

    assert hmm_words.signed(text) == signed


def test_a_probability_put_into_the_model_flips_the_path():
    app = open_page("hmm_decode")
    before = figures(app)["trellis"][1]["paths"][2].tolist()
    slider = next(each for each in app.main.slider if (each.key or "").startswith("hmm_value"))
    slider.set_value(0.3).run()
    assert "The path flips at 0.45, 0.777." in texts(app)
    app.button(key="hmm_put").click().run()
    assert not app.exception
    after = figures(app)["trellis"][1]["paths"][2].tolist()
    model, O = example("weather")
    A = model.A.clone()
    A[0, 0], A[0, 1] = 0.3, 0.7
    changed = hmm.HMM(model.S, model.V, model.pi, A, model.B)
    assert after == hmm.viterbi(changed, O).states.tolist() != before


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_no_raw_message_template_is_shown(page, lang):
    said = re.sub(r"(\$\$?).*?\1", "", texts(open_page(page, lang=lang)), flags=re.S)
    assert not re.search(r"\{[a-zA-Z_]+[:}]", said)
