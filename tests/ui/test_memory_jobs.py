"""Runs of memory tasks in the queue of the server: what a worker is told and what is taken in of its lines."""

import io
import json
import os
import signal
import sys

import pytest

from engine import memory_file, worker
from ui.job import Job, MemoryJob, Unreadable
from ui.jobs import Jobs

PARAMS = {"cell": "gru", "task": "recall", "distance": 8, "n_hidden": 4, "steps": 20}


def job(tmp_path) -> MemoryJob:
    return MemoryJob("run-1", "me", PARAMS, "", "", tmp_path)


def test_the_worker_is_told_the_kind_of_job(tmp_path):
    assert job(tmp_path).task()["kind"] == "memory"
    assert Job("run-2", "me", {}, "data", "", tmp_path).task() == {
        "kind": "names", "params": {}, "data": "data", "data_name": "", "folder": str(tmp_path), "resume": None,
    }  # fmt: skip


def test_records_and_the_end_are_taken_in(tmp_path):
    run = job(tmp_path)
    record = {
        "type": "record",
        "step": 10,
        "progress": 0.5,
        "seconds": 0.2,
        "loss": 2.0,
        "gradient": None,
        "accuracy": 0.5,
    }
    run.hear(json.dumps(record))
    assert (run.step, run.progress, run.curve) == (10, 0.5, [(10, 2.0, None, 0.5)])
    run.hear(json.dumps({"type": "end", "state": "done", "figures": {"accuracy": 1.0}}))
    assert (run.state, run.figures) == ("done", {"accuracy": 1.0})
    with pytest.raises(Unreadable):
        run.hear(json.dumps({"type": "record", "step": 1}))


def test_the_lines_and_the_file_of_a_worker_are_taken_in(tmp_path, monkeypatch, capsys):
    run = job(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(run.task()) + "\n"))
    monkeypatch.setattr(os, "nice", lambda step: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker, "_listen", lambda stop: None)  # the end of stdin is no stop here
    assert worker.main() == 0
    for line in capsys.readouterr().out.splitlines():
        run.hear(line)
    assert run.state == "done", run.error
    kept = memory_file.loads(run.file.read_bytes())[0]
    assert kept.figures == run.figures
    assert [row[0] for row in run.curve] == [10, 20]


def test_a_page_sees_the_runs_of_its_own_kind_only():
    jobs = Jobs((sys.executable, "-c", "input()"), running=1)
    try:
        run = jobs.submit("me", PARAMS, kind=MemoryJob)
        assert jobs.get(run.id) is None  # the page Train does not see it
        assert jobs.get(run.id, MemoryJob) is run
    finally:
        jobs.close()
