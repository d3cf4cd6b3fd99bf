import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import cli, training, weights
from engine.classifier import ClassifierParams, build
from engine.names import read_names
from engine.text import pad_left

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


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--model", "gru", "--bidirectional"), {"model": "gru", "bidirectional": True, "pool": "max"}),
        (("--model", "lstm", "--layers", 2), {"model": "lstm", "n_layers": 2, "bidirectional": False, "pool": "last"}),
        (("--model", "window", "--window", 2), {"model": "window", "window": 2}),
        (("--model", "transformer"), {"model": "transformer", "n_layers": 2}),
        (("--model", "combined"), {"model": "combined", "bidirectional": False, "pool": "last"}),
    ],
    ids=["gru from both ends", "two layers", "window", "transformer", "combined"],
)
def test_every_kind_is_trained_and_evaluated(options, kind, folder, tmp_path, monkeypatch, capsys):
    members = tuple(replace(member, n_hidden=min(member.n_hidden, 6)) for member in training.COMBINED)
    monkeypatch.setattr(training, "COMBINED", members)
    out = tmp_path / "w.safetensors"
    assert run(monkeypatch, *small(folder, out, *options, "--steps", 12)) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 12
    net, params, card, _ = weights.load_file(out)
    assert {key: getattr(params, key) for key in kind} == kind
    combined = members if kind["model"] == "combined" else ()
    assert [member.model for member in params.members] == [member.model for member in combined]
    assert card["model"] == kind["model"]
    assert run(monkeypatch, "evaluate", "names", "--weights", out, "--data", folder) == 0
    result, names = json.loads(capsys.readouterr().out), read_names(folder)
    with torch.inference_mode():
        alone = torch.cat([net(torch.from_numpy(pad_left([text])).long()) for text in names.texts]).log_softmax(1)
    truth = torch.from_numpy(names.labels)
    assert result["nll"] == pytest.approx(torch.nn.functional.nll_loss(alone, truth).item(), abs=1e-4)
    assert result["accuracy"] == pytest.approx((alone.argmax(1) == truth).double().mean().item(), abs=1e-6)


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
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        summary, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume" in messages
    assert "Traceback" not in messages
    step = json.loads(summary)["steps"]
    assert weights.load_file(tmp_path / "w.last.safetensors").card["step"] == step
