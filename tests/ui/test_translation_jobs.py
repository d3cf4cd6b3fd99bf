"""Runs of translators: what a worker is told and what is taken in of its lines; parallel texts of a session."""

import io
import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine import worker
from engine.errors import InputError
from engine.translation import files, shipping
from ui import runs, translation_align, translation_data
from ui.job import Unreadable
from ui.translation_job import TranslationJob, of_stored

PARAMS = {"model": "attention", "n_embedding": 4, "n_hidden": 4, "tokens": "words", "steps": 4, "checks": 2, "batch": 8}
ABOUT = {"languages": ["de", "fr"], "size": 5000, "data_seed": 0, "looked_at": "Der Hund"}
START = {
    "type": "start", "params": {**PARAMS, "seconds": None}, "languages": ["de", "en"], "n_train": 9, "n_held_out": 1,
    "n_bad": 0, "n_source": 7, "n_target": 8, "looked_at": "ein Hund",
}  # fmt: skip
LOOK = {"source": ["ein", "Hund"], "target": ["a", "dog"], "weights": [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]}
CHECK = {"index": 0, "loss": 2.0, "bleu": 12.5, "exact": 0.25, "error": 0.5, "best": True, "look": LOOK}


def record(step: int, loss: float | None, check: dict | None) -> str:
    news = {"type": "record", "step": step, "progress": step / 4, "seconds": float(step), "loss": loss, "speed": 700}
    return json.dumps(news | {"check": check} | ({"line": f"{step}"} if check else {}))


def job(tmp_path, data="grammar") -> TranslationJob:
    return TranslationJob("run-1", "me", PARAMS | ABOUT, data, "", tmp_path)


def heard(tmp_path, *lines: str) -> TranslationJob:
    run = job(tmp_path)
    for line in (json.dumps(START), *lines):
        run.hear(line)
    return run


def test_the_worker_is_told_network_and_data_apart(tmp_path):
    assert job(tmp_path).task(tmp_path / "resume.safetensors") == {
        "kind": "translation", "params": PARAMS, "data": "grammar", "data_name": "", "folder": str(tmp_path),
        "resume": str(tmp_path / "resume.safetensors"), **ABOUT,
    }  # fmt: skip


def test_records_and_checks_are_taken_in(tmp_path):
    run = heard(tmp_path, record(0, None, CHECK), record(2, 3.0, None), record(3, 2.5, CHECK | {"bleu": 50.0}))
    assert (run.step, run.progress, run.speed) == (3, 0.75, 700)
    assert run.losses == [(2, 2.0, 3.0), (3, 3.0, 2.5)]
    assert [(check["step"], check["bleu"]) for check in run.checks] == [(0, 12.5), (3, 50.0)]
    assert run.lines == ["0", "3"]
    assert run.task()["languages"] == ["de", "fr"]  # also when it goes on
    run.hear(record(3, None, CHECK | {"bleu": 50.0}))  # a run that goes on looks again where it stopped
    assert len(run.checks) == len(run.lines) == 2
    run.hear(json.dumps({"type": "end", "state": "stopped"}))
    assert run.state == "stopped"


@pytest.mark.parametrize(
    "changes",
    [{"look": LOOK | {"weights": [[1.0]]}}, {"look": LOOK | {"weights": [["x", "y"]] * 3}}, {"bleu": None},
     {"look": LOOK | {"source": []}}, {"look": LOOK | {"target": ["a"] * 9}}, {"look": 7}],
)  # fmt: skip
def test_a_check_out_of_the_protocol_is_refused(tmp_path, changes):
    with pytest.raises(Unreadable):
        heard(tmp_path, record(0, None, CHECK | changes))


def test_the_lines_and_files_of_a_worker_are_taken_in(tmp_path, monkeypatch, capsys):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"der Hund {k % 5} .\tthe dog {k % 5} .\n" for k in range(40)), "utf-8")
    params = PARAMS | {"tokens": "bpe", "n_pieces": 100, "tied": False}
    run = TranslationJob("run-1", "me", params | ABOUT | {"languages": ["de", "en"]}, str(pairs), "my.tsv", tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(run.task()) + "\n"))
    monkeypatch.setattr(os, "nice", lambda step: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker, "_listen", lambda stop: None)  # the end of stdin is no stop here
    assert worker.main() == 0
    for line in capsys.readouterr().out.splitlines():
        run.hear(line)
    assert (run.state, run.step) == ("done", 4), run.error
    assert run.start["looked_at"] == "Der Hund"
    assert {translation_align.text(run, check["look"][0], 0).lower() for check in run.checks} == {"der hund"}
    assert files.load_file(run.best).card["data"] == "my.tsv"
    assert run.checkpoint.is_file()


