import io
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from engine import checkpoints, recipes, training, weights, worker
from engine.classifier import ClassifierParams, build
from engine.errors import InputError
from engine.names import Names, counts, split
from engine.recipes import Adam, Fast, Literal, Sampler, stream
from engine.records import TrainParams, log_line
from engine.rnn import PLAIN
from engine.text import ALPHABET, encode, pad_left
from engine.training import Clock, Run, classifier_params, initial, train
from engine.trigram import held_out_beliefs

ROOT = Path(__file__).resolve().parents[2]
ENDINGS = {"Dutch": "ink", "Greek": "idis", "Polish": "owski"}


def toy(n=60, seed=0):
    """Names that a network learns in seconds: the ending tells the language; the sizes differ."""
    random, texts, labels = np.random.default_rng(seed), [], []
    for label, ending in enumerate(ENDINGS.values()):
        for _ in range(n // (label + 1)):
            texts.append("".join(random.choice(list("abdeklmnoprst"), 3)).title() + ending)
            labels.append(label)
    return Names(texts, np.array(labels), tuple(ENDINGS))


@pytest.fixture(scope="module")
def names():
    return toy()


def tensors(net):
    return {name: t.clone() for name, t in net.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def fast(**changes):
    given = {"model": "elman", "recipe": "fast", "n_hidden": 16, "batch": 16, "steps": 40, "checks": 4}
    return TrainParams(**given | changes)


KINDS = {
    "lecture, two layers": {"model": "lecture", "n_layers": 2},
    "elman, largest": {"model": "elman", "pool": "max"},
    "gru from both ends": {"model": "gru", "bidirectional": True},
    "lstm, two layers": {"model": "lstm", "n_layers": 2},
    "lstm-peephole": {"model": "lstm-peephole"},
    "window": {"model": "window", "window": 3},
    "transformer": {"model": "transformer"},
    "combined": {"model": "combined"},
}


@pytest.fixture
def small_members(monkeypatch):
    """A combined classifier made as the shipped one is, of small members."""
    members = tuple(replace(member, n_hidden=min(member.n_hidden, 6)) for member in training.COMBINED)
    monkeypatch.setattr(training, "COMBINED", members)


# --- the lecture's recipe, literally


@pytest.mark.parametrize("model", PLAIN)
def test_literal_steps_equal_the_lectures_train(names, model):
    """The slide's train(): zero_grad, letters one by one, NLLLoss of the last output, p.data.add_(grad, alpha=-lr)."""
    ours = initial(ClassifierParams(model, 16, names.languages, (1, 1, 1)), seed=5)
    peer = build(ClassifierParams(model, 16, names.languages, (1, 1, 1)))
    peer.load_state_dict(ours.state_dict())
    recipe = Literal(ours, names, lr=0.005, batch=1, seed=7, sampling="language")
    softmax, criterion = torch.nn.LogSoftmax(dim=1), torch.nn.NLLLoss()
    for step in range(30):
        outcome = recipe.step(step, 0.0)
        hidden = torch.zeros(1, 16)
        peer.zero_grad()
        for letter in names.texts[outcome.example]:
            x = torch.zeros(1, 57)
            x[0][ALPHABET.find(letter)] = 1
            _, hidden, output = peer.step(x, hidden)
        loss = criterion(softmax(output), torch.tensor([names.labels[outcome.example]]))
        loss.backward()
        for p in peer.parameters():
            p.data.add_(p.grad.data, alpha=-0.005)
        assert outcome.loss == pytest.approx(loss.item(), abs=1e-6)
    for ours_p, peer_p in zip(ours.parameters(), peer.parameters(), strict=True):
        torch.testing.assert_close(ours_p, peer_p)


def test_sampling_by_language_is_flat_and_by_name_is_natural(names):
    n = 30_000
    for sampling, expected in (("language", np.full(3, 1 / 3)), ("name", counts(names) / len(names.texts))):
        drawn = Sampler(names, sampling).draw(n, stream(0, 1)).numpy()
        shares = np.bincount(names.labels[drawn], minlength=3) / n
        np.testing.assert_allclose(shares, expected, atol=0.015)
        per_name = np.bincount(drawn, minlength=len(names.texts))
        assert per_name.min() > 0


# --- the fast recipe


def test_adam_equals_torchs():
    torch.manual_seed(0)
    ours, peer = torch.nn.Linear(7, 5), torch.nn.Linear(7, 5)
    peer.load_state_dict(ours.state_dict())
    mine = Adam(dict(ours.named_parameters()), clip=0.5)
    theirs = torch.optim.Adam(peer.parameters(), lr=0.01)
    for t in range(1, 20):
        x = torch.randn(11, 7)
        ours(x).square().sum().backward()
        mine.step(t, 0.01)
        theirs.zero_grad()
        peer(x).square().sum().backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 0.5)
        theirs.step()
    for a, b in zip(ours.parameters(), peer.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("model", PLAIN)
def test_training_pass_without_dropout_is_the_network(model):
    torch.manual_seed(0)
    net = build(ClassifierParams(model, 16, ("a", "b"), (1, 1)))
    letters = torch.from_numpy(pad_left(["Abe", "Q", "Li Wei"]).astype(np.int64))
    keep = torch.ones(3, 16)
    torch.testing.assert_close(net(letters, (keep, keep)), net(letters))


@pytest.mark.parametrize("model", PLAIN)
def test_training_pass_with_masks_equals_the_cell_with_masked_states(model):
    torch.manual_seed(0)
    net = build(ClassifierParams(model, 16, ("a", "b"), (1, 1)))
    state, read = ((torch.rand(1, 16) > 0.5).float() * 2 for _ in range(2))
    letters = torch.from_numpy(encode("Pavlov"))
    h = before = torch.zeros(1, 16)
    for letter in letters:
        before, x = h, one_hot(letter[None], 57).float()
        h = net.step(x, before * state).h
    expected = net.h2o(h * read) if model == "elman" else net.step(x, before * read).logits
    torch.testing.assert_close(net(letters[None], (state, read)), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_scores_with_masks_of_the_share_asked_for(names, kind, small_members):
    """The first member's first step: the scores it reports are those of the network with the step's masks."""
    params = fast(n_hidden=8, dropout=0.25, **KINDS[kind])
    net = initial(classifier_params(names, params), 0)
    recipe = Fast(net, names, 0.01, 16, 0, "name", 0.25)
    member = recipe.members[0]
    at, masks = recipe._pick(0), recipe._masks(16, 0, 0)
    assert [mask.shape for mask in masks] == [(16, size) for size in member.thinned]
    for bank in recipe.banks[0]:
        assert bank.unique().tolist() == pytest.approx([0, 4 / 3])
        assert (bank == 0).float().mean().item() == pytest.approx(0.25, abs=0.08)
    with torch.no_grad():
        letters = torch.from_numpy(pad_left([names.texts[i] for i in at.tolist()])).long()
        expected, without = member(letters, masks)[0], member(letters)[0]
    found = recipe.step(0, 0.0).scores
    torch.testing.assert_close(found, expected)
    assert not torch.allclose(found, without)


@pytest.mark.parametrize("sampling", ["name", "language"])
def test_an_epoch_draws_each_name_by_its_weight_in_batches_of_like_length(names, sampling):
    recipe = Fast(initial(classifier_params(names, fast()), 0), names, 0.01, 16, 0, sampling)
    n_batches, n = -(-len(names.texts) // 16), len(names.texts)
    batches = [recipe._pick(step) for step in range(n_batches)]
    drawn = np.bincount(torch.cat(batches), minlength=n)
    power = {"name": 0.3, "language": 1.0}[sampling]
    weights = counts(names).astype(float)[names.labels] ** -power
    expected = n * weights / weights.sum()
    assert drawn.sum() == n
    assert (np.abs(drawn - expected) < 1).all()
    spread = [np.ptp([len(names.texts[i]) for i in batch]) for batch in batches]
    assert np.mean(spread) < np.ptp([len(text) for text in names.texts])
    assert [b.tolist() for b in batches] != [recipe._pick(n_batches + i).tolist() for i in range(n_batches)]


def test_drawing_rare_languages_more_often_keeps_the_natural_prior(monkeypatch):
    """Names without any information: the network must end at the shares of the languages (flat by language)."""
    monkeypatch.setattr(Fast, "taught", 0.0)
    labels = np.repeat([0, 1], [90, 10])
    blank = Names(["Abe"] * 100, labels, ("a", "b"))
    for sampling, share in (("name", 0.9), ("language", 0.5)):
        net = initial(ClassifierParams("elman", 4, ("a", "b"), (90, 10)), 0)
        recipe = Fast(net, blank, 0.02, 25, 0, sampling)
        for step in range(400):
            recipe.step(step, step / 400)
        p = net(torch.from_numpy(encode("Abe"))[None]).softmax(1)[0, 0].item()
        assert p == pytest.approx(share, abs=0.03)


def test_the_teacher_has_not_seen_the_name():
    """Change one name's language: what the teacher believes of it stays, but for the counts of the prior."""
    texts = [f"{a}{b}{c}a" for a in "bdkl" for b in "aeiou" for c in "mnrs"]
    labels = np.array([i % 2 for i in range(len(texts))])
    turned = labels.copy()
    turned[17] = 1 - turned[17]
    before, after = (held_out_beliefs(texts, y, 2, flat=True) for y in (labels, turned))
    np.testing.assert_allclose(before[17], after[17], atol=1e-6)
    np.testing.assert_allclose(before.sum(1), 1, atol=1e-5)


def test_the_teacher_counts_as_by_hand():
    from engine import trigram

    texts, labels = ["ab", "aB", "b"], np.array([0, 1, 1])
    codes, real = trigram.trigrams(texts)
    assert real.sum(1).tolist() == [3, 3, 2]  # ^^a ^ab ab$; the same; ^^b ^b$
    table = np.exp(trigram.fit(codes, real, labels, 2)).reshape(2, 32, 32, 32)
    np.testing.assert_allclose(table.sum(3), 1, rtol=1e-4)
    d, edge, a, b = trigram.SMOOTHING, trigram.EDGE, 0, 1
    count = {"": 8, a: 2, b: 3, edge: 3}
    base = {s: (count[s] + 1) / (8 + 32) for s in (a, b, edge)}
    uni = {s: (n + d * base[s]) / (3 + d) for s, n in ((a, 1), (b, 1), (edge, 1))}
    after_edge = (1 + d * uni[a]) / (1 + d)
    assert table[0, edge, edge, a] == pytest.approx((1 + d * after_edge) / (1 + d), rel=1e-4)


# --- the generator


def test_records_tell_a_run(names):
    records = list(train(names, fast()))
    first, last = records[0], records[-1]
    assert (first.step, first.progress, first.example) == (0, 0.0, None)
    assert math.isnan(first.loss)
    assert (last.step, last.progress) == (40, 1.0)
    checks = [r for r in records if r.check]
    assert len(checks) == 5
    assert first.check
    assert last.check
    _, held = split(names, 0, 0.1)
    for record in checks:
        assert record.check.confusion.sum() == len(held.texts) == record.check.natural["n"]
        assert record.check.score == pytest.approx(-(record.check.natural["nll"] + record.check.uniform["nll"]) / 2)
    best = max(checks, key=lambda r: (r.check.score, r.step))
    assert [r for r in checks if r.check.best][-1] is best
    assert last.example.truth in ENDINGS
    assert last.example.ok == (last.example.guess == last.example.truth)
    assert [r.step for r in records] == sorted({r.step for r in records})


def test_both_models_learn_the_toy(names):
    for model in PLAIN:
        *_, last = train(names, replace(fast(), model=model, steps=150))
        assert last.check.natural["accuracy"] > 0.9
        assert last.loss < 0.5


def test_literal_recipe_learns(names):
    records = list(train(names, TrainParams(n_hidden=16, lr=0.02, steps=1500, checks=3)))
    windows = [window for record in records for window in record.windows]
    assert [step for step, _ in windows] == [1000]
    assert records[-1].check.natural["accuracy"] > 0.8
    assert records[-1].check.uniform["balanced_accuracy"] > 0.8


def test_same_seed_same_weights_other_seed_other(names):
    runs = [list(train(names, fast(seed=seed)))[-1].check.net for seed in (3, 3, 4)]
    assert same(tensors(runs[0]), tensors(runs[1]))
    assert not same(tensors(runs[0]), tensors(runs[2]))


def test_global_randomness_is_neither_used_nor_changed(names):
    def ends(seed):
        torch.manual_seed(seed)
        np.random.seed(seed)
        *_, last = train(names, fast())
        return tensors(last.check.net)

    assert same(ends(1), ends(2))


@pytest.mark.parametrize(("recipe", "steps"), [("fast", 40), ("lecture", 65)])
def test_a_resumed_run_ends_like_one_in_one_go(names, recipe, steps, monkeypatch):
    monkeypatch.setattr(recipes, "BLOCK", 20)  # the lecture's recipe draws more than once
    params = replace(fast(), recipe=recipe, steps=steps).settled()
    *_, whole = train(names, params)
    seen = []

    def stop():
        seen.append(0)
        return len(seen) > steps // 3

    *_, half = train(names, params, stop=stop)
    assert half.step == steps // 3
    resume, again = checkpoints.loads(checkpoints.dumps(half.check.resume, params))
    assert again == params
    *_, end = train(names, again, resume)
    assert end.step == whole.step
    assert same(tensors(end.check.net), tensors(whole.check.net))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_resumed_ends_like_in_one_go(names, kind, small_members):
    params = fast(**KINDS[kind] | {"n_hidden": 8, "steps": 8, "checks": 1})
    *_, whole = train(names, params)
    seen = []

    def stop():
        seen.append(0)
        return len(seen) > 3

    start, *_, half = train(names, params, stop=stop)
    assert (half.step, half.progress) == (3, 3 / 8)
    resume, again = checkpoints.loads(checkpoints.dumps(half.check.resume, params))
    *_, end = train(names, again, resume)
    assert same(tensors(end.check.net), tensors(whole.check.net))
    assert not same(tensors(end.check.net), tensors(start.check.net))


def test_a_finished_run_goes_on_with_more_steps(names):
    *_, end = train(names, fast())
    *_, more = train(names, replace(fast(), steps=60), end.check.resume)
    assert (end.step, more.step) == (40, 60)
    assert more.check.resume.best["score"] >= end.check.resume.best["score"]


def test_checkpoints_that_do_not_fit_are_refused(names):
    *_, end = train(names, fast())
    with pytest.raises(InputError, match="other names"):
        list(train(toy(seed=1), fast(), end.check.resume))
    with pytest.raises(InputError, match="another network or recipe"):
        list(train(names, replace(fast(), n_hidden=8), end.check.resume))
    with pytest.raises(InputError, match="another network or recipe"):
        list(train(names, replace(fast(), model="lecture"), end.check.resume))
    for blob in (b"", b"x" * 100, weights.dumps(end.check.net, classifier_params(names, fast()), {})):
        with pytest.raises(InputError):
            checkpoints.loads(blob)


def test_held_out_names_never_reach_the_recipe(names):
    run = Run(names, fast().settled(), None, None)
    held = set(zip(run.held.texts, run.held.labels.tolist(), strict=True))
    assert not held & set(zip(run.names.texts, run.names.labels.tolist(), strict=True))
    assert len(run.recipe.targets) == len(run.names.texts)


def test_nothing_held_out_still_works(names):
    *_, last = train(names, fast(held_out=0.0))
    assert last.check.natural["n"] == len(set(names.texts))


def test_a_budget_in_seconds_is_kept(names):
    started = time.perf_counter()
    *_, last = train(names, replace(fast(), steps=None, seconds=1.5), started=started)
    took = time.perf_counter() - started
    assert last.progress == 1.0
    assert 0.5 < took < 2.5  # on a machine with others
    assert last.seconds <= took + 0.01


def test_the_clock_stands_still_while_the_process_does(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    clock = Clock(None, before=10.0)
    now[0] = 1.0
    assert clock.tick() == 11.0
    now[0] = 1000.0
    assert clock.tick() <= 16.0


def test_divergence_is_said(names):
    with pytest.raises(InputError, match="smaller learning rate"):
        list(train(names, TrainParams(n_hidden=16, lr=10.0, steps=3000)))


@pytest.mark.parametrize(
    "bad",
    [
        {"model": "perceptron"}, {"n_layers": 9}, {"pool": "mean"}, {"window": 0}, {"dropout": 1.0},
        {"recipe": "slow"}, {"n_hidden": 0}, {"n_hidden": 10**6}, {"lr": -1.0}, {"lr": math.nan},
        {"batch": 0}, {"seed": -1}, {"steps": 0}, {"seconds": 0}, {"sampling": "x"}, {"held_out": 0.9},
    ],
)  # fmt: skip
def test_parameters_out_of_range(bad):
    with pytest.raises(InputError, match="out of range"):
        TrainParams(**bad)


def test_units_that_the_heads_cannot_share_are_refused():
    TrainParams(model="gru", n_hidden=10)
    with pytest.raises(InputError, match="10 is no multiple of 4"):
        TrainParams(model="transformer", n_hidden=10)


def test_log_line_as_in_the_lecture(names):
    *_, last = train(names, fast())
    line = log_line(last)
    example = last.example
    tail = "✓" if example.ok else f"✗ ({example.truth})"
    assert line == f"40 100% (0m {int(last.seconds)}s) {example.loss:.4f} {example.name} / {example.guess} {tail}"


# --- the process for the page


@contextmanager
def serving(job):
    """A worker process with its job; it must have ended when the block ends."""
    command = [sys.executable, "-m", "engine.worker"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        yield process
        assert process.wait(60) == 0


def until_beyond(process, step):
    while json.loads(process.stdout.readline()).get("step", 0) <= step:
        pass


@pytest.fixture
def data(tmp_path, names):
    path = tmp_path / "upload"
    rows = [f"{text}\t{names.languages[label]}\n" for text, label in zip(names.texts, names.labels, strict=True)]
    path.write_text("".join(rows))
    return path


def job(data, folder, **params):
    settings = {"model": "elman", "recipe": "fast", "n_hidden": 16, "batch": 16, "checks": 3} | params
    return {"params": settings, "data": str(data), "data_name": "n.tsv", "folder": str(folder), "resume": None}


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_job_speaks_the_protocol(data, tmp_path, capsys):
    worker.work(job(data, tmp_path / "run", steps=30), threading.Event())
    lines = told(capsys)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "start"
    assert set(kinds[1:-1]) == {"record"}
    assert lines[-1] | {"seconds": 0} == {"type": "end", "state": "done", "step": 30, "seconds": 0}
    checks = [line["check"] for line in lines if line.get("check")]
    assert [check["index"] for check in checks] == [0, 1, 2, 3]
    for check in checks:
        assert weights.load_file(tmp_path / "run" / check["file"]).params.languages == tuple(ENDINGS)
        assert np.sum(check["confusion"]) == lines[0]["n_held_out"]
    best, last = (weights.load_file(tmp_path / "run" / f"{name}.safetensors") for name in ("best", "last"))
    assert best.card["score"] >= last.card["score"]
    assert last.card["step"] == 30
    assert last.card["data"] == "n.tsv"


def test_worker_says_errors(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(os, "nice", lambda step: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    wrong = [job(tmp_path / "nothing", tmp_path, steps=5), job(data, tmp_path, steps=-5), {"params": {"wheels": 4}}, 3]
    for text in [*map(json.dumps, wrong), "{no json"]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))
        assert worker.main() == 2
        ready, error = told(capsys)
        assert ready == {"type": "ready"}
        assert error["type"] == "error"
        assert error["template"].format(**error["params"])
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert worker.main() == 0


def test_worker_goes_on_from_a_checkpoint_and_ends_with_its_parent(data, tmp_path, capsys):
    run, stop = tmp_path / "run", threading.Event()
    stop.set()
    first = job(data, run, steps=10**8)
    worker.work(first, stop)
    stopped = told(capsys)[-1]
    assert stopped["state"] == "stopped"
    with serving(first | {"resume": str(run / "resume.safetensors")}) as process:
        assert json.loads(process.stdout.readline()) == {"type": "ready"}
        until_beyond(process, stopped["step"])
        process.stdin.close()
        last = json.loads(process.stdout.readlines()[-1])
    assert last["state"] == "stopped"
    assert last["step"] > stopped["step"]
    resume, _ = checkpoints.load_file(run / "resume.safetensors")
    assert resume.step == last["step"]


def test_worker_stops_on_interrupt(data, tmp_path, capsys, monkeypatch):
    """Ctrl-C, as the process gets it: the handler that it sets ends the run with a checkpoint."""
    handlers = {}
    monkeypatch.setattr(signal, "signal", lambda sign, handler: handlers.setdefault(sign, handler))
    monkeypatch.setattr(os, "nice", lambda step: None)
    monkeypatch.setattr(worker, "_listen", lambda stop: None)  # stdin stays open
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job(data, tmp_path / "run", steps=10**8)) + "\n"))
    monkeypatch.setattr(worker, "_news", lambda record, *_: handlers[signal.SIGINT]() or {"step": record.step})
    assert worker.main() == 0
    lines = told(capsys)
    assert [line["type"] for line in lines] == ["ready", "start", "record", "end"]
    assert (lines[-1]["state"], lines[-1]["step"]) == ("stopped", 0)
