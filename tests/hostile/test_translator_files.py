"""Hostile translators and checkpoints: wrong shapes, vocabularies that lie, pieces that are none, too many numbers."""

import json
import pickle
import struct
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import load, save

from engine import tokens, weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError
from engine.seq2seq import Seq2SeqParams, initial
from engine.transformer import TransformerParams
from engine.transformer import initial as drawn
from engine.translation import checkpoints, files
from engine.translation.records import Resume, TranslationParams

WORDS = tokens.by_words([["ein", "Hund"], ["eine", "Katze"]], "de"), tokens.by_words([["a", "dog", "cat"]], "en")
PIECES = tokens.by_pieces(["ein Hund und ein Hund", "a dog and a dog"], ("de", "en"), 100)
NET = initial(Seq2SeqParams("additive", "gru", 8, 7, 4, 6), 0)
TRANSFORMER = drawn(TransformerParams(8, 7, 8, 2, 1, 12), 0)
SHARED = initial(
    Seq2SeqParams("dot", "lstm", len(PIECES[0].vocabulary), len(PIECES[0].vocabulary), 4, 6, tied=True, shared=True), 0
)


def parts(pieces=False) -> tuple[dict, dict]:
    """The tensors and what the file says of them."""
    blob = files.dumps(SHARED, *PIECES, {}) if pieces else files.dumps(NET, *WORDS, {})
    return load(blob), json.loads(weights.metadata(blob)["translator"])


def file(change=None, pieces=False, **tensors) -> bytes:
    """A translator's file with something changed; a tensor that is None is left out."""
    known, about = parts(pieces)
    if change:
        about = change(about) or about
    known |= tensors
    return save({name: t for name, t in known.items() if t is not None}, {"translator": json.dumps(about)})


def put(*path):
    """A change of one entry: the last of path is its new value."""

    def change(about):
        *keys, last, value = path
        for key in keys:
            about = about[key]
        about[last] = value

    return change


def bpe(edit):
    """A change inside of the pieces' JSON."""

    def change(about):
        raw = json.loads(about["source"]["bpe"])
        edit(raw)
        about["source"]["bpe"] = json.dumps(raw)

    return change


def words(*vocabulary):
    return put("source", "vocabulary", [*tokens.SPECIALS, *vocabulary])


def transformer(change=None, **tensors) -> bytes:
    """The same of a Transformer."""
    blob = files.dumps(TRANSFORMER, *WORDS, {})
    known, about = load(blob), json.loads(weights.metadata(blob)["translator"])
    if change:
        change(about)
    known |= tensors
    return save({name: t for name, t in known.items() if t is not None}, {"translator": json.dumps(about)})


