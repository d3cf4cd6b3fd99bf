"""Hostile models of letters and checkpoints: sizes that lie, languages that are none, tensors that do not fit."""

import json
import pickle

import pytest
import torch
from safetensors.torch import load, save

from engine import letter_model_files as files
from engine import weights
from engine.driver import Resume
from engine.errors import InputError
from engine.letter_model import LetterModelParams, initial
from engine.lm import checkpoints
from engine.lm.records import LmParams

NET = initial(LetterModelParams(("A", "B"), 8, 2, 1, 12), 0)


def file(change=None, **tensors) -> bytes:
    """A model's file with some of what it says changed; a tensor that is None is left out."""
    blob = files.dumps(NET, {})
    about = json.loads(weights.metadata(blob)[files.KEY]) | (change or {})
    known = load(blob) | tensors
    return save({name: t for name, t in known.items() if t is not None}, {files.KEY: json.dumps(about)})


def test_the_file_itself_is_fine():
    assert files.loads(file(), "x").params == NET.params


CHANGES = [
    {"d_model": 10**9}, {"d_model": 0}, {"d_model": 8.0}, {"d_model": True}, {"d_model": "8"}, {"d_model": None},
    {"n_heads": 3}, {"n_heads": 0}, {"n_layers": 10**6}, {"n_layers": 13}, {"n_layers": -1}, {"d_ff": 10**9},
    {"d_ff": 4096, "d_model": 512, "n_layers": 12}, {"norm": "never"}, {"norm": 1}, {"activation": "eval"},
    {"activation": []}, {"languages": []}, {"languages": "AB"}, {"languages": ["A", "A"]}, {"languages": ["A", 2]},
    {"languages": ["A", ""]}, {"languages": ["A", "x" * 41]}, {"languages": [f"{k}" for k in range(65)]},
    {"languages": {"A": 1}}, {"languages": None}, {"languages": ["A", ["B"]]}, {"surprise": 1},
    {"languages": ["A"]}, {"languages": ["A", "B", "C"]}, {"d_ff": 13}, {"n_layers": 2},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_a_file_says_is_checked(change):
    with pytest.raises(InputError):
        files.loads(file(change), "x")


TENSORS = {
    "missing": {"out.bias": None},
    "unknown": {"more": torch.zeros(1)},
    "shape": {"out.bias": torch.zeros(59)},
    "whole numbers": {"out.bias": torch.zeros(58, dtype=torch.int64)},
    "nan": {"out.bias": torch.full((58,), torch.nan)},
    "infinite": {"stack.norm.weight": torch.full((8,), torch.inf)},
    "growing": {"E.weight": torch.full((60, 8), 3e38)},
}


@pytest.mark.parametrize("tensors", TENSORS.values(), ids=TENSORS)
def test_tensors_are_checked(tensors):
    with pytest.raises(InputError):
        files.loads(file(**tensors), "x")


BLOBS = {
    "empty": b"", "pickle": pickle.dumps({"out.bias": 1}), "cut": file()[:-9], "long header": b"\xff" * 64,
    "no word of it": save({"a": torch.zeros(1)}), "text": save({"a": torch.zeros(1)}, {files.KEY: "{"}),
    "list": save({"a": torch.zeros(1)}, {files.KEY: "[]"}),
    "deep": save({"a": torch.zeros(1)}, {files.KEY: "[" * 9999}),
}  # fmt: skip


@pytest.mark.parametrize("blob", BLOBS.values(), ids=BLOBS)
def test_other_bytes_are_refused(blob):
    with pytest.raises(InputError):
        files.loads(blob, "x")


def test_a_file_of_another_model_is_refused():
    for path in sorted((weights.ROOT / weights.SHIPPED).glob("names-*.safetensors"))[:2]:
        with pytest.raises(InputError):
            files.load_file(path)


def test_a_hostile_card_does_no_harm():
    blob = save(load(file()), {files.KEY: weights.metadata(file())[files.KEY], "card": "[1"})
    assert files.loads(blob, "x").card == {}


def checkpoint(change=None, **rest) -> bytes:
    tensors = {f"{part}.{name}": t.clone() for part in ("net", "best") for name, t in NET.state_dict().items()} | rest
    blob = checkpoints.dumps(Resume(3, 1.0, {"score": -2.0}, "x", tensors), LmParams(steps=9))
    state = json.loads(weights.metadata(blob)[checkpoints.KEY]) | (change or {})
    return save(tensors, {checkpoints.KEY: json.dumps(state)})


def test_a_checkpoint_is_read():
    assert checkpoints.loads(checkpoint())[1] == LmParams(steps=9)


STATES = [
    {"step": -1}, {"step": "x"}, {"seconds": None}, {"best": []}, {"best": {"score": "x"}}, {"params": {"lr": -1}},
    {"params": {"d_model": 10**9}}, {"params": {"evil": 1}}, {"params": []}, {"params": {"n_heads": 7}},
    {"more": 1},
]  # fmt: skip


@pytest.mark.parametrize("change", STATES, ids=str)
def test_a_checkpoint_is_checked(change):
    with pytest.raises(InputError):
        checkpoints.loads(checkpoint(change))


@pytest.mark.parametrize("tensor", [torch.tensor([torch.nan]), torch.zeros(2, dtype=torch.int64)], ids=str)
def test_tensors_of_a_checkpoint_are_checked(tensor):
    with pytest.raises(InputError):
        checkpoints.loads(checkpoint(**{"net.out.bias": tensor}))
