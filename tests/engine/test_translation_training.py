import copy
import io
import json
import math
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from toy_pairs import toy

from engine import grammar, worker
from engine.bleu import corpus
from engine.errors import InputError
from engine.seq2seq import initial
from engine.tokens import EOS, SOS, Tokens
from engine.translation import batches, bulk, checkpoints, files, judging, shipping, training
from engine.translation.data import split
from engine.translation.decoding import Decoder
from engine.translation.records import TranslationParams, log_line, told

KINDS = {
    "additive": {},
    "dot, lstm": {"score": "dot", "cell": "lstm"},
    "one vector, reversed": {"model": "rnn", "cell": "lstm"},
    "tied pieces": {"tokens": "bpe", "n_pieces": 100, "tied": True, "smoothing": 0.1},
    "half on its own": {"teacher_forcing": 0.5, "dropout": 0.2},
    "transformer": {"model": "transformer", "n_embedding": None, "n_heads": 2, "n_ff": 24, "dropout": 0.2},
    "transformer, by tokens": {
        "model": "transformer", "n_embedding": None, "n_heads": 4, "n_layers": 1, "n_ff": 24, "positions": "learned",
        "tokens": "bpe", "n_pieces": 100, "tied": True, "batch": None, "batch_tokens": 200,
    },
}  # fmt: skip


def small(**changes):
    given = {"n_embedding": 12, "n_hidden": 16, "batch": 16, "lr": 0.02, "steps": 8, "checks": 2}
    return TranslationParams(**given | changes)


@pytest.fixture(scope="module")
def pairs():
    return toy()


@pytest.fixture(scope="module")
def learned(pairs):
    """(records, run) of a network with attention that knows the toy."""
    params = small(score="dot", n_hidden=32, n_embedding=16, steps=120, checks=4, held_out=0.2)
    run = training.Run(pairs, params.settled(True), None, None, "den Hund mag der Mann .")
    return list(training.drive(run)), run


def same(a, b):
    return all(torch.equal(tensor, b[name]) for name, tensor in a.items())


# --- what a run tells


def test_a_run_learns_to_translate_and_to_align(learned):
    records, run = learned
    checks = [record.check for record in records if record.check]
    assert (records[0].step, records[-1].step, records[-1].progress) == (0, 120, 1.0)
    assert len(checks) == 5
    assert math.isnan(records[0].loss)
    assert checks[0].bleu < 30
    assert checks[-1].bleu > 95
    assert checks[-1].exact > 0.9
    assert checks[-1].error < 0.3 < checks[0].error
    look = checks[-1].look
    assert look.source == ["den", "Hund", "mag", "der", "Mann", "."]
    assert look.target == ["the", "man", "likes", "the", "dog", "."]
    assert look.weights.shape == (7, 6)  # with <eos>
    np.testing.assert_allclose(look.weights.sum(1), 1, rtol=1e-5)
    assert run.best["score"] == max(check.bleu - check.loss for check in checks)


