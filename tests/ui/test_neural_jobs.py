"""Trainings of neural language models in the queue of the server: what a worker is told and what is taken in of it."""

import io
import json
import os
import signal
import sys

import pytest

from engine import nnlm_files, worker
from ui.job import Unreadable
from ui.neural_job import NeuralJob

LINES = [f"{a}{b}a{b}" for a in "bdfgklmn" for b in "aeiou"]
ASKED = {"key": "own", "unit": "character", "own": "abc"}
PARAMS = {"model": "rnn", "cell": "gru", "n_embedding": 4, "n_hidden": 6, "steps": 8, "checks": 2, "asked": ASKED}


def job(tmp_path, **params) -> NeuralJob:
    text = tmp_path / "t.txt"
    text.write_text("\n".join(LINES), "utf-8")
    return NeuralJob("run-1", "me", PARAMS | params, str(text), "", tmp_path / "run")


def worked(run: NeuralJob, monkeypatch, capsys, resume=None) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(run.task(resume)) + "\n"))
    monkeypatch.setattr(os, "nice", lambda step: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker, "_listen", lambda stop: None)  # the end of stdin is no stop here
    code = worker.main()
    for line in capsys.readouterr().out.splitlines():
        run.hear(line)
    return code


def test_a_run_is_followed_to_its_end_and_its_network_used(tmp_path, monkeypatch, capsys):
    run = job(tmp_path)
    assert run.asked == ASKED
    assert "asked" not in run.task()["params"]
    assert run.usable is None
    assert worked(run, monkeypatch, capsys) == 0
    assert (run.state, run.step, run.progress) == ("done", 8, 1.0), run.error
    assert run.start == {"n_train": 36, "n_held_out": 4, "n_words": 3 + len(set("".join(LINES)))}
    assert run.checks[-1]["bits"] < run.checks[0]["bits"]
    assert len(run.checks[-1]["written"]) == 3
    model = nnlm_files.load_file(run.usable)
    assert model.params.cell == "gru"
    assert model.perplexity(LINES[9::10]).bits == pytest.approx(min(check["bits"] for check in run.checks), abs=1e-5)


def test_a_run_goes_on_from_its_checkpoint(tmp_path, monkeypatch, capsys):
    run = job(tmp_path)
    worked(run, monkeypatch, capsys)
    longer = job(tmp_path, steps=10)
    assert worked(longer, monkeypatch, capsys, run.checkpoint) == 0
    assert (longer.state, longer.step) == ("done", 10)
    assert longer.checks[0]["step"] == 8


def test_what_cannot_be_trained_is_told(tmp_path, monkeypatch, capsys):
    run = job(tmp_path)
    run.data = "nothing"
    assert worked(run, monkeypatch, capsys) == 2
    assert run.state == "failed"
    assert run.error[1]["key"] == "nothing"


def test_a_line_that_is_not_in_the_protocol(tmp_path):
    with pytest.raises(Unreadable):
        job(tmp_path).hear(json.dumps({"type": "record", "step": 1}))
