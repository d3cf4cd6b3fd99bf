"""Generate: run without a browser, compared with draws made by hand from the model file and the seed."""

import json
import re
from functools import partial
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import hmm
from engine.hmm import json_files, long
from tests.pages import opened

ROOT = Path(__file__).resolve().parents[2]


open_page = partial(opened.open_page, "hmm_generate")


def figures(app: AppTest) -> dict[str, tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every component, by component and variable."""
    found = {}
    for element in app.get("bidi_component"):
        if element.proto.bytes:
            header, arrays = unpack(element.proto.bytes)
            kind = element.proto.component_name.rpartition("_")[2]
            found[kind, header.get("variable", "")] = (header, arrays)
    return found


def by_hand(preset: str, T: int, seed: int) -> list[dict]:
    """Each step drawn from the model file with plain lists: the rows, the numbers, what they chose."""
    raw = json.loads((ROOT / "data" / "hmm" / f"{preset}.json").read_text("utf-8"))
    numbers = torch.rand(T, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).tolist()
    row, steps = raw["pi"], []

    def draw(p, u):
        return next((k for k, end in enumerate(accumulate(p)) if u < end), len(p) - 1)

    for u, v in numbers:
        state = draw(row, u)
        symbol = draw(raw["B"][state], v)
        steps.append({"row": row, "u": u, "v": v, "state": state, "symbol": symbol, "B": raw["B"][state]})
        row = raw["A"][state]
    return steps


@pytest.mark.parametrize(("preset", "T", "seed"), [("weather", 20, 0), ("casino", 60, 7), ("trellis", 1, 3)])
def test_every_draw_is_the_one_made_by_hand(preset, T, seed):
    shown = figures(open_page(hmm=preset, gen_T=str(T), gen_seed=str(seed)))
    steps = by_hand(preset, T, seed)
    for variable, row, u, chosen in (("p_state", "row", "u", "state"), ("p_symbol", "B", "v", "symbol")):
        header, arrays = shown["needle", variable]
        np.testing.assert_allclose(arrays["p"], [step[row] for step in steps], atol=1e-6)
        np.testing.assert_allclose(arrays["u"], [step[u] for step in steps], atol=1e-6)
        assert header["chosen"] == [step[chosen] for step in steps]
        assert (arrays["low"] <= arrays["u"] + 1e-6).all()
        assert (arrays["u"] <= arrays["high"] + 1e-6).all()
        np.testing.assert_allclose(shown["matrix", variable][1]["values"], arrays["p"], atol=1e-6)
    assert shown["graph", "A"][0]["path"] == [step["state"] for step in steps]


def test_shares_are_counted_by_hand_and_the_limit_stays():
    shown = figures(open_page(hmm="clouds", gen_T="50"))
    states = [step["state"] for step in by_hand("clouds", 50, 0)]
    counted = [[states[: t + 1].count(i) / (t + 1) for i in range(3)] for t in range(50)]
    np.testing.assert_allclose(shown["matrix", "share_state"][1]["values"], counted, atol=1e-6)
    s = shown["matrix", "stationary"][1]["values"]
    np.testing.assert_allclose(s @ json_files.preset("clouds").model.A.numpy(), s, atol=1e-6)


@pytest.mark.parametrize("preset", ["weather", "trellis", "jieba"])
def test_the_long_run_counts_what_generate_draws(preset):
    model = json_files.preset(preset).model
    states = hmm.generate(model, 500, 5).states.numpy()
    table = long.running_shares(model, 500, 5)
    for n, state, share in table[["n", "state", "share"]].itertuples(index=False):
        assert share == pytest.approx((states[:n] == state).mean())


def test_the_long_run_is_drawn():
    proto = open_page(hmm="casino").get("vega_lite_chart")[0].proto
    table = pa.ipc.open_stream(proto.data.data).read_all().to_pandas()
    last = table[table["n"] == 10_000].set_index("series")
    assert last["limit"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert last["share"].tolist() == pytest.approx([2 / 3, 1 / 3], abs=0.05)


def test_a_seed_gives_one_sequence_and_a_longer_one_begins_with_it():
    first, again, longer = (figures(open_page(gen_seed="3", gen_T=T)) for T in ("20", "20", "40"))
    path = first["graph", "A"][0]["path"]
    assert again["graph", "A"][0]["path"] == path == longer["graph", "A"][0]["path"][:20]


def test_the_next_seed():
    app = open_page(gen_seed="3")
    before = figures(app)["graph", "A"][0]["path"]
    app.button(key="gen_next").click().run()
    assert app.number_input(key="gen_seed").value == 4
    assert figures(app)["graph", "A"][0]["path"] != before


CELLS = [
    ("gen_draw_state", "p_state", {"time": 3, "state": 1}), ("gen_row_symbol", "p_symbol", {"time": 3, "symbol": 2}),
    ("gen_share_state", "share_state", {"time": 4, "state": 0}), ("gen_stationary", "stationary", {"state": 1}),
    ("gen_share_symbol", "share_symbol", {"time": 4, "symbol": 0}),
    ("gen_expected_symbol", "expected_symbol", {"symbol": 1}), ("gen_graph", "A", {"state": 0, "next_state": 1}),
    ("gen_graph", "pi", {"state": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "variable", "position"), CELLS)
def test_a_picked_cell_is_explained(key, variable, position):
    app = open_page(lang="en")
    app.session_state[f"{key}__picked"] = {"variable": variable, "position": position}
    assert not app.run().exception
    assert app.main.latex
    assert "engine" not in app.main.code[0].value


@pytest.mark.parametrize("preset", json_files.presets())
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_preset_in_both_languages(preset, lang):
    app = open_page(hmm=preset, lang=lang)
    texts = [element.value for element in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{(n|name|u|low|state)\}", re.sub(r"\$.*?\$", "", text))]
    assert ("graph", "A") in figures(app)


def test_a_model_with_many_states_is_a_matrix():
    from ui import hmm_link

    size = 20
    even = (torch.ones(size, size, dtype=torch.float64) / size).tolist()
    names = [f"s{n}" for n in range(size)]
    model = hmm.HMM(names, names, even[0], even, even)
    app = open_page(m=hmm_link.encode(json_files.dumps(model)))
    assert ("matrix", "A") in figures(app)
    assert ("graph", "A") not in figures(app)
