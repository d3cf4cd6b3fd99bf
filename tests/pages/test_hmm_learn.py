"""Learn and Assumptions without a browser: compared with hmmlearn, bad input said, the learned model taken over."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine.errors import InputError
from engine.hmm import generate, json_files, random_start
from tests.pages.opened import open_page
from ui import hmm_restarts, hmm_sequences

ROOT = Path(__file__).resolve().parents[2]
CASINO = json_files.preset("casino").model


def figures(app: AppTest) -> dict[str, tuple[dict, dict[str, np.ndarray]]]:
    """Header and arrays of every component by its variable, else its name."""
    drawn = [unpack(each.proto.bytes) for each in app.get("bidi_component") if each.proto.bytes]
    return {header["variable"]: (header, arrays) for header, arrays in drawn if header.get("variable")}


def stepper(app: AppTest) -> list[float]:
    """log P of every iteration, as under the chips."""
    drawn = [unpack(each.proto.bytes)[0] for each in app.get("bidi_component") if each.proto.bytes]
    header = next(header for header in drawn if header.get("dim") == "iteration" and "captions" in header)
    return [float(caption.replace("−", "-")) for caption in header["captions"]]


def finding(app: AppTest) -> str:
    return next(each.value for each in app.markdown if each.value.startswith("#### ")).replace("\\", "")


def by_hmmlearn(iterations: int, seed: int = 0) -> tuple[list[float], CategoricalHMM]:
    """The peer from the same start on the same sequences."""
    start = random_start(CASINO.S, CASINO.V, seed)
    peer = CategoricalHMM(2, n_iter=iterations, tol=-np.inf, init_params="", params="ste")
    peer.n_features = 6
    peer.startprob_, peer.transmat_ = start.pi.numpy(), start.A.numpy()
    peer.emissionprob_ = start.B.numpy()
    X = [generate(CASINO, 30, at).observations.numpy() for at in range(20)]
    peer.fit(np.concatenate(X)[:, None], [30] * 20)
    return list(peer.monitor_.history), peer


def test_the_climb_is_hmmlearns_and_never_falls():
    app = open_page("hmm_learn", hmm="casino", bw_iterations="20", bw_tolerance="1e-9")
    history, peer = by_hmmlearn(20)
    climb = stepper(app)
    np.testing.assert_allclose(climb[:20], history, atol=0.051)  # one digit under a chip
    assert (np.diff(climb) >= 0).all()
    shown = figures(app)
    learned = shown["A"][1]["values"][-1]
    fits = [peer.transmat_[order][:, order] for order in ([0, 1], [1, 0])]
    assert min(abs(learned - each).max() for each in fits) < 1e-5
    np.testing.assert_allclose(shown["A_true"][1]["values"], CASINO.A, atol=1e-6)
    np.testing.assert_allclose(shown["A_new"][1]["values"][:-1], shown["A"][1]["values"][1:], atol=1e-6)


def test_the_trellis_has_the_posteriors_of_the_chosen_sequence():
    app = open_page("hmm_learn", hmm="casino", bw_iterations="5")
    app.number_input(key="bw_shown").set_value(3).run()
    assert not app.exception
    header, arrays = figures(app)["gamma"]
    O = generate(CASINO, 30, 2).observations.tolist()
    assert header["time"]["labels"] == [CASINO.V[k] for k in O]
    np.testing.assert_allclose(arrays["nodes"].sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(arrays["arcs"].sum(-1), arrays["nodes"][:, :-1], atol=1e-5)


def test_letters_are_sorted_on_the_first_screen():
    app = open_page("hmm_learn", hmm="letters")
    said = re.search(r"took ([a-z ]+): (\d+) of (\d+) letters", finding(app))
    assert set("aeio") <= set(said[1].split())
    assert int(said[2]) >= int(said[3]) - 1 >= 23


def test_a_model_without_random_start_and_a_frozen_part():
    app = open_page("hmm_learn", hmm="casino", start="model", bw_learn="A", bw_iterations="5")
    shown = figures(app)
    np.testing.assert_allclose(shown["B"][1]["values"], np.broadcast_to(CASINO.B, (len(stepper(app)), 2, 6)), atol=1e-6)
    assert len(set(np.round(shown["A"][1]["values"][:, 0, 0], 6))) > 1


def test_typed_lines_that_cannot_be_read_are_listed():
    app = open_page("hmm_learn", hmm="weather", **{"from": "typed"})
    box = next(box for box in app.text_area if box.key.startswith("bw_text"))
    box.set_value("walk shop clean walk\nwalk fly\n\nshop, shop, walk").run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table.iloc[0, 1] == 2
    assert "fly" in table.iloc[0, 2]
    assert "iterations lift" in finding(app)
    box.set_value("fly fly").run()
    assert any("No line can be used" in each.value for each in app.info)
    app.toggle(key="bw_own").set_value(True).run()
    assert not app.exception
    assert figures(app)["gamma"][0]["time"]["labels"] == ["fly", "fly"]


def test_a_start_that_cannot_produce_the_data_is_said():
    app = open_page("hmm_learn", hmm="tagger", start="model", **{"from": "typed"})
    box = next(box for box in app.text_area if box.key.startswith("bw_text"))
    V = json_files.preset("tagger").model.V
    box.set_value("\n".join(f"{a} {b} {a}" for a in V for b in V)).run()
    assert not app.exception
    assert any("its probability is 0" in each.value.replace("\\", "") for each in app.error)


def test_restarts_and_the_best_taken_over():
    app = open_page("hmm_learn", hmm="clouds", bw_iterations="30")
    app.button(key="bw_restart").click().run()
    assert not app.exception
    table = app.dataframe[-1].value
    assert len(table) == 20
    assert (np.diff(table["end"]) <= 0).all()
    best = int(table["seed"][0])
    if best:
        app.button(key="bw_best").click().run()
        assert app.number_input(key="bw_seed").value == best
    assert stepper(app)[-1] == pytest.approx(table["end"][0], abs=0.051)


def test_ends_are_grouped_by_height():
    table = hmm_restarts.ends({0: [-9.0, -5.0], 1: [-7.0, -3.0], 2: [-4.0, -3.05], 3: [-3.12]})
    assert table["seed"].tolist() == [1, 2, 3, 0]
    assert table["top"].tolist() == [1, 1, 1, 2]


def test_only_converged_runs_count_as_tops():
    climbs = {0: [-9.0, -5.0], 1: [-9.0, -4.0, -3.0], 2: [-9.0, -7.0]}
    table = hmm_restarts.ends(climbs, limit=2)
    assert table["top"].isna().tolist() == [True, False, False]
    assert table["top"].tolist()[1:] == [1, 2]


def test_the_learned_model_goes_into_the_bar_and_back():
    app = open_page("hmm_learn", hmm="casino", bw_iterations="10")
    learned = figures(app)["A"][1]["values"][-1]
    app.button(key="bw_take").click().run()
    assert not app.exception
    own = json_files.loads(app.session_state["hmm_own"])
    np.testing.assert_allclose(own.A, learned, atol=1e-6)
    assert own.S == CASINO.S
    app.button(key="hmm_undo_button").click().run()
    assert app.session_state["hmm"] == ["casino"]


def test_too_large_a_model_is_not_learned():
    app = open_page("hmm_learn", hmm="jieba")
    assert any("command line" in each.value for each in app.info)
    assert "gamma" not in figures(app)


@pytest.mark.parametrize(
    "query",
    [{"bw_seed": "-3"}, {"bw_n": "1e9"}, {"from": "nowhere"}, {"i": "x"}, {"bw_learn": "Q"}, {"bw_tolerance": "0"}],
    ids=str,
)
def test_a_bad_link_falls_back(query):
    assert "iterations lift" in finding(open_page("hmm_learn", bw_iterations="3", **query))


def read(text: bytes, name: str = "x.txt", V=("a", "b")) -> hmm_sequences.Read:
    return hmm_sequences.read(text, name, tuple(V), tuple(V))


def test_lines_of_a_file():
    found = read(b'a b a\r\n"a,b"\n\nabba\nc a\n', "x.csv")
    assert found.sequences == [(0, 1, 0), (0, 1), (0, 1, 1, 0)]
    assert [(row.line, row.params) for row in found.bad] == [(5, {"n": 1, "symbol": "c"})]
    assert read("a b\n".encode("utf-16"), V=("a", "b")).sequences == [(0, 1)]


def test_limits_of_a_file():
    long = "a" * (hmm_sequences.LONGEST + 1)
    found = read(f"{long}\nab\n".encode())
    assert [row.line for row in found.bad] == [1]
    line = "ab" * 500
    found = read("\n".join([line] * 30).encode())
    assert (len(found.sequences), found.beyond) == (20, 10)


@pytest.mark.parametrize(
    ("blob", "name"),
    [(b"PK\x03\x04" + bytes(40), "bomb.zip"), (b"\x1f\x8b" + bytes(40), "x.gz"), (b"%PDF-1.4 x", "x.txt"),
     (bytes(range(256)) * 4, "x.txt"), (b"PK\x03\x04xl/workbook.xml", "x.xlsx")],
    ids=["zip", "gz", "pdf", "binary", "xlsx"],
)  # fmt: skip
def test_what_is_no_text_is_refused(blob, name):
    with pytest.raises(InputError):
        read(blob, name)


def test_symbols_from_the_data():
    assert hmm_sequences.symbols(["walk shop", "clean"]) == ("clean", "shop", "walk")
    assert hmm_sequences.symbols(["abba", "c"]) == ("a", "b", "c")
    with pytest.raises(InputError):
        hmm_sequences.symbols([" ".join(map(str, range(hmm_sequences.MOST_SYMBOLS + 1)))])


@pytest.mark.parametrize("kind", ["second_order", "drifting", "output_dependent"])
def test_a_broken_assumption_costs_and_shows(kind):
    app = open_page("hmm_assumptions", hmm="letters", broken=kind, strength="1.0")
    lost = float(re.search(r"loses ([\d.]+) nats", finding(app))[1])
    assert lost > 0.01
    kept = open_page("hmm_assumptions", hmm="letters", broken=kind, strength="0.0")
    assert float(re.search(r"loses (-?[\d.]+) nats", finding(kept))[1]) < lost / 2
    shares = figures(app)["conditional"][1]["values"]
    sums = shares.sum(-1)
    if kind != "output_dependent":  # whose letters beyond the most frequent are not shown
        np.testing.assert_allclose(sums[~np.isnan(sums)], 1, atol=1e-5)


def test_states_of_a_second_order_source_come_back():
    app = open_page("hmm_assumptions", hmm="weather", broken="second_order", strength="1.0")
    drawn = [unpack(each.proto.bytes) for each in app.get("bidi_component") if each.proto.bytes]
    shares = [arrays["values"] for header, arrays in drawn if header.get("variable") == "conditional"]
    for state in shares:
        np.testing.assert_allclose(state, np.eye(2), atol=1e-6)  # always the state before


@pytest.mark.parametrize("query", [{"strength": "7"}, {"broken": "all"}, {"as_seed": "x"}], ids=str)
def test_a_bad_link_of_assumptions_falls_back(query):
    assert "loses" in finding(open_page("hmm_assumptions", **query))


def test_assumptions_of_a_large_model_are_left():
    assert open_page("hmm_assumptions", hmm="jieba").info


@pytest.mark.parametrize("page", ["hmm_learn", "hmm_assumptions"])
def test_no_raw_template_in_chinese(page):
    app = open_page(page, lang="zh")
    texts = [each.value for each in (*app.markdown, *app.caption, *app.title, *app.subheader)]
    assert not [text for text in texts if re.search(r"\{[a-z_]+\}(?!\$)", re.sub(r"\$.*?\$", "", text))]


def test_an_edit_is_quick():
    app = open_page("hmm_learn", hmm="trellis", bw_length="60", bw_iterations="50")
    times = []
    for seed in range(1, 6):
        begun = time.perf_counter()
        app.number_input(key="bw_seed").set_value(seed).run()
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.25  # the bound is for a busy machine; alone it takes 0.06


def test_a_share_and_a_new_probability_are_explained():
    app = open_page("hmm_assumptions", broken="drifting")
    position = {"context": 0, "state": 0, "outcome": 1}
    app.session_state["as_shares_0__picked"] = {"variable": "conditional", "position": position}
    assert not app.run().exception
    assert "default_rng" in app.main.code[0].value
    app = open_page("hmm_learn", hmm="letters")
    cell = {"iteration": 3, "state": 1, "symbol": 4}
    app.session_state["bw_B_1__picked"] = {"variable": "B_new", "position": cell}
    assert not app.run().exception
    assert "sequences.json" in app.main.code[0].value
    assert float(app.main.latex[0].value.rsplit("=", 1)[1].rstrip("$ \n")) == pytest.approx(
        figures(app)["B_new"][1]["values"][3, 4], rel=1e-3
    )


@pytest.mark.parametrize("page", ["hmm_learn", "hmm_assumptions"])
@pytest.mark.parametrize("picked", [{"variable": "x", "position": {}}, {"variable": "loss", "position": {}}], ids=str)
def test_a_cell_that_is_not_there_is_passed_over(page, picked):
    app = open_page(page)
    for key in ("as_shares_0", "bw_A"):
        app.session_state[f"{key}__picked"] = picked
    assert not app.run().exception


def test_the_observed_sequence_of_the_other_pages():
    app = open_page("hmm_learn", hmm="casino", o="6 6 6 1 2", **{"from": "observed"})
    assert figures(app)["gamma"][0]["time"]["labels"] == list("66612")
