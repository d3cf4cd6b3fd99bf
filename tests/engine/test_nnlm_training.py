"""Training of neural language models: repeatable, resumable, better than chance; files that are hostile; commands."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from engine import cli_nnlm, nnlm_data, nnlm_shipping, weights
from engine import nnlm_files as files
from engine.corpora import Corpus
from engine.errors import InputError
from engine.nnlm_records import TrainingParams, log_line
from engine.nnlm_training import Run, dumps, load_resume, train
from engine.vocabulary import BOS, UNK, vocabulary

LINES = [f"{a}{b}a{b}" for a in "bdfgklmn" for b in "aeiou"]
CORPUS = Corpus("own", "character", LINES[:36], LINES[36:])
PARAMS = TrainingParams(n_embedding=4, n_hidden=8, window=2, tokens=64, steps=12, checks=3, dropout=0.2)


def last(*args, **rest):
    return list(train(*args, **rest))[-1]


def same(a, b) -> bool:
    return all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("model", ["window", "rnn"])
def test_a_run_learns_repeats_and_resumes(model, tmp_path):
    params = TrainingParams(**vars(PARAMS) | {"model": model})
    records = [record for record in train(CORPUS, params) if record.check]
    first, whole = records[0].check, records[-1].check
    assert whole.bits < first.bits - 0.1
    assert same(whole.net.state_dict(), last(CORPUS, params).check.net.state_dict())
    half = iter(range(100))
    broken = last(CORPUS, params, stop=lambda: next(half) >= 5)
    path = tmp_path / "r.safetensors"
    path.write_bytes(dumps(broken.check.resume, params))
    resume, own = load_resume(path)
    assert own == params
    assert broken.step == resume.step == 5
    assert same(whole.net.state_dict(), last(CORPUS, own, resume).check.net.state_dict())
    assert "bits a character" in log_line(broken, "character")
    other = Corpus("own", "character", LINES[1:], LINES[:1])
    with pytest.raises(InputError, match="another text"):
        Run(other, params, resume)


def test_every_token_is_learned_from_once_an_epoch():
    known = vocabulary(CORPUS.train)
    coded = known.code(CORPUS.train)
    order = nnlm_data.Order(coded, 40, 0)
    batches = [order.at(step) for step in range(order.n)]
    answers = np.concatenate([batch.answers[batch.answers != nnlm_data.NOTHING].numpy() for batch in batches])
    assert sorted(answers) == sorted(coded.ids)
    for batch in batches:
        assert (batch.words[:, 0] == BOS).all()
        inside = batch.answers[:, 1:] != nnlm_data.NOTHING
        assert torch.equal(batch.words[:, 1:][inside], batch.answers[:, :-1][inside])


def test_rare_tokens_are_sometimes_hidden():
    known = vocabulary(["aab", "acaadaaefgh"])
    order = nnlm_data.Order(known.code(["aab", "acaadaaefgh"]), 64, 0)
    seen = [order.at(epoch).answers for epoch in range(40)]
    hidden = np.mean([(answers == UNK).sum().item() for answers in seen])
    assert hidden == pytest.approx(nnlm_data.HIDDEN * 7, abs=0.6)
    assert all((answers == known.index["a"]).sum() == 7 for answers in seen)


def test_hostile_files():
    run = Run(CORPUS, PARAMS)
    blob = files.dumps(run.net, run.vocabulary, {"corpus": "names"})
    assert files.is_one(blob)
    assert files.loads(blob, "x").card == {"corpus": "names"}
    meta, tensors = weights.metadata(blob), load(blob)

    def broken(**changes) -> bytes:
        return save(tensors, {files.KEY: json.dumps(json.loads(meta[files.KEY]) | changes)})

    words = list(run.vocabulary.words)
    for changes in (
        {"words": words[:-1]}, {"words": [*words[:-1], words[3]]}, {"words": [*words[:-1], "ab"]},
        {"words": words[::-1]},
        {"words": "abc"}, {"words": None}, {"n_hidden": 10**9}, {"n_hidden": "8"}, {"n_hidden": 9}, {"model": "tree"},
        {"model": 3}, {"unit": "line"}, {"extra": 1}, {"window": True}, {"cell": "dead"}, {"direct": "yes"},
    ):  # fmt: skip
        with pytest.raises(InputError):
            files.loads(broken(**changes), "x")
    for bad in (b"", b"x" * 100, save(tensors), save(tensors, {files.KEY: "["}), save(tensors, {files.KEY: "[]"})):
        with pytest.raises(InputError):
            files.loads(bad, "x")
    nan = {name: tensor * float("nan") for name, tensor in tensors.items()}
    with pytest.raises(InputError, match="finite"):
        files.loads(save(nan, meta), "x")


def test_the_commands(tmp_path, capsys):
    text, out = tmp_path / "t.txt", tmp_path / "m.safetensors"
    text.write_text("\n".join(LINES), "utf-8")
    options = {"model": "rnn", "cell": "elman", "n_hidden": 8, "n_embedding": 4, "steps": 6, "checks": 2, "seed": None}
    assert cli_nnlm.train(str(text), out, options) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 6
    assert cli_nnlm.is_one(out)
    assert not cli_nnlm.is_one(text)
    found = cli_nnlm.evaluate(out, str(text))
    assert found["n"] == sum(len(line) + 1 for line in LINES[9::10])
    assert set(found["kneser_ney_bits"]) == set("12345")
    assert list(cli_nnlm.generate(out, 3, begin="ba")) == list(cli_nnlm.generate(out, 3, begin="ba"))
    assert cli_nnlm.train(str(text), out, {"steps": 9}, tmp_path / "m.resume.safetensors") == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 9
    with pytest.raises(InputError, match="own text"):
        cli_nnlm.evaluate(out)
    with pytest.raises(InputError, match="neither a file nor a text"):
        cli_nnlm.train("nothing", out, {})


@pytest.mark.parametrize("name", files.SHIPPED)
def test_the_shipped_models_are_small_and_their_cards_true(name):
    path = weights.ROOT / weights.SHIPPED / f"{name}.safetensors"
    assert path.stat().st_size <= 400_000
    model, card = files.load_shipped(name), json.loads(Path(path).with_suffix(".json").read_text("utf-8"))
    assert card["processor_seconds"] <= 150
    assert {"cores", "date", "bits", "kneser_ney_bits"} <= set(card)
    key, params = nnlm_shipping.MODELS[name]
    assert card["corpus"] == key
    assert model.params == params.network(model.vocabulary.n)
    assert model.perplexity([model.vocabulary.join(model.vocabulary.words[3:6])]).bits > 0
