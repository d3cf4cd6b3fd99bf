"""Memory without a browser: what it says of the stored runs, choices from the link, bad links, the live form."""

import math
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from streamlit.testing.v1 import AppTest

from charts.payload import unpack
from engine import memory_file
from engine.memory import BASELINE, NETWORKS
from tests.pages import opened
from ui import memory, memory_inside, memory_live, runs_rnn
from ui.job import DIED
from ui.jobs import LEFT, TURN_OVER

ROOT = Path(__file__).resolve().parents[2]


open_page = partial(opened.open_page, "memory")


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption)).replace("\\", "")


def finding(app: AppTest) -> str:
    return next(each.value for each in app.markdown if each.value.startswith("#### ")).replace("\\", "")


def matrices(app: AppTest) -> dict:
    drawn = [unpack(each.proto.bytes) for each in app.get("bidi_component") if each.proto.bytes]
    return {header["variable"]: arrays["values"] for header, arrays in drawn if header.get("variable")}


def shares(task: str, distance: int) -> dict[str, float]:
    runs = [run for run in memory_file.shipped(task) if run.params.distance == distance]
    return {run.params.cell: run.figures["accuracy"] for run in runs}


@pytest.mark.parametrize(("task", "distance"), [("recall", 100), ("adding", 20), ("adding", 100)])
def test_the_finding_sorts_the_cells_by_their_stored_shares(task, distance):
    app = open_page(task=task, distance=str(distance))
    said, stored = finding(app), shares(task, distance)
    known = re.search(r"these remember: ([^.]*)\.", said)
    assert set(known[1].split(", ")) == {cell for cell, share in stored.items() if share >= 0.9}
    assert all(cell in said for cell in NETWORKS)
    assert not app.warning


def test_a_run_that_diverged_is_not_called_a_guess():
    """Over 1000 steps the linear cell's loss on adding is beyond all bounds; over 100 nothing diverged."""
    assert "Diverged in training: lecture." in (said := finding(open_page(task="adding", distance="1000")))
    assert "Only guessing: elman." in said
    assert "Diverged" not in finding(open_page(task="adding", distance="100"))


@pytest.mark.parametrize("loss", [math.nan, math.inf, 11 * BASELINE])
def test_a_loss_without_bounds_has_diverged(loss):
    shares, losses = np.full((6, 4), 0.1), np.full((6, 4), BASELINE)
    losses[1, 2], shares[0, 2], losses[0, 2] = loss, np.nan, np.nan  # of the first cell no run is stored
    overview = xr.Dataset({"accuracy": (("cell", "distance"), shares), "loss": (("cell", "distance"), losses)})
    assert memory.diverged(memory.Point("adding", 500), overview) == ["elman"]
    assert memory.diverged(memory.Point("adding", 20), overview) == []


def test_gates_are_averaged_over_all_steps():
    app = open_page(task="adding", distance="1000", cell="lstm")
    stored = next(run for run in memory_file.shipped("adding") if run.prefix == "lstm.1000.")
    assert stored.gates.shape == (3, 1000)
    said = ", ".join(f"{name} {value:.2f}" for name, value in zip("ifo", stored.gates.mean(1), strict=True))
    gates = runs_rnn.memory_inside("adding", "lstm", 1000)
    assert memory_inside.open_gates(gates) == f"On average over all steps: {said}."
    assert matrices(app)["mean_gate"].shape[1] < 60


def test_without_stored_runs_the_page_says_so_and_still_trains(monkeypatch):
    caches = (runs_rnn.memory_runs, runs_rnn.memory_overview, runs_rnn.memory_flows, runs_rnn.memory_inside)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(memory_file, "shipped", lambda task: [])
            for cached in caches:
                cached.clear()
            app = open_page()
        assert "No runs of this task are stored" in app.warning[0].value
        assert "No run of this point is stored" in app.info[0].value
        assert app.button(key="memory_train")
    finally:
        for cached in caches:
            cached.clear()


@pytest.mark.parametrize("note", [LEFT, TURN_OVER, DIED])
def test_notes_of_a_run_promise_no_checkpoint(note):
    said = memory_live.NOTES[note]
    assert "checkpoint" not in said
    assert "Resume" not in said


def test_the_matrices_hold_the_stored_figures():
    app = open_page(task="adding", distance="100", cell="gru")
    drawn = matrices(app)
    assert drawn["accuracy"].shape == (6, 4)
    mine = shares("adding", 100)
    assert drawn["accuracy"][:, 1].tolist() == pytest.approx([mine[cell] for cell in NETWORKS], abs=1e-6)
    assert drawn["mean_gate"].shape[0] == 2
    assert 50 <= drawn["flow"].shape[1] == drawn["mean_gate"].shape[1] <= 52


def test_a_cell_without_gates_says_so():
    app = open_page(cell="elman")
    assert "elman has no gates" in texts(app)
    assert "mean_gate" not in matrices(app)


def test_a_point_without_a_stored_run_can_still_be_trained():
    app = open_page(task="copy", distance="500", cell="gru")
    assert "these remember: transformer" in finding(app)
    assert "No run of this point is stored" in app.info[0].value
    assert app.button(key="memory_train").label == "Train gru over 500 steps now"


def test_the_transformer_stands_beside_the_cells():
    app = open_page(task="copy", distance="1000", cell="transformer")
    mine = shares("copy", 1000)
    assert set(mine) == {"lstm", "transformer"}
    assert "these remember: transformer" in finding(app)
    assert f"In part: lstm {mine['lstm']:.0%}" in finding(app)
    assert "its last place looks at all others" in texts(app)
    drawn = matrices(app)
    assert drawn["accuracy"][NETWORKS.index("transformer"), 3] == pytest.approx(mine["transformer"], abs=1e-6)
    assert "mean_gate" not in drawn


def test_a_bad_link_is_told_and_the_default_shown():
    app = open_page(task="sorting", distance="30", cell="<b>")
    assert len(app.warning) == 3
    assert "Over 100 steps" in finding(app)


def test_the_published_point_stands_beside_the_stored_figures():
    text = texts(open_page())
    for run in memory_file.shipped("adding"):
        if run.params.distance == 100:
            assert f"| `{run.params.cell}` | {run.figures['accuracy']:.1%} |" in text


def test_the_live_run_draws_other_numbers_and_has_its_own_colour():
    assert open_page().number_input(key="memory_seed").value == memory_live.SEED
    assert memory_live.SEED not in {
        run.params.seed for task in ("recall", "adding", "copy") for run in memory_file.shipped(task)
    }
    for cell in NETWORKS:
        order = memory_live._order(cell)
        assert order.index("stored") == list(NETWORKS).index(cell)
        assert order.index("trained live") == len(NETWORKS)
