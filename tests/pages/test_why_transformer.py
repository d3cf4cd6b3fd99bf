"""Why not recurrent? without a browser: what it says comes from the counts, the measurement and the stored runs."""

import json
import math
from functools import partial

import pytest

from charts.payload import unpack
from engine import complexity_measure, memory_file
from engine.complexity import LAYERS, Sizes, longest, operations
from engine.complexity_measure import Point
from tests.pages import opened
from ui import runs_transformer, why_transformer, why_transformer_far, why_transformer_measured
from ui.job import Unreadable
from ui.why_transformer_job import MeasureJob

open_page = partial(opened.open_page, "why_transformer")


def texts(app) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption)).replace("\\", "")


def matrices(app) -> dict:
    drawn = [unpack(each.proto.bytes) for each in app.get("bidi_component") if each.proto.bytes]
    return {header["variable"]: arrays["values"] for header, arrays in drawn if header.get("variable")}


def test_the_finding_and_the_table_are_of_the_chosen_sizes():
    app = open_page(why_n="256", why_d="32", why_k="5", why_r="9")
    said = texts(app)
    assert "Over 256 words an RNN takes 256 steps" in said
    assert "the first word is 255 steps from the last" in said
    assert f"{256**2:,} pairs of words" in said
    assert f"{256**2 * 32:,}" in said
    assert f"$O(n/r)$ · {longest('restricted', Sizes(256, 32, 5, 9))}" in said
    assert f"256 > 32: {256**2 * 32:,} > {256 * 32**2:,}" in said
    assert not app.warning


def test_the_crossings_are_counted():
    said = why_transformer.crossing(Sizes(32, 64))
    assert "Elman’s RNN at any length" in said
    assert "a GRU from 65 words on" in said
    assert "an LSTM from 129 words on" in said
    assert "an LSTM from 2,049 words on" in why_transformer.crossing(Sizes(32, 1024))
    assert "64 = 64" in why_transformer.crossing(Sizes(64, 64))


def test_the_matrices_hold_the_counts():
    drawn = matrices(open_page())
    sizes = why_transformer.FIRST
    assert drawn["operations"].tolist() == [operations(layer, sizes) for layer in LAYERS]
    assert drawn["path"].shape == (5, 12, 12)
    assert drawn["path"][0].max() == 1
    assert math.isnan(drawn["path"][1, 5, 2])
    assert drawn["path"][1, 2, 5] == 3


def test_a_sentence_of_ones_own_and_one_that_is_too_short():
    app = open_page(why_words="so it was so")
    assert matrices(app)["path"].shape == (5, 4, 4)
    assert "Steps from “so” to “so”: self-attention 1, RNN 3" in texts(app)
    short = open_page(why_words="word")
    assert "Two words at least" in short.info[0].value
    assert matrices(short)["path"].shape == (5, 12, 12)
    long = open_page(why_words="w " * 30)
    assert "The first 24 words are drawn." in texts(long)


def test_a_bad_link_gives_the_default():
    app = open_page(why_n="77", task="sorting")
    assert "Over 32 words an RNN takes 32 steps" in texts(app)
    assert any("sorting" in each.value for each in app.warning)


POINTS = [
    Point(layer, n, n * 1e-6, scale * n**power * 1e-6, int(n**power))
    for layer, scale, power in (("attention", 0.01, 2), ("lstm", 1, 1), ("cnn", 0.5, 1), ("attention-weights", 0.02, 2))
    for n in (16, 32, 64, 128, 256)
]


def test_what_is_said_of_the_measurement_comes_from_its_points():
    said = why_transformer_measured.finding(POINTS)
    assert "self-attention takes 4.0 times as long, the LSTM 2.0 times, the convolution 2.0 times" in said
    assert "takes longer than torch’s LSTM from 128 words on" in said
    early = [each for each in POINTS if each.n < 100]
    assert "faster than torch’s LSTM up to 64 words" in why_transformer_measured.finding(early)
    assert "weights kept 2.00" in why_transformer_measured.exponents(POINTS)
    assert why_transformer_measured.finding(POINTS[:1]) == ""


def test_the_stored_measurement_is_shown_with_its_machine():
    about, points = complexity_measure.read()
    said = texts(open_page())
    assert why_transformer_measured.finding(points).replace("\\", "") in said
    assert about["date"] in said
    assert about["torch"] in said


def test_without_a_stored_measurement_the_page_says_so(monkeypatch):
    try:
        with monkeypatch.context() as patch:
            patch.setattr(complexity_measure, "read", lambda: ({}, []))
            runs_transformer.measured.clear()
            app = open_page()
        assert any("No measurement is stored" in each.value for each in app.info)
        assert app.button(key="why_measure")
    finally:
        runs_transformer.measured.clear()


def test_the_answer_is_that_of_the_stored_runs():
    said = texts(open_page())
    for task in ("recall", "adding", "copy"):
        stored = {(run.params.cell, run.params.distance): run.figures["accuracy"] for run in memory_file.shipped(task)}
        for network in ("lstm", "transformer"):
            share = stored[network, 1000]
            if share < 0.9:
                assert f"{why_transformer_far.memory.NAMES[task]} ({share:.0%})" in said
    assert "Over 1000 steps the LSTM can: " in said
    assert "Measured up to 1000 steps." in said


def job(tmp_path) -> MeasureJob:
    return MeasureJob("run-1", "me", {"d": 32, "longest": 32}, "", "", tmp_path)


def test_the_lines_of_a_worker_are_taken_in(tmp_path):
    run = job(tmp_path)
    assert run.task()["kind"] == "measure"
    record = {"type": "record", "progress": 0.5, "seconds": 1.0, **POINTS[0]._asdict()}
    for line in (
        {"type": "start", "params": {"d": 32}, "about": {"cores": 2}},
        record,
        {"type": "end", "state": "done"},
    ):
        run.hear(json.dumps(line))
    assert (run.state, run.points, run.about) == ("done", POINTS[:1], {"cores": 2})
    with pytest.raises(Unreadable):
        run.hear(json.dumps({"type": "record", "progress": 1.0}))