def test_the_stored_run_sharpens():
    run = of_stored(shipping.RUN, shipping.load(), runs.DATA)
    assert (run.state, run.checks[0]["step"]) == ("done", 0)
    first, last = (translation_align.sharpness(check["look"]) for check in (run.checks[0], run.checks[-1]))
    assert last > 0.6 > 0.3 > first
    assert run.checks[-1]["error"] < 0.25 < run.checks[0]["error"]


def test_weights_of_all_checks_stand_in_one_array(tmp_path):
    long = {"source": ["ein", "Hund"], "target": ["x"] * 9, "weights": [[0.5, 0.5]] * 9}
    run = heard(tmp_path, record(0, None, CHECK | {"look": long}), record(3, 2.0, CHECK))
    found = translation_align.trace(run)
    assert dict(found["weights"].sizes) == {"check": 2, "target": 3, "source": 2}
    assert found["target_label"].values.tolist() == ["a", "dog", "<eos>"]
    np.testing.assert_allclose(found["weights"].values[1], LOOK["weights"], atol=1e-6)
    assert found["bleu"].values.tolist() == [12.5, 12.5]
    assert "…" not in translation_align.table(run)
    assert translation_align.table(run).count("\n") == 3


def test_a_network_without_attention_has_no_alignment(tmp_path):
    run = heard(tmp_path, record(0, None, CHECK | {"error": None, "look": LOOK | {"weights": None}}))
    found = translation_align.trace(run)
    assert "weights" not in found
    assert np.isnan(found["error"].values).all()
    assert "→" in translation_align.finding(run)


# ── own pairs ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "jobs", lambda: SimpleNamespace(folder=tmp_path, jobs={}))
    return tmp_path


DE, EN = [f"der Satz {k}" for k in range(12)], [f"the sentence {k}" for k in range(12)]


def rows(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def test_a_tsv_and_two_texts_give_the_same_pairs():
    one = translation_data.keep([("my.tsv", rows([f"{a}\t{b}" for a, b in zip(DE, EN, strict=True)]))])
    two = translation_data.keep([("my.de.txt", rows(DE)), ("my.en.txt", rows(EN) + b"\r\n")])
    assert one.path == two.path
    assert (one.n, one.bad, one.guess, two.guess) == (12, [], ("de", "en"), ("de", "en"))


def test_bad_rows_are_listed_with_line_and_reason():
    lines = [f"{a}\t{b}" for a, b in zip(DE, EN, strict=True)] + ["no tab", "\tone side", f"{'x' * 1001}\ty"]
    blob = rows(lines) + b"\nder S\xe4tz\tthe \x81\x8d sentence with \xc3\xa4\n" + rows([DE[0] + "\t" + EN[0]])
    blob = blob.replace(b"der Satz 3", "der Sätz 3".encode())
    found = translation_data.keep([("my.tsv", blob)])
    assert [row.line for row in found.bad] == [13, 14, 15, 16]
    assert "tab" in found.bad[0].reason
    assert "empty" in found.bad[1].reason
    assert found.bad[2].params == {"limit": 1000, "n": 1001}
    assert "encoding" in found.bad[3].reason
    assert found.n == 13


def test_encodings_may_differ_between_the_files():
    french = [f"la forêt {k}, où l’été est beau" for k in range(12)]
    found = translation_data.keep([("x.fr.txt", "\n".join(french).encode("cp1252")), ("x.de.txt", rows(DE))])
    assert found.guess == ("fr", "de")
    assert len(found.encodings) == 2
    assert "la forêt 0, où l’été est beau\tder Satz 0" in Path(found.path).read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("a.txt", rows(DE)), ("b.txt", rows(EN[:-1]))], "has 12 lines"),
        ([("a.tsv", rows(DE))], "no line has a tab"), ([("a.tsv", rows(["a\tb"] * 3))], "too few"),
        ([("a.tsv", b"")], "empty"), ([("a.txt", rows(DE))] * 3, "two texts"),
        ([("a.tsv", b"a\tb\n" * 200_001)], "200,001 lines"), ([("a.tsv", b"x" * 20_000_001)], "20 MB"),
    ],
    ids=["uneven", "no tab", "few", "empty", "three", "long", "large"],
)  # fmt: skip
def test_texts_that_cannot_be_used_are_refused(given, said):
    with pytest.raises(InputError) as error:
        translation_data.keep(given)
    assert said in error.value.template.format(**error.value.params)
