import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import cli, weights
from engine.classifier import ClassifierParams, build
from engine.names import read_names

ROOT = Path(__file__).resolve().parents[2]
ENDINGS = {"Dutch": "ink", "Greek": "idis", "Polish": "owski"}


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    data = tmp_path / "names"
    data.mkdir()
    for language, ending in ENDINGS.items():
        stems = ["".join(random.choice(list("abdeklmnoprst"), 3)).title() for _ in range(40)]
        (data / f"{language}.txt").write_text("\n".join(stem + ending for stem in stems) + "\n")
    return data


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["engine", *map(str, arguments)])
    monkeypatch.setattr(signal, "signal", lambda *_: signal.SIG_DFL)
    return cli.main()


def small(folder, out, *more):
    return "train", "names", "--data", folder, "--out", out, "--hidden", 16, "--batch", 16, "--lr", 0.02, *more


def test_train_then_evaluate(folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "made" / "w.safetensors"
    assert run(monkeypatch, *small(folder, out, "--steps", 150, "--seed", 3)) == 0
    output = capsys.readouterr()
    summary = json.loads(output.out)
    assert summary["steps"] == 150
    assert re.search(r"150 100% \(0m \d+s\) \d", output.err)
    for name in ("w", "w.last", "w.resume"):
        assert (tmp_path / "made" / f"{name}.safetensors").is_file()
    loaded = weights.load_file(out)
    assert loaded.params.languages == tuple(ENDINGS)
    assert loaded.card["seed"] == 3
    assert run(monkeypatch, "evaluate", "names", "--weights", out, "--data", folder) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"n", "accuracy", "balanced_accuracy", "top3", "nll"}
    assert result["n"] == len(read_names(folder).texts)
    assert result["accuracy"] > 0.9


def test_same_seed_same_file(folder, tmp_path, monkeypatch, capsys):
    blobs = []
    for name in ("a", "b"):
        run(monkeypatch, *small(folder, tmp_path / f"{name}.safetensors", "--steps", 20))
        blobs.append((tmp_path / f"{name}.last.safetensors").read_bytes())
    assert blobs[0] == blobs[1]


def test_resume_equals_one_go(folder, tmp_path, monkeypatch, capsys):
    whole, half = tmp_path / "whole.safetensors", tmp_path / "half.safetensors"
    recipe = ("--recipe", "lecture", "--model", "lecture")
    run(monkeypatch, *small(folder, whole, *recipe, "--steps", 60))
    run(monkeypatch, *small(folder, half, *recipe, "--steps", 25))
    code = run(monkeypatch, *small(folder, half, "--resume", tmp_path / "half.resume.safetensors", "--steps", 60))
    assert code == 0
    nets = [weights.load_file(p.with_name(f"{p.stem}.last.safetensors")) for p in (whole, half)]
    assert nets[1].params.model == "lecture"
    for name, tensor in nets[0].net.state_dict().items():
        np.testing.assert_array_equal(tensor, nets[1].net.state_dict()[name])


def test_priors_differ_by_bayes(folder, tmp_path, monkeypatch, capsys):
    path = tmp_path / "w.safetensors"
    params = ClassifierParams("elman", 4, tuple(ENDINGS), (98, 1, 1))
    net = build(params).requires_grad_(False)
    for p in net.parameters():
        p.zero_()
    net.h2o.bias.copy_(torch.tensor([0.98, 0.01, 0.01]).log() + torch.tensor([0, 0.1, 0]))
    path.write_bytes(weights.dumps(net, params, {}))
    nll = {}
    for prior in ("natural", "uniform"):
        assert run(monkeypatch, "evaluate", "names", "--weights", path, "--data", folder, "--prior", prior) == 0
        nll[prior] = json.loads(capsys.readouterr().out)
    assert nll["natural"]["accuracy"] == pytest.approx(1 / 3)
    flat = np.exp([0, 0.1, 0]) / np.exp([0, 0.1, 0]).sum()
    assert nll["uniform"]["nll"] == pytest.approx(-np.log(flat).mean(), abs=1e-4)


def test_evaluate_takes_the_held_out_part_by_the_card(folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / "w.safetensors"
    run(monkeypatch, *small(folder, out, "--steps", 5))
    capsys.readouterr()
    monkeypatch.setattr(cli, "DATA", folder)
    assert run(monkeypatch, "evaluate", "names", "--weights", out) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 12


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("trian",),
        ("train", "names"),
        ("train", "names", "--out", "x", "--model", "perceptron"),
        ("train", "names", "--out", "x", "--steps", "many"),
        ("train", "names", "--out", "x", "--steps", "-1"),
        ("train", "names", "--out", "x", "--data", "/nowhere"),
        ("train", "names", "--out", "/proc/x/y.safetensors", "--steps", "1"),
        ("train", "names", "--out", "x", "--resume", "/nowhere"),
        ("evaluate", "names", "--weights", "/nowhere"),
        ("evaluate", "names", "--weights", __file__),
        ("evaluate", "names", "--prior", "flat"),
    ],
)
def test_errors_are_one_line_and_code_2(arguments, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("Error: ")
    assert output.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("train",), ("train", "names"), ("evaluate", "names"), ("ship",)])
def test_help_for_each(arguments, monkeypatch, capsys):
    assert run(monkeypatch, *arguments, "--help") == 0
    assert capsys.readouterr().out.startswith("Usage: python -m engine")


def test_interrupt_loses_nothing(folder, tmp_path):
    out = tmp_path / "w.safetensors"
    command = [sys.executable, "-m", "engine", *map(str, small(folder, out, "--steps", 10**8))]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while not out.exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        summary, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in messages
    assert "Traceback" not in messages
    step = json.loads(summary)["steps"]
    assert weights.load_file(tmp_path / "w.last.safetensors").card["step"] == step
