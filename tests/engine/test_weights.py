import json
import struct

import pytest
import torch
from safetensors.torch import load, save

from engine import weights
from engine.classifier import ClassifierParams, build
from engine.errors import InputError

PARAMS = ClassifierParams("elman", 8, ("a", "b", "c"), (5, 6, 7))


def blob(**changes):
    net = build(PARAMS)
    raw = {"model": "elman", "n_hidden": 8, "languages": ["a", "b", "c"], "counts": [5, 6, 7], "sampling": "name"}
    metadata = {"params": json.dumps(raw | changes), "card": "{}"}
    return save(dict(net.state_dict()), metadata)


def with_header(header):
    return struct.pack("<Q", len(header)) + header


def test_round_trip(tmp_path):
    torch.manual_seed(0)
    net = build(PARAMS)
    data = weights.dumps(net, PARAMS, {"seed": 3})
    loaded = weights.loads(data, "somewhere")
    assert loaded.params == PARAMS
    assert loaded.card == {"seed": 3}
    assert loaded.path == "somewhere"
    for name, tensor in net.state_dict().items():
        assert torch.equal(tensor, loaded.net.state_dict()[name])
        assert torch.equal(tensor, load(data)[name])
    assert not any(p.requires_grad for p in loaded.net.parameters())
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    assert weights.load_file(path).params == PARAMS
    assert weights.dumps(net, PARAMS, {"seed": 3}) == data


def tensors(**changes):
    state = dict(build(PARAMS).state_dict())
    for name, tensor in changes.items():
        if tensor is None:
            del state[name.replace("__", ".")]
        else:
            state[name.replace("__", ".")] = tensor
    raw = {"model": "elman", "n_hidden": 8, "languages": ["a", "b", "c"], "counts": [5, 6, 7]}
    return save(state, {"params": json.dumps(raw)})


HOSTILE = {
    "empty": b"",
    "short": b"\0" * 7,
    "text": b"hello, I am a network" * 100,
    "pickle": b"\x80\x04\x95" + b"cos\nsystem\n" * 20,
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "huge header": struct.pack("<Q", 2**63) + b"{}",
    "header of a gigabyte": struct.pack("<Q", 10**9) + b"{}" * 1000,
    "no json": with_header(b"not json"),
    "json list": with_header(b"[1, 2]"),
    "deep json": with_header(b"[" * 200_000),
    "not utf-8": with_header(b"\xff\xfe{}"),
    "no metadata": save(dict(build(PARAMS).state_dict())),
    "metadata a number": with_header(b'{"__metadata__": 3}'),
    "metadata null": with_header(b'{"__metadata__": null}'),
    "params no json": save(dict(build(PARAMS).state_dict()), {"params": "{"}),
    "params a list": save(dict(build(PARAMS).state_dict()), {"params": "[1]"}),
    "params deep": save(dict(build(PARAMS).state_dict()), {"params": "[" * 200_000}),
    "params unknown field": blob(evil=1),
    "unknown model": blob(model="perceptron"),
    "model a list": blob(model=["elman"]),
    "hidden 0": blob(n_hidden=0),
    "hidden 10^9": blob(n_hidden=10**9),
    "hidden a word": blob(n_hidden="many"),
    "hidden other": blob(n_hidden=9),
    "no languages": blob(languages=[], counts=[]),
    "a thousand languages": blob(languages=list(map(str, range(1000))), counts=[1] * 1000),
    "languages a number": blob(languages=7),
    "counts too few": blob(counts=[1]),
    "counts infinite": blob(counts=[float("inf"), 1, 1]),
    "counts words": blob(counts=["x", "y", "z"]),
    "truncated": blob()[:-10],
    "other cell's tensors": blob(model="lecture"),
    "missing tensor": tensors(h2o__bias=None),
    "extra tensor": tensors(evil=torch.zeros(3)),
    "wrong shape": tensors(h2o__bias=torch.zeros(4)),
    "nan": tensors(h2o__bias=torch.tensor([0.0, float("nan"), 0.0])),
    "infinite": tensors(h2o__bias=torch.tensor([0.0, float("inf"), 0.0])),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_end_in_a_message(data):
    with pytest.raises(InputError) as caught:
        weights.loads(data, "upload")
    assert caught.value.template
    assert len(str(caught.value)) < 300


def test_a_card_that_cannot_be_read_is_left_out():
    raw = json.dumps({"model": "elman", "n_hidden": 8, "languages": ["a", "b", "c"], "counts": [5, 6, 7]})
    for card in ("{", "[1]", "3", "[" * 100_000):
        data = save(dict(build(PARAMS).state_dict()), {"params": raw, "card": card})
        assert weights.loads(data, "upload").card == {}


def test_half_precision_is_read_as_float():
    state = {name: tensor.half() for name, tensor in build(PARAMS).state_dict().items()}
    raw = json.dumps({"model": "elman", "n_hidden": 8, "languages": ["a", "b", "c"], "counts": [5, 6, 7]})
    loaded = weights.loads(save(state, {"params": raw}), "upload")
    assert {p.dtype for p in loaded.net.parameters()} == {torch.float32}


def test_missing_file():
    with pytest.raises(InputError, match="no weights file"):
        weights.load_file("/nowhere/w.safetensors")


def test_shipped_file_must_be_the_cards(tmp_path, monkeypatch):
    folder = tmp_path / "assets" / "models"
    folder.mkdir(parents=True)
    monkeypatch.setattr(weights, "ROOT", tmp_path)
    data = weights.dumps(build(PARAMS), PARAMS, {})
    (folder / "names-n.safetensors").write_bytes(data)
    (folder / "names-n.json").write_text(json.dumps({"sha256": weights.sha256(data), "seed": 1}))
    assert weights.shipped() == ["names-n"]
    assert weights.load_shipped("names-n").card["seed"] == 1
    (folder / "names-n.safetensors").write_bytes(weights.dumps(build(PARAMS), PARAMS, {"other": 1}))
    with pytest.raises(InputError, match="not the one its card describes"):
        weights.load_shipped("names-n")