HOSTILE = {
    "empty": b"",
    "pickle": pickle.dumps({"out.weight": [1.0] * 100}),
    "header longer than the file": struct.pack("<Q", 10**12) + b"{}",
    "header of a megabyte": struct.pack("<Q", 1_100_000) + b" " * 1_200_000,
    "header a list": struct.pack("<Q", 2) + b"[]",
    "a name classifier": weights.dumps(build(p := ClassifierParams("elman", 4, ("A", "B"), (1, 1))), p, {}),
    "no JSON": save({"x": torch.zeros(2)}, {"translator": "{"}),
    "deep JSON": save({"x": torch.zeros(2)}, {"translator": "[" * 100_000}),
    "a list": file(lambda about: [1, 2]),
    "unknown kind": file(put("params", "attention", "hard")),
    "unknown cell": file(put("params", "cell", ["gru"])),
    "unknown field": file(put("params", "hook", "x")),
    "huge": file(put("params", "n_hidden", 10**9)),
    "too many numbers": file(put("params", "n_hidden", 1024)),
    "a size in words": file(put("params", "n_hidden", "6")),
    "a size that is no whole number": file(put("params", "n_embedding", 4.0)),
    "vocabulary longer than the matrix": file(words("ein", "Hund", "eine", "Katze", "Maus")),
    "size that the vocabulary has not": file(put("params", "n_source", 9)),
    "twice the same word": file(words("ein", "ein", "eine", "Katze")),
    "a word without letters": file(words("", "Hund", "eine", "Katze")),
    "a word like a novel": file(words("A" * 10**5, "Hund", "eine", "Katze")),
    "no special words": file(put("source", "vocabulary", list("abcdefgh"))),
    "vocabulary a text": file(put("source", "vocabulary", "abcdefgh")),
    "vocabulary a number": file(put("source", "vocabulary", 8)),
    "unknown language": file(put("source", "language", "xx")),
    "unknown way to cut": file(put("source", "kind", "letters")),
    "words with pieces": file(put("source", "bpe", "{}")),
    "no target": file(lambda about: {key: about[key] for key in ("params", "source")}),
    "pieces without JSON": file(put("source", "bpe", "{garbage"), pieces=True),
    "pieces a list": file(put("source", "bpe", "[]"), pieces=True),
    "pieces of another model": file(bpe(lambda raw: raw["model"].update(type="Unigram")), pieces=True),
    "pieces cut by a pattern": file(
        bpe(lambda raw: raw.update(normalizer={"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""})),
        pieces=True,
    ),
    "pieces with a hole": file(bpe(lambda raw: raw["model"]["vocab"].update({"<pad>": 10**6})), pieces=True),
    "one number for two pieces": file(bpe(lambda raw: raw["model"]["vocab"].update({"<sos>": 0})), pieces=True),
    "merges of what is no piece": file(bpe(lambda raw: raw["model"].update(merges=[["q", "x"]])), pieces=True),
    "merges a word": file(bpe(lambda raw: raw["model"].update(merges="ab")), pieces=True),
    "more pieces than rows": file(bpe(lambda raw: raw["model"]["vocab"].update(zz=len(raw["model"]["vocab"]))), True),
    "wrong shape": file(**{"out.weight": torch.zeros(7, 5)}),
    "missing tensor": file(**{"out.bias": None}),
    "missing embedding": file(**{"E_source.weight": None}),
    "one too many": file(extra=torch.zeros(3)),
    "whole numbers": file(**{"out.bias": torch.zeros(7, dtype=torch.int64)}),
    "a tied matrix once more": file(pieces=True, **{"out.weight": torch.zeros(*SHARED.out.weight.shape)}),
    "nan": file(**{"out.bias": torch.full((7,), float("nan"))}),
    "infinity": file(**{"E_source.weight": torch.full((8, 4), float("inf"))}),
    "kind of no network": file(put("kind", "convolution")),
    "kind a list": file(put("kind", ["transformer"])),
    "one kind in the sizes of the other": file(put("kind", "transformer")),
    "a Transformer's sizes in a recurrent one": transformer(lambda about: about.pop("kind")),
    "heads that do not divide": transformer(put("params", "n_heads", 3)),
    "no head": transformer(put("params", "n_heads", 0)),
    "layers without end": transformer(put("params", "n_layers", 10**6)),
    "layers in words": transformer(put("params", "n_layers", "2")),
    "layers that are no whole number": transformer(put("params", "n_layers", 1.0)),
    "true layers": transformer(put("params", "n_layers", True)),
    "too many numbers in layers": transformer(put("params", "d_ff", 4096)),
    "a Transformer too large": transformer(lambda about: about["params"].update(d_model=1024, d_ff=4096, n_layers=24)),
    "unknown positions": transformer(put("params", "positions", "circular")),
    "positions a list": transformer(put("params", "positions", ["none"])),
    "places without end": transformer(lambda about: about["params"].update(positions="learned", n_positions=10**9)),
    "unknown norm": transformer(put("params", "norm", "never")),
    "a word for a truth": transformer(put("params", "tied", "yes")),
    "source without a word": transformer(put("params", "n_source", 0)),
    "a Transformer without a norm": transformer(**{"decoder.norm.weight": None}),
    "a matrix of another shape": transformer(**{"encoder.blocks.0.W_1.weight": torch.zeros(12, 9)}),
    "nan in a head": transformer(**{"encoder.blocks.0.attention.W_Q.bias": torch.full((8,), float("nan"))}),
    "whole numbers in a layer": transformer(**{"encoder.blocks.0.W_1.bias": torch.zeros(12, dtype=torch.int64)}),
    "attention that explodes": transformer(**{"decoder.blocks.0.cross.W_V.weight": torch.full((8, 8), 3e38)}),
    "scores that explode": file(**{"out.weight": torch.full((7, 4), 3e38), "W_r.bias": torch.full((4,), 50.0)}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_a_message(name):
    with pytest.raises(InputError) as caught:
        files.loads(HOSTILE[name], "")
    assert 10 < len(str(caught.value)) < 200


@pytest.mark.parametrize("pieces", [False, True])
def test_the_untouched_file_is_read(pieces):
    found = files.loads(file(pieces=pieces), "")
    assert (found.source, found.target) == tuple(PIECES if pieces else WORDS)
    ours, theirs = (SHARED if pieces else NET).state_dict(), found.net.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())


def test_the_untouched_transformer_is_read():
    found = files.loads(transformer(), "")
    assert found.params == TRANSFORMER.params
    assert all(torch.equal(tensor, found.net.state_dict()[name]) for name, tensor in TRANSFORMER.state_dict().items())


def test_files_of_recurrent_networks_are_as_they_always_were():
    assert "kind" not in parts()[1]
    assert json.loads(weights.metadata(files.dumps(TRANSFORMER, *WORDS, {}))["translator"])["kind"] == "transformer"


def test_a_card_that_is_none_is_left_out():
    for card in ("{", "[]", "3"):
        tensors, about = parts()
        assert files.loads(save(tensors, {"translator": json.dumps(about), "card": card}), "").card == {}


def test_vocabularies_that_no_file_could_hold_are_refused():
    large = tokens.Tokens("de", (*tokens.SPECIALS, *(f"{'w' * 90}{k}" for k in range(6_000))))
    net = initial(Seq2SeqParams("dot", "gru", len(large.vocabulary), len(large.vocabulary), 2, 2), 0)
    with pytest.raises(InputError, match="too large for a weights file"):
        files.dumps(net, large, large, {})


RUN = {"step": 3, "seconds": 1.0, "best": {"score": 1.0}, "data": "x", "tensors": None}


def checkpoint(change=(), tensor=None) -> bytes:
    state = RUN | {"params": asdict(TranslationParams())} | dict(change)
    tensors = {"net.out.bias": torch.zeros(3) if tensor is None else tensor}
    return save(tensors, {"translation run": json.dumps(state)})


CHECKPOINTS = {
    "empty": b"",
    "a translator": file(),
    "unknown parameter": checkpoint({"params": {"wheels": 4}}),
    "parameter out of range": checkpoint({"params": {"n_hidden": 10**9}}),
    "layers of a recurrent network": checkpoint({"params": {"n_layers": 2}}),
    "heads a word": checkpoint({"params": {"model": "transformer", "n_heads": "many"}}),
    "step a word": checkpoint({"step": "many"}),
    "step negative": checkpoint({"step": -5}),
    "best a number": checkpoint({"best": 3}),
    "no score": checkpoint({"best": {}}),
    "unknown field": checkpoint({"hook": 1}),
    "nan": checkpoint(tensor=torch.full((3,), float("nan"))),
    "whole numbers": checkpoint(tensor=torch.zeros(3, dtype=torch.int64)),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints_refused_with_a_message(name):
    with pytest.raises(InputError) as caught:
        checkpoints.loads(CHECKPOINTS[name])
    assert 10 < len(str(caught.value)) < 200


def test_the_untouched_checkpoint_is_read():
    resume, params = checkpoints.loads(checkpoint())
    assert (resume.step, params) == (3, TranslationParams())
    assert isinstance(resume, Resume)
