"""The trace of a training run against the networks themselves, and the stored runs against their records."""

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open

from engine import rnn_trace, run_trace, stored_run, weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError
from engine.names import Names, split
from engine.records import TrainParams
from engine.training import classifier_params, initial, train

LANGUAGES = ("Aish", "Bish", "Cish")


@pytest.fixture(scope="module")
def names() -> Names:
    draw = np.random.default_rng(0)
    texts = [first + "".join(draw.choice(list("xyz"), 5)) for first in "abc" for _ in range(60)]
    return Names(texts, np.repeat([0, 1, 2], 60), LANGUAGES)


@pytest.fixture(scope="module")
def params() -> TrainParams:
    return TrainParams(model="elman", recipe="fast", n_hidden=6, batch=64, steps=200)


@pytest.fixture(scope="module")
def records(names, params) -> list:
    return list(train(names, params))


@pytest.fixture(scope="module")
def blob(records, names, params) -> bytes:
    part, held = split(names, params.split_seed, params.held_out)
    return stored_run.dumps(records, params, classifier_params(part, params), len(held.texts))


@pytest.mark.parametrize("model", ["lecture", "elman"])
def test_probabilities_after_each_letter_are_those_of_the_full_trace(model):
    params = ClassifierParams(model, 5, LANGUAGES, (1, 1, 1))
    net = initial(params, 3)
    full = rnn_trace.trace(net, "Anna", params, "")
    assert np.allclose(run_trace.letter_probs(net, "Anna"), full["probs"].values, atol=1e-12)


def test_the_run_is_labelled(records):
    looks = [record for record in records if record.check]
    checks = [{"step": record.step, **record.check._asdict()} for record in looks]
    probs = [run_trace.letter_probs(record.check.net, "ax") for record in looks]
    losses = [window for record in records for window in record.windows]
    trace = run_trace.trace(probs, checks, losses, LANGUAGES, "ax")
    assert dict(trace.sizes) == {
        "checkpoint": len(looks), "time": 2, "language": 3, "guess": 3, "record": len(losses)
    }  # fmt: skip
    assert trace["checkpoint_label"].values.tolist()[0] == "0"
    assert np.allclose(trace["probs"].values.sum(2), 1)
    assert np.allclose(trace["share"].values.sum(2), 1)
    at = trace["confusion"].values[-1]
    assert at.sum() == looks[-1].check.natural["n"]
    assert trace["accuracy"].values[-1] == looks[-1].check.natural["accuracy"]
    assert trace["loss"].values[-1] < trace["loss"].values[0]


def test_a_run_without_checkpoints_is_refused():
    with pytest.raises(ValueError, match="0 networks for 0"):
        run_trace.trace([], [], [], LANGUAGES, "a")


def test_a_stored_run_gives_its_networks_back_in_half_precision(blob, records, tmp_path):
    run = stored_run.unpack(blob, tmp_path)
    looks = [record for record in records if record.check]
    assert [check["step"] for check in run.checks] == [record.step for record in looks]
    kept = [check for check in run.checks if check["file"]]
    assert [check["index"] for check in kept] == [0, *stored_run.KEPT]
    for check in kept:
        loaded = weights.load_file(tmp_path / check["file"])
        truth = looks[check["index"]].check.net.state_dict()
        for name, tensor in loaded.net.state_dict().items():
            torch.testing.assert_close(tensor, truth[name], atol=1e-3, rtol=1e-3)
        assert check["confusion"] == looks[check["index"]].check.confusion.tolist()
    assert run.lines[-1].startswith("200 100%")
    assert run.start["languages"] == list(LANGUAGES)


def test_thinning_keeps_the_mean_and_the_end():
    losses = [(step, step / 10, float(step % 7)) for step in range(1, 1001)]
    thin = stored_run.thinned(losses, 50)
    assert len(thin) == 50
    assert thin[-1][0] == 1000
    assert np.mean([loss for *_, loss in thin]) == pytest.approx(np.mean([loss for *_, loss in losses]))
    assert stored_run.thinned(losses[:3], 50) == losses[:3]
    assert stored_run.thinned([], 50) == []


@pytest.mark.parametrize("name", stored_run.stored())
def test_the_shipped_runs_are_small_and_whole(name, tmp_path):
    blob = (weights.ROOT / stored_run.FOLDER / f"{name}.safetensors").read_bytes()
    assert len(blob) <= 400_000
    run = stored_run.unpack(blob, tmp_path)
    assert len(run.lines) == 20
    assert run.losses[-1][2] < run.losses[0][2]
    shipped = weights.load_shipped(name)
    last = weights.load_file(tmp_path / run.checks[-1]["file"])
    assert (last.params.model, last.params.languages) == (shipped.params.model, shipped.params.languages)


def test_what_is_no_stored_run_is_said(blob, tmp_path):
    net = build(ClassifierParams("elman", 4, LANGUAGES, (1, 1, 1)))
    with pytest.raises(InputError, match="no stored training run"):
        stored_run.unpack(weights.dumps(net, ClassifierParams("elman", 4, LANGUAGES, (1, 1, 1)), {}), tmp_path)
    with pytest.raises(InputError):
        stored_run.unpack(b"x" * 100, tmp_path)
    (tmp_path / "run").write_bytes(blob)
    with safe_open(tmp_path / "run", "pt") as file:
        assert set(json.loads(file.metadata()["run"])) >= {"params", "rnn", "losses", "lines", "start", "checks"}
