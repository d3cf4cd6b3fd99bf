import io
import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from toy_pairs import toy

from engine import cli, cli_translation
from engine.translation import bulk, checkpoints, files

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--hidden", 16, "--embedding", 12, "--batch", 16, "--lr", 0.02, "--checks", 2, "--tokens", "words")
PLAIN = ("--no-tied", "--dropout", 0, "--smoothing", 0)


def run(monkeypatch, *arguments, stdin=b""):
    monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
    monkeypatch.setattr(signal, "signal", lambda *_: signal.SIG_DFL)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    return cli.main()


def write(path, pairs):
    path.write_text("".join(f"{a}\t{b}\n" for a, b in zip(pairs.source, pairs.target, strict=True)))
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write(tmp_path_factory.mktemp("pairs") / "toy.tsv", toy())


@pytest.fixture(scope="module")
def trained(table, tmp_path_factory):
    """A translator that knows the toy."""
    out = tmp_path_factory.mktemp("trained") / "w.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        options = ("--score", "dot", "--hidden", 32, "--steps", 120)
        assert run(patch, "train", "translation", "--data", table, "--out", out, *SMALL, *PLAIN, *options) == 0
    return out


def train(monkeypatch, table, out, *more):
    return run(monkeypatch, "train", "translation", "--data", table, "--out", out, *SMALL, *more)


def test_train_writes_three_files_and_a_summary(table, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "w.safetensors"
    assert train(monkeypatch, table, out, "--steps", 6, "--model", "rnn", "--cell", "lstm", "--seed", 3) == 0
    output = capsys.readouterr()
    summary = json.loads(output.out)
    assert (summary["out"], summary["steps"]) == (str(out), 6)
    assert summary["best"].keys() >= {"bleu", "exact", "loss", "error", "step"}
    assert "6 100% (0m" in output.err
    best, last = files.load_file(out), files.load_file(tmp_path / "made" / "w.last.safetensors")
    assert (best.params.attention, best.params.cell, best.params.reversed) == ("none", "lstm", True)
    assert (last.card["seed"], last.card["step"], last.card["data"], last.card["n_held_out"]) == (3, 6, "toy.tsv", 8)
    assert checkpoints.load_file(tmp_path / "made" / "w.resume.safetensors")[0].step == 6


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--bidirectional",), {"attention": "additive", "bidirectional": True, "reversed": False}),
        (("--no-bidirectional", "--score", "dot"), {"attention": "dot", "bidirectional": False, "reversed": True}),
        (("--no-bidirectional", "--no-reversed"), {"attention": "additive", "reversed": False}),
        (("--tokens", "bpe", "--pieces", 100), {"shared": True, "tied": True}),
        (("--teacher-forcing", 0.5, "--no-tied"), {"tied": False}),
    ],
)  # fmt: skip
def test_options_reach_the_network(options, kind, table, tmp_path, monkeypatch, capsys):
    out = tmp_path / "w.safetensors"
    assert train(monkeypatch, table, out, "--steps", 2, *options) == 0
    found = files.load_file(out).params
    assert {name: getattr(found, name) for name in kind} == kind


def test_a_transformer_is_trained_and_used(table, tmp_path, monkeypatch, capsys):
    out, options = tmp_path / "w.safetensors", ("--hidden", 16, "--layers", 1, "--heads", 2, "--ff", 24)
    train = ("train", "translation", "--model", "transformer", "--data", table, "--out", out, "--steps", 2, *options)
    assert run(monkeypatch, *train, "--positions", "rotary", "--norm", "after", "--batch-tokens", 300) == 0
    found = files.load_file(out)
    expected = {"d_model": 16, "n_layers": 1, "n_heads": 2, "d_ff": 24, "positions": "rotary", "norm": "after"}
    assert {name: getattr(found.params, name) for name in expected} == expected
    assert (found.card["batch"], found.card["batch_tokens"], found.params.tied) == (None, 300, True)
    resume = tmp_path / "w.resume.safetensors"
    again = ("train", "translation", "--data", table, "--out", out, "--resume", resume, "--steps", 3)
    assert run(monkeypatch, *again) == 0
    assert files.load_file(tmp_path / "w.last.safetensors").card["step"] == 3
    capsys.readouterr()
    assert run(monkeypatch, "evaluate", "translation", "--weights", out, "--data", table, "--beam", 2) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 8


def test_resume_goes_on_with_its_own_parameters(table, tmp_path, monkeypatch, capsys):
    out = tmp_path / "w.safetensors"
    train(monkeypatch, table, out, "--steps", 3, "--cell", "lstm")
    again = ("train", "translation", "--data", table, "--out", out, "--resume", tmp_path / "w.resume.safetensors")
    assert run(monkeypatch, *again, "--steps", 5) == 0
    last = files.load_file(tmp_path / "w.last.safetensors")
    assert (last.card["step"], last.params.cell, last.params.n_hidden) == (5, "lstm", 16)


def test_the_grammar_is_learned_from_by_default(tmp_path, monkeypatch, capsys):
    out = tmp_path / "w.safetensors"
    assert run(monkeypatch, "train", "translation", "--size", 300, "--steps", 2, "--out", out, "--hidden", 8) == 0
    card = files.load_file(out).card
    assert (card["data"], card["size"], card["n_train"] + card["n_held_out"]) == ("grammar", 300, 300)
    capsys.readouterr()
    assert run(monkeypatch, "evaluate", "translation", "--weights", out) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == card["n_held_out"]
    assert 0 < found["alignment_error"] <= 1


