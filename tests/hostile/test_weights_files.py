"""Hostile weights files: a pickle in disguise, wrong shapes, numbers that are none, sizes that would eat the memory."""

import json
import pickle
import struct

import pytest
import torch
from safetensors.torch import save

from engine import weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError

PARAMS = ClassifierParams("elman", 8, ("Alpha", "Beta"), (1, 2))
ATTENDING = ClassifierParams("transformer", 8, ("Alpha", "Beta"), (1, 2), n_layers=2)


def file(params=None, of=PARAMS, **changed) -> bytes:
    net = build(of)
    tensors = {name: tensor.contiguous() for name, tensor in net.state_dict().items()} | changed
    known = params if params is not None else {**vars(of)}
    return save({k: v for k, v in tensors.items() if v is not None}, {"params": json.dumps(known)})


def header(size: int, text: bytes = b"{}") -> bytes:
    return struct.pack("<Q", size) + text


HOSTILE = {
    "empty": b"",
    "pickle": pickle.dumps({"i2h.weight": [1.0] * 100}),
    "torch-zip": b"PK\x03\x04" + bytes(100),
    "header-longer-than-file": header(10**12),
    "header-no-json": header(20, b"\xff" * 20),
    "header-a-list": header(2, b"[]"),
    "no-params": save({"x": torch.zeros(2)}, {"a": "b"}),
    "params-a-list": file([1, 2]),
    "unknown-model": file({**vars(PARAMS), "model": "__import__('os')"}),
    "unknown-field": file({**vars(PARAMS), "hook": "x"}),
    "huge-sizes": file({**vars(PARAMS), "n_hidden": 10**9}),
    "no-languages": file({**vars(PARAMS), "languages": [], "counts": []}),
    "size-a-text": file({**vars(PARAMS), "n_hidden": "8"}),
    "wrong-shape": file(**{"i2h.weight": torch.zeros(8, 9)}),
    "missing-tensor": file(**{"i2h.bias": None}),
    "one-too-many": file(extra=torch.zeros(3)),
    "twice-the-same-language": file({**vars(PARAMS), "languages": ["Alpha", "Alpha"]}),
    "language-without-a-name": file({**vars(PARAMS), "languages": ["", "Beta"]}),
    "language-of-a-novel": file({**vars(PARAMS), "languages": ["A" * 10**5, "Beta"]}),
    "count-beyond-bounds": file({**vars(PARAMS), "counts": [10**400, 1]}),
    "negative-count": file({**vars(PARAMS), "counts": [-5, 1]}),
    "scores-that-explode": file(**{"i2h.weight": torch.full((8, 65), 3e38), "i2h.bias": torch.full((8,), 3e38)}),
    "nan": file(**{"i2h.bias": torch.full((8,), float("nan"))}),
    "heads-that-share-no-units": file({**vars(ATTENDING), "n_hidden": 6}, ATTENDING),
    "no-heads-at-all": file({**vars(ATTENDING), "n_hidden": 2}, ATTENDING),
    "layers-that-are-not-there": file({**vars(ATTENDING), "n_layers": 3}, ATTENDING),
    "layers-beyond-bounds": file({**vars(ATTENDING), "n_layers": 10**9}, ATTENDING),
    "layers-of-nothing": file({**vars(ATTENDING), "n_layers": 0}, ATTENDING),
    "attention-of-another-size": file(None, ATTENDING, **{"stack.blocks.0.attention.W_Q.weight": torch.zeros(8, 9)}),
    "attention-that-explodes": file(
        None, ATTENDING, **{"stack.blocks.0.attention.W_V.weight": torch.full((8, 8), 3e38)}
    ),
    "embedding-nan": file(None, ATTENDING, **{"E.weight": torch.full((57, 8), float("nan"))}),
    "infinity": file(**{"i2h.bias": torch.full((8,), float("inf"))}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_a_message(name):
    with pytest.raises(InputError) as caught:
        weights.loads(HOSTILE[name], "")
    assert 10 < len(str(caught.value)) < 200


def test_the_untouched_file_is_read():
    assert weights.loads(file(), "").params.languages == PARAMS.languages
    assert weights.loads(file(None, ATTENDING), "").params == ATTENDING