def test_records_as_json(learned):
    records, _ = learned
    news = json.loads(json.dumps(told(records[-1], 4)))
    assert news["check"]["index"] == 4
    assert news["line"] == log_line(records[-1])
    assert "120 100% (0m " in news["line"]
    assert np.array(news["check"]["look"]["weights"]).shape == (7, 6)
    assert told(records[0], 0)["loss"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_ends_as_in_one_go(pairs, kind):
    params = small(**KINDS[kind]).settled(True)
    *_, whole = training.train(pairs, params)
    asked = iter(range(100))
    start, *_, half = training.train(pairs, params, stop=lambda: next(asked) >= 3)
    assert (half.step, half.progress) == (3, 3 / 8)
    resume, again = checkpoints.loads(checkpoints.dumps(half.check.resume, params))
    assert again == params
    *_, end = training.train(pairs, again, resume)
    assert same(end.check.net.state_dict(), whole.check.net.state_dict())
    assert not same(end.check.net.state_dict(), start.check.net.state_dict())
    assert end.check.resume.best.keys() == whole.check.resume.best.keys()


def test_the_seed_alone_decides(pairs):
    def ends(seed, before):
        torch.manual_seed(before)
        np.random.seed(before)
        *_, last = training.train(pairs, small(seed=seed, dropout=0.3))
        return last.check.net.state_dict()

    assert same(ends(1, 5), ends(1, 6))
    assert not same(ends(1, 5), ends(2, 5))


def test_a_step_is_that_of_a_plain_loop(pairs):
    """Adam on the mean cross-entropy of the words, the rate rising over the first twentieth and falling to 0."""
    params = small(steps=40, lr=0.01).settled(True)
    run = training.Run(pairs, params, None, None, None)
    peer = initial(run.network, params.seed)
    adam = torch.optim.Adam(peer.parameters())
    for step in range(4):
        batch = run.order.at(step)
        loss = cross_entropy(peer(batch.source, batch.words).flatten(0, 1), batch.answers.flatten(), ignore_index=0)
        adam.param_groups[0]["lr"] = 0.01 * min(1, (step / 40 + 1e-3) / 0.05) * (1 - step / 40)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        adam.step()
        run.step()
        assert run.losses[-1] == pytest.approx(loss.item(), abs=1e-5)
    for ours, theirs in zip(run.net.parameters(), peer.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_held_out_pairs_are_not_learned_from_nor_their_words(pairs):
    run = training.Run(pairs, small(held_out=0.3).settled(True), None, None, None)
    part, held = split(pairs, 0.3)
    assert run.held.source == held.source
    assert set(run.source.vocabulary[4:]) == {word for text in part.source for word in text.split()}
    coded = {tuple(row) for row in run.coded.source}
    assert not coded & {tuple(run.source.encode(text.split())) for text in held.source}


def test_a_budget_in_seconds_is_kept(pairs):
    started = time.perf_counter()
    *_, last = training.train(pairs, small(steps=None, seconds=1.0), started=started)
    took = time.perf_counter() - started
    assert last.progress == 1.0
    assert 0.4 < took < 3  # on a machine with others
    assert last.seconds <= took + 0.01


def test_an_untrained_network_gets_one_step_whatever_time_is_left(pairs, monkeypatch):
    judge = judging.judge
    monkeypatch.setattr(judging, "judge", lambda *given: (time.sleep(0.4), judge(*given))[1])
    params = small(steps=None, seconds=2.0)
    first, *_, last = training.train(pairs, params, started=time.perf_counter() - 1.4)
    assert (first.step, last.step) == (0, 1)
    assert math.isfinite(last.loss)
    assert not same(first.check.net.state_dict(), last.check.net.state_dict())


def test_a_run_whose_time_went_on_reading_is_refused(pairs):
    with pytest.raises(InputError, match=r"Reading 150 pairs of sentences took 1\d seconds") as found:
        list(training.train(pairs, small(steps=None, seconds=6.0), started=time.perf_counter() - 10))
    assert found.value.params["n"] == 150


def test_sentences_that_are_all_too_long_are_refused(pairs):
    long = pairs._replace(source=[f"{text} " * 20 for text in pairs.source])
    with pytest.raises(InputError, match="All sentences are longer than 80 words"):
        training.Run(long, small().settled(True), None, None, None)


def test_what_does_not_fit_is_refused(pairs):
    params = small(steps=1).settled(True)
    *_, end = training.train(pairs, params)
    resume = end.check.resume
    with pytest.raises(InputError, match="other sentences"):
        list(training.train(toy(seed=9, n=140), params, resume))
    with pytest.raises(InputError, match="another network"):
        list(training.train(pairs, replace(params, n_hidden=8), resume))
    bad = resume._replace(tensors={name: tensor * math.inf for name, tensor in resume.tensors.items()})
    with pytest.raises(InputError, match="smaller learning rate"):
        list(training.train(pairs, replace(params, steps=9), bad._replace(step=0)))
    with pytest.raises(InputError, match="limit"):
        training.Run(pairs, replace(params, n_hidden=1024, n_embedding=1024), None, None, None)


@pytest.mark.parametrize(
    "bad",
    [
        {"model": "x"}, {"cell": "elman"}, {"score": "x"}, {"n_embedding": 0}, {"n_hidden": 1}, {"tokens": "x"},
        {"n_pieces": 5}, {"least": 0}, {"teacher_forcing": 1.1}, {"dropout": 1.0}, {"smoothing": -0.1}, {"lr": 0.0},
        {"batch": 0}, {"seed": -1}, {"steps": 0}, {"seconds": 0.0}, {"held_out": 0.0}, {"checks": 0},
    ],
)  # fmt: skip
def test_parameters_out_of_range(bad):
    with pytest.raises(InputError, match="out of range"):
        TranslationParams(**bad)


# --- translating in bulk, judging


def alone(net, source, words, limit=30):
    """The likeliest words one by one, by the decoder itself: a sentence without any padding."""
    decoder = Decoder(net, torch.tensor([source.encode(words)]))
    state, word, out, total = decoder.start(), torch.tensor([SOS]), [], 0.0
    while len(out) < limit:
        log_probs, state = decoder.advance(word, state)
        value, word = log_probs.max(1)
        total += value.item()
        if word.item() == EOS:
            break
        out.append(word.item())
    return out, total


def test_a_batch_is_translated_as_sentence_by_sentence(learned):
    _, run = learned
    texts = ["der Hund sieht den Mann .", "", "Haus", "  ", "den Mann mag die Katze . der Hund", "nie gesehen"]
    found = bulk.translate(run.net, run.source, run.target, texts, is_cut=True)
    assert (found[1], found[3]) == (bulk.NOTHING, bulk.NOTHING)
    for text, each in zip(texts, found, strict=True):
        if text.strip():
            words, total = alone(run.net, run.source, text.split(), limit=2 * len(text.split()) + 10)
            assert each.tokens == run.target.decode(words)
            assert each.log_prob == pytest.approx(total, abs=1e-4)
            assert each.source == text.split()


@pytest.mark.parametrize("beam", [1, 3])
def test_a_translation_does_not_depend_on_its_neighbours(learned, beam):
    _, run = learned
    endless = copy.deepcopy(run.net).requires_grad_(False)
    endless.out.bias[EOS] = -40
    texts = ["der Hund", "der Hund sieht den Mann .", "den Mann mag die Katze . der Hund", "Haus " * 120]
    for net in (run.net, endless):
        found = bulk.translate(net, run.source, run.target, texts, True, beam=beam)
        for text, each in zip(texts, found, strict=True):
            (one,) = bulk.translate(net, run.source, run.target, [text], True, beam=beam)
            assert (each.tokens, each.reason) == (one.tokens, one.reason)
            assert each.log_prob == pytest.approx(one.log_prob, abs=1e-3)
    assert [len(each.tokens) for each in found] == [14, 22, 26, 200]


def test_a_beam_finds_no_worse_translation(learned):
    _, run = learned
    texts = run.held.source[:10]
    greedy = bulk.translate(run.net, run.source, run.target, texts, is_cut=True)
    beam = bulk.translate(run.net, run.source, run.target, texts, is_cut=True, beam=4, weights=True)
    assert all(b.log_prob >= g.log_prob - 1e-5 for b, g in zip(beam, greedy, strict=True))
    assert all(each.weights.shape == (len(each.tokens) + 1, len(each.source)) for each in beam)


def test_the_limit_is_said(learned):
    _, run = learned
    (found,) = bulk.translate(run.net, run.source, run.target, ["der Hund sieht den Mann ."], is_cut=True, limit=2)
    assert (len(found.tokens), found.reason) == (2, "limit")


def test_attention_is_what_the_decoder_looks_at(learned):
    _, run = learned
    sources = [np.array([5, 6, 7]), np.array([8, 9, 5, 6])]
    targets = [[4, 5, 2], [6, 2]]
    for source, target, found in zip(sources, targets, bulk.attention(run.net, sources, targets), strict=True):
        decoder = Decoder(run.net, torch.from_numpy(source)[None])
        state, rows = decoder.start(), []
        for word in [SOS, *target[:-1]]:
            step, state = decoder.look(torch.tensor([word]), state)
            rows.append(step.weights[0])
        np.testing.assert_allclose(found, torch.stack(rows).detach(), atol=1e-6)


def test_lengths_that_are_unlike_make_small_batches():
    lengths = [3] * 300 + [0, 2000, 7000]
    found = list(bulk.like_lengths(lengths))
    assert sorted(place for batch in found for place in batch) == [*range(300), 301, 302]
    assert all(len(batch) <= bulk.AT_ONCE for batch in found)
    assert found[-1] == [302]


def test_figures_are_those_of_their_definitions(learned):
    _, run = learned
    held = run.held
    found = judging.judge(run.net, run.source, run.target, held)
    said = [run.target.decode(alone(run.net, run.source, text.split())[0]) for text in held.source]
    references = [text.split() for text in held.target]
    assert found.bleu == pytest.approx(100 * corpus(said, [references]))
    assert found.exact == np.mean([a == b for a, b in zip(said, references, strict=True)])
    losses, wrong, right = [], 0, 0
    for source, target, links in zip(held.source, held.target, held.links, strict=True):
        batch = batches.batch(
            batches.code(held._replace(source=[source], target=[target]), run.source, run.target), [0]
        )
        losses += cross_entropy(run.net(batch.source, batch.words)[0], batch.answers[0], reduction="none").tolist()
        weights = bulk.attention(run.net, [batch.source[0].numpy()], [batch.answers[0].tolist()])[0]
        hits = sum((int(row.argmax()), at) in links for at, row in enumerate(weights[:-1]))
        right, wrong = right + hits, wrong + len(links) - hits
    assert found.loss == pytest.approx(np.mean(losses), rel=1e-4)
    assert found.error == pytest.approx(wrong / (right + wrong))  # as many links found as true


def test_figures_by_length_add_up(learned):
    _, run = learned
    held = run.held
    said = [text.split() for text in held.target]
    rows = judging.by_length(said, held, run.source, run.target)
    assert rows == [{"from": 6, "to": 8, "n": len(said), "bleu": 100.0, "exact": 1.0}]


def test_texts_of_people_are_judged_by_the_words_of_bleu():
    held = toy(20, cut=False)
    target = Tokens("en", ("<pad>", "<sos>", "<eos>", "<unk>"), lower=True)
    said = [text.lower().split() for text in held.target]
    assert judging.judged(said, held._replace(target=[t.upper() for t in held.target]), target) == (100.0, 1.0)


# --- files


@pytest.mark.parametrize("kind", KINDS)
def test_a_weights_file_translates_as_the_run(pairs, kind, tmp_path):
    params = small(**KINDS[kind], steps=3).settled(True)
    run = training.Run(pairs, params, None, None, None)
    saver = checkpoints.Saver([tmp_path / f"{name}.safetensors" for name in "blr"], run, {"size": 7})
    for record in training.drive(run):
        if record.check:
            saver.save(record)
    last, best = files.load_file(tmp_path / "l.safetensors"), files.load_file(tmp_path / "b.safetensors")
    assert (last.card["step"], last.card["size"], last.card["hash"]) == (3, 7, run.data)
    assert best.card["step"] == run.best["step"]
    assert (last.source, last.target, last.params) == (run.source, run.target, run.network)
    texts = run.held.source[:3]
    ours = bulk.translate(run.net, run.source, run.target, texts, True)
    theirs = bulk.translate(last.net, last.source, last.target, texts, True)
    assert [each.tokens for each in ours] == [each.tokens for each in theirs]
    assert saver.blob(record) == saver.blob(record)


def test_the_shipped_translators_are_those_that_the_command_makes():
    assert set(files.SHIPPED.values()) == set(shipping.SHIPPED)
    for name, file in files.SHIPPED.items():
        found, params = files.load_shipped(name), shipping.SHIPPED[file].settled(True)
        for key in ("model", "cell", "score", "n_hidden", "batch", "lr", "dropout", "seed"):
            assert found.card[key] == getattr(params, key), (name, key)
        assert found.card["steps"] == (shipping.SHIPPED[file].steps or shipping.STEPS)


@pytest.mark.parametrize("name", ["gru-attention", "gru-attention-dot"])
def test_the_shipped_translators_with_attention_are_good(name):
    found = files.load_shipped(name)
    assert found.card["bleu"] >= 97
    assert found.card["exact"] >= 0.93
    assert found.card["error"] <= 0.15
    drawn = grammar.pairs(80, seed=71)
    said = bulk.translate(found.net, found.source, found.target, [" ".join(pair.source) for pair in drawn], True)
    assert corpus([each.tokens for each in said], [[list(pair.target) for pair in drawn]]) > 0.93
    for other in ("gru", "lstm"):
        for ours, theirs in zip(found.card["by_length"], files.load_shipped(other).card["by_length"], strict=True):
            assert ours["bleu"] > theirs["bleu"] + 20 * (ours["from"] >= 12), (other, ours["from"])


def test_the_stored_run_is_that_of_the_shipped_network():
    run, card = shipping.load(), files.load_shipped("gru-attention").card
    checks = [record["check"] for record in run["records"] if record["check"]]
    assert len(checks) == shipping.CHECKS + 1
    assert run["end"]["step"] == run["records"][-1]["step"] == card["step"]
    assert abs(checks[-1]["bleu"] - card["bleu"]) < 2  # on a part of the held-out pairs
    assert checks[0]["look"]["source"] == run["start"]["looked_at"].split()


# --- the process for the page


def job(folder, path, **params):
    given = {"n_embedding": 12, "n_hidden": 16, "batch": 16, "steps": 6, "checks": 2, "tokens": "bpe", "n_pieces": 100}
    return {
        "kind": "translation", "params": given | params, "data": str(path), "data_name": "own.tsv",
        "folder": str(folder), "looked_at": "der Hund mag den Mann .", "resume": None,
    }  # fmt: skip


@pytest.fixture
def table(pairs, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\n" for a, b in zip(pairs.source, pairs.target, strict=True)) + "no tab\n")
    return path


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_job_speaks_the_protocol_stops_and_goes_on(table, tmp_path, capsys):
    stop = threading.Event()
    worker.translate(job(tmp_path / "run", table), stop)
    start, *records, end = lines(capsys)
    assert (start["type"], start["n_bad"], start["n_train"] + start["n_held_out"]) == ("start", 1, 150)
    assert {record["type"] for record in records} == {"record"}
    checks = [record["check"] for record in records if record["check"]]
    assert [check["index"] for check in checks] == [0, 1, 2]
    assert all(np.array(check["look"]["weights"]).ndim == 2 for check in checks)
    assert (end["state"], end["step"]) == ("done", 6)
    assert files.load_file(tmp_path / "run" / "best.safetensors").card["data"] == "own.tsv"
    stop.set()
    resume = str(tmp_path / "run" / "resume.safetensors")
    worker.translate(job(tmp_path / "run", table, steps=9) | {"resume": resume}, stop)
    assert lines(capsys)[-1] | {"seconds": 0} == {"type": "end", "state": "stopped", "step": 6, "seconds": 0}
    worker.translate(job(tmp_path / "run", table, steps=9) | {"resume": resume}, threading.Event())
    assert lines(capsys)[-1]["step"] == 9


def test_a_job_on_the_grammar(tmp_path, capsys):
    worker.translate(job(tmp_path, "grammar", tokens="words", steps=2) | {"size": 200, "languages": ["de", "fr"]},
                     threading.Event())  # fmt: skip
    start, *_, end = lines(capsys)
    assert (start["languages"], start["n_train"] + start["n_held_out"], end["step"]) == (["de", "fr"], 200, 2)
    assert files.load_file(tmp_path / "last.safetensors").card["size"] == 200


def test_the_worker_says_errors(table, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(worker.os, "nice", lambda step: None)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    for wrong in (job(tmp_path, tmp_path / "none"), job(tmp_path, table, n_hidden=0), job(tmp_path, table, wheels=4)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(wrong) + "\n"))
        assert worker.main() == 2
        _, error = lines(capsys)
        assert error["type"] == "error"
        assert error["template"].format(**error["params"])