def test_evaluate_judges_what_was_held_out_or_all(trained, table, tmp_path, monkeypatch, capsys):
    assert run(monkeypatch, "evaluate", "translation", "--weights", trained, "--data", table) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"bleu", "exact", "loss", "n", "alignment_error"}
    assert (found["n"], found["alignment_error"]) == (8, None)
    assert found["bleu"] > 90
    other = write(tmp_path / "other.tsv", toy(40, seed=5))
    assert run(monkeypatch, "evaluate", "translation", "--weights", trained, "--data", other, "--beam", 3) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 40


def test_translate_writes_a_line_for_a_line(trained, monkeypatch, capfdbinary):
    known = files.load_file(trained)
    texts = ["der Hund mag den Mann .", "", "den Hund mag der Mann .", "   ", "der Vogel fliegt ."] * 130
    data = "\n".join(texts).encode()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(open(1, "wb", buffering=0, closefd=False)))  # noqa: SIM115
    assert run(monkeypatch, "translate", "--weights", trained, "--beam", 2, stdin=data) == 0
    out, err = capfdbinary.readouterr()
    lines = out.decode().split("\n")
    assert len(lines) == len(texts) + 1
    assert lines[:4] == ["the dog likes the man.", "", "the man likes the dog.", ""]
    assert lines[:5] * 130 == lines[:-1]
    assert "260 words are unknown to this translator: vogel, fliegt" in err.decode()
    assert run(monkeypatch, "translate", "--weights", trained, "--beam", 1, "--scores", stdin=data[:25]) == 0
    score, text = capfdbinary.readouterr().out.decode().rstrip("\n").split("\t")
    (peer,) = bulk.translate(known.net, known.source, known.target, texts[:1])
    assert (float(score), text) == (pytest.approx(peer.log_prob, abs=1e-5), "the dog likes the man.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "translation"), "--out"),
        (("train", "translation", "--out", "x", "--data", "/nowhere"), "no file or folder /nowhere"),
        (("train", "translation", "--out", "x", "--steps", "0"), "steps"),
        (("train", "translation", "--out", "x", "--minutes", "-1"), "seconds"),
        (("train", "translation", "--out", "x", "--model", "convolution"), "convolution"),
        (("train", "translation", "--out", "x", "--model", "transformer", "--cell", "gru"), "“cell” means nothing"),
        (("train", "translation", "--out", "x", "--layers", "2"), "“layers” means nothing"),
        (("train", "translation", "--out", "x", "--model", "transformer", "--teacher-forcing", "0.5"), "always 1"),
        (("train", "translation", "--out", "x", "--model", "transformer", "--heads", "5", "--size", "100"), "n_heads"),
        (("train", "translation", "--out", "x", "--languages", "de-xx"), "de-xx"),
        (("train", "translation", "--out", "x", "--languages", "fr-en"), "German"),
        (("train", "translation", "--out", "/proc/x/y.safetensors", "--steps", "1"), "cannot be written"),
        (("train", "translation", "--out", "x", "--resume", "/nowhere"), "no checkpoint"),
        (("train", "translation", "--out", "x", "--resume", __file__), "not a safetensors"),
        (("evaluate", "translation", "--weights", "/nowhere"), "no weights file"),
        (("translate", "--weights", __file__), "not a safetensors"),
        (("translate", "--weights", "/nowhere"), "no weights file"),
        (("translate", "--beam", "0"), "beam"),
    ],
)
def test_errors_are_one_line_and_code_2(arguments, message, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert output.err.count("\n") == 1


def test_no_time_left_after_reading_is_an_error(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "main", partial(cli.main, time.perf_counter() - 20))
    assert train(monkeypatch, table, tmp_path / "w.safetensors", "--minutes", 0.1) == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert "Reading 150 pairs of sentences took 2" in output.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "message"), [(b"gut\nsch\xf6n\n", "line 2 is not UTF-8"), (b"a\n" + b"b" * 6000, "line 2 has more than")]
)
def test_lines_that_are_no_sentences(data, message, trained, monkeypatch, capsys):
    assert run(monkeypatch, "translate", "--weights", trained, stdin=data) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [("train", "translation"), ("evaluate", "translation"), ("translate",)])
def test_help_for_each(command, monkeypatch, capsys):
    assert run(monkeypatch, *command, "--help") == 0
    assert capsys.readouterr().out.startswith(f"Usage: python -m engine {' '.join(command)}")


def test_shipped_names_are_those_of_the_files():
    assert {each.value for each in cli_translation.Shipped} == set(files.SHIPPED)


def test_interrupt_loses_nothing(table, tmp_path):
    out = tmp_path / "w.safetensors"
    options = map(str, ("--data", table, "--out", out, *SMALL, "--steps", 10**8))
    command = [sys.executable, "-m", "engine", "train", "translation", *options]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "w.resume.safetensors").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        summary, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in messages
    assert "Traceback" not in messages
    assert checkpoints.load_file(tmp_path / "w.resume.safetensors")[0].step == json.loads(summary)["steps"]
