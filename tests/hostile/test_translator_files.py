"""Hostile translators and checkpoints: wrong shapes, vocabularies that lie, pieces that are none, too many numbers."""

import json
import pickle
import struct
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import save

from engine import tokens, weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError
from engine.seq2seq import Seq2SeqParams, initial
from engine.translation import checkpoints, files
from engine.translation.records import Resume, TranslationParams

WORDS = tokens.by_words([["ein", "Hund"], ["eine", "Katze"]], "de"), tokens.by_words([["a", "dog", "cat"]], "en")
PIECES = tokens.by_pieces(["ein Hund und ein Hund", "a dog and a dog"], ("de", "en"), 100)
NET = initial(Seq2SeqParams("additive", "gru", 8, 7, 4, 6), 0)
SHARED = initial(
    Seq2SeqParams("dot", "lstm", len(PIECES[0].vocabulary), len(PIECES[0].vocabulary), 4, 6, tied=True, shared=True), 0
)


def parts(pieces=False) -> tuple[dict, dict]:
    """The tensors and what the file says of them."""
    blob = files.dumps(SHARED, *PIECES, {}) if pieces else files.dumps(NET, *WORDS, {})
    from safetensors.torch import load

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
