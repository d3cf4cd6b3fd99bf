"""Memory without a browser: what it says of the stored runs, choices from the link, bad links, the live form."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from charts.payload import unpack
from engine import memory_file
from engine.memory import CELLS, TASKS

ROOT = Path(__file__).resolve().parents[2]


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=90)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("memory")
    app.run()
    assert not app.exception
    return app


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
    assert all(cell in said for cell in CELLS)
    assert not app.warning


def test_the_matrices_hold_the_stored_figures():
    app = open_page(task="adding", distance="100", cell="gru")
    drawn = matrices(app)
    assert drawn["accuracy"].shape == (5, 4)
    mine = shares("adding", 100)
    assert drawn["accuracy"][:, 1].tolist() == pytest.approx([mine[cell] for cell in CELLS], abs=1e-6)
    assert drawn["mean_gate"].shape[0] == 2
    assert 50 <= drawn["flow"].shape[1] == drawn["mean_gate"].shape[1] <= 52


def test_a_cell_without_gates_says_so():
    app = open_page(cell="elman")
    assert "elman has no gates" in texts(app)
    assert "mean_gate" not in matrices(app)


def test_a_point_without_a_stored_run_can_still_be_trained():
    app = open_page(task="copy", distance="500", cell="lstm")
    assert "No run over 500 steps is stored" in finding(app)
    assert app.button(key="memory_train").label == "Train lstm over 500 steps now"


def test_a_bad_link_is_told_and_the_default_shown():
    app = open_page(task="sorting", distance="30", cell="<b>")
    assert len(app.warning) == 3
    assert "Over 100 steps" in finding(app)


def test_the_published_point_stands_beside_the_stored_figures():
    text = texts(open_page())
    for run in memory_file.shipped("adding"):
        if run.params.distance == 100:
            assert f"| `{run.params.cell}` | {run.figures['accuracy']:.1%} |" in text
    assert TASKS["adding"].chance < 0.2
